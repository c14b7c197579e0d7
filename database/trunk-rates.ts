/** The rate limits of trunks, and what they really sent. */
import { z } from "zod";

import type { Database } from "./pools.ts";
import { statement } from "./sql.ts";

const limitRow = z.object({
  id: z.string(),
  name: z.string(),
  rateGroup: z.string(),
  cpsLimit: z.number(),
});
/** Rate limit of a trunk; trunks with the same `rateGroup` share it. */
export type TrunkLimit = z.infer<typeof limitRow>;

export async function readTrunkLimits(
  database: Database,
  node: string,
): Promise<TrunkLimit[]> {
  const { rows } = await database.query(
    statement("originating/read_trunk_limits", [node]),
  );
  return z.array(limitRow).parse(rows);
}

/** What a trunk really sent; column names, because it travels to Postgres as JSON. */
export interface PublishedRate {
  readonly trunk_id: string;
  /** In the last whole second. */
  readonly sent: number;
  /** The most ever in a rolling second. */
  readonly worst: number;
  /** In each of the last whole seconds, at most 120, the newest first. */
  readonly recent: readonly number[];
}

export async function publishRates(
  database: Database,
  rates: readonly PublishedRate[],
): Promise<void> {
  if (rates.length === 0) return;
  await database.query(
    statement("originating/publish_rates", [JSON.stringify(rates)]),
  );
}

/** @returns by trunk of this node, the calls that were sent in the last whole second */
export async function readCallsPerSecond(
  database: Database,
  node: string,
): Promise<Record<string, number>> {
  const { rows } = await database.query<{ name: string; calls: number }>(
    statement("originating/calls_per_second", [node]),
  );
  return Object.fromEntries(rows.map(({ name, calls }) => [name, calls]));
}
