/** Jobs that the engine adds: every one in the transaction of the change that calls for it. */
import type { Queryable } from "./pools.ts";
import { loadSql } from "./sql.ts";

export interface KeyedJob {
  readonly task: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly runAt: Date;
  readonly key: string;
}

/** Sees to it that the job with this key runs at `runAt` or earlier; one that waits is moved only forward. */
export async function runJobBy(connection: Queryable, job: KeyedJob): Promise<void> {
  await connection.query(loadSql("run_job_by"), [
    job.task,
    JSON.stringify(job.payload),
    job.runAt,
    job.key,
  ]);
}

/** Adds jobs without keys. */
export async function addJobs(
  connection: Queryable,
  jobs: readonly { task: string; payload: Readonly<Record<string, unknown>>; runAt?: Date }[],
): Promise<void> {
  if (jobs.length === 0) return;
  const rows = jobs.map((job) => ({
    task: job.task,
    payload: job.payload,
    run_at: job.runAt?.toISOString() ?? null,
  }));
  await connection.query(loadSql("add_plain_jobs"), [JSON.stringify(rows)]);
}

/** A moment `delayMs` from now on the database's clock would need a round trip; ours differs by the skew only. */
export function inMs(delayMs: number, nowMs = Date.now()): Date {
  return new Date(nowMs + delayMs);
}
