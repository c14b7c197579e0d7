/**
 * Effects of ended calls, each in a small transaction of its own: trunks' health, the short-call circuit breaker,
 * completion.
 */
import { z } from "zod";

import { mostCallsLookedAt } from "../dialing/short-call-breaker.ts";
import type { AnsweredCall } from "../dialing/short-call-breaker.ts";
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
  /** Its outcome's code. */
  last_fault: string | null;
  /** The same with what carrier or PBX said. */
  fault_words: string | null;
}

const trunkHealth = z.object({
  id: z.string(),
  name: z.string(),
  health: z.enum(["HEALTHY", "DEGRADED", "OUT"]),
  reason: z.string().nullable(),
  fault: z.string().nullable(),
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
      statement("attempts/note_trunk_results", values),
    );
    return z.array(trunkHealth).parse(rows);
  });
}

/** After a restart of its PBX a trunk must first show with one call that it works. */
export async function markPbxRestarted(
  database: Database,
  node: string,
): Promise<void> {
  await database.query(statement("attempts/mark_pbx_restarted", [node]));
}

/** Lets trunks be tried again whose time out of service is over. @returns their names */
export async function probeTrunks(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    statement("attempts/probe_trunks"),
  );
  return rows.map((row) => row.name);
}

const answeredCall = z.object({
  ageMs: z.coerce.number(),
  isShort: z.boolean(),
}) satisfies z.ZodType<AnsweredCall>;

/**
 * What the short-call circuit breaker checks: the campaign's last answered calls since it was started, newest first.
 */
export async function readLastHandOvers(
  database: Database,
  campaignId: string,
): Promise<AnsweredCall[]> {
  const { rows } = await database.query(
    statement("attempts/last_hand_overs", [campaignId, mostCallsLookedAt]),
  );
  return z.array(answeredCall).parse(rows);
}

/** @returns false when it was not ACTIVE any more */
export async function pauseCampaign(
  database: Database,
  campaignId: string,
  reason: string,
): Promise<boolean> {
  return inTransaction(database, async (transaction) => {
    const { rowCount } = await transaction.query(
      statement("attempts/pause_campaign", [campaignId, reason]),
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
      statement("attempts/lock_idle_campaign", [campaignId]),
    );
    if (locked.rowCount === 0) return false;
    const done = await transaction.query(
      statement("attempts/complete_campaign", [campaignId]),
    );
    return done.rowCount === 1;
  });
}
