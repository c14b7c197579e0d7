/** The one timer by which a tracker, which has no clock, decides what has waited long enough. */

/** A tracker of calls, as far as its grace times go. */
export interface GraceTimes {
  readonly graceMs: number;
  /** Epoch ms; null while nothing waits. */
  readonly nextDueMs: number | null;
  flush(nowMs: number): void;
}

export class GraceTimer {
  readonly #tracker: GraceTimes;
  #timer: NodeJS.Timeout | null = null;

  constructor(tracker: GraceTimes) {
    this.#tracker = tracker;
  }

  /** To be called whenever the tracker was given something; waits until the next grace is over, and on. */
  arm(): void {
    if (this.#timer !== null) return;
    const { nextDueMs, graceMs } = this.#tracker;
    if (nextDueMs === null) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#tracker.flush(Date.now());
        this.arm();
      },
      Math.min(Math.max(nextDueMs - Date.now(), 1), graceMs),
    );
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
