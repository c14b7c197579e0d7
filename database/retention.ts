/** How long history is kept. */
import { z } from "zod";

import { inTransaction } from "./pools.ts";
import type { Database } from "./pools.ts";
import { ourTasks } from "./reconciliation.ts";
import { statement } from "./sql.ts";

const dayMs = 86_400_000;
/** Attempts are deleted in small portions, so that no transaction is long. */
const bite = 2_000;
const mostBites = 500;
/** A lead brings its attempts and their events along. */
const emptyingBite = 1_000;

export interface Purged {
  readonly partitionsMade: number;
  readonly partitionsDropped: number;
  readonly eventsDeleted: number;
  readonly attemptsDeleted: number;
  /** Jobs that failed for good as long ago as the events. */
  readonly jobsDeleted: number;
  /** Of campaigns that were to be emptied, or that ended before the retention of leads. */
  readonly leadsErased: number;
}

export interface Retention {
  readonly eventsDays: number;
  readonly attemptsDays: number;
  readonly leadsDays: number;
}

/**
 * Makes the event partitions of the months to come, deletes what is older than its retention, in days,
 * and erases the people of campaigns that ended so long ago. Calling it again at once changes nothing.
 */
export async function purgeHistory(
  database: Database,
  retention: Retention,
  now = new Date(),
): Promise<Purged> {
  const eventsBefore = new Date(now.getTime() - retention.eventsDays * dayMs);
  const attemptsBefore = new Date(
    now.getTime() - retention.attemptsDays * dayMs,
  );
  const partitions = await inTransaction(database, async (transaction) => {
    const { rows } = await transaction.query<{ made: number; dropped: number }>(
      statement("retention/rotate_event_partitions", [eventsBefore]),
    );
    return rows[0] ?? { made: 0, dropped: 0 };
  });
  const eventsDeleted = await deleteEvents(database, eventsBefore);
  const attemptsDeleted = await deleteInBites(
    database,
    "retention/delete_old_attempts",
    attemptsBefore,
  );
  const jobsDeleted = await deleteInBites(
    database,
    "retention/delete_dead_jobs",
    eventsBefore,
    [ourTasks],
  );
  return {
    partitionsMade: partitions.made,
    partitionsDropped: partitions.dropped,
    eventsDeleted,
    attemptsDeleted,
    jobsDeleted,
    leadsErased: await emptyCampaigns(
      database,
      new Date(now.getTime() - retention.leadsDays * dayMs),
    ),
  };
}

/** A transaction for each portion: whoever needs the campaign's row waits for one of them. */
async function emptyCampaigns(
  database: Database,
  before: Date,
): Promise<number> {
  let total = 0;
  for (let count = 0; count < mostBites; count++) {
    const { rows } = await database.query<{ erased: number }>(
      statement("retention/empty_campaigns", [before, emptyingBite]),
    );
    const erased = rows[0]?.erased ?? 0;
    if (erased === 0) break;
    total += erased - 1;
  }
  return total;
}

const biteRow = z.object({ deleted: z.number(), until: z.string().nullable() });

async function deleteEvents(database: Database, before: Date): Promise<number> {
  let total = 0;
  let from: string | null = "-infinity";
  for (let count = 0; count < mostBites && from !== null; count++) {
    const { rows } = await database.query(
      statement("retention/delete_old_events", [before, bite, from]),
    );
    const { deleted, until }: z.infer<typeof biteRow> = biteRow.parse(rows[0]);
    total += deleted;
    from = until;
  }
  return total;
}

async function deleteInBites(
  database: Database,
  query: string,
  before: Date,
  more: readonly unknown[] = [],
): Promise<number> {
  let total = 0;
  for (let count = 0; count < mostBites; count++) {
    const { rowCount } = await database.query(
      statement(query, [before, bite, ...more]),
    );
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < bite) break;
  }
  return total;
}
