/**
 * Which channels are ours. A call is known by its own channel, whose Uniqueid is the attempt's id; its
 * legs by Linkedid and by who dialled whom.
 *
 * A channel is ours when we sent its Originate on this line, or when it has the shape of an attempt's
 * id and our installation's mark as account code: so a standby engine follows the calls of the active
 * one, and an engine finds again those from before it started. All else is a stranger's. Everything
 * kept is bounded: what grows beyond loses its oldest.
 */
import type { PbxClock } from "../calls/pbx-clock.ts";
import type { CallEvent } from "../port.ts";
import { agentIdOf, isLocalChannel } from "./legs.ts";
import type { Leg } from "./legs.ts";
import type { AmiMessage } from "./message.ts";
import { RecentIds } from "../calls/recent-ids.ts";
import { TrackedCall } from "./tracked-call.ts";

/** Where an event belongs: to a call's own channel (`leg` null) or to one of its legs. */
export interface Place {
  readonly call: TrackedCall;
  readonly leg: Leg | null;
}

export interface CallBookOptions {
  readonly installationId: string;
  readonly emit: (event: CallEvent) => void;
  /** A Local channel of ours was answered by the dialplan itself. */
  readonly onNoWayOut: (attemptId: string) => void;
  readonly clock: Pick<PbxClock, "stepsMs">;
  /** A call is followed no more. */
  readonly onDropped: (call: TrackedCall) => void;
}

const ATTEMPT_ID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_CALLS = 20_000;
/** Ended calls that late events and dispositions may still speak of. */
const MAX_ENDED = 20_000;
const MAX_UNCLAIMED = 1_000;
const MAX_LEGS = 50_000;

export class CallBook {
  readonly #options: CallBookOptions;
  readonly #calls = new Map<string, TrackedCall>();
  readonly #legs = new Map<string, Leg>();
  readonly #ended = new RecentIds(MAX_ENDED);
  /** Calls whose end was missed, or that have no channel yet: found again, they are claimed again. */
  readonly #lost = new RecentIds(MAX_ENDED);
  /** Channels with an attempt's id but no account code yet: Asterisk sets it right after making them. */
  readonly #unclaimed = new RecentIds(MAX_UNCLAIMED);

  constructor(options: CallBookOptions) {
    this.#options = options;
  }

  get calls(): ReadonlyMap<string, TrackedCall> {
    return this.#calls;
  }

  /** Live legs, and ended calls remembered. */
  get sizes(): { readonly legs: number; readonly ended: number } {
    return { legs: this.#legs.size, ended: this.#ended.size };
  }

  hasEnded(attemptId: string): boolean {
    return this.#ended.has(attemptId);
  }

  isLost(attemptId: string): boolean {
    return this.#lost.has(attemptId);
  }

  /** Whether that attempt was ever seen, as far as memory goes. */
  remembers(attemptId: string): boolean {
    return (
      this.#calls.has(attemptId) ||
      this.#ended.has(attemptId) ||
      this.#lost.has(attemptId)
    );
  }

  leg(id: string): Leg | undefined {
    return this.#legs.get(id);
  }

  begin(
    attemptId: string,
    given: { readonly actionId: string | null; readonly followed: boolean },
  ): TrackedCall {
    const { stepsMs } = this.#options.clock;
    const all = { ...given, stepsMs };
    const call = new TrackedCall(attemptId, all, this.#options);
    this.#calls.set(attemptId, call);
    if (this.#calls.size > MAX_CALLS) {
      const [oldest] = this.#calls.values();
      if (oldest !== undefined) this.end(oldest);
    }
    return call;
  }

  /** As if it had never been. */
  remove(attemptId: string): void {
    this.#calls.delete(attemptId);
  }

  /** Nothing more will be told of it, but for a disposition. */
  end(call: TrackedCall): void {
    this.#drop(call);
    this.#lost.delete(call.attemptId);
    this.#ended.add(call.attemptId);
  }

  /** After a gap Asterisk does not list it. */
  lose(call: TrackedCall): void {
    this.#drop(call);
    this.#lost.add(call.attemptId);
  }

  #drop(call: TrackedCall): void {
    this.#calls.delete(call.attemptId);
    for (const id of call.legIds) this.#legs.delete(id);
    this.#options.onDropped(call);
  }

  forgetLegs(): void {
    for (const { call, id } of this.#legs.values()) call.legIds.delete(id);
    this.#legs.clear();
    this.#unclaimed.clear();
  }

  /**
   * Whose channel an event speaks of.
   * @param prefix of the headers, e.g. `dest` for the channel that is dialled
   */
  find(message: AmiMessage, prefix = ""): Place | null {
    const id = message.get(`${prefix}uniqueid`);
    if (id === undefined) return null;
    const call = this.#calls.get(id) ?? this.#claim(message, prefix, id);
    if (call === null) {
      const leg = this.#legs.get(id);
      return leg === undefined ? null : { call: leg.call, leg };
    }
    if (!call.hasChannel) {
      call.hasChannel = true;
      call.isLocal = isLocalChannel(message.get(`${prefix}channel`) ?? "");
    }
    return { call, leg: null };
  }

  /** A channel of ours that we did not make on this line. */
  #claim(message: AmiMessage, prefix: string, id: string): TrackedCall | null {
    const account = message.get(`${prefix}accountcode`);
    if (account !== this.#options.installationId) return null;
    if (!ATTEMPT_ID.test(id) || this.#ended.has(id)) return null;
    const followed = this.#unclaimed.delete(id);
    return this.begin(id, { actionId: null, followed });
  }

  /** A channel was made, nobody knows yet by whom. */
  appeared(message: AmiMessage): void {
    if (this.find(message) !== null) return;
    const id = message.get("uniqueid") ?? "";
    const call = this.#calls.get(message.get("linkedid") ?? "");
    if (call !== undefined) {
      const side = call.isLocal && !call.isAnswered ? "far" : "agent";
      this.addLeg(call, id, message.get("channel") ?? "", side);
    } else if (ATTEMPT_ID.test(id)) {
      this.#unclaimed.add(id);
    }
  }

  /** A leg with the side it is now known to be on. */
  addLeg(
    call: TrackedCall,
    id: string,
    channel: string,
    side: Leg["side"],
  ): Leg {
    let leg = this.#legs.get(id);
    if (leg === undefined) {
      leg = {
        id,
        channel,
        isLocal: isLocalChannel(channel),
        call,
        side: "agent",
        agentId: agentIdOf(channel),
        isMember: false,
        otherHalf: null,
        dialStatus: null,
        askedToEnd: false,
      };
      this.#legs.set(id, leg);
      call.legIds.add(id);
      if (this.#legs.size > MAX_LEGS) this.#dropOldestLeg();
    }
    if (leg.side !== side) {
      leg.side = side;
      if (side === "far") leg.call.farLegOpened(leg);
      else leg.call.farLegs.dropped(leg);
    }
    return leg;
  }

  removeLeg(leg: Leg): void {
    this.#legs.delete(leg.id);
    leg.call.legIds.delete(leg.id);
  }

  #dropOldestLeg(): void {
    const [oldest] = this.#legs.values();
    if (oldest !== undefined) this.removeLeg(oldest);
  }
}
