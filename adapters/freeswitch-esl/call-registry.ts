/**
 * Which channels are ours. A call is identified by its own channel, whose uuid is the attempt's id; its agents' legs by
 * the channel that dialled them.
 *
 * A channel is ours when we sent its originate on this connection, or when its uuid is its account code too and it has
 * our installation tag as presence data: so a standby engine follows the active engine's calls, and an engine finds the
 * calls made before it started. Every other channel is foreign, including the second half of a loopback call, which has
 * copies of our variables and a uuid of its own.
 */
import { CallRegistry } from "../calls/call-registry.ts";
import type { CallLeg } from "../calls/call-registry.ts";
import type { PbxClock } from "../calls/pbx-clock.ts";
import { RecentIds } from "../calls/recent-ids.ts";
import { isAttemptId } from "../calls/request-check.ts";
import type { AgentLeg } from "../calls/tracked-call.ts";
import type { CallEvent } from "../port.ts";
import type { EslEvent } from "./event.ts";
import { EslCall } from "./tracked-call.ts";

export interface OwnedLeg extends AgentLeg, CallLeg<EslCall> {
  readonly id: string;
}

export interface EslCallRegistryOptions {
  readonly installationId: string;
  readonly emit: (event: CallEvent) => void;
  readonly graceMs: number;
}

/** Legs that late events may still speak of. */
const MAX_ENDED_LEGS = 20_000;
/** What CHANNEL_DESTROY calls the channel that a gateway never made. */
const NO_CHANNEL = "N/A";

export class EslCallRegistry extends CallRegistry<EslCall, OwnedLeg> {
  readonly #options: EslCallRegistryOptions;
  readonly #clock: PbxClock;
  readonly #endedLegs = new RecentIds(MAX_ENDED_LEGS);

  constructor(options: EslCallRegistryOptions, clock: PbxClock) {
    super(options.graceMs);
    this.#options = options;
    this.#clock = clock;
  }

  begin(attemptId: string, followed: boolean): EslCall {
    const { stepsMs } = this.#clock;
    const start = { attemptId, followed, stepsMs };
    return this.add(new EslCall(start, this.#options.emit));
  }

  /** The call whose own channel an event speaks of. */
  ownerOf(event: EslEvent): EslCall | null {
    const id = event.get("Unique-ID");
    if (id === undefined || event.get("Channel-Name") === NO_CHANNEL) {
      return null;
    }
    const call = this.calls.get(id) ?? this.#claim(event, id);
    if (call !== null) call.hasChannel = true;
    return call;
  }

  /** A channel of ours that we did not make on this connection. */
  #claim(event: EslEvent, id: string): EslCall | null {
    const isOurs =
      event.get("variable_presence_data") === this.#options.installationId &&
      event.get("variable_accountcode") === id &&
      isAttemptId(id);
    if (!isOurs || this.hasEnded(id)) return null;
    // Followed from its first event on: nothing was missed.
    const followed =
      event.get("Event-Name") === "CHANNEL_CREATE" && !this.isLost(id);
    return this.begin(id, followed);
  }

  /** The agent's leg that an event speaks of, if it belongs to a call of ours. */
  legOf(event: EslEvent): OwnedLeg | null {
    const id = event.get("Unique-ID");
    const channel = event.get("Channel-Name");
    if (id === undefined || channel === undefined) return null;
    const known = this.leg(id);
    if (known !== undefined) return known;
    if (this.#endedLegs.has(id)) return null;
    // A loopback call's second half has copies of the first one's variables.
    if (event.get("Call-Direction") !== "outbound") return null;
    const call = this.#callerOf(event);
    if (call === undefined || call.attemptId === id) return null;
    return this.addLeg(call, { id, channel, agentId: agentOf(event, channel) });
  }

  #callerOf(event: EslEvent): EslCall | undefined {
    const originator =
      event.get("Other-Type") === "originator"
        ? event.get("Other-Leg-Unique-ID")
        : undefined;
    const caller =
      event.get("variable_cc_member_session_uuid") ??
      originator ??
      event.get("variable_originator");
    return caller === undefined ? undefined : this.calls.get(caller);
  }

  addLeg(call: EslCall, leg: AgentLeg): OwnedLeg {
    const added = { ...leg, call };
    this.keepLeg(added);
    return added;
  }

  /** The leg is over; later events of it are ignored. */
  endLeg(leg: OwnedLeg): void {
    this.removeLeg(leg);
    this.#endedLegs.add(leg.id);
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
