/**
 * One snapshot per active campaign and second for the front end, where something changed.
 *
 *   process dead    nothing is sent; the next holder of the lease begins with a snapshot of every campaign
 *   database away   nothing is read, nothing is sent
 *   Supabase away   a round ends with its first failure, the next waits 2 s, 4 s … a minute; dialling is not affected
 *   two engines     the reader gives campaigns to only one of them, by the lease
 */
import type { Logger } from "../logging.ts";
import { failureCode } from "./careful-fetch.ts";
import { topicOf } from "./snapshot-sender.ts";
import type { SendSnapshot } from "./snapshot-sender.ts";

/** What the front end receives, except for the time. Plain data. */
export interface CampaignSnapshot {
  readonly campaignId: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

export interface BroadcastOptions {
  /**
   * ACTIVE campaigns, and those of `alsoIds` whatever their status. If they are too many for one read, they are
   * returned by turns. Empty when another engine is to send.
   */
  readonly read: (alsoIds: readonly string[]) => Promise<{
    readonly snapshots: readonly CampaignSnapshot[];
    /** A campaign that is not among them no longer exists. */
    readonly isAll: boolean;
  }>;
  readonly send: SendSnapshot;
  readonly isLeader: () => boolean;
  readonly onSent: () => void;
  readonly onFailed: (code: string) => void;
  readonly log: Logger;
  readonly nowMs: () => number;
  readonly intervalMs?: number;
  /**
   * Snapshots beyond this number wait for the next second: a project's plan limits its messages, the smallest plan to
   * 100 a second.
   */
  readonly maxPerRound?: number;
}

const firstPauseMs = 2_000;
const longestPauseMs = 60_000;
const atOnce = 8;

interface Sent {
  readonly text: string;
  readonly atMs: number;
}

export class SnapshotBroadcast {
  readonly #options: BroadcastOptions & {
    readonly intervalMs: number;
    readonly maxPerRound: number;
  };
  readonly #sent = new Map<string, Sent>();
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;
  #pauseMs = 0;
  #notBeforeMs = -Infinity;
  #readFailed = false;

  constructor(options: BroadcastOptions) {
    this.#options = { intervalMs: 1_000, maxPerRound: 50, ...options };
  }

  start(): void {
    this.#schedule();
  }

  /** Stops starting rounds. @returns a promise that settles when the round under way is over */
  stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    return this.#round;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#runRound().then(() => {
        this.#schedule();
      });
    }, this.#options.intervalMs);
  }

  async #runRound(): Promise<void> {
    const { isLeader, nowMs, maxPerRound } = this.#options;
    if (!isLeader()) {
      this.#sent.clear();
      return;
    }
    if (nowMs() < this.#notBeforeMs) return;
    const changed = (await this.#readAll())
      .map((snapshot) => ({ snapshot, text: JSON.stringify(snapshot) }))
      .filter(
        ({ snapshot, text }) =>
          this.#sent.get(snapshot.campaignId)?.text !== text,
      )
      .toSorted((a, b) => this.#sentAtMs(a) - this.#sentAtMs(b))
      .slice(0, maxPerRound);
    await this.#sendAll(changed);
  }

  async #readAll(): Promise<readonly CampaignSnapshot[]> {
    const { read, log } = this.#options;
    try {
      const { snapshots, isAll } = await read([...this.#sent.keys()]);
      this.#readFailed = false;
      const found = new Set(snapshots.map(({ campaignId }) => campaignId));
      if (isAll)
        for (const id of this.#sent.keys())
          if (!found.has(id)) this.#sent.delete(id);
      return snapshots;
    } catch (error) {
      if (!this.#readFailed)
        log.warn({ err: error }, "Campaign snapshots cannot be read");
      this.#readFailed = true;
      return [];
    }
  }

  async #sendAll(
    changed: readonly { snapshot: CampaignSnapshot; text: string }[],
  ): Promise<void> {
    const waiting = [...changed];
    const failures: string[] = [];
    const work = async () => {
      for (
        let next = waiting.shift();
        next !== undefined && failures.length === 0 && !this.#stopped;
        next = waiting.shift()
      ) {
        const code = await this.#sendOne(next.snapshot, next.text);
        if (code !== null) failures.push(code);
      }
    };
    await Promise.all(
      Array.from({ length: Math.min(atOnce, waiting.length) }, work),
    );
    const [failed] = failures;
    if (failed !== undefined) this.#backOff(failed);
    else if (changed.length > 0) this.#recover();
  }

  /** @returns why it failed, or null */
  async #sendOne(
    snapshot: CampaignSnapshot,
    text: string,
  ): Promise<string | null> {
    const { send, onSent, onFailed, nowMs } = this.#options;
    const { campaignId, status } = snapshot;
    try {
      await send(topicOf(campaignId), {
        ...snapshot,
        at: new Date().toISOString(),
      });
      onSent();
      // A campaign that is over has received its last snapshot.
      if (status === "ACTIVE")
        this.#sent.set(campaignId, { text, atMs: nowMs() });
      else this.#sent.delete(campaignId);
      return null;
    } catch (error) {
      const code = failureCode(error);
      onFailed(code);
      return code;
    }
  }

  #backOff(code: string): void {
    const { log, nowMs } = this.#options;
    // Logged once; the metrics count the failures.
    if (this.#pauseMs === 0)
      log.warn(
        { code, advice: adviceFor(code) },
        "Campaign snapshots do not reach Supabase Realtime",
      );
    this.#pauseMs = Math.min(
      longestPauseMs,
      Math.max(firstPauseMs, this.#pauseMs * 2),
    );
    this.#notBeforeMs = nowMs() + this.#pauseMs;
  }

  #recover(): void {
    if (this.#pauseMs > 0)
      this.#options.log.info(
        "Campaign snapshots reach Supabase Realtime again",
      );
    this.#pauseMs = 0;
  }

  #sentAtMs({ snapshot }: { snapshot: CampaignSnapshot }): number {
    return this.#sent.get(snapshot.campaignId)?.atMs ?? -Infinity;
  }
}

function adviceFor(code: string): string {
  switch (code) {
    case "HTTP_401":
    case "HTTP_403":
      return "the project does not accept SUPABASE_SECRET_KEY (or SUPABASE_SERVICE_ROLE_KEY): compare it with the project's API keys";
    case "HTTP_404":
      return "no such project at SUPABASE_URL, or a self-hosted Realtime older than 2.97.0";
    case "HTTP_429":
      return "the project's plan allows no more messages a second";
    default:
      return "see whether SUPABASE_URL can be reached from here; it is tried again by itself";
  }
}
