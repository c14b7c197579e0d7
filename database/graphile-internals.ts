/**
 * Everything of Graphile Worker that we rely on and that its documentation does not promise. Whoever uses such a part takes
 * its name from here; a statement cannot, so the statements that name a private table are listed instead.
 *
 * The version is pinned exactly in `package.json`. For an upgrade: change it there and here, run
 * `test/integration/faults/graphile-internals.test.ts`, which compares this file with the library and its schema and shows
 * the first six of the behaviours below, and read the library's changes for the others.
 *
 * - A worker pool has its id before it locks a job, and locks jobs under this id (`locked_by`), with a local queue as well.
 *   The engine publishes the id with its heartbeat, so that `force_unlock_workers` can free the jobs of a dead engine
 *   (`engine/queue/job-runner.ts`).
 * - A row that is inserted into the table of jobs is announced by `add_job` and `add_jobs`, not by a trigger.
 * - `nudge` wakes idle workers without a notice (`engine/queue/due-job-notifier.ts`).
 * - Two log lines are the only sign that a runner will not fetch jobs (`engine/queue/graphile-logger.ts`).
 * - With a `completeJobBatchDelay` of 0 or more, a stop waits until finished jobs are completed
 *   (`engine/queue/job-runner.ts`).
 * - The listening client is released twice when its connection breaks while the runner stops, in a promise that nobody
 *   awaits (`database/pools.ts` makes the second release harmless).
 * - After a cut connection the runner's promise may stay pending for ever; the events `pool:fatalError` and
 *   `worker:getJob:error` count instead (`engine/queue/job-runner.ts`, shown by
 *   `test/integration/faults/job-runner.test.ts`).
 * - `add_job` answers null and adds nothing when a worker locks the job of that key in between
 *   (`migrations/0010_jobs.sql`, `add_keyed_job`).
 * - The jobs of a dead worker are freed after four hours, and a failed job is repeated after 2.7 s at the earliest: the
 *   engine does both itself (`database/reconciliation.ts`, `database/pools.ts`).
 */
import { readdir } from "node:fs/promises";
import type { WorkerPool } from "graphile-worker";

export const graphileVersion = "0.18.0";

/** Its newest migration of its own schema. */
export const graphileMigration = 20;

export const jobsTable = "_private_jobs";
export const tasksTable = "_private_tasks";
export const migrationsTable = "migrations";

/** Of each table, the columns that we name, with their types. */
export const graphileColumns = {
  [jobsTable]: {
    id: "bigint",
    task_id: "integer",
    payload: "json",
    priority: "smallint",
    run_at: "timestamp with time zone",
    attempts: "smallint",
    max_attempts: "smallint",
    last_error: "text",
    created_at: "timestamp with time zone",
    updated_at: "timestamp with time zone",
    key: "text",
    locked_at: "timestamp with time zone",
    locked_by: "text",
    is_available: "boolean",
  },
  [tasksTable]: { id: "integer", identifier: "text" },
  [migrationsTable]: { id: "integer" },
} as const;

/** What the generated column `is_available` of a job says, as Postgres prints it. */
export const availableJob =
  "((locked_at IS NULL) AND (attempts < max_attempts))";

/** Ends the definition of an index on jobs, which makes a look at the next job a short one. */
export const dueJobsIndex =
  "btree (priority, run_at) INCLUDE (id, task_id, job_queue_id) WHERE (is_available = true)";

/** Attributes of the type `job_spec` in order: statements build it as a row, by position. */
export const jobSpec = [
  "identifier",
  "payload",
  "queue_name",
  "run_at",
  "max_attempts",
  "job_key",
  "priority",
  "flags",
] as const;

/** The statements that name a private table, or the type whose attributes they give by position. */
export const statementsWithPrivateNames: Readonly<
  Record<string, readonly string[]>
> = {
  [jobsTable]: [
    "database/queries/attempts/events_wait.sql",
    "database/queries/attempts/queued_events.sql",
    "database/queries/leadership/unlock_orphaned_jobs.sql",
    "database/queries/queue/next_job.sql",
    "database/queries/retention/delete_dead_jobs.sql",
    // run_job_by, dialer_list_jobs.
    "migrations/0010_jobs.sql",
    // Persons are erased from jobs, too.
    "migrations/0011_erasure.sql",
  ],
  [tasksTable]: [
    "database/queries/attempts/events_wait.sql",
    "database/queries/attempts/queued_events.sql",
    "database/queries/leadership/unlock_orphaned_jobs.sql",
    "database/queries/queue/next_job.sql",
    "database/queries/retention/delete_dead_jobs.sql",
    "migrations/0010_jobs.sql",
  ],
  job_spec: [
    "database/queries/queue/add_plain_jobs.sql",
    "database/queries/scheduling/write_pass.sql",
  ],
};

/**
 * The channel on which Graphile Worker announces added jobs, with `{"count": n}`: its workers wake n of themselves, none for 0.
 * `run_job_by` sends on it as well when it moves a job, with 0 for one that is not yet due.
 */
export const jobsChannel = "jobs:insert";

/**
 * How its log lines begin by which a runner says that it will not fetch jobs; no event does. The second line: its first read
 * of its tasks' names found none. It keeps that result for good and repeats this line instead of ever asking for a job (seen
 * after a crash of Postgres).
 */
export const fetchFailedLines = [
  "Error occurred fetching jobs",
  "No tasks found",
] as const;

/** In its warning about a pool with fewer connections than jobs at once. */
export const smallPoolWord = "maxPoolSize";

/** After the beginning of its shutdown, `nudge` of a worker pool throws. */
export function isShuttingDown(workerPool: WorkerPool): boolean {
  return workerPool._shuttingDown;
}

/**
 * The number of the newest migration in the library as it is installed here: its package has a file for each, named by six
 * digits.
 */
export async function newestGraphileMigration(): Promise<number> {
  const folder = new URL("../sql/", import.meta.resolve("graphile-worker"));
  const files = await readdir(folder);
  return Math.max(
    ...files.flatMap((name) =>
      /^\d{6}\.sql$/.test(name) ? [Number(name.slice(0, 6))] : [],
    ),
  );
}
