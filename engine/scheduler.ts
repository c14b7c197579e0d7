/**
 * When passes run: at most one per campaign and interval, however many wake-ups come.
 *
 * A wake-up that comes too early asks for one pass at the end of the interval and is done; the job for
 * it is in the database, so a crash loses none. What is remembered here only saves asking twice.
 */
import type { Logger } from "pino";

import { completeIfIdle } from "../database/consequences.ts";
import { runJobBy } from "../database/jobs.ts";
import { isLockTimeout } from "../database/pools.ts";
import type { Database } from "../database/pools.ts";
import { noteFailedPass } from "../database/scheduling-writes.ts";
import type { Submission } from "./executor-dependencies.ts";
import type { PassPlace } from "./pass-lap.ts";
import { passFailed, runSchedulingPass } from "./scheduling-pass.ts";
import type { PassResult } from "./scheduling-pass.ts";
import { Turns } from "./turns.ts";

export interface SchedulerDependencies {
  readonly database: Database;
  readonly intervalMs: number;
  readonly random: () => number;
  /** Passes at once, so that those which wait for a lock leave connections to others. */
  readonly mostPasses: number;
  /** Ids of trunks that calls wait for and that this engine knows no rate of. */
  readonly trunksWithoutLine: () => readonly string[];
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly onPass: (seconds: number) => void;
  /** Queued and committed, and their slot has come: their jobs are on their way through the queue. */
  readonly onDueNow: (submission: Submission) => void;
}

/** The log tells of the passes of so many seconds in one line. */
const rollUpMs = 5_000;
const uniqueViolation = "23505";
/** How long a pass waits for the rows of its campaign and trunks, the first time and while they stay held. */
const patienceMs = 200;
const shortPatienceMs = 20;
/** Somebody's open transaction holds the rows that a pass needs: it is asked for again after this. */
const lockedAgainMs = 1_000;

interface Rhythm {
  lastStartMs: number;
  /** The last pass found its rows held by somebody. */
  wasLocked: boolean;
  /** A pass is asked for at this time already, monotonic ms. */
  askedForMs: number;
}

export class Scheduler {
  readonly #with: SchedulerDependencies;
  readonly #rhythms = new Map<string, Rhythm>();
  readonly #hungry = new Set<string>();
  readonly #places = new Map<string, PassPlace>();
  readonly #owed = new Set<string>();
  readonly #turns: Turns;
  #isPaying = false;
  readonly #rollUp = {
    campaigns: new Set<string>(),
    calls: 0,
    sinceMs: -Infinity,
  };

  constructor(dependencies: SchedulerDependencies) {
    this.#with = dependencies;
    this.#turns = new Turns(dependencies.mostPasses);
  }

  /**
   * A job asks for a pass: run now, or at the end of the interval.
   *
   * @param isKeyed this job is the one that was asked for: what is remembered of it is used up
   */
  async run(campaignId: string, isKeyed: boolean): Promise<void> {
    const nowMs = this.#with.nowMs();
    const rhythm = this.#rhythmOf(campaignId);
    if (isKeyed) rhythm.askedForMs = -Infinity;
    const nextMs = this.#nextMs(rhythm);
    // One millisecond of grace: the job that was asked for at the end of the interval may be that early.
    if (nowMs < nextMs - 1) {
      await this.#askFor(campaignId, nextMs);
      return;
    }
    rhythm.lastStartMs = nowMs;
    rhythm.askedForMs = -Infinity;
    await this.#pass(campaignId);
    this.#with.onPass((this.#with.nowMs() - nowMs) / 1_000);
  }

  /**
   * Something changed for these campaigns; those that wait for lines that others share are looked at too.
   *
   * @throws what the database throws; the campaigns that it kept from being woken are owed
   */
  async wake(campaignIds: readonly string[]): Promise<void> {
    const ids = new Set([...campaignIds, ...this.#hungry]);
    for (const id of ids) this.#owed.add(id);
    for (const id of ids) {
      await this.#askFor(
        id,
        Math.max(this.#with.nowMs(), this.#nextMs(this.#rhythmOf(id))),
      );
      this.#owed.delete(id);
    }
  }

  /** Wakes what could not be woken: nobody else might for a minute. */
  async wakeOwed(): Promise<void> {
    if (this.#owed.size === 0 || this.#isPaying) return;
    this.#isPaying = true;
    try {
      await this.wake([...this.#owed]);
    } finally {
      this.#isPaying = false;
    }
  }

  /** When the next pass may be. */
  #nextMs({ lastStartMs, wasLocked }: Rhythm): number {
    const { intervalMs } = this.#with;
    return (
      lastStartMs +
      (wasLocked ? Math.max(intervalMs, lockedAgainMs) : intervalMs)
    );
  }

  async #askFor(campaignId: string, atMs: number): Promise<void> {
    const rhythm = this.#rhythmOf(campaignId);
    if (rhythm.askedForMs >= this.#with.nowMs() && rhythm.askedForMs <= atMs)
      return;
    rhythm.askedForMs = atMs;
    try {
      await runJobBy(this.#with.database, {
        task: "schedule_campaign",
        payload: { campaignId },
        runAt: { inMs: Math.max(0, atMs - this.#with.nowMs()) },
        key: `schedule_campaign:${campaignId}`,
      });
    } catch (error) {
      rhythm.askedForMs = -Infinity;
      throw error;
    }
  }

  async #pass(campaignId: string): Promise<void> {
    const wasHungry = this.#hungry.has(campaignId);
    const result = await this.#passWhenFree(campaignId);
    if (result === "locked") {
      await this.#askFor(campaignId, this.#nextMs(this.#rhythmOf(campaignId)));
      return;
    }
    if (result.kind === "not_active") {
      this.#rhythms.delete(campaignId);
      this.#hungry.delete(campaignId);
      this.#places.delete(campaignId);
      return;
    }
    this.#places.set(campaignId, result.place);
    for (const submission of result.dueNow) this.#with.onDueNow(submission);
    if (result.hungry) this.#hungry.add(campaignId);
    else this.#hungry.delete(campaignId);
    const { database, log } = this.#with;
    if (result.maybeComplete && (await completeIfIdle(database, campaignId)))
      log.info({ campaignId }, "Campaign completed");
    this.#note(campaignId, result.scheduled);
    // What it leaves, others may have been waiting for.
    if (wasHungry && !result.hungry) await this.wake([]);
  }

  /** The job tells the administrator; the blockers tell whoever asks why nothing is dialled. */
  async #tellFailure(campaignId: string): Promise<void> {
    const { database, log } = this.#with;
    await noteFailedPass(database, campaignId, passFailed).catch(
      (error: unknown) => {
        log.warn({ err: error, campaignId }, "A failed pass was not noted");
      },
    );
  }

  async #passWhenFree(campaignId: string): Promise<PassResult | "locked"> {
    const { database, intervalMs, random, trunksWithoutLine } = this.#with;
    const rhythm = this.#rhythmOf(campaignId);
    const place = this.#places.get(campaignId);
    const options = {
      intervalMs,
      random,
      ...(place && { place }),
      lockTimeoutMs: rhythm.wasLocked ? shortPatienceMs : patienceMs,
      trunksWithoutLine: trunksWithoutLine(),
    };
    const pass = () =>
      this.#turns.run(() => runSchedulingPass(database, campaignId, options));
    try {
      const result = await pass().catch((error: unknown) => {
        // An import wrote the same number in between: the next look sees it.
        if ((error as { code?: unknown }).code === uniqueViolation)
          return pass();
        throw error;
      });
      rhythm.wasLocked = false;
      return result;
    } catch (error) {
      if (!isLockTimeout(error)) {
        this.#hungry.delete(campaignId);
        this.#places.delete(campaignId);
        await this.#tellFailure(campaignId);
        throw error;
      }
      if (!rhythm.wasLocked)
        this.#with.log.warn(
          { campaignId },
          "Somebody's open transaction holds this campaign or its trunks: its passes wait",
        );
      rhythm.wasLocked = true;
      return "locked";
    }
  }

  #rhythmOf(campaignId: string): Rhythm {
    const known = this.#rhythms.get(campaignId);
    if (known !== undefined) return known;
    const fresh = {
      lastStartMs: -Infinity,
      askedForMs: -Infinity,
      wasLocked: false,
    };
    this.#rhythms.set(campaignId, fresh);
    return fresh;
  }

  #note(campaignId: string, calls: number): void {
    const nowMs = this.#with.nowMs();
    const rollUp = this.#rollUp;
    rollUp.campaigns.add(campaignId);
    rollUp.calls += calls;
    if (nowMs - rollUp.sinceMs < rollUpMs || rollUp.calls === 0) return;
    const campaignCount = rollUp.campaigns.size;
    this.#with.log.info(
      { campaignCount, callsScheduled: rollUp.calls },
      `Processed ${String(campaignCount)} campaigns, scheduled ${String(rollUp.calls)} calls`,
    );
    rollUp.campaigns.clear();
    rollUp.calls = 0;
    rollUp.sinceMs = nowMs;
  }
}
