/**
 * What others leave to a pass: other accounts their fair share (`fair-share.ts`), other campaigns of the account what
 * their priority gives them.
 */
import { fairPart, usageOf } from "./fair-share.ts";
import type { Standing } from "./fair-share.ts";
import type { GroupRoom } from "./capacity.ts";
import { mostUnheardCalls } from "./pass-facts.ts";
import type { CampaignToPass, PassFacts } from "./pass-facts.ts";

/** Either of the two. */
interface Wanted {
  readonly trunkId?: string;
  readonly node?: string;
}

interface NodeRoom {
  readonly free: number;
  /** What would limit it first, as a blocker. */
  readonly reason: string;
}

export class PassShares {
  readonly #campaign: CampaignToPass;
  readonly #facts: PassFacts;

  constructor(campaign: CampaignToPass, facts: PassFacts) {
    this.#campaign = campaign;
    this.#facts = facts;
  }

  /**
   * What the account's other campaigns leave to this one, 0..1: nothing while one of an earlier priority waits
   * for it, an even share among those of the same priority.
   */
  inAccount(wanted: Wanted): number {
    const own = this.#facts.rivals.filter(
      (rival) =>
        rival.accountId === this.#campaign.accountId && isFor(rival, wanted),
    );
    if (own.some(({ earliest }) => earliest < this.#campaign.priority))
      return 0;
    return 1 / (own.reduce((sum, { equals }) => sum + equals, 0) + 1);
  }

  /** What other accounts leave of the free places of a trunk or node. */
  partOf(trunkIds: readonly string[], free: GroupRoom): GroupRoom {
    const others = this.#othersFor(trunkIds.map((trunkId) => ({ trunkId })));
    if (others.length === 0) return free;
    const stand = (held: (accountId: string) => number, places: number) =>
      this.#fairPart(places, others, held, (id) => this.#recent(trunkIds, id));
    return {
      channels: stand((id) => this.#liveOn(trunkIds, id), free.channels),
      slots: stand((id) => this.#recent(trunkIds, id), free.slots),
    };
  }

  /**
   * Calls that a node can take of this campaign now: its engine's unanswered Originates, and what the switch itself
   * allows, of which the calls that wait for their slot take the next second's share.
   */
  roomOf(name: string): NodeRoom {
    const node = this.#facts.nodes[name];
    if (node === undefined) return { free: 0, reason: "NO_LEASE" };
    const held = (kind: "unanswered" | "queued" | "live") => (id: string) =>
      node.accounts[id]?.[kind] ?? 0;
    const rooms = [
      this.#shared(name, {
        free: (node.maxOriginates ?? 0) - node.unanswered,
        reason: "MAX_CONCURRENT_ORIGINATES",
        held: held("unanswered"),
      }),
      this.#shared(name, {
        free: (node.pbxCallsPerSecond ?? Infinity) - node.queued,
        reason: "SWITCH_CPS",
        held: held("queued"),
      }),
      this.#shared(name, {
        free: node.pbxFreeCalls ?? Infinity,
        reason: "SWITCH_SESSIONS",
        held: held("live"),
      }),
      // One call at a time probes a PBX without events, whatever its account.
      {
        free:
          node.unheardCalls >= mostUnheardCalls
            ? Math.max(0, 1 - node.unanswered)
            : Infinity,
        reason: "CALLS_UNHEARD",
      },
    ];
    return rooms.reduce((a, b) => (b.free < a.free ? b : a));
  }

  #shared(
    node: string,
    room: NodeRoom & { readonly held: (accountId: string) => number },
  ): NodeRoom {
    const free = Math.max(0, room.free);
    if (free === Infinity) return { free, reason: room.reason };
    const trunkIds = this.#campaign.trunks
      .filter((trunk) => trunk.node === node)
      .map(({ id }) => id);
    const others = this.#othersFor([{ node }]);
    const part = this.#fairPart(free, others, room.held, (id) =>
      this.#recent(trunkIds, id),
    );
    return {
      free: Math.ceil(part * this.inAccount({ node })),
      reason: part === 0 && free > 0 ? "ACCOUNT_SHARE" : room.reason,
    };
  }

  #fairPart(
    free: number,
    others: readonly string[],
    held: (accountId: string) => number,
    recent: (accountId: string) => number,
  ): number {
    const standing = (id: string): Standing => ({
      held: held(id),
      recent: recent(id),
    });
    return fairPart(
      free,
      standing(this.#campaign.accountId),
      others.map(standing),
    );
  }

  /** Other accounts that wait for one of these. */
  #othersFor(wanted: readonly Wanted[]): string[] {
    const ids = this.#facts.rivals
      .filter((rival) => wanted.some((one) => isFor(rival, one)))
      .map(({ accountId }) => accountId)
      .filter((id) => id !== this.#campaign.accountId);
    return [...new Set(ids)];
  }

  #liveOn(trunkIds: readonly string[], accountId: string): number {
    return trunkIds.reduce(
      (sum, id) => sum + (this.#facts.trunks[id]?.liveOf[accountId] ?? 0),
      0,
    );
  }

  #recent(trunkIds: readonly string[], accountId: string): number {
    const { trunks, nowMs } = this.#campaign;
    return trunks
      .filter(({ id }) => trunkIds.includes(id))
      .reduce((sum, { id, cpsLimit }) => {
        const given = this.#facts.trunks[id]?.given ?? {};
        return sum + usageOf(given, accountId, nowMs, cpsLimit);
      }, 0);
  }
}

function isFor(
  rival: PassFacts["rivals"][number],
  { trunkId, node }: Wanted,
): boolean {
  return trunkId === undefined
    ? rival.node === node
    : rival.trunkId === trunkId;
}
