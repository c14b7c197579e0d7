/** The legs of our calls beside their own channel. */
import type { AgentLeg } from "../calls/tracked-call.ts";
import type { EndCause } from "../port.ts";

/** A channel that belongs to a call. `agent`: on the agent's side; `far`: between a Local channel and the carrier. */
export interface Leg extends AgentLeg {
  readonly isLocal: boolean;
  side: "agent" | "far";
  /** Whose it is, as {@link agentIdOf} names it. */
  agentId: string;
  /** The queue called its member by that name: a Local channel then is the agent, whoever picks up behind it. */
  isMember: boolean;
  /** Of a Local channel: id of the half that belongs to it. */
  otherHalf: string | null;
  /** Of its last DialEnd. */
  dialStatus: string | null;
  /** Its far end, or somebody, asked it to end. */
  askedToEnd: boolean;
}

/**
 * The endpoint of an agent, whichever way he is named: by his channel, by one half of a Local channel, or by a queue's
 * member with the options of a Local channel.
 *
 * @returns `PJSIP/agent1` for `PJSIP/agent1-0000000f`; `Local/7@queue` for `Local/7@queue-0000000c;1` and
 *   `Local/7@queue/n`
 */
export function agentIdOf(channel: string): string {
  const endpoint = channel.replace(/(?:-[0-9a-f]{8})?(?:;[12])?$/i, "");
  return isLocalChannel(endpoint)
    ? endpoint.replace(/(?<=@[^/]*)\/[A-Za-z]*$/, "")
    : endpoint;
}

export function isLocalChannel(channel: string): boolean {
  return channel.startsWith("Local/");
}

/** The legs between a Local channel and the carrier: its second half, and the trunk's. */
export class FarLegs {
  readonly #open = new Set<Leg>();
  #trunkLegs = 0;
  /** How the trunk's last leg ended. */
  trunkEnd: EndCause | null = null;
  secondHalf: EndCause | null = null;
  /** The dialplan's own Dial() ran out of time. */
  dialplanGaveUp = false;

  get areOver(): boolean {
    return this.#open.size === 0;
  }

  /** Whether somebody outside was dialled: without such a leg, all events come from our own dialplan. */
  get hasTrunkLeg(): boolean {
    return this.#trunkLegs > 0;
  }

  opened(leg: Leg): void {
    this.#open.add(leg);
    if (!leg.isLocal) this.#trunkLegs += 1;
  }

  /** The leg turned out to be the agent's. */
  dropped(leg: Leg): void {
    this.#open.delete(leg);
    if (!leg.isLocal) this.#trunkLegs -= 1;
  }

  ended(leg: Leg, end: EndCause): void {
    this.#open.delete(leg);
    if (leg.isLocal) {
      this.secondHalf = end;
      return;
    }
    this.trunkEnd = end;
    this.dialplanGaveUp =
      end.cause === null && leg.dialStatus === "NOANSWER" && !leg.askedToEnd;
  }

  /** Events were missed: what the legs did is no longer known. */
  clear(): void {
    this.#open.clear();
  }
}
