/** The timer of a call tracker, which has no clock: it lets the tracker decide when grace times are over. */

/** The part of a call tracker that deals with grace times. */
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

  /** To be called after any input to the tracker. Runs until no grace time is left. */
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
