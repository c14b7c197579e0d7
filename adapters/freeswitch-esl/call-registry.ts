/**
 * Which channels are ours. A call is known by its own channel, whose uuid is the attempt's id; its
 * agents' legs by who dialled them.
 *
 * A channel is ours when we sent its originate on this line, or when its uuid is its account code too and
 * it has our installation's mark: so a standby engine follows the calls of the active one, and an engine
 * finds again those from before it started. All else is a stranger's: the second half of a loopback call
 * too, which has copies of our variables and a uuid of its own. Everything kept is bounded: what grows
 * beyond loses its oldest.
 */
import { shiftedBy } from "../calls/call-times.ts";
import type { PbxClock } from "../calls/pbx-clock.ts";
import type { CallEvent } from "../port.ts";
import { RecentIds } from "../calls/recent-ids.ts";
import type { EslEvent } from "./event.ts";
import { TrackedCall } from "./tracked-call.ts";
import type { AgentLeg } from "./tracked-call.ts";

export interface Leg extends AgentLeg {
  readonly call: TrackedCall;
}

export interface CallBookOptions {
  readonly installationId: string;
  readonly emit: (event: CallEvent) => void;
  readonly clock: Pick<PbxClock, "stepsMs">;
  /** A call is followed no more. */
  readonly onDropped: (call: TrackedCall) => void;
}

const ATTEMPT_ID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_CALLS = 20_000;
/** Ended calls that late events and dispositions may still speak of. */
const MAX_ENDED = 20_000;
const MAX_LEGS = 50_000;
/** What CHANNEL_DESTROY calls the channel that a gateway never made. */
const NO_CHANNEL = "N/A";

export class CallBook {
  readonly #options: CallBookOptions;
  readonly #calls = new Map<string, TrackedCall>();
  readonly #legs = new Map<string, Leg>();
  readonly #ended = new RecentIds(MAX_ENDED);
  readonly #endedLegs = new RecentIds(MAX_ENDED);
  /** Calls whose end was missed: found again, they are claimed again. */
  readonly #lost = new RecentIds(MAX_ENDED);

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

  begin(attemptId: string, followed: boolean): TrackedCall {
    const { clock, emit } = this.#options;
    const { stepsMs } = clock;
    const call = new TrackedCall(attemptId, followed, (event) => {
      emit(shiftedBy(event, stepsMs));
    });
    this.#calls.set(attemptId, call);
    if (this.#calls.size > MAX_CALLS) {
      const [oldest] = this.#calls.values();
      if (oldest !== undefined) this.end(oldest);
    }
    return call;
  }

  /** As if it had never been. */
  remove(attemptId: string): void {
    const call = this.#calls.get(attemptId);
    if (call !== undefined) this.#drop(call);
  }

  /** Nothing more will be told of it, but for a disposition. */
  end(call: TrackedCall): void {
    this.#drop(call);
    this.#lost.delete(call.attemptId);
    this.#ended.add(call.attemptId);
  }

  /** After a gap FreeSWITCH does not know it. */
  lose(call: TrackedCall): void {
    this.#drop(call);
    this.#lost.add(call.attemptId);
  }

  #drop(call: TrackedCall): void {
    this.#calls.delete(call.attemptId);
    for (const id of call.legIds) this.#legs.delete(id);
    this.#options.onDropped(call);
  }

  /** The call whose own channel an event speaks of. */
  ownerOf(event: EslEvent): TrackedCall | null {
    const id = event.get("Unique-ID");
    if (id === undefined || event.get("Channel-Name") === NO_CHANNEL) {
      return null;
    }
    const call = this.#calls.get(id) ?? this.#claim(event, id);
    if (call !== null) call.hasChannel = true;
    return call;
  }

  /** A channel of ours that we did not make on this line. */
  #claim(event: EslEvent, id: string): TrackedCall | null {
    const isOurs =
      event.get("variable_presence_data") === this.#options.installationId &&
      event.get("variable_accountcode") === id &&
      ATTEMPT_ID.test(id);
    if (!isOurs || this.#ended.has(id)) return null;
    // Heard of from its first event on, and never before: nothing was missed.
    const followed =
      event.get("Event-Name") === "CHANNEL_CREATE" && !this.#lost.has(id);
    return this.begin(id, followed);
  }

  leg(id: string): Leg | undefined {
    return this.#legs.get(id);
  }

  /** The agent's leg that an event speaks of, if it belongs to a call of ours. */
  legOf(event: EslEvent): Leg | null {
    const id = event.get("Unique-ID");
    const channel = event.get("Channel-Name");
    if (id === undefined || channel === undefined) return null;
    const known = this.#legs.get(id);
    if (known !== undefined) return known;
    if (this.#endedLegs.has(id)) return null;
    // A loopback call's second half has copies of the first one's variables.
    if (event.get("Call-Direction") !== "outbound") return null;
    const call = this.#callerOf(event);
    if (call === undefined || call.attemptId === id) return null;
    return this.addLeg(call, { id, channel, agentId: agentOf(event, channel) });
  }

  #callerOf(event: EslEvent): TrackedCall | undefined {
    const originator =
      event.get("Other-Type") === "originator"
        ? event.get("Other-Leg-Unique-ID")
        : undefined;
    const caller =
      event.get("variable_cc_member_session_uuid") ??
      originator ??
      event.get("variable_originator");
    return caller === undefined ? undefined : this.#calls.get(caller);
  }

  addLeg(call: TrackedCall, leg: AgentLeg): Leg {
    const added = { ...leg, call };
    this.#legs.set(leg.id, added);
    call.legIds.add(leg.id);
    if (this.#legs.size > MAX_LEGS) {
      const [oldest] = this.#legs.values();
      if (oldest !== undefined) this.removeLeg(oldest);
    }
    return added;
  }

  /** It is over; what comes of it later is too late. */
  endLeg(leg: Leg): void {
    this.removeLeg(leg);
    this.#endedLegs.add(leg.id);
  }

  removeLeg(leg: Leg): void {
    this.#legs.delete(leg.id);
    leg.call.legIds.delete(leg.id);
  }

  forgetLegs(): void {
    for (const { call, id } of this.#legs.values()) call.legIds.delete(id);
    this.#legs.clear();
  }
}

/** The queue's name of the agent, else the directory's, else the channel's. */
function agentOf(event: EslEvent, channel: string): string {
  const user = event.get("variable_dialed_user");
  const domain = event.get("variable_dialed_domain");
  const dialled =
    user === undefined || domain === undefined ? null : `${user}@${domain}`;
  return event.get("variable_cc_agent") ?? dialled ?? channel;
}
