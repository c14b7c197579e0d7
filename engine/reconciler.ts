/**
 * When the database and the PBX are compared (`reconciliation.ts`): soon after anything that may have let
 * them drift apart, again while something was too young to judge, and now and then all the same.
 */
import { eventsWait } from "../database/reconciling.ts";
import type { EventInbox } from "./event-inbox.ts";
import { reconcile } from "./reconciliation.ts";
import type { ReconciliationDependencies } from "./reconciliation.ts";

const againMs = 30_000;
const soonMs = 2_500;
const eventsFirstMs = 500;

export interface ReconcilerDependencies extends Omit<
  ReconciliationDependencies,
  "onLost" | "isHeard"
> {
  readonly inbox: EventInbox;
}

export class Reconciler {
  readonly #with: ReconcilerDependencies;
  #timer: NodeJS.Timeout | null = null;
  #comparing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(dependencies: ReconcilerDependencies) {
    this.#with = dependencies;
  }

  /** Compares in so many milliseconds, in place of whatever was planned before. */
  compareIn(ms: number): void {
    if (this.#stopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#comparing = this.#comparing.then(() => this.#compare());
    }, ms);
  }

  /** @returns settles when the comparison under way is over; no other begins */
  stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    return this.#comparing;
  }

  async #compare(): Promise<void> {
    const { adapter, log } = this.#with;
    if (this.#stopped || adapter.connection().status !== "CONNECTED") return;
    try {
      this.compareIn(await this.#compareOnce());
    } catch (error) {
      log.warn({ err: error }, "Live calls could not be compared with the PBX");
      this.compareIn(soonMs);
    }
  }

  /** @returns when to compare again, ms */
  async #compareOnce(): Promise<number> {
    const { database, inbox, node } = this.#with;
    // What has been heard of a call, by a standby too, goes before what the PBX no longer knows of it.
    if (await eventsWait(database, null, node)) return eventsFirstMs;
    const result = await reconcile({
      ...this.#with,
      isHeard: (attemptId) => inbox.heardOf(attemptId).length > 0,
      onLost: (event) => {
        inbox.push(event);
      },
    });
    return result.tooYoung > 0 ? soonMs : againMs;
  }
}
