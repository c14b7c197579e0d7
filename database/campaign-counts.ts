/** The counts behind `campaign_progress`: rows of changes that triggers append, folded into sums. */
import { z } from "zod";

import { inTransaction } from "./pools.ts";
import type { Database } from "./pools.ts";
import { loadSql, statement } from "./sql.ts";

/** All leads and attempts are read: some seconds for ten millions, at night. */
const rebuildTimeoutMs = 15 * 60_000;

/** Waits for no foreign lock; several may fold at once. @returns how many rows it removed */
export async function foldCounts(database: Database): Promise<number> {
  const { rows } = await database.query(statement("attempts/fold_counts"));
  return z.object({ folded: z.number() }).parse(rows[0]).folded;
}

const wrong = z.object({ campaignId: z.string(), countsChanged: z.number() });
export type WrongCounts = z.output<typeof wrong>;

/** @returns the campaigns whose counts were wrong, and by how much in all */
export async function rebuildCounts(
  database: Database,
): Promise<WrongCounts[]> {
  return inTransaction(database, async (transaction) => {
    await transaction.query(
      `set local statement_timeout = ${String(rebuildTimeoutMs)}`,
    );
    const query = {
      text: loadSql("attempts/rebuild_counts"),
      query_timeout: rebuildTimeoutMs,
    };
    const { rows } = await transaction.query(query);
    return z.array(wrong).parse(rows);
  });
}
