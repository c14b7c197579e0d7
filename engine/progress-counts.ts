/**
 * How far campaigns are, counted in turns. A million leads take 0.3 s to count, so one campaign is counted at a time and
 * counting takes at most a twentieth of the time.
 */
import type { CampaignProgress } from "../database/wallboard.ts";

const againMs = 5_000;
/** One turn counts campaigns until this is used up, one at least. */
const turnMs = 50;
const restPerWork = 20;

interface Counted {
  readonly progress: CampaignProgress | null;
  readonly atMs: number;
}

export class ProgressCounts {
  readonly #count: (campaignId: string) => Promise<CampaignProgress | null>;
  readonly #nowMs: () => number;
  readonly #counted = new Map<string, Counted>();
  #notBeforeMs = -Infinity;

  constructor(
    count: (campaignId: string) => Promise<CampaignProgress | null>,
    nowMs: () => number,
  ) {
    this.#count = count;
    this.#nowMs = nowMs;
  }

  /** Null when it was not counted yet. */
  of(campaignId: string): CampaignProgress | null {
    return this.#counted.get(campaignId)?.progress ?? null;
  }

  /**
   * Counts those of these campaigns whose turn it is, and forgets all others.
   *
   * @throws the error of a count; what was counted before stays
   */
  async refresh(campaignIds: readonly string[]): Promise<void> {
    this.#forgetOthers(new Set(campaignIds));
    const startedMs = this.#nowMs();
    if (startedMs < this.#notBeforeMs) return;
    const due = campaignIds
      .filter((id) => startedMs - this.#atMs(id) >= againMs)
      .toSorted((a, b) => this.#atMs(a) - this.#atMs(b));
    try {
      for (const id of due) {
        await this.#countOne(id);
        if (this.#nowMs() - startedMs >= turnMs) break;
      }
    } finally {
      const endedMs = this.#nowMs();
      this.#notBeforeMs = endedMs + (endedMs - startedMs) * restPerWork;
    }
  }

  /** One that cannot be counted takes its turn all the same, or the others would never have theirs. */
  async #countOne(id: string): Promise<void> {
    let progress = this.of(id);
    try {
      progress = await this.#count(id);
    } finally {
      this.#counted.set(id, { progress, atMs: this.#nowMs() });
    }
  }

  #forgetOthers(wanted: ReadonlySet<string>): void {
    for (const id of this.#counted.keys())
      if (!wanted.has(id)) this.#counted.delete(id);
  }

  #atMs(id: string): number {
    return this.#counted.get(id)?.atMs ?? -Infinity;
  }
}
