/**
 * AMI events in, call events out. Foreign channels are ignored (`call-registry.ts`), among them the pseudo channel
 * OutgoingSpoolFailed of failed Originates.
 *
 * OriginateResponse is matched by ActionID alone: for a duplicate that Asterisk refused its Uniqueid
 * is that of the live call.
 */
import { CallTracker, GRACE_MS } from "../calls/call-tracker.ts";
import type { CallTrackerOptions } from "../calls/call-tracker.ts";
import { PbxClock } from "../calls/pbx-clock.ts";
import { AmiCallRegistry } from "./call-registry.ts";
import type { Place } from "./call-registry.ts";
import { endCauseOf } from "./end-cause.ts";
import { agentIdOf, isLocalChannel } from "./legs.ts";
import { timestampOf } from "./message.ts";
import type { AmiMessage } from "./message.ts";
import { attemptOf } from "./originate-action.ts";
import { Talks } from "./talks.ts";
import { correlationOf, readUserEvent } from "./user-events.ts";

export interface AmiCallTrackerOptions extends CallTrackerOptions {
  /** The call's own leg to the carrier is dialled. */
  readonly onDialled?: (attemptId: string) => void;
  /** A Local channel that we sent was answered, and nobody outside was ever dialled: nobody is to talk to it. */
  readonly onNoWayOut?: (attemptId: string) => void;
}

type Handler = (message: AmiMessage, at: string, nowMs: number) => void;

const CHANNEL_RINGING = "5";
const CHANNEL_UP = "6";
/** SoftHangupRequest gives flags, not a Q.850 cause: AST_SOFTHANGUP_SHUTDOWN. */
const SOFT_HANGUP_SHUTDOWN = "4";

export class AmiCallTracker extends CallTracker<AmiCallRegistry> {
  readonly #installationId: string;
  readonly #onDialled: (attemptId: string) => void;
  readonly #talks: Talks;
  readonly #handlers: ReadonlyMap<string, Handler>;

  constructor(options: AmiCallTrackerOptions) {
    const { emit, graceMs = GRACE_MS, onNoWayOut = () => undefined } = options;
    const clock = new PbxClock();
    const registry = new AmiCallRegistry(
      { ...options, graceMs, onNoWayOut },
      clock,
    );
    super(registry, clock, emit);
    this.#installationId = options.installationId;
    this.#onDialled = options.onDialled ?? (() => undefined);
    this.#talks = new Talks(registry);
    this.#handlers = new Map(
      Object.entries({
        ...this.#channelHandlers(),
        ...this.#dialHandlers(),
        ...this.#talkHandlers(),
      }),
    );
  }

  /** How much is remembered. */
  get sizes() {
    return { ...this.registry.sizes, bridges: this.#talks.size };
  }

  /**
   * An Originate is about to be written.
   * @returns false when there was one for this attempt already
   */
  sent(attemptId: string, actionId: string): boolean {
    if (this.registry.remembers(attemptId)) return false;
    this.registry.begin(attemptId, { actionId, followed: true });
    return true;
  }

  /**
   * @param nowMs epoch milliseconds of the message's arrival
   * @param steadyMs the same by a clock that has no steps
   */
  handle(message: AmiMessage, nowMs: number, steadyMs = nowMs): void {
    const handler = this.#handlers.get(message.get("event") ?? "");
    // Asterisk sends many events, most of which are not needed.
    if (handler === undefined) return;
    const givenMs = timestampOf(message);
    if (givenMs !== null) {
      this.clock.note(givenMs, steadyMs);
      this.noteAhead(givenMs - this.clock.stepsMs, nowMs);
    }
    handler(message, this.timeAt(nowMs), nowMs);
  }

  override connectionLost(nowMs: number): void {
    this.clock.forget();
    this.#talks.clear();
    for (const call of this.registry.calls.values()) {
      if (call.hasHungUp) {
        this.registry.settle(call, Infinity);
        continue;
      }
      call.hasGap();
      this.registry.settle(call, nowMs);
    }
    this.registry.forgetLegs();
    this.flush(Infinity);
  }

  override forgetAll(): void {
    this.#talks.clear();
    for (const call of this.registry.calls.values()) this.registry.end(call);
    this.registry.forgetLegs();
  }

  /**
   * Takes the list of CoreShowChannels after a gap.
   * @param knownBefore calls followed before the list was requested: the end of one with a gap that is not in the list
   *   was missed, and reconciliation will find it
   */
  adopt(
    rows: readonly AmiMessage[],
    knownBefore: ReadonlySet<string>,
    nowMs: number,
  ): void {
    const at = this.timeAt(nowMs);
    for (const row of rows) this.#onNewstate(row, at);
    for (const row of rows) this.registry.appeared(row);
    // A second pass for the legs, which are known only now.
    for (const row of rows) this.#onNewstate(row, at);
    for (const row of rows) this.#ringsStill(row, at);
    for (const row of rows) {
      const bridgeId = row.get("bridgeid") ?? "";
      if (bridgeId !== "") this.#talks.entered(bridgeId, row, at);
    }
    const listed = new Set(rows.map((row) => row.get("uniqueid")));
    for (const id of knownBefore) {
      const call = this.registry.calls.get(id);
      if (call?.followed !== false || listed.has(id)) continue;
      this.registry.lose(call);
    }
  }

  #channelHandlers(): Record<string, Handler> {
    return {
      Newchannel: (message) => {
        this.registry.appeared(message);
      },
      NewAccountCode: (message) => {
        this.registry.find(message);
      },
      Newstate: (message, at) => {
        this.#onNewstate(message, at);
      },
      LocalBridge: (message) => {
        this.#onLocalBridge(message);
      },
      HangupRequest: (message) => {
        this.#onHangupRequest(message);
      },
      SoftHangupRequest: (message) => {
        this.#onSoftHangupRequest(message);
      },
      Hangup: (message, at, nowMs) => {
        this.#onHangup(message, at, nowMs);
      },
    };
  }

  #dialHandlers(): Record<string, Handler> {
    const begin: Handler = (message, at) => {
      this.#onDialBegin(message, at);
    };
    const end: Handler = (message, at) => {
      this.#onDialEnd(message, at);
    };
    return {
      DialBegin: begin,
      AgentCalled: begin,
      DialState: (message, at) => {
        this.#onDialState(message, at);
      },
      DialEnd: end,
      AgentRingNoAnswer: end,
      OriginateResponse: (message, at, nowMs) => {
        this.#onOriginateResponse(message, at, nowMs);
      },
    };
  }

  #talkHandlers(): Record<string, Handler> {
    const note =
      (text: string): Handler =>
      (message, at) => {
        this.registry.find(message)?.call.noted(text, at);
      };
    return {
      BridgeEnter: (message, at) => {
        const bridgeId = message.get("bridgeuniqueid") ?? "";
        this.#talks.entered(bridgeId, message, at);
      },
      BridgeLeave: (message) => {
        this.#talks.left(message);
      },
      BridgeDestroy: (message) => {
        this.#talks.destroyed(message.get("bridgeuniqueid") ?? "");
      },
      QueueCallerJoin: (message, at) => {
        this.registry.find(message)?.call.waitsForAgent(at);
      },
      UserEvent: (message, at) => {
        this.#onUserEvent(message, at);
      },
      Hold: note("hold"),
      Unhold: note("unhold"),
      BlindTransfer: (message, at) => {
        this.#talks.transferred(message, "blind transfer", at);
      },
      AttendedTransfer: (message, at) => {
        this.#talks.transferred(message, "attended transfer", at);
      },
    };
  }

  #onNewstate(message: AmiMessage, at: string): void {
    const place = this.registry.find(message);
    if (place === null) return;
    const state = message.get("channelstate");
    if (state === CHANNEL_RINGING && this.#isCarriers(place))
      place.call.rang(at);
    if (state === CHANNEL_UP && place.leg === null) place.call.answered(at);
  }

  /** An agent's phone that CoreShowChannels lists as ringing: it may have begun to ring during the gap. */
  #ringsStill(row: AmiMessage, at: string): void {
    const place = this.registry.find(row);
    if (place?.leg?.side !== "agent" || !place.call.isAnswered) return;
    if (row.get("channelstate") !== CHANNEL_UP)
      place.call.agentRings(place.leg, at);
  }

  /** For a Local channel only the trunk's leg counts: our own half repeats what the dialplan plays. */
  #isCarriers({ call, leg }: Place): boolean {
    return leg === null ? !call.isLocal : leg.side === "far" && !leg.isLocal;
  }

  /** The two halves of a Local channel are on the same side of the call. */
  #onLocalBridge(message: AmiMessage): void {
    const one = this.registry.find(message, "localone");
    const secondId = message.get("localtwouniqueid");
    if (one === null || secondId === undefined) return;
    const side = one.leg?.side ?? "far";
    const channel = message.get("localtwochannel") ?? "";
    if (one.leg === null) one.call.foundExtension();
    const second = this.registry.addLeg(one.call, secondId, channel, side);
    second.otherHalf = message.get("localoneuniqueid") ?? null;
    if (one.leg !== null) one.leg.otherHalf = secondId;
  }

  #onDialBegin(message: AmiMessage, at: string): void {
    const from = this.registry.find(message);
    const id = message.get("destuniqueid");
    if (id === undefined) return;
    const channel = message.get("destchannel") ?? "";
    // Without a caller it is the Originate itself; a call of ours that a leg dials stays a call.
    if (from === null || this.registry.calls.has(id)) {
      if (!isLocalChannel(channel)) this.#onDialled(id);
      return;
    }
    const side = from.leg?.side ?? "agent";
    const leg = this.registry.addLeg(from.call, id, channel, side);
    if (side === "far" && !leg.isLocal) this.#onDialled(from.call.attemptId);
    const member = message.get("interface");
    if (member !== undefined) {
      leg.agentId = agentIdOf(member);
      leg.isMember = true;
    }
    if (from.leg === null) from.call.agentRings(leg, at);
  }

  #onDialState(message: AmiMessage, at: string): void {
    const to = this.registry.find(message, "dest");
    if (to === null || !this.#isCarriers(to)) return;
    const status = message.get("dialstatus");
    if (status === "RINGING") to.call.rang(at);
    if (status === "PROGRESS") to.call.progressed(at);
  }

  #onDialEnd(message: AmiMessage, at: string): void {
    const to = this.registry.find(message, "dest");
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

  #onUserEvent(message: AmiMessage, at: string): void {
    const word = readUserEvent(message);
    if (word === null) return;
    const named = correlationOf(message);
    const call = this.registry.find(message)?.call;
    if (word.kind === "DISPOSITION") {
      const attemptId = named ?? call?.attemptId;
      if (attemptId !== undefined)
        this.emitDisposition(attemptId, word.disposition, at);
      return;
    }
    if (call === undefined || (named !== null && named !== call.attemptId)) {
      return;
    }
    if (word.kind === "AMD_STARTED") call.amdStarted(at);
    else if (word.kind === "AMD_RESULT") call.amdDecided(word.result, at);
    else call.waitsForAgent(at);
  }

  #onHangupRequest(message: AmiMessage): void {
    const place = this.registry.find(message);
    if (place === null) return;
    const { call, leg } = place;
    if (leg !== null) leg.askedToEnd = true;
    if (leg === null) call.farEndHungUp();
    else if (leg.side === "far") {
      if (!leg.isLocal) call.trunkHungUp(leg);
    } else if (call.isBridgedWith(leg.id)) call.agentHungUp();
  }

  #onSoftHangupRequest(message: AmiMessage): void {
    const place = this.registry.find(message);
    if (place === null) return;
    const isShutDown = message.get("cause") === SOFT_HANGUP_SHUTDOWN;
    // A Local channel's second half may end first, and ends ours.
    if (place.leg === null || (isShutDown && place.leg.side === "far"))
      place.call.systemHungUp(isShutDown);
  }

  #onHangup(message: AmiMessage, at: string, nowMs: number): void {
    const place = this.registry.find(message);
    if (place === null) return;
    const { call, leg } = place;
    const end = endCauseOf(message);
    if (leg === null) {
      // The answer may have been missed in a gap.
      if (message.get("channelstate") === CHANNEL_UP) call.answered(at);
      call.hungUp(end, at);
    } else {
      this.registry.removeLeg(leg);
      if (leg.side === "far") call.farLegs.ended(leg, end);
      else call.agentDeclined(leg, at);
    }
    this.registry.settle(call, nowMs);
  }

  #onOriginateResponse(message: AmiMessage, at: string, nowMs: number): void {
    const actionId = message.get("actionid") ?? "";
    const attemptId = attemptOf(actionId, this.#installationId);
    if (attemptId === null || this.registry.hasEnded(attemptId)) return;
    const isFailure = message.get("response") === "Failure";
    let call = this.registry.calls.get(attemptId);
    if (call === undefined) {
      if (!isFailure) return;
      // Another engine's call, refused before it had a channel.
      const followed = !this.registry.isLost(attemptId);
      call = this.registry.begin(attemptId, { actionId: null, followed });
    }
    if (call.actionId !== null && call.actionId !== actionId) return;
    // It may arrive before all events of the channel.
    if (isLocalChannel(message.get("channel") ?? "")) call.isLocal = true;
    if (isFailure) {
      const reason = Number(message.get("reason") ?? "0");
      call.failed({ at, reason, isOurs: call.actionId === actionId });
    } else call.answered(at);
    this.registry.settle(call, nowMs);
  }
}
