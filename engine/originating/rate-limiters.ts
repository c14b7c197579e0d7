/**
 * The rate limiters of one node's trunks: one per rate group (a trunk, or several with one limit group), one over all
 * of them if the switch has a limit of its own, and a record of what was really sent, which is published in
 * `rate_limit_buckets`.
 */
import type { PublishedRate, TrunkLimit } from "../../database/trunk-rates.ts";
import { RollingSecondLimiter } from "../../dialing/rate-limiter.ts";
import type { Permission } from "../../dialing/rate-limiter.ts";

const secondMs = 1_000;
/** How many whole seconds are published. */
const recentSeconds = 120;

/** What was written to the wire for one trunk. */
interface Sent {
  /** Of the last rolling second. */
  readonly timesMs: number[];
  worst: number;
  /** Calls by whole second of the monotonic clock. */
  readonly bySecond: Map<number, number>;
  /** Whether the last published record said that nothing was sent for as long as records go back. */
  isQuiet: boolean;
}

export class RateLimiters {
  readonly #limiters = new Map<string, RollingSecondLimiter>();
  readonly #groupOfTrunk = new Map<string, string>();
  readonly #lastGroupOfTrunk = new Map<string, string>();
  readonly #sent = new Map<string, Sent>();
  /** Over all rate groups: what the switch itself allows. */
  #node: RollingSecondLimiter | null = null;
  /** By rate group and permit: the node's permit that belongs to it. */
  readonly #nodePermits = new Map<string, number>();
  /** Trunks that were asked for and have no limiter; until the limits are read again. */
  readonly #withoutLimiter = new Set<string>();
  /** Until this moment a previous leader may have used the rate, so this one may not. */
  #assumeSpentAtMs: number | null;

  /** @param takenOverAtMs monotonic ms: the last second before it counts as spent by the previous leader */
  constructor(takenOverAtMs: number) {
    this.#assumeSpentAtMs = takenOverAtMs;
  }

  /**
   * Takes the trunks' present limits. A trunk that is gone keeps no limiter: its calls fail closed. If a trunk changed
   * its rate group, what it has sent counts as spent in the new group, whose limiter knows nothing about it.
   */
  setLimits(limits: readonly TrunkLimit[], nowMs: number): void {
    this.#withoutLimiter.clear();
    const movedInto = new Set<string>();
    for (const { id, rateGroup } of limits) {
      const before = this.#lastGroupOfTrunk.get(id);
      if (before !== undefined && before !== rateGroup)
        movedInto.add(rateGroup);
      this.#lastGroupOfTrunk.set(id, rateGroup);
    }
    this.#groupOfTrunk.clear();
    for (const limit of limits) {
      this.#groupOfTrunk.set(limit.id, limit.rateGroup);
      const limiter = this.#limiterOf(limit);
      limiter.setLimit(limit.cpsLimit);
      if (movedInto.has(limit.rateGroup)) limiter.assumeSpent(nowMs);
    }
    this.#assumeSpentAtMs = null;
  }

  #limiterOf({ rateGroup, cpsLimit }: TrunkLimit): RollingSecondLimiter {
    const known = this.#limiters.get(rateGroup);
    if (known !== undefined) return known;
    const limiter = new RollingSecondLimiter(cpsLimit);
    if (this.#assumeSpentAtMs !== null)
      limiter.assumeSpent(this.#assumeSpentAtMs);
    this.#limiters.set(rateGroup, limiter);
    return limiter;
  }

  /** The PBX may have received calls at any time up to now: no limiter grants anything for its period. */
  assumeSpent(nowMs: number): void {
    for (const limiter of this.#limiters.values()) limiter.assumeSpent(nowMs);
  }

  /** The rate group of a trunk, or null: no such trunk on this node, as far as the limits are known. */
  groupOf(trunkId: string): string | null {
    const rateGroup = this.#groupOfTrunk.get(trunkId) ?? null;
    if (rateGroup === null) this.#withoutLimiter.add(trunkId);
    return rateGroup;
  }

  /** Trunks that calls were for since the limits were last read, and that have no limiter. */
  get trunksWithoutLimiter(): readonly string[] {
    return [...this.#withoutLimiter];
  }

  /** @param callsPerSecond that the switch allows over all trunks; null if it does not say */
  setNodeLimit(callsPerSecond: number | null): void {
    if (callsPerSecond === null) this.#node = null;
    else if (this.#node !== null) this.#node.setLimit(callsPerSecond);
    else this.#node = new RollingSecondLimiter(callsPerSecond);
  }

  /** A permit of the rate group and one of the node, or none. */
  tryAcquire(rateGroup: string, nowMs: number): Permission {
    const limiter = this.#limiters.get(rateGroup);
    if (limiter === undefined) return { granted: false, retryAtMs: null };
    const ofNode = this.#node?.tryAcquire(nowMs) ?? null;
    if (ofNode?.granted === false) return ofNode;
    const permission = limiter.tryAcquire(nowMs);
    if (ofNode !== null) {
      if (permission.granted)
        this.#nodePermits.set(
          keyOf(rateGroup, permission.permit),
          ofNode.permit,
        );
      else this.#node?.returned(ofNode.permit);
    }
    return permission;
  }

  acknowledged(rateGroup: string, permit: number, nowMs: number): void {
    this.#limiters.get(rateGroup)?.acknowledged(permit, nowMs);
    const ofNode = this.#takeNodePermit(rateGroup, permit);
    if (ofNode !== undefined) this.#node?.acknowledged(ofNode, nowMs);
  }

  returned(rateGroup: string, permit: number): void {
    this.#limiters.get(rateGroup)?.returned(permit);
    const ofNode = this.#takeNodePermit(rateGroup, permit);
    if (ofNode !== undefined) this.#node?.returned(ofNode);
  }

  #takeNodePermit(rateGroup: string, permit: number): number | undefined {
    const key = keyOf(rateGroup, permit);
    const ofNode = this.#nodePermits.get(key);
    this.#nodePermits.delete(key);
    return ofNode;
  }

  /** Remembers a call that was written to the wire. */
  noteSent(trunkId: string, nowMs: number): void {
    const sent = this.#sent.get(trunkId) ?? {
      timesMs: [],
      worst: 0,
      bySecond: new Map<number, number>(),
      isQuiet: true,
    };
    this.#sent.set(trunkId, sent);
    sent.timesMs.push(nowMs);
    forgetOld(sent, nowMs);
    sent.worst = Math.max(sent.worst, sent.timesMs.length);
    const second = Math.floor(nowMs / secondMs);
    sent.bySecond.set(second, (sent.bySecond.get(second) ?? 0) + 1);
    sent.isQuiet = false;
  }

  /**
   * What is to be published now: the calls per second of each trunk that has sent any recently. That figure is the same
   * everywhere: the calls written to the PBX in the last whole second. An unfinished second would be too small.
   */
  takeRates(nowMs: number): PublishedRate[] {
    const rates: PublishedRate[] = [];
    const lastSecond = Math.floor(nowMs / secondMs) - 1;
    for (const [trunkId, sent] of this.#sent) {
      if (sent.isQuiet) continue;
      for (const second of sent.bySecond.keys())
        if (second <= lastSecond - recentSeconds) sent.bySecond.delete(second);
      sent.isQuiet = sent.bySecond.size === 0;
      const recent = recentOf(sent.bySecond, lastSecond);
      rates.push({
        trunk_id: trunkId,
        sent: recent[0] ?? 0,
        worst: sent.worst,
        recent,
      });
    }
    return rates;
  }
}

/** Calls in each whole second, the newest first, up to the oldest that had any. */
function recentOf(
  bySecond: ReadonlyMap<number, number>,
  lastSecond: number,
): number[] {
  const oldest = Math.min(lastSecond + 1, ...bySecond.keys());
  return Array.from(
    { length: lastSecond + 1 - oldest },
    (_, ago) => bySecond.get(lastSecond - ago) ?? 0,
  );
}

function keyOf(rateGroup: string, permit: number): string {
  return `${rateGroup}:${String(permit)}`;
}

function forgetOld(sent: Sent, nowMs: number): void {
  const firstKept = sent.timesMs.findIndex((time) => time > nowMs - secondMs);
  if (firstKept === -1) sent.timesMs.length = 0;
  else if (firstKept > 0) sent.timesMs.splice(0, firstKept);
}
