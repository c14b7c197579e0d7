/** What a node's row says about a PBX that sends no events about its calls. */
import { inTransaction } from "./pools.ts";
import type { Database } from "./pools.ts";
import { statement } from "./sql.ts";

/** @returns until when nothing is dialled; null while it goes on */
export function noteUnheardCalls(
  database: Database,
  node: string,
  count: number,
): Promise<Date | null> {
  return inTransaction(database, async (transaction) => {
    const { rows } = await transaction.query<{
      isStopped: boolean;
      until: Date;
    }>(statement("originating/note_unheard_calls", [node, count]));
    return rows[0]?.isStopped === true ? rows[0].until : null;
  });
}

/** @returns whether there had been unheard calls */
export function resetUnheardCalls(
  database: Database,
  node: string,
): Promise<boolean> {
  return inTransaction(database, async (transaction) => {
    const { rowCount } = await transaction.query(
      statement("originating/reset_unheard_calls", [node]),
    );
    return rowCount === 1;
  });
}

/** Lets a stopped node be probed at once. @returns how many calls in a row ended unheard */
export function probeUnheardNode(
  database: Database,
  node: string,
): Promise<number> {
  return inTransaction(database, async (transaction) => {
    const { rows } = await transaction.query<{ calls: number }>(
      statement("originating/probe_unheard_node", [node]),
    );
    return rows[0]?.calls ?? 0;
  });
}
