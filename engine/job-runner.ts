/**
 * Graphile Worker's runner, kept running.
 *
 *   STOPPED ── start ──▶ RUNNING ── fatal error, or the runner ends by itself ──▶ REBUILDING ──▶ RUNNING
 *      ▲                    │                                                        │
 *      └────────────────────┴──────────────────────── stop ──────────────────────────┘
 *
 * After a cut connection the runner's promise may stay pending for ever, so it is the fatal-error event
 * that counts, and the whole runner with its pool is thrown away and made anew (DESIGN §6).
 */
import { EventEmitter } from "node:events";

import { Logger as GraphileLogger, run } from "graphile-worker";
import type {
  Runner,
  TaskList,
  WorkerEvents,
  WorkerPool,
} from "graphile-worker";
import type { Logger } from "pino";

import { createWorkerPool } from "../database/pools.ts";
import type { Database, DatabaseOptions } from "../database/pools.ts";

export interface JobRunnerOptions {
  readonly database: DatabaseOptions;
  readonly connections: number;
  readonly concurrency: number;
  /** Jobs fetched ahead of their turn; null: each is fetched when a worker is free. Only for jobs without keys. */
  readonly localQueueSize: number | null;
  readonly tasks: TaskList;
  /** Text of the crontab; asserted at start, because a missing one only disables cron. */
  readonly crontab: string;
  readonly log: Logger;
  readonly onJobFailed: (task: string, error: unknown) => void;
  /** Frees the jobs that a runner which was thrown away had locked. */
  readonly unlock: (poolIds: readonly string[]) => Promise<void>;
}

/** Behind the alarm clock: for jobs of other priorities, and whatever nobody announced. */
const pollMs = 30_000;
const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** The library sets no limit of its own, and while it starts nothing else would restart it. */
const buildLimitMs = 5_000;

interface Running {
  readonly runner: Runner;
  readonly pool: Database;
  workerPool: WorkerPool | null;
}

export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #poolIds = new Set<string>();
  #running: Running | null = null;
  #wanted = false;
  #rebuild: NodeJS.Timeout | null = null;
  #failures = 0;
  #building: Promise<void> = Promise.resolve();

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Ids under which this runner locks jobs. */
  get poolIds(): readonly string[] {
    return [...this.#poolIds];
  }

  /** Wakes idle workers. */
  nudge(count: number): void {
    const pool = this.#running?.workerPool;
    if (pool === null || pool === undefined || pool._shuttingDown) return;
    pool.nudge(count);
  }

  /** Starts; a failure is not thrown but tried again, as a database that is away will come back. */
  async start(): Promise<void> {
    this.#wanted = true;
    await this.#build();
  }

  /** Throws the runner away and makes another. */
  restart(reason: string): void {
    if (!this.#wanted || this.#rebuild !== null) return;
    this.#options.log.warn({ reason }, "Job runner is rebuilt");
    const broken = this.#running;
    this.#running = null;
    if (broken !== null) void discard(broken);
    const longest = Math.min(
      longestDelayMs,
      firstDelayMs * 2 ** this.#failures++,
    );
    this.#rebuild = setTimeout(
      () => {
        this.#rebuild = null;
        void this.#build();
      },
      longest * (0.5 + Math.random() / 2),
    );
  }

  /** Lets running jobs finish for at most `deadlineMs`, then gives them back. */
  async stop(deadlineMs: number): Promise<void> {
    this.#wanted = false;
    if (this.#rebuild !== null) clearTimeout(this.#rebuild);
    this.#rebuild = null;
    await this.#building;
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    await shutDown(running, deadlineMs, this.#options.log);
    // What a local queue could not return in time would stay locked until somebody buries this engine.
    const poolIds = [...this.#poolIds];
    await this.#options.unlock(poolIds).then(
      () => {
        this.#poolIds.clear();
      },
      (error: unknown) => {
        this.#options.log.warn({ err: error }, "Jobs could not be given back");
      },
    );
  }

  #build(): Promise<void> {
    this.#building = this.#tryBuild().catch((error: unknown) => {
      this.restart(error instanceof Error ? error.message : String(error));
    });
    return this.#building;
  }

  async #tryBuild(): Promise<void> {
    const { database, connections, concurrency, tasks, crontab, log } =
      this.#options;
    const { localQueueSize } = this.#options;
    const pool = createWorkerPool(database, connections, (error) => {
      if (this.#wanted) log.warn({ err: error }, "A job connection broke");
    });
    const events = new EventEmitter() as WorkerEvents;
    let created: WorkerPool | null = null;
    // Known before the first job is locked, so that the next heartbeat publishes it.
    events.on("pool:create", ({ workerPool }) => {
      created = workerPool;
      this.#poolIds.add(workerPool.id);
    });
    let runner: Runner;
    try {
      const starting = run({
        pgPool: pool,
        schema: database.workerSchema,
        taskList: tasks,
        events,
        crontab,
        concurrency,
        pollInterval: pollMs,
        noHandleSignals: true,
        logger: graphileLogger(log, () => this.#wanted),
        preset: {
          worker: {
            // 0 and more: the completion is awaited at the stop (it is not by default). Many small jobs share a statement.
            completeJobBatchDelay: localQueueSize === null ? 0 : 10,
            failJobBatchDelay: 0,
            ...(localQueueSize === null
              ? {}
              : { localQueue: { size: localQueueSize } }),
          },
        },
      });
      runner = await withinBuildLimit(starting);
    } catch (error) {
      // Not awaited: nothing bounds how long a pool with cut connections takes to end.
      pool.end().catch(() => undefined);
      throw error;
    }
    const running: Running = { runner, pool, workerPool: created };
    if (!this.#wanted) return shutDown(running, 1_000, log);
    this.#running = running;
    this.#watch(running);
    await this.#unlockAbandoned(running);
    this.#failures = 0;
  }

  /** Their tasks may still run in this process; what they do twice, they do once (see the tasks). */
  async #unlockAbandoned({ workerPool }: Running): Promise<void> {
    const abandoned = [...this.#poolIds].filter((id) => id !== workerPool?.id);
    if (abandoned.length === 0) return;
    await this.#options.unlock(abandoned);
    for (const id of abandoned) this.#poolIds.delete(id);
  }

  #watch(running: Running): void {
    const { runner } = running;
    runner.events.on("pool:listen:success", ({ workerPool }) => {
      running.workerPool = workerPool;
      // What was added while it did not listen waits for the next poll otherwise.
      workerPool.nudge(this.#options.concurrency);
    });
    runner.events.on("job:start", ({ worker }) => {
      running.workerPool ??= worker.workerPool;
    });
    runner.events.on("job:error", ({ job, error }) => {
      this.#options.onJobFailed(job.task_identifier, error);
    });
    // The answer can be lost after the server has locked a job for this pool: nobody would run it, or free it.
    runner.events.on("worker:getJob:error", ({ error }) => {
      if (this.#running === running) this.restart(`get job: ${String(error)}`);
    });
    runner.events.on("pool:fatalError", ({ error, action }) => {
      if (this.#running === running)
        this.restart(`${action}: ${String(error)}`);
    });
    runner.promise.then(
      () => {
        if (this.#running === running)
          this.restart("the runner ended by itself");
      },
      (error: unknown) => {
        if (this.#running === running) this.restart(String(error));
      },
    );
  }
}

/** @throws when the library takes too long; whatever it still brings is stopped then */
async function withinBuildLimit(starting: Promise<Runner>): Promise<Runner> {
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

async function shutDown(
  running: Running,
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
    running.runner.stop().catch(() => undefined),
    late,
  ]);
  clearTimeout(timer);
  if (stopped === "late") {
    log.warn("Jobs did not finish in time and are given back");
    await Promise.race([
      running.runner.kill().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, 500)),
    ]);
  }
  await running.pool.end().catch(() => undefined);
}

async function discard(running: Running): Promise<void> {
  await Promise.race([
    running.runner.stop().catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, 1_000)),
  ]);
  running.pool.end().catch(() => undefined);
}

/** @param isWanted false while it is being stopped: what it then complains of is put right after it */
function graphileLogger(log: Logger, isWanted: () => boolean): GraphileLogger {
  return new GraphileLogger(() => (level, message) => {
    if (level === "error" && isWanted()) log.error(message);
    else if (level === "error") log.debug(message);
    // Jobs share a few connections on purpose: they wait for transactions that many of them have in common.
    else if (level === "warning" && !message.includes("maxPoolSize"))
      log.warn(message);
    else log.debug(message);
  });
}
