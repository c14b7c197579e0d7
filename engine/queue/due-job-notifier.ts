/**
 * Wakes Graphile Worker's workers when a waiting job becomes due; by themselves they poll only every few seconds.
 *
 * One read of the queue says when the next job is due, and a timer wakes the workers then. A notice of an added job
 * causes another read; for jobs due at once the workers receive the same notice themselves. A slow regular check reads
 * the queue and wakes the workers for whatever was announced while nobody listened.
 */
import type { Logger } from "pino";

import type { JobCounts, QueueLook } from "../../database/jobs.ts";

export interface AlarmDependencies {
  readonly look: () => Promise<QueueLook>;
  /** Wakes up to so many idle workers of each runner. */
  readonly ring: (count: JobCounts) => void;
  readonly checkMs: number;
  readonly log: Logger;
}

/** Notices come in bursts; one read for each would cost more than it gains. */
const leastBetweenLooksMs = 10;

export class AlarmClock {
  readonly #with: AlarmDependencies;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  /** Notices so far; one that comes during a read requests another. */
  #notices = 0;
  #lastLookMs = -Infinity;
  /** The next read wakes the workers for what it finds due. */
  #ringsForDue = true;
  #lastSuccessMs = -Infinity;
  #stopped = false;
  #regular: NodeJS.Timeout | null = null;

  constructor(dependencies: AlarmDependencies) {
    this.#with = dependencies;
  }

  /** Monotonic time of the last successful read; -Infinity before the first. */
  get lastSuccessMs(): number {
    return this.#lastSuccessMs;
  }

  start(): void {
    this.#regular = setInterval(() => {
      this.check();
    }, this.#with.checkMs);
    this.check();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#regular !== null) clearInterval(this.#regular);
  }

  /** Jobs may have been added while nobody listened: reads the queue, and wakes the workers for those that are due. */
  check(): void {
    this.#ringsForDue = true;
    this.noteChange();
  }

  /** A notice said that jobs were added or moved. */
  noteChange(): void {
    if (this.#stopped) return;
    this.#notices += 1;
    if (this.#looking) return;
    const restMs = this.#lastLookMs + leastBetweenLooksMs - performance.now();
    if (restMs > 0) this.#set(restMs, null);
    else void this.#look();
  }

  async #look(): Promise<void> {
    this.#looking = true;
    const notices = this.#notices;
    const rings = this.#ringsForDue;
    this.#ringsForDue = false;
    this.#lastLookMs = performance.now();
    try {
      const { due, nextInMs, next } = await this.#with.look();
      this.#lastSuccessMs = performance.now();
      if (this.#stopped) return;
      if (due.plain + due.keyless > 0 && rings) this.#with.ring(due);
      if (nextInMs !== null) this.#set(nextInMs, next);
    } catch (error) {
      this.#ringsForDue ||= rings;
      this.#with.log.debug(
        { err: error },
        "The job queue could not be checked",
      );
    } finally {
      this.#looking = false;
      if (this.#notices !== notices) this.noteChange();
    }
  }

  /** @param rings what is due then; null: only another read is */
  #set(inMs: number, rings: JobCounts | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const waitMs = Math.min(Math.max(0, inMs), this.#with.checkMs);
    const isDue = waitMs >= inMs;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#stopped) return;
      if (rings === null || !isDue) {
        this.noteChange();
        return;
      }
      // The wake-up comes first: the worker's own query finds the job one round trip before ours would.
      this.#with.ring(rings);
      this.check();
    }, Math.ceil(waitMs));
  }
}
