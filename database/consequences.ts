/** What follows from calls that ended, each in a small transaction of its own: trunks' health, the brake, completion. */
import { z } from "zod";

import { inTransaction } from "./pools.ts";
import type { Database } from "./pools.ts";
import { statement } from "./sql.ts";

/** What calls said about one trunk; column names, because it travels to Postgres as JSON. */
export interface TrunkResults {
  readonly trunk_id: string;
  /** Calls that reached a phone: rung or answered. */
  reached: number;
  answered: number;
  faults: number;
  /** Faults that one call proves: refused authentication, unknown endpoint. */
  hard_faults: number;
  rejections: number;
  last_fault: string | null;
}

const trunkHealth = z.object({
  id: z.string(),
  name: z.string(),
  health: z.enum(["HEALTHY", "DEGRADED", "OUT"]),
  reason: z.string().nullable(),
});
export type TrunkHealthChange = z.infer<typeof trunkHealth>;

/** @returns the trunks whose row changed */
export async function noteTrunkResults(
  database: Database,
  results: readonly TrunkResults[],
): Promise<TrunkHealthChange[]> {
  if (results.length === 0) return [];
  return inTransaction(database, async (transaction) => {
    const values = [JSON.stringify(results)];
    const { rows } = await transaction.query(
      statement("note_trunk_results", values),
    );
    return z.array(trunkHealth).parse(rows);
  });
}

/** Lets trunks whose time out is over be tried again. @returns their names */
export async function probeTrunks(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    statement("probe_trunks"),
  );
  return rows.map((row) => row.name);
}

/** Durations of the campaign's last answered calls since it was started, ms, newest first. */
export async function readLastAnswered(
  database: Database,
  campaignId: string,
  count: number,
): Promise<number[]> {
  const { rows } = await database.query<{ ms: number }>(
    statement("last_answered", [campaignId, count]),
  );
  return rows.map((row) => row.ms);
}

/** @returns false when it was not ACTIVE any more */
export async function pauseCampaign(
  database: Database,
  campaignId: string,
  reason: string,
): Promise<boolean> {
  return inTransaction(database, async (transaction) => {
    const { rowCount } = await transaction.query(
      statement("pause_campaign", [campaignId, reason]),
    );
    return rowCount === 1;
  });
}

/** Completes a campaign that has nothing left to do. @returns whether it did */
export function completeIfIdle(
  database: Database,
  campaignId: string,
): Promise<boolean> {
  return inTransaction(database, async (transaction) => {
    const locked = await transaction.query(
      statement("lock_idle_campaign", [campaignId]),
    );
    if (locked.rowCount === 0) return false;
    const done = await transaction.query(
      statement("complete_campaign", [campaignId]),
    );
    return done.rowCount === 1;
  });
}

export async function readActiveCampaigns(
  database: Database,
): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    statement("active_campaigns"),
  );
  return rows.map((row) => row.id);
}
