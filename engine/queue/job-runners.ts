/**
 * The two runners of an engine.
 *
 * Jobs without keys, of which there are many (`originate_call`, `apply_call_events`), are fetched by the hundred into a
 * local queue; fetching them one at a time costs Postgres more than the jobs. A local queue would break `job_key` for
 * jobs already fetched, so everything with a key, and cron, runs in a plain runner.
 */
import type { TaskList } from "graphile-worker";

import type { JobCounts } from "../../database/jobs.ts";
import { JobRunner } from "./job-runner.ts";
import type { JobRunnerOptions } from "./job-runner.ts";
import { isKeyless } from "./keyless-tasks.ts";

/** Keyless jobs mostly wait for a permit or for a transaction that they share, so many may run at once. */
const keylessAtOnce = 400;
const plainAtOnce = 8;

export type JobRunnersOptions = Omit<
  JobRunnerOptions,
  "concurrency" | "localQueueSize"
>;

export class JobRunners {
  readonly #plain: JobRunner;
  readonly #keyless: JobRunner;

  constructor(options: JobRunnersOptions) {
    const { plain, keyless } = splitTasks(options.tasks);
    this.#plain = new JobRunner({
      ...options,
      tasks: plain,
      concurrency: plainAtOnce,
      localQueueSize: null,
    });
    this.#keyless = new JobRunner({
      ...options,
      tasks: keyless,
      crontab: "",
      concurrency: keylessAtOnce,
      localQueueSize: keylessAtOnce,
    });
  }

  get isRunning(): boolean {
    return this.#plain.isRunning && this.#keyless.isRunning;
  }

  /** Ids under which jobs are locked. */
  get poolIds(): readonly string[] {
    return [...this.#plain.poolIds, ...this.#keyless.poolIds];
  }

  /**
   * Wakes idle workers for this many due jobs: only the runner that takes them, because a worker that finds nothing
   * still costs a round trip.
   */
  nudge({ plain, keyless }: JobCounts): void {
    if (plain > 0) this.#plain.nudge(Math.min(plain, plainAtOnce));
    if (keyless > 0) this.#keyless.nudge(Math.min(keyless, keylessAtOnce));
  }

  async start(): Promise<void> {
    await Promise.all([this.#plain.start(), this.#keyless.start()]);
  }

  restart(reason: string): void {
    this.#plain.restart(reason);
    this.#keyless.restart(reason);
  }

  async stop(deadlineMs: number): Promise<void> {
    await Promise.all([
      this.#plain.stop(deadlineMs),
      this.#keyless.stop(deadlineMs),
    ]);
  }
}

function splitTasks(tasks: TaskList): { plain: TaskList; keyless: TaskList } {
  const pick = (wanted: boolean) =>
    Object.fromEntries(
      Object.entries(tasks).filter(([name]) => isKeyless(name) === wanted),
    );
  return { plain: pick(false), keyless: pick(true) };
}
