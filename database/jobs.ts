/** Jobs that the engine adds, each in the transaction of the change that causes it. */
import { z } from "zod";

import type { Queryable } from "./pools.ts";
import { statement } from "./sql.ts";

export interface KeyedJob {
  readonly task: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly key: string;
  /** A moment of the database's clock, or this many milliseconds from now on it. Never our own clock. */
  readonly runAt: Date | { readonly inMs: number };
}

/** Makes the job with this key run at `runAt` or earlier; a waiting one only moves forward. */
export async function runJobBy(
  connection: Queryable,
  job: KeyedJob,
): Promise<void> {
  const [query, when] =
    job.runAt instanceof Date
      ? (["queue/run_job_by", job.runAt] as const)
      : (["queue/run_job_within", job.runAt.inMs] as const);
  await connection.query(
    statement(query, [job.task, JSON.stringify(job.payload), when, job.key]),
  );
}

export interface PlainJob {
  readonly task: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Milliseconds from now; left out: at once. */
  readonly inMs?: number;
}

/** Adds jobs without keys. */
export async function addJobs(
  connection: Queryable,
  jobs: readonly PlainJob[],
): Promise<void> {
  if (jobs.length === 0) return;
  const rows = jobs.map(({ task, payload, inMs }) => ({
    task,
    payload,
    in_ms: inMs ?? null,
  }));
  await connection.query(
    statement("queue/add_plain_jobs", [JSON.stringify(rows)]),
  );
}

const queueRow = z.object({
  duePlain: z.number(),
  dueKeyless: z.number(),
  nextInMs: z.coerce.number().nullable(),
  nextIsKeyless: z.boolean().nullable(),
});

/** Jobs by the runner that takes them. */
export interface JobCounts {
  readonly plain: number;
  readonly keyless: number;
}

export interface QueueState {
  /** Jobs that are due, up to 100. */
  readonly due: JobCounts;
  /** Milliseconds to the next one; null: none waits. */
  readonly nextInMs: number | null;
  /** One for the runner of that job. */
  readonly next: JobCounts;
}

/** @param keylessPatterns for `like`: tasks that the keyless runner takes */
export async function readQueue(
  connection: Queryable,
  keylessPatterns: readonly string[],
): Promise<QueueState> {
  const { rows } = await connection.query(
    statement("queue/next_job", [keylessPatterns]),
  );
  const row = queueRow.parse(rows[0]);
  return {
    due: { plain: row.duePlain, keyless: row.dueKeyless },
    nextInMs: row.nextInMs,
    next: {
      plain: row.nextIsKeyless === false ? 1 : 0,
      keyless: row.nextIsKeyless === true ? 1 : 0,
    },
  };
}
