/**
 * How many calls a pass may start now, and through which trunks: the counting side of pacing.
 *
 * Capacity begins with what the database counted under its locks, and every booked call lowers what is left: of the
 * campaign, of the node's unanswered Originates, of the trunk's channels and of its slots. Trunks of one limit group
 * count as one: the smallest limit, the sum of the live calls. A slot is a moment at which a call is planned. Slots are
 * 1/cps apart, and a pass assigns only those of about the next second, so that a pause or a new setting acts at once.
 * Late calls come first: a slow PBX must not build up a growing queue.
 */
import { gapOf } from "./rate-limiter.ts";
import type { TrunkCandidate } from "./trunk-choice.ts";

/** How far ahead slots are assigned. */
const slotHorizonMs = 1_000;

export interface TrunkLoad {
  readonly id: string;
  readonly node: string;
  readonly cpsLimit: number;
  readonly maxChannels: number;
  readonly limitGroup: string | null;
  readonly nextSlotMs: number | null;
  readonly live: number;
  /** Calls whose slot has passed and that were not sent yet: the trunk is slower than its slots. */
  readonly overdue: number;
}

export interface CapacityOptions {
  readonly nowMs: number;
  readonly campaignFree: number;
  /** By node: unanswered Originates that may still be added. */
  readonly nodeFree: ReadonlyMap<string, number>;
  /** What the account's other campaigns leave of this trunk, 0 to 1: 0 if one of an earlier priority waits for it. */
  readonly shareOf: (trunkId: string) => number;
  /** What other accounts leave of the free places of these trunks. Absent: all. */
  readonly partOf?: (trunkIds: readonly string[], free: GroupRoom) => GroupRoom;
}

/** Whole calls that a rate group can take. */
export interface GroupRoom {
  readonly channels: number;
  readonly slots: number;
}

interface RateGroup {
  readonly stepMs: number;
  nextSlotMs: number;
  freeChannels: number;
  freeSlots: number;
  /** Some of it is free, and other accounts that have less of it wait for that. */
  readonly isShared: boolean;
}

export class Capacity {
  readonly #options: CapacityOptions;
  readonly #groups = new Map<string, RateGroup>();
  readonly #groupOfTrunk = new Map<string, RateGroup>();
  readonly #nodeFree: Map<string, number>;
  #campaignFree: number;

  /** @param trunks those of the pass, and those outside it that share a limit group with one inside */
  constructor(trunks: readonly TrunkLoad[], options: CapacityOptions) {
    this.#options = options;
    this.#campaignFree = options.campaignFree;
    this.#nodeFree = new Map(options.nodeFree);
    for (const trunk of trunks) this.#open(trunk, trunks);
  }

  /** Calls that may still be started by this pass, whatever the trunk. */
  get campaignFree(): number {
    return this.#campaignFree;
  }

  /** Upper bound of the calls that the given trunks can take in this pass. */
  roomOn(trunks: readonly { id: string; node: string }[]): number {
    const groups = new Set<RateGroup>();
    const perNode = new Map<string, number>();
    for (const trunk of trunks) {
      const group = this.#groupOfTrunk.get(trunk.id);
      if (group === undefined || groups.has(group)) continue;
      groups.add(group);
      const free = Math.min(group.freeChannels, group.freeSlots);
      perNode.set(trunk.node, (perNode.get(trunk.node) ?? 0) + free);
    }
    let total = 0;
    for (const [node, free] of perNode)
      total += Math.min(free, this.#nodeFree.get(node) ?? 0);
    return Math.max(0, Math.min(this.#campaignFree, total));
  }

  freeChannels(trunkId: string): number {
    return this.#groupOfTrunk.get(trunkId)?.freeChannels ?? 0;
  }

  /** Slots left; none if the node has no unanswered Originate left. */
  freeSlots(trunk: { id: string; node: string }): number {
    const group = this.#groupOfTrunk.get(trunk.id);
    return Math.min(group?.freeSlots ?? 0, this.#nodeFree.get(trunk.node) ?? 0);
  }

  nodeFree(node: string): number {
    return this.#nodeFree.get(node) ?? 0;
  }

  share(trunkId: string): number {
    return this.#options.shareOf(trunkId);
  }

  /** Whether other accounts wait for what is left of a trunk. */
  isShared(trunkId: string): boolean {
    return this.#groupOfTrunk.get(trunkId)?.isShared ?? false;
  }

  /** Books one call. @returns its slot, epoch ms */
  book(trunk: { id: string; node: string }): number {
    const group = this.#groupOfTrunk.get(trunk.id);
    if (group === undefined)
      throw new RangeError(`trunk ${trunk.id} has no capacity in this pass`);
    const slotMs = group.nextSlotMs;
    group.nextSlotMs += group.stepMs;
    group.freeSlots -= 1;
    group.freeChannels -= 1;
    this.#campaignFree -= 1;
    this.#nodeFree.set(trunk.node, this.nodeFree(trunk.node) - 1);
    return slotMs;
  }

  /** The first unassigned slot of a trunk, epoch ms. */
  nextSlotMs(trunkId: string): number {
    return this.#groupOfTrunk.get(trunkId)?.nextSlotMs ?? this.#options.nowMs;
  }

  #open(trunk: TrunkLoad, all: readonly TrunkLoad[]): void {
    const key =
      trunk.limitGroup === null
        ? trunk.id
        : `${trunk.node}/${trunk.limitGroup}`;
    const group =
      this.#groups.get(key) ?? this.#groupOf(members(trunk, all), trunk.id);
    this.#groups.set(key, group);
    this.#groupOfTrunk.set(trunk.id, group);
  }

  #groupOf(group: readonly TrunkLoad[], trunkId: string): RateGroup {
    const { nowMs, shareOf, partOf } = this.#options;
    const cps = Math.min(...group.map((trunk) => trunk.cpsLimit));
    const stepMs = gapOf(cps);
    const overdue = group.reduce((sum, trunk) => sum + trunk.overdue, 0);
    const nextSlotMs = Math.max(
      nowMs + overdue * stepMs,
      ...group.map((trunk) => trunk.nextSlotMs ?? nowMs),
    );
    const channels = Math.min(...group.map((trunk) => trunk.maxChannels));
    const live = group.reduce((sum, trunk) => sum + trunk.live, 0);
    const leftMs = nowMs + slotHorizonMs - nextSlotMs;
    const slots = leftMs < 0 ? 0 : Math.floor(leftMs / stepMs) + 1;
    const share = shareOf(trunkId);
    const free = { channels: Math.max(0, channels - live), slots };
    const ids = group.map(({ id }) => id);
    const part = partOf?.(ids, free) ?? free;
    return {
      stepMs,
      nextSlotMs,
      freeChannels: Math.ceil(part.channels * share),
      freeSlots: Math.ceil(part.slots * share),
      isShared: part.channels < free.channels || part.slots < free.slots,
    };
  }
}

function members(
  trunk: TrunkLoad,
  all: readonly TrunkLoad[],
): readonly TrunkLoad[] {
  return trunk.limitGroup === null
    ? [trunk]
    : all.filter(
        (other) =>
          other.node === trunk.node && other.limitGroup === trunk.limitGroup,
      );
}

/** The parts of a trunk that a pass lowers as it goes. */
export function asCandidate<
  T extends Omit<TrunkCandidate, "freeChannels" | "freeSlots"> & {
    node: string;
  },
>(trunk: T, book: Capacity): T & TrunkCandidate {
  return {
    ...trunk,
    freeChannels: book.freeChannels(trunk.id),
    freeSlots: book.freeSlots(trunk),
  };
}
