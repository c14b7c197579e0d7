/**
 * Looks at a campaign's last answered calls as soon as one of them was short, and pauses it when the hand-over is broken.
 * One look at a time; what comes meanwhile is looked at next. A look that fails is made good by the next short call.
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

  /** @returns settles when nothing is looked at any more */
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
