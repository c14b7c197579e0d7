/**
 * Frees what dead engines left locked. It runs beside the heartbeat, which must wait for nothing but its own statement.
 */
import type { Logger } from "pino";

import type { Database } from "../../database/pools.ts";
import {
  reapEngine,
  unlockOrphanedJobs,
} from "../../database/reconciliation.ts";

export class Reaper {
  readonly #database: Database;
  readonly #staleMs: number;
  readonly #log: Logger;
  #isRunning = false;

  /** @param staleMs age at which a heartbeat means that its engine is dead */
  constructor(database: Database, staleMs: number, log: Logger) {
    this.#database = database;
    this.#staleMs = staleMs;
    this.#log = log;
  }

  /** Begins unless one run is under way; whatever fails is tried again with the next heartbeat. */
  start(engineIds: readonly string[]): void {
    if (this.#isRunning || engineIds.length === 0) return;
    this.#isRunning = true;
    this.#reap(engineIds)
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, "Jobs of a dead engine were not freed");
      })
      .finally(() => {
        this.#isRunning = false;
      });
  }

  async #reap(engineIds: readonly string[]): Promise<void> {
    for (const id of engineIds) {
      if ((await reapEngine(this.#database, id, this.#staleMs)) > 0)
        this.#log.warn({ engineId: id }, "Freed the jobs of a dead engine");
    }
    await unlockOrphanedJobs(this.#database, this.#staleMs);
  }
}
