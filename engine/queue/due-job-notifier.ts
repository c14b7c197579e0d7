/**
 * Wakes Graphile Worker's workers when a waiting job becomes due; by themselves they poll only every few seconds.
 *
 * One read of the queue says when the next job is due, and a timer wakes the workers then. A notice of an added job
 * causes another read; for jobs due at once the workers receive the same notice themselves. A slow regular check reads
 * the queue and wakes the workers for whatever was announced while nobody listened.
 */
import type { Logger } from "pino";

import type { JobCounts, QueueState } from "../../database/jobs.ts";
import type { JobRunners } from "./job-runners.ts";

export interface DueJobNotifierDependencies {
  readonly readQueue: () => Promise<QueueState>;
  readonly jobRunners: Pick<JobRunners, "nudge">;
  readonly checkMs: number;
  readonly log: Logger;
}

/** Notices come in bursts; one read for each would cost more than it gains. */
const leastBetweenReadsMs = 10;

export class DueJobNotifier {
  readonly #deps: DueJobNotifierDependencies;
  #timer: NodeJS.Timeout | null = null;
  #isReading = false;
  /** Notices so far; one that comes during a read requests another. */
  #notices = 0;
  #lastReadMs = -Infinity;
  /** The next read wakes the workers for what it finds due. */
  #notifiesForDue = true;
  #lastSuccessMs = -Infinity;
  #stopped = false;
  #regular: NodeJS.Timeout | null = null;

  constructor(dependencies: DueJobNotifierDependencies) {
    this.#deps = dependencies;
  }

  /** Monotonic time of the last successful read; -Infinity before the first. */
  get lastSuccessMs(): number {
    return this.#lastSuccessMs;
  }

  start(): void {
    this.#regular = setInterval(() => {
      this.check();
    }, this.#deps.checkMs);
    this.check();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#regular !== null) clearInterval(this.#regular);
  }

  /** Jobs may have been added while nobody listened: reads the queue, and wakes the workers for those that are due. */
  check(): void {
    this.#notifiesForDue = true;
    this.noteChange();
  }

  /** A notice said that jobs were added or moved. */
  noteChange(): void {
    if (this.#stopped) return;
    this.#notices += 1;
    if (this.#isReading) return;
    const restMs = this.#lastReadMs + leastBetweenReadsMs - performance.now();
    if (restMs > 0) this.#set(restMs, null);
    else void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    const notices = this.#notices;
    const notifies = this.#notifiesForDue;
    this.#notifiesForDue = false;
    this.#lastReadMs = performance.now();
    try {
      const { due, nextInMs, next } = await this.#deps.readQueue();
      this.#lastSuccessMs = performance.now();
      if (this.#stopped) return;
      if (due.plain + due.keyless > 0 && notifies)
        this.#deps.jobRunners.nudge(due);
      if (nextInMs !== null) this.#set(nextInMs, next);
    } catch (error) {
      this.#notifiesForDue ||= notifies;
      this.#deps.log.debug(
        { err: error },
        "The job queue could not be checked",
      );
    } finally {
      this.#isReading = false;
      if (this.#notices !== notices) this.noteChange();
    }
  }

  /** @param notifies what is due then; null: only another read is */
  #set(inMs: number, notifies: JobCounts | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const waitMs = Math.min(Math.max(0, inMs), this.#deps.checkMs);
    const isDue = waitMs >= inMs;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#stopped) return;
      if (notifies === null || !isDue) {
        this.noteChange();
        return;
      }
      // The wake-up comes first: the worker's own query finds the job one round trip before ours would.
      this.#deps.jobRunners.nudge(notifies);
      this.check();
    }, Math.ceil(waitMs));
  }
}
