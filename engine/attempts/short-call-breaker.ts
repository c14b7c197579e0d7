/**
 * Checks a campaign's last answered calls as soon as one of them was short, and pauses the campaign if the hand-over is
 * broken. One check at a time; what comes meanwhile is checked next. If a check fails, the next short call makes up for
 * it.
 */
import { readLastHandOvers } from "../../database/post-call-effects.ts";
import type { Database } from "../../database/pools.ts";
import { shortCallBreakerTrips } from "../../dialing/short-call-breaker.ts";

export interface ShortCallBreakerDependencies {
  readonly database: Database;
  readonly pause: (campaignId: string) => void;
  readonly onError: (error: unknown) => void;
}

export class ShortCallBreaker {
  readonly #deps: ShortCallBreakerDependencies;
  readonly #campaigns = new Set<string>();
  #checking: Promise<void> | null = null;

  constructor(dependencies: ShortCallBreakerDependencies) {
    this.#deps = dependencies;
  }

  /** An answered call of this campaign was short. */
  note(campaignId: string): void {
    this.#campaigns.add(campaignId);
    this.#checking ??= this.#checkAll().finally(() => {
      this.#checking = null;
    });
  }

  /** @returns settles when no check runs any more */
  async settled(): Promise<void> {
    await this.#checking;
  }

  async #checkAll(): Promise<void> {
    for (const campaignId of this.#campaigns) {
      this.#campaigns.delete(campaignId);
      try {
        const calls = await readLastHandOvers(this.#deps.database, campaignId);
        if (shortCallBreakerTrips(calls)) this.#deps.pause(campaignId);
      } catch (error) {
        this.#deps.onError(error);
      }
    }
  }
}
