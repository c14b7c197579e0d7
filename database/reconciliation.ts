/** What reconciliation and recovery read of the database. */
import { z } from "zod";

import { inTransaction } from "./pools.ts";
import type { Database, Queryable } from "./pools.ts";
import { statement } from "./sql.ts";

const liveRow = z.object({
  id: z.string(),
  answered: z.boolean(),
  ageMs: z.coerce.number(),
});
/** A call that was sent and is not over, as far as the database knows. */
export type LiveAttempt = z.infer<typeof liveRow>;

export async function readLiveAttempts(
  database: Database,
  node: string,
): Promise<LiveAttempt[]> {
  const { rows } = await database.query(
    statement("attempts/live_attempts_of_node", [node]),
  );
  return z.array(liveRow).parse(rows);
}

/** @returns of the given channels, those whose attempt is over */
export async function readKnownEnded(
  database: Database,
  ids: readonly string[],
): Promise<Set<string>> {
  const { rows } = await database.query<{ id: string }>(
    statement("attempts/known_ended", [ids]),
  );
  return new Set(rows.map((row) => row.id));
}

/**
 * Takes a dead engine off the list and frees the jobs it had locked; Graphile Worker itself would free them after four
 * hours.
 *
 * @returns how many worker pools were freed; 0 if the engine has come back meanwhile
 */
export function reapEngine(
  database: Database,
  engineId: string,
  heartbeatStaleMs: number,
): Promise<number> {
  return inTransaction(database, async (transaction) => {
    const { rows } = await transaction.query<{ worker_pool_ids: string[] }>(
      statement("leadership/reap_engine", [engineId, heartbeatStaleMs]),
    );
    const pools = rows[0]?.worker_pool_ids ?? [];
    if (pools.length > 0)
      await transaction.query(statement("leadership/unlock_jobs", [pools]));
    return pools.length;
  });
}

/** The random id that tags every channel of this installation. */
export async function readInstallationId(database: Database): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    statement("leadership/read_installation"),
  );
  const id = rows[0]?.id;
  if (id === undefined)
    throw new Error("The table installation is empty; run the migrations.");
  return id;
}

/** @returns ids of engines whose last heartbeat is older than `heartbeatStaleMs` */
export async function readStaleEngines(
  database: Database,
  heartbeatStaleMs: number,
): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    statement("leadership/stale_engines", [heartbeatStaleMs]),
  );
  return rows.map((row) => row.id);
}

/** Arms the timers of live attempts whose deadline is more than `pastMs` ago. @returns how many */
export async function rearmOverdueTimers(
  database: Database,
  pastMs: number,
): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    statement("attempts/rearm_overdue_timers", [pastMs]),
  );
  return rows[0]?.n ?? 0;
}

/** Names of our tasks, without the node that some carry. */
export const ourTasks = [
  "apply_call_events",
  "fire_call_timer",
  "hangup_call",
  "originate_call",
  "purge_history",
  "recover_engines",
  "refresh_trunk_health",
  "schedule_campaign",
  "sweep_campaigns",
];

/**
 * Frees jobs of engines that died before they could publish the pool under which they lock jobs.
 *
 * @returns how many pools were freed
 */
export async function unlockOrphanedJobs(
  database: Database,
  staleMs: number,
): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    statement("leadership/unlock_orphaned_jobs", [staleMs, ourTasks]),
  );
  return rows[0]?.n ?? 0;
}

/** Frees the jobs locked by Graphile pools that are known to be gone. */
export async function unlockJobs(
  database: Database,
  poolIds: readonly string[],
): Promise<void> {
  await database.query(statement("leadership/unlock_jobs", [poolIds]));
}

/** @returns how many attempts are live in each state that occurs */
export async function countLiveCalls(
  database: Database,
): Promise<Record<string, number>> {
  const { rows } = await database.query<{ state: string; attempts: number }>(
    statement("health/attempts"),
  );
  return Object.fromEntries(
    rows.map(({ state, attempts }) => [state, attempts]),
  );
}

/**
 * @returns whether events of this attempt wait to be applied, any event has for more than a second, or a standby has
 *   some
 */
export async function eventsWait(
  database: Database,
  attemptId: string | null,
  node: string,
): Promise<boolean> {
  const { rows } = await database.query<{ waiting: boolean }>(
    statement("attempts/events_wait", [attemptId, node]),
  );
  return rows[0]?.waiting === true;
}

/** @returns the events about these attempts that are in the queue, as they were enqueued */
export async function readQueuedEvents(
  connection: Queryable,
  ids: readonly string[],
): Promise<unknown[]> {
  const { rows } = await connection.query<{ event: unknown }>(
    statement("attempts/queued_events", [ids]),
  );
  return rows.map(({ event }) => event);
}
