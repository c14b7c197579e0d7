/**
 * Checks a campaign's last answered calls as soon as one of them was short, and pauses the campaign if the hand-over is
 * broken. One check at a time; what comes meanwhile is checked next. If a check fails, the next short call makes up for
 * it.
 */
import { readLastHandOvers } from "../../database/post-call-effects.ts";
import type { Database } from "../../database/pools.ts";
import { brakeTripped } from "../../dialing/short-call-breaker.ts";

export interface HandOverBrakeDependencies {
  readonly database: Database;
  readonly pause: (campaignId: string) => void;
  readonly onError: (error: unknown) => void;
}

export class HandOverBrake {
  readonly #with: HandOverBrakeDependencies;
  readonly #campaigns = new Set<string>();
  #looking: Promise<void> | null = null;

  constructor(dependencies: HandOverBrakeDependencies) {
    this.#with = dependencies;
  }

  /** An answered call of this campaign was short. */
  note(campaignId: string): void {
    this.#campaigns.add(campaignId);
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = null;
    });
  }

  /** @returns settles when no check runs any more */
  async settled(): Promise<void> {
    await this.#looking;
  }

  async #lookAtAll(): Promise<void> {
    for (const campaignId of this.#campaigns) {
      this.#campaigns.delete(campaignId);
      try {
        const calls = await readLastHandOvers(this.#with.database, campaignId);
        if (brakeTripped(calls)) this.#with.pause(campaignId);
      } catch (error) {
        this.#with.onError(error);
      }
    }
  }
}
