/** The same measurement of both contestants, one after the other. */
import type { BenchContext } from "./arena.ts";
import type { ContestantName } from "./contestant.ts";
import { percentile } from "./measurement.ts";
import type { Row } from "./measurement.ts";

type Both<Measured> = Readonly<Record<ContestantName, Measured>>;

/** @param title is said before each */
export async function measureBoth<Measured>(
  context: BenchContext,
  title: string,
  measure: (name: ContestantName) => Promise<Measured>,
): Promise<Both<Measured>> {
  const one = (name: ContestantName) => {
    context.say(`${title}: ${name}`);
    return measure(name);
  };
  return { engine: await one("engine"), polling: await one("polling") };
}

/** @returns makes a row of one figure; null: it could not be measured here */
export function figureRows<Measured>({ engine, polling }: Both<Measured>) {
  return (
    what: string,
    unit: string,
    figure: (measured: Measured) => number | null,
  ): Row => ({
    what,
    unit,
    engine: figure(engine),
    baseline: figure(polling),
  });
}

/** By what was timed, all its times, ms. */
export type Times<Key extends string> = Readonly<
  Record<Key, readonly number[]>
>;

/** @returns makes a row of one percentile (share 0 to 1) of one kind of times */
export function percentileRows<Key extends string>(both: Both<Times<Key>>) {
  const row = figureRows(both);
  return (what: string, key: Key, share: number): Row =>
    row(what, "ms", (times) => percentile(times[key], share));
}
