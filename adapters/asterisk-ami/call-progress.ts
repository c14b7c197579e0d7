/**
 * What happens to a call between its Originate and its end: ringing, answer, queue, agents, bridges,
 * transfers, words of the dialplan, and who asked for the end.
 */
import type { CallEvent } from "../port.ts";
import type { CallBook, Place } from "./call-registry.ts";
import type { Progress } from "./call-ending.ts";
import { agentIdOf, Bridges, isLocalChannel } from "./legs.ts";
import type { Leg, Member } from "./legs.ts";
import type { AmiMessage } from "./message.ts";
import type { TrackedCall } from "./tracked-call.ts";
import { correlationOf, readUserEvent } from "./user-events.ts";

type Handler = (message: AmiMessage, at: string) => void;

const CHANNEL_RINGING = "5";
const CHANNEL_UP = "6";
/** Local channels in a row that are looked through. */
const MOST_HALVES = 5;
/** SoftHangupRequest gives flags, not a Q.850 cause: AST_SOFTHANGUP_SHUTDOWN. */
const SOFT_HANGUP_SHUTDOWN = "4";

export class CallProgress {
  readonly bridges = new Bridges();
  readonly #book: CallBook;
  readonly #emit: (event: CallEvent) => void;
  readonly #onDialled: (attemptId: string) => void;
  readonly #handlers: ReadonlyMap<string, Handler>;

  constructor(
    book: CallBook,
    options: {
      readonly emit: (event: CallEvent) => void;
      readonly onDialled?: (attemptId: string) => void;
    },
  ) {
    this.#book = book;
    this.#emit = options.emit;
    this.#onDialled = options.onDialled ?? (() => undefined);
    this.#handlers = new Map(
      Object.entries({ ...this.#dialHandlers(), ...this.#talkHandlers() }),
    );
  }

  /** What to do with an event of that name; it is told when it happened, ISO 8601. */
  handlerOf(event: string): Handler | undefined {
    return this.#handlers.get(event);
  }

  #dialHandlers(): Record<string, Handler> {
    return {
      Newchannel: (message) => {
        this.#book.appeared(message);
      },
      NewAccountCode: (message) => {
        this.#book.find(message);
      },
      Newstate: (message, at) => {
        this.newstate(message, at);
      },
      LocalBridge: (message) => {
        this.#onLocalBridge(message);
      },
      DialBegin: (message, at) => {
        this.#onDialBegin(message, at);
      },
      AgentCalled: (message, at) => {
        this.#onDialBegin(message, at);
      },
      DialState: (message, at) => {
        this.#onDialState(message, at);
      },
      DialEnd: (message, at) => {
        this.#onDialEnd(message, at);
      },
      AgentRingNoAnswer: (message, at) => {
        this.#onDialEnd(message, at);
      },
    };
  }

  #talkHandlers(): Record<string, Handler> {
    const note =
      (text: string): Handler =>
      (message, at) => {
        this.#book.find(message)?.call.noted(text, at);
      };
    return {
      BridgeEnter: (message, at) => {
        this.enter(message.get("bridgeuniqueid") ?? "", message, at);
      },
      BridgeLeave: (message) => {
        this.#onBridgeLeave(message);
      },
      BridgeDestroy: (message) => {
        this.bridges.destroyed(message.get("bridgeuniqueid") ?? "");
      },
      QueueCallerJoin: (message, at) => {
        this.#book.find(message)?.call.waitsForAgent(at);
      },
      UserEvent: (message, at) => {
        this.#onUserEvent(message, at);
      },
      Hold: note("hold"),
      Unhold: note("unhold"),
      BlindTransfer: (message, at) => {
        this.#onTransfer(message, "blind transfer", at);
      },
      AttendedTransfer: (message, at) => {
        this.#onTransfer(message, "attended transfer", at);
      },
      HangupRequest: (message) => {
        this.#onHangupRequest(message);
      },
      SoftHangupRequest: (message) => {
        this.#onSoftHangupRequest(message);
      },
    };
  }

  newstate(message: AmiMessage, at: string): void {
    const place = this.#book.find(message);
    if (place === null) return;
    const state = message.get("channelstate");
    if (state === CHANNEL_RINGING) this.#heard(place, "RINGING", at);
    if (state === CHANNEL_UP && place.leg === null) place.call.answered(at);
  }

  /** An agent's phone that CoreShowChannels lists and nobody has picked up: it may have begun while nobody listened. */
  ringsStill(row: AmiMessage, at: string): void {
    const place = this.#book.find(row);
    if (place?.leg?.side !== "agent" || !place.call.isAnswered) return;
    if (row.get("channelstate") !== CHANNEL_UP)
      place.call.agentRings(place.leg, at);
  }

  /** Of a Local channel only the trunk's leg knows: our own half repeats what the dialplan plays. */
  #heard({ call, leg }: Place, word: Progress, at: string): void {
    const isCarriers =
      leg === null ? !call.isLocal : leg.side === "far" && !leg.isLocal;
    if (isCarriers) call.heardFromCarrier(word, at);
  }

  /** The two halves of a Local channel are on the same side of the call. */
  #onLocalBridge(message: AmiMessage): void {
    const one = this.#book.find(message, "localone");
    const secondId = message.get("localtwouniqueid");
    if (one === null || secondId === undefined) return;
    const side = one.leg?.side ?? "far";
    const channel = message.get("localtwochannel") ?? "";
    if (one.leg === null) one.call.foundExtension();
    const second = this.#book.addLeg(one.call, secondId, channel, side);
    second.otherHalf = message.get("localoneuniqueid") ?? null;
    if (one.leg !== null) one.leg.otherHalf = secondId;
  }

  #onDialBegin(message: AmiMessage, at: string): void {
    const from = this.#book.find(message);
    const id = message.get("destuniqueid");
    if (id === undefined) return;
    const channel = message.get("destchannel") ?? "";
    // Without a caller it is the Originate itself; a call of ours dialled by a leg stays a call.
    if (from === null || this.#book.calls.has(id)) {
      if (!isLocalChannel(channel)) this.#onDialled(id);
      return;
    }
    const side = from.leg?.side ?? "agent";
    const leg = this.#book.addLeg(from.call, id, channel, side);
    if (side === "far" && !leg.isLocal) this.#onDialled(from.call.attemptId);
    const member = message.get("interface");
    if (member !== undefined) {
      leg.agentId = agentIdOf(member);
      leg.isMember = true;
    }
    if (from.leg === null) from.call.agentRings(leg, at);
  }

  #onDialState(message: AmiMessage, at: string): void {
    const to = this.#book.find(message, "dest");
    if (to === null) return;
    const status = message.get("dialstatus");
    if (status === "RINGING") this.#heard(to, "RINGING", at);
    if (status === "PROGRESS") this.#heard(to, "EARLY_MEDIA", at);
  }

  #onDialEnd(message: AmiMessage, at: string): void {
    const to = this.#book.find(message, "dest");
    if (to === null) return;
    const status = message.get("dialstatus") ?? null;
    if (to.leg === null) {
      if (status === "ANSWER") to.call.answered(at);
      return;
    }
    to.leg.dialStatus = status;
    if (status !== "ANSWER") to.call.agentDeclined(to.leg, at);
    else if (to.leg.side === "far" && !to.leg.isLocal)
      to.call.trunkAnswered(to.leg);
  }

  /** Talking is being in a bridge with our own channel, which for a Local call is not the trunk's leg. */
  enter(bridgeId: string, message: AmiMessage, at: string): void {
    const id = message.get("uniqueid");
    if (id === undefined) return;
    if (message.get("bridgetechnology") === "holding_bridge") return;
    this.#book.find(message);
    const channel = message.get("channel") ?? "";
    const members = this.bridges.entered(bridgeId, { id, channel });
    const isMore = Number(message.get("bridgenumchannels") ?? "0") > 1;
    for (const member of members) {
      const call = this.#book.calls.get(member.id);
      const partner = members.findLast((other) => other !== member);
      if (call === undefined) this.#answeredBehind(member, at);
      else if (partner !== undefined) this.#talks(call, partner, at);
      else if (isMore) call.bridged(null, at);
    }
  }

  #talks(call: TrackedCall, partner: Member, at: string): void {
    const { id } = partner;
    const person = this.#personBehind(partner);
    const agentId =
      this.#book.leg(person.id)?.agentId ?? agentIdOf(person.channel);
    call.bridged({ id, channel: person.channel, agentId }, at);
  }

  /**
   * A transfer by feature code puts a Local channel beside the customer; whom the agent asked is in a bridge
   * with its other half. A queue's member that is a Local channel is the agent himself, by that name.
   */
  #personBehind(member: Member): Member {
    let person = member;
    for (let hop = 0; hop < MOST_HALVES; hop += 1) {
      const leg = this.#book.leg(person.id);
      if (!leg?.isLocal || leg.otherHalf === null || leg.isMember)
        return person;
      const next = this.bridges.partnerOf(leg.otherHalf);
      if (next === undefined) return person;
      person = next;
    }
    return person;
  }

  /** Somebody came to the far half of a Local channel that the customer is already bridged with. */
  #answeredBehind(member: Member, at: string): void {
    const leg = this.#book.leg(member.id);
    const near = this.#book.leg(leg?.otherHalf ?? "");
    if (leg?.call.isBridgedWith(near?.id ?? "") !== true) return;
    if (near !== undefined) this.#talks(leg.call, near, at);
  }

  #onBridgeLeave(message: AmiMessage): void {
    const id = message.get("uniqueid") ?? "";
    const bridgeId = message.get("bridgeuniqueid") ?? "";
    this.#book.calls.get(id)?.unbridged();
    for (const member of this.bridges.left(bridgeId, id)) {
      const call = this.#book.calls.get(member.id);
      if (call?.isBridgedWith(id) === true) call.unbridged();
    }
  }

  #onUserEvent(message: AmiMessage, at: string): void {
    const word = readUserEvent(message);
    if (word === null) return;
    const named = correlationOf(message);
    const call = this.#book.find(message)?.call;
    if (word.kind === "DISPOSITION") {
      const attemptId = named ?? call?.attemptId;
      // An agent may decide after the end, from a channel of its own.
      if (attemptId === undefined || !this.#book.remembers(attemptId)) return;
      const dedupKey = `DISPOSITION:${at}`;
      this.#emit({ attemptId, at, dedupKey, ...word });
      return;
    }
    if (call === undefined || (named !== null && named !== call.attemptId)) {
      return;
    }
    if (word.kind === "AMD_STARTED") call.amdStarted(at);
    else if (word.kind === "AMD_RESULT") call.amdDecided(word.result, at);
    else call.waitsForAgent(at);
  }

  #onTransfer(message: AmiMessage, note: string, at: string): void {
    if (message.get("result") !== "Success") return;
    const parties = [
      "transferee",
      "transferer",
      "origtransferer",
      "secondtransferer",
      "transfertarget",
    ];
    for (const party of parties) {
      const place = this.#book.find(message, party);
      if (place === null) continue;
      place.call.noted(note, at);
      if (place.leg !== null) this.#givenAway(place.leg);
      return;
    }
  }

  /** An agent behind a Local channel passed his half on: it no longer leads to the member that the queue called. */
  #givenAway(leg: Leg): void {
    leg.isMember = false;
    const near = this.#book.leg(leg.otherHalf ?? "");
    if (near !== undefined) near.isMember = false;
  }

  #onHangupRequest(message: AmiMessage): void {
    const place = this.#book.find(message);
    if (place === null) return;
    const { call, leg } = place;
    if (leg !== null) leg.askedToEnd = true;
    if (leg === null) call.farEndHungUp();
    else if (leg.side === "far") {
      if (!leg.isLocal) call.trunkHungUp(leg);
    } else if (call.isBridgedWith(leg.id)) call.agentHungUp();
  }

  #onSoftHangupRequest(message: AmiMessage): void {
    const place = this.#book.find(message);
    if (place === null) return;
    const isShutDown = message.get("cause") === SOFT_HANGUP_SHUTDOWN;
    // A Local channel's second half may go first, and takes ours along.
    if (place.leg === null || (isShutDown && place.leg.side === "far"))
      place.call.systemHungUp(isShutDown);
  }
}
