/**
 * How accounts share what they all need: a trunk's channels and slots, a node's places.
 *
 * The level of an account is what it holds. Free places go one by one to the account with the lowest level that wants
 * more, so that no account that wants more has less than another that does (max-min fairness). What others do not want
 * is free for one account alone; when another comes, the surplus drains to the fair share as its calls end. The number
 * and priority of an account's campaigns play no part here.
 */

export interface Standing {
  /** Places held now; of slots: those given to it of late. */
  readonly held: number;
  /** Decides among those that stand equally high: who had fewer goes first. */
  readonly recent: number;
}

/**
 * @param free whole places that are free
 * @param mine of the account that asks; `others` are those that want more
 * @returns how many of the free places it may have; the sum over all accounts is `free`, but for equals
 */
export function fairPart(
  free: number,
  mine: Standing,
  others: readonly Standing[],
): number {
  if (free <= 0 || others.length === 0) return Math.max(0, free);
  const level = levelOf(free, [mine, ...others]);
  const base = Math.max(0, level - Math.floor(mine.held));
  const given = [mine, ...others].reduce(
    (sum, { held }) => sum + Math.max(0, level - Math.floor(held)),
    0,
  );
  // Of those that stand at the level now, as many get one more as places are left.
  if (Math.floor(mine.held) > level) return base;
  const before = others.filter(
    (other) => Math.floor(other.held) <= level && other.recent < mine.recent,
  ).length;
  return before < free - given ? base + 1 : base;
}

/** The highest whole level to which the free places lift all that stand below it. */
function levelOf(free: number, all: readonly Standing[]): number {
  const heights = all.map(({ held }) => Math.floor(held)).sort((a, b) => a - b);
  let level = heights[0] ?? 0;
  let left = free;
  for (const [n, height] of heights.entries()) {
    const next = heights[n + 1] ?? Infinity;
    const step = Math.min(next - height, Math.floor(left / (n + 1)));
    level = height + step;
    left -= step * (n + 1);
    if (level < next) break;
  }
  return level;
}

/** Calls given to each account of late: how many, halving in about the span below, and when that was true, epoch ms. */
export type Usage = Readonly<Record<string, readonly [number, number]>>;

/** Slow trunks are remembered for longer: about ten calls. */
function memoryMs(callsPerSecond: number): number {
  return Math.max(2_000, 10_000 / callsPerSecond);
}

export function usageOf(
  usage: Usage,
  accountId: string,
  nowMs: number,
  callsPerSecond: number,
): number {
  const [calls, atMs] = usage[accountId] ?? [0, nowMs];
  return (
    calls * Math.exp(-Math.max(0, nowMs - atMs) / memoryMs(callsPerSecond))
  );
}

/** What is forgotten: less than a twentieth of a call. */
const forgotten = 0.05;

/** @returns the usage after so many more calls of an account */
export function withCalls(
  usage: Usage,
  accountId: string,
  calls: number,
  nowMs: number,
  callsPerSecond: number,
): Usage {
  const all = new Set([...Object.keys(usage), accountId]);
  const after: Record<string, readonly [number, number]> = {};
  for (const id of all) {
    const now =
      usageOf(usage, id, nowMs, callsPerSecond) +
      (id === accountId ? calls : 0);
    if (now >= forgotten)
      after[id] = [Number(now.toFixed(3)), Math.round(nowMs)];
  }
  return after;
}
