/**
 * Applies the events of many jobs in one transaction, one transaction at a time: jobs side by side would wait for each
 * other's attempts, and each would pay for its own commit.
 *
 * If a batch fails, it is applied again job by job, so that one job's fault does not affect another. No foreign lock is
 * waited for: events of a call that another transaction holds go back into the queue as a job of their own.
 */
import type { AttemptEvent } from "../../dialing/call-facts.ts";
import type { PostCallEffects } from "./post-call-effects.ts";
import type { Settled } from "./settlement.ts";

/** With more than this the transaction gets long. */
const mostEvents = 1_000;

export interface EventApplierDependencies {
  readonly apply: (events: readonly AttemptEvent[]) => Promise<Settled>;
  /** Enqueues events for a later time; durable when it settles. */
  readonly applyLater: (events: readonly AttemptEvent[]) => Promise<void>;
  readonly postCallEffects: Pick<PostCallEffects, "note">;
}

interface Waiting {
  readonly events: readonly AttemptEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class EventApplier {
  readonly #deps: EventApplierDependencies;
  readonly #waiting: Waiting[] = [];
  #busy = false;

  constructor(dependencies: EventApplierDependencies) {
    this.#deps = dependencies;
  }

  /** Settles when these events are committed, or could not be applied. */
  apply(events: readonly AttemptEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) await this.#applyBatch(this.#takeBatch());
    this.#busy = false;
  }

  #takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    let count = 0;
    while (this.#waiting[0] !== undefined) {
      count += this.#waiting[0].events.length;
      if (batch.length > 0 && count > mostEvents) break;
      batch.push(...this.#waiting.splice(0, 1));
    }
    return batch;
  }

  async #applyBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const events = batch.flatMap((one) => one.events);
      const settled = await this.#deps.apply(events);
      this.#deps.postCallEffects.note(settled);
      const locked = new Set(settled.locked);
      const later = events.filter(({ attemptId }) => locked.has(attemptId));
      if (later.length > 0) await this.#deps.applyLater(later);
      for (const one of batch) one.resolve();
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const one of batch) await this.#applyBatch([one]);
    }
  }
}
