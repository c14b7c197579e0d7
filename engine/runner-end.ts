/** How a runner of Graphile Worker begins within a limit, and ends: in order, or cut off. */
import type { Runner, WorkerPool } from "graphile-worker";
import type { Logger } from "pino";

import { cutPool } from "../database/pools.ts";
import type { Database } from "../database/pools.ts";

/** The library sets no limit of its own, and while it starts nothing else would restart it. */
const buildLimitMs = 5_000;

/** A runner with its pool. */
export interface RunningRunner {
  readonly pool: Database;
  /** Null while it starts. */
  runner: Runner | null;
  workerPool: WorkerPool | null;
}

/** @throws when the library takes too long; whatever it still brings is stopped then */
export async function withinBuildLimit(
  starting: Promise<Runner>,
): Promise<Runner> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      resolve(null);
    }, buildLimitMs);
  });
  const runner = await Promise.race([starting, late]).finally(() => {
    clearTimeout(timer);
  });
  if (runner !== null) return runner;
  starting.then(
    (unwanted) => unwanted.stop().catch(() => undefined),
    () => undefined,
  );
  throw new Error(
    `The job runner did not start within ${String(buildLimitMs)} ms`,
  );
}

/** Lets its jobs finish for at most `deadlineMs`, then gives them back. */
export async function shutDown(
  running: RunningRunner,
  deadlineMs: number,
  log: Logger,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => {
      resolve("late");
    }, deadlineMs);
  });
  const stopped = await Promise.race([
    running.runner?.stop().catch(() => undefined),
    late,
  ]);
  clearTimeout(timer);
  if (stopped === "late") {
    log.warn("Jobs did not finish in time and are given back");
    await Promise.race([
      running.runner?.kill().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, 500)),
    ]);
  }
  await running.pool.end().catch(() => undefined);
}

/** Its connections are cut, so that nothing it still does takes a job away from its successor. */
export function discard({ runner, pool }: RunningRunner): void {
  runner?.stop().catch(() => undefined);
  cutPool(pool);
}
