/** The legs of our calls beside their own channel, and who is in which bridge. */
import type { TrackedCall } from "./tracked-call.ts";

/** A channel that belongs to a call: the agent's side, or far: between a Local channel and the carrier. */
export interface Leg {
  readonly id: string;
  readonly channel: string;
  readonly isLocal: boolean;
  readonly call: TrackedCall;
  side: "agent" | "far";
  /** Whose it is, as {@link agentIdOf} names it. */
  agentId: string;
  /** A queue called its member by that name: a Local channel is then the agent, whoever picks up behind it. */
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

export interface Member {
  readonly id: string;
  readonly channel: string;
}

const MAX_BRIDGES = 20_000;
/** What a conference adds to itself, and listeners: nobody to talk to. */
const NOBODY = /^(?:CBAnn|CBRec|Announcer|Recorder|Snoop|Message)\//;

/** Who is in which bridge. Strangers' bridges are followed too: one of ours may be put into them. */
export class Bridges {
  readonly #bridges = new Map<string, Map<string, Member>>();
  /** Bridges by their members' ids. */
  readonly #bridgeOf = new Map<string, string>();

  /** @returns all who are in that bridge now, announcers and recorders left out */
  entered(bridgeId: string, member: Member): readonly Member[] {
    let members = this.#bridges.get(bridgeId);
    if (members === undefined) {
      members = new Map();
      this.#bridges.set(bridgeId, members);
      if (this.#bridges.size > MAX_BRIDGES) {
        const [oldest] = this.#bridges.keys();
        if (oldest !== undefined) this.destroyed(oldest);
      }
    }
    if (!NOBODY.test(member.channel)) {
      members.set(member.id, member);
      this.#bridgeOf.set(member.id, bridgeId);
    }
    return [...members.values()];
  }

  /** Who is in a bridge with that one. */
  partnerOf(id: string): Member | undefined {
    const members = this.#bridges.get(this.#bridgeOf.get(id) ?? "");
    return [...(members?.values() ?? [])].findLast((other) => other.id !== id);
  }

  /** @returns who stays behind */
  left(bridgeId: string, id: string): readonly Member[] {
    const members = this.#bridges.get(bridgeId);
    members?.delete(id);
    if (this.#bridgeOf.get(id) === bridgeId) this.#bridgeOf.delete(id);
    if (members?.size === 0) this.#bridges.delete(bridgeId);
    return [...(members?.values() ?? [])];
  }

  get size(): number {
    return this.#bridges.size;
  }

  destroyed(bridgeId: string): void {
    for (const id of this.#bridges.get(bridgeId)?.keys() ?? [])
      if (this.#bridgeOf.get(id) === bridgeId) this.#bridgeOf.delete(id);
    this.#bridges.delete(bridgeId);
  }

  clear(): void {
    this.#bridges.clear();
    this.#bridgeOf.clear();
  }
}
