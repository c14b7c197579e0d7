/** Keeps the rate limiters in step with the database: reads the limits from it, and publishes what was really sent. */
import type { Logger } from "pino";

import { publishRates, readTrunkLimits } from "../../database/trunk-rates.ts";
import type { Database } from "../../database/pools.ts";
import type { Executor } from "./executor.ts";
import type { RateLimiters } from "./rate-limiters.ts";

export interface RateLimitSyncDependencies {
  readonly rateLimiters: RateLimiters;
  /** Tries the calls that wait for a permit again when the limits have changed. */
  readonly executor: Pick<Executor, "tryAgain">;
  readonly database: Database;
  readonly node: string;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export class RateLimitSync {
  readonly #deps: RateLimitSyncDependencies;
  #asked = 0;
  #answered = 0;
  #isPublishing = false;

  constructor(dependencies: RateLimitSyncDependencies) {
    this.#deps = dependencies;
  }

  /**
   * Reads the trunks' limits again.
   *
   * @throws whatever the database throws; the old limits stay
   */
  async refresh(): Promise<void> {
    const { database, node, rateLimiters, executor, nowMs } = this.#deps;
    const question = ++this.#asked;
    const limits = await readTrunkLimits(database, node);
    // Answers may overtake each other; the older one is dropped.
    if (question < this.#answered) return;
    this.#answered = question;
    rateLimiters.setLimits(limits, nowMs());
    executor.tryAgain();
  }

  /** The same, if a failure is only to be logged: after the notice of a change, or a suspicion of one. */
  note(): void {
    this.refresh().catch((error: unknown) => {
      this.#deps.log.warn({ err: error }, "Trunk limits could not be read");
    });
  }

  /** Each second: publishes the rates that changed, and looks up trunks that calls wait for. */
  tick(): void {
    const { rateLimiters, database, nowMs, log } = this.#deps;
    if (rateLimiters.trunksWithoutLimiter.length > 0) this.note();
    // A bucket that another transaction holds must not cost another connection each second.
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    publishRates(database, rateLimiters.takeRates(nowMs()))
      .catch((error: unknown) => {
        log.debug({ err: error }, "Rates could not be published");
      })
      .finally(() => {
        this.#isPublishing = false;
      });
  }
}
