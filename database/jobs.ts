/** Jobs that the engine adds: every one in the transaction of the change that calls for it. */
import { z } from "zod";

import type { Queryable } from "./pools.ts";
import { loadSql } from "./sql.ts";

export interface KeyedJob {
  readonly task: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly runAt: Date;
  readonly key: string;
}

/** Sees to it that the job with this key runs at `runAt` or earlier; one that waits is moved only forward. */
export async function runJobBy(
  connection: Queryable,
  job: KeyedJob,
): Promise<void> {
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
  jobs: readonly {
    task: string;
    payload: Readonly<Record<string, unknown>>;
    runAt?: Date;
  }[],
): Promise<void> {
  if (jobs.length === 0) return;
  const rows = jobs.map((job) => ({
    task: job.task,
    payload: job.payload,
    run_at: job.runAt?.toISOString() ?? null,
  }));
  await connection.query(loadSql("add_plain_jobs"), [JSON.stringify(rows)]);
}

const lookRow = z.object({
  due: z.number(),
  nextInMs: z.coerce.number().nullable(),
});

/** How many jobs are due (up to 100), and in how many milliseconds the next will be; null: none waits. */
export async function lookAtQueue(
  connection: Queryable,
): Promise<{ due: number; nextInMs: number | null }> {
  const { rows } = await connection.query(loadSql("next_job"));
  return lookRow.parse(rows[0]);
}
