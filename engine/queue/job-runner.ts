/**
 * Graphile Worker's runner, kept running.
 *
 *   STOPPED ── start ──▶ RUNNING ── fatal error, or the runner ends by itself ──▶ REBUILDING ──▶ RUNNING
 *      ▲                    │                                                        │
 *      └────────────────────┴──────────────────────── stop ──────────────────────────┘
 *
 * After a cut connection the runner's promise may stay pending for ever. So the fatal-error event counts, and the whole
 * runner with its pool is discarded and built anew.
 */
import { EventEmitter } from "node:events";
import { run } from "graphile-worker";
import type {
  Runner,
  TaskList,
  WorkerEvents,
  WorkerPool,
} from "graphile-worker";
import type { Logger } from "pino";
import { ConnectionBudget } from "../../database/connection-budget.ts";
import { isShuttingDown } from "../../database/graphile-internals.ts";
import { createWorkerPool, cutPool } from "../../database/pools.ts";
import type { DatabaseOptions, Database } from "../../database/pools.ts";
import { graphileLogger } from "./graphile-logger.ts";

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
  readonly onJobDone?: (task: string) => void;
  /** Frees the jobs that a discarded runner had locked. */
  readonly unlock: (poolIds: readonly string[]) => Promise<void>;
}

/** Behind the due-job notifier: for jobs of other priorities, and for whatever was not announced. */
const pollMs = 30_000;
const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** After this time the server has ended every statement of a cut connection (statement_timeout is 10 s). */
const lateUnlockMs = 12_000;
/** A runner that failed sooner proves nothing: the next waits longer. */
const provenMs = 5_000;

export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #budget: ConnectionBudget;
  readonly #poolIds = new Set<string>();
  #running: RunningRunner | null = null;
  #wanted = false;
  #rebuild: NodeJS.Timeout | null = null;
  #lateUnlock: NodeJS.Timeout | null = null;
  #failures = 0;
  #building: Promise<void> = Promise.resolve();
  #isBuilding = false;
  /** Why the runner that is being built is already useless. */
  #spoilt: string | null = null;
  #runsSinceMs = Infinity;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#budget = new ConnectionBudget(options.connections);
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
    if (pool === null || pool === undefined || isShuttingDown(pool)) return;
    pool.nudge(count);
  }

  /** Starts; a failure is not thrown but retried, because a database that is away will come back. */
  async start(): Promise<void> {
    this.#wanted = true;
    await this.#build();
  }

  /** Discards the runner and builds another. */
  restart(reason: string): void {
    if (!this.#wanted || this.#rebuild !== null) return;
    // If two were built at once, one would stay alive unknown to anybody.
    if (this.#isBuilding) {
      this.#spoilt ??= reason;
      return;
    }
    this.#options.log.warn({ reason }, "Job runner is rebuilt");
    const broken = this.#running;
    this.#running = null;
    if (performance.now() - this.#runsSinceMs > provenMs) this.#failures = 0;
    this.#runsSinceMs = Infinity;
    if (broken !== null) discard(broken);
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
    if (this.#lateUnlock !== null) clearTimeout(this.#lateUnlock);
    this.#lateUnlock = null;
    await this.#building;
    const running = this.#running;
    this.#running = null;
    if (running !== null)
      await shutDown(running, deadlineMs, this.#options.log);
    if (this.#poolIds.size === 0) return;
    // A discarded runner may have locked jobs, also while none runs because it is being rebuilt. What a local queue
    // could not return in time would stay locked until this engine's heartbeat is stale.
    const poolIds = [...this.#poolIds];
    await this.#options.unlock(poolIds).then(
      () => {
        this.#poolIds.clear();
      },
      (error: unknown) => {
        this.#options.log.warn(
          { err: error },
          "Jobs could not be returned to the queue",
        );
      },
    );
  }

  #build(): Promise<void> {
    this.#isBuilding = true;
    this.#spoilt = null;
    this.#building = this.#tryBuild()
      .catch((error: unknown) => {
        this.#spoilt ??= error instanceof Error ? error.message : String(error);
      })
      .then(() => {
        this.#isBuilding = false;
        if (this.#spoilt !== null) this.restart(this.#spoilt);
      });
    return this.#building;
  }

  async #tryBuild(): Promise<void> {
    const { database, concurrency, tasks, crontab, log, localQueueSize } =
      this.#options;
    const pool = createWorkerPool(database, this.#budget, (error) => {
      if (this.#wanted) log.warn({ err: error }, "A job connection broke");
    });
    const events = new EventEmitter() as WorkerEvents;
    const running: RunningRunner = { pool, workerPool: null, runner: null };
    this.#watch(running, events);
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
        logger: graphileLogger(
          log,
          () => this.#wanted,
          // If the library's first read of its tasks fails, it keeps the failure and never fetches again.
          (message) => {
            this.#restartIf(running, message);
          },
        ),
        preset: {
          worker: {
            // 0 or more: the completion is awaited at the stop (by default it is not). Many small jobs share a
            // statement.
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
      cutPool(pool);
      throw error;
    }
    running.runner = runner;
    if (!this.#wanted) return shutDown(running, 1_000, log);
    this.#running = running;
    runner.promise.then(
      () => {
        this.#restartIf(running, "the runner ended by itself");
      },
      (error: unknown) => {
        this.#restartIf(running, String(error));
      },
    );
    this.#runsSinceMs = performance.now();
    await this.#unlockAbandoned();
  }

  /**
   * Their tasks may still run in this process; running a task twice has the effect of once (see the tasks). Freed again
   * later, because a fetch under way when its connection was cut may lock jobs after the first time.
   */
  async #unlockAbandoned(): Promise<void> {
    const present = this.#running?.workerPool?.id;
    const abandoned = [...this.#poolIds].filter((id) => id !== present);
    if (abandoned.length === 0) return;
    await this.#options.unlock(abandoned);
    if (this.#lateUnlock !== null) return;
    this.#lateUnlock = setTimeout(() => {
      this.#lateUnlock = null;
      this.#options.unlock(abandoned).then(
        () => {
          for (const id of abandoned) this.#poolIds.delete(id);
        },
        (error: unknown) => {
          this.restart(String(error));
        },
      );
    }, lateUnlockMs);
  }

  #restartIf(running: RunningRunner, reason: string): void {
    if (this.#running === running) this.restart(reason);
  }

  #watch(running: RunningRunner, events: WorkerEvents): void {
    // Known before the first job is locked, so that the next heartbeat publishes it.
    events.on("pool:create", ({ workerPool }) => {
      running.workerPool = workerPool;
      this.#poolIds.add(workerPool.id);
    });
    events.on("pool:listen:success", ({ workerPool }) => {
      // Otherwise a job added while it did not listen waits for the next poll.
      workerPool.nudge(this.#options.concurrency);
    });
    events.on("job:success", ({ job }) => {
      this.#options.onJobDone?.(job.task_identifier);
    });
    events.on("job:error", ({ job, error }) => {
      this.#options.onJobFailed(job.task_identifier, error);
    });
    // The answer can be lost after the server has locked a job for this pool: nobody would run it, or free it.
    events.on("worker:getJob:error", ({ error }) => {
      this.#restartIf(running, `get job: ${String(error)}`);
    });
    events.on("pool:fatalError", ({ error, action }) => {
      this.#restartIf(running, `${action}: ${String(error)}`);
    });
  }
}

/** The library sets no limit of its own, and nothing else restarts it while it starts. */
const buildLimitMs = 5_000;

/** A runner with its pool. */
interface RunningRunner {
  readonly pool: Database;
  /** Null while it starts. */
  runner: Runner | null;
  workerPool: WorkerPool | null;
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

/** Lets its jobs finish for at most `deadlineMs`, then gives them back. */
async function shutDown(
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
    log.warn("Jobs did not finish in time and are returned to the queue");
    await Promise.race([
      running.runner?.kill().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, 500)),
    ]);
  }
  await running.pool.end().catch(() => undefined);
}

/** Cuts its connections, so that nothing it still does takes a job away from its successor. */
function discard({ runner, pool }: RunningRunner): void {
  runner?.stop().catch(() => undefined);
  cutPool(pool);
}
