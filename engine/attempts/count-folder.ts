/**
 * Folds the changes of the campaigns' counts while calls are made, so that `campaign_progress` sums few rows. Killed,
 * or the database gone: the rows wait for the next folding, and the sums are still right.
 */
import type { Logger } from "pino";

export interface CountFolderDependencies {
  /** Waits for no foreign lock. */
  readonly fold: () => Promise<unknown>;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

const restMs = 5_000;

export class CountFolder {
  readonly #deps: CountFolderDependencies;
  #hasChanges = false;
  #isFolding = false;
  #notBeforeMs = -Infinity;

  constructor(dependencies: CountFolderDependencies) {
    this.#deps = dependencies;
  }

  /** Leads or calls were written. */
  note(): void {
    this.#hasChanges = true;
  }

  /** Called each second. Folds if something was noted, five seconds after the last time. */
  tick(): void {
    const { fold, log, nowMs } = this.#deps;
    if (!this.#hasChanges || this.#isFolding || nowMs() < this.#notBeforeMs)
      return;
    this.#hasChanges = false;
    this.#isFolding = true;
    fold()
      .catch((error: unknown) => {
        this.#hasChanges = true;
        log.debug({ err: error }, "The campaigns' counts were not folded");
      })
      .finally(() => {
        this.#isFolding = false;
        this.#notBeforeMs = nowMs() + restMs;
      });
  }
}
