/** The last errors of jobs, for `/status`; every one goes to the log and the metrics as well. */
import type { Logger } from "pino";

import type { Metrics } from "../../metrics.ts";

export interface JobError {
  readonly at: string;
  readonly task: string;
  readonly message: string;
}

const mostKept = 20;

export class JobErrors {
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #recent: JobError[] = [];

  constructor(log: Logger, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** Newest last. */
  get recent(): readonly JobError[] {
    return this.#recent;
  }

  note(task: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#metrics.jobsFailed.inc({ task });
    this.#log.error({ err: error, task }, "A job failed");
    this.#recent.push({ at: new Date().toISOString(), task, message });
    if (this.#recent.length > mostKept) this.#recent.shift();
  }
}
