/** What a measurement yields, and the few statistics that the tables show. */

/** A budget. `at most` for times and sizes, `at least` for rates. */
export interface Limit {
  readonly kind: "at most" | "at least";
  readonly value: number;
}

export interface Row {
  readonly what: string;
  readonly unit: string;
  /** Null: could not be measured here. */
  readonly engine: number | null;
  readonly baseline: number | null;
  readonly must?: Limit;
  readonly aim?: Limit;
}

export interface Result {
  readonly name: string;
  readonly title: string;
  /** What the engine is compared with; default `polling`. */
  readonly baseline?: string;
  /** How it was measured, one sentence each. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

export function atMost(value: number): Limit {
  return { kind: "at most", value };
}

export function atLeast(value: number): Limit {
  return { kind: "at least", value };
}

export function meets(value: number, { kind, value: limit }: Limit): boolean {
  return kind === "at most" ? value <= limit : value >= limit;
}

/** Nearest-rank percentile. @param share 0 to 1 @returns null for no values */
export function percentile(
  values: readonly number[],
  share: number,
): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? null;
}

export function median(values: readonly number[]): number | null {
  return percentile(values, 0.5);
}

/** @returns the difference per call; null when a figure is missing or there were no calls */
export function perCall(
  before: number | null,
  after: number | null,
  calls: number,
): number | null {
  return before === null || after === null || calls === 0
    ? null
    : (after - before) / calls;
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Checks every `everyMs` until the condition holds.
 *
 * @throws Error that names what did not happen within `withinMs`
 */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  withinMs: number,
  everyMs = 50,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > endMs)
      throw new Error(`Not within ${withinMs / 1_000} s: ${what}`);
    await wait(everyMs);
  }
}
