/**
 * Which channels are ours. A call is identified by its own channel, whose Uniqueid is the attempt's id; its legs by
 * Linkedid and by the channel that dialled them.
 *
 * A channel is ours when we sent its Originate on this connection, or when its id has the form of an attempt's id and
 * its account code is our installation tag: so a standby engine follows the active engine's calls, and an engine finds
 * the calls made before it started. Every other channel is foreign.
 */
import { CallRegistry } from "../calls/call-registry.ts";
import type { PbxClock } from "../calls/pbx-clock.ts";
import { RecentIds } from "../calls/recent-ids.ts";
import { isAttemptId } from "../calls/request-check.ts";
import { agentIdOf, isLocalChannel } from "./legs.ts";
import type { Leg } from "./legs.ts";
import type { AmiMessage } from "./message.ts";
import { AmiCall } from "./tracked-call.ts";
import type { AmiCallOutlets } from "./tracked-call.ts";

export interface OwnedLeg extends Leg {
  readonly call: AmiCall;
}

/** Where an event belongs: to a call's own channel (`leg` null) or to one of its legs. */
export interface Place {
  readonly call: AmiCall;
  readonly leg: OwnedLeg | null;
}

export interface AmiCallRegistryOptions extends AmiCallOutlets {
  readonly installationId: string;
  readonly graceMs: number;
}

const MAX_UNCLAIMED = 1_000;

export class AmiCallRegistry extends CallRegistry<AmiCall, OwnedLeg> {
  readonly #options: AmiCallRegistryOptions;
  readonly #clock: PbxClock;
  /** Channels with an attempt's id but no account code yet: Asterisk sets it right after making them. */
  readonly #unclaimed = new RecentIds(MAX_UNCLAIMED);

  constructor(options: AmiCallRegistryOptions, clock: PbxClock) {
    super(options.graceMs);
    this.#options = options;
    this.#clock = clock;
  }

  begin(
    attemptId: string,
    given: { readonly actionId: string | null; readonly followed: boolean },
  ): AmiCall {
    const { stepsMs } = this.#clock;
    const start = { attemptId, ...given, stepsMs };
    return this.add(new AmiCall(start, this.#options));
  }

  override forgetLegs(): void {
    super.forgetLegs();
    this.#unclaimed.clear();
  }

  /**
   * Finds the call or leg that an event belongs to.
   * @param prefix of the headers, e.g. `dest` for the channel that is dialled
   */
  find(message: AmiMessage, prefix = ""): Place | null {
    const id = message.get(`${prefix}uniqueid`);
    if (id === undefined) return null;
    const call = this.calls.get(id) ?? this.#claim(message, prefix, id);
    if (call === null) {
      const leg = this.leg(id);
      return leg === undefined ? null : { call: leg.call, leg };
    }
    if (!call.hasChannel) {
      call.hasChannel = true;
      call.isLocal = isLocalChannel(message.get(`${prefix}channel`) ?? "");
    }
    return { call, leg: null };
  }

  /** A channel of ours that we did not make on this connection. */
  #claim(message: AmiMessage, prefix: string, id: string): AmiCall | null {
    const account = message.get(`${prefix}accountcode`);
    if (account !== this.#options.installationId) return null;
    if (!isAttemptId(id) || this.hasEnded(id)) return null;
    const followed = this.#unclaimed.delete(id);
    return this.begin(id, { actionId: null, followed });
  }

  /** A channel was made; its owner is not known yet. */
  appeared(message: AmiMessage): void {
    if (this.find(message) !== null) return;
    const id = message.get("uniqueid") ?? "";
    const call = this.calls.get(message.get("linkedid") ?? "");
    if (call !== undefined) {
      const side = call.isLocal && !call.isAnswered ? "far" : "agent";
      this.addLeg(call, id, message.get("channel") ?? "", side);
    } else if (isAttemptId(id)) {
      this.#unclaimed.add(id);
    }
  }

  /** A leg with the side it is now known to be on. */
  addLeg(
    call: AmiCall,
    id: string,
    channel: string,
    side: Leg["side"],
  ): OwnedLeg {
    const leg = this.leg(id) ?? this.#newLeg(call, id, channel);
    if (leg.side !== side) {
      leg.side = side;
      if (side === "far") leg.call.farLegOpened(leg);
      else leg.call.farLegs.dropped(leg);
    }
    return leg;
  }

  #newLeg(call: AmiCall, id: string, channel: string): OwnedLeg {
    const leg: OwnedLeg = {
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
    this.keepLeg(leg);
    return leg;
  }
}
