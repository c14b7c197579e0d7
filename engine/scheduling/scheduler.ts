/**
 * When passes run: at most one per campaign and interval, however many wake-ups come, and accounts in turn
 * (`semaphore.ts`), however many campaigns one has.
 *
 * A wake-up that comes too early requests a pass at the end of the interval, in memory. Killed: the next leader
 * requests a pass of every ACTIVE campaign, and so does the sweep, each minute. The next pass that a pass itself
 * requests is a job in the database.
 */
import type { Logger } from "pino";

import { completeIfIdle } from "../../database/post-call-effects.ts";
import { isLockTimeout } from "../../database/pools.ts";
import type { Database } from "../../database/pools.ts";
import { readCampaignAccounts } from "../../database/scheduling.ts";
import type { ActiveCampaign } from "../../database/scheduling.ts";
import { noteFailedPass } from "../../database/scheduling-writes.ts";
import type { PassCursor } from "../../dialing/scan-cursor.ts";
import { passFailed, runSchedulingPass } from "./pass.ts";
import type { DueAttempt, PassResult } from "./pass.ts";
import { PassRequests } from "./pass-requests.ts";
import { Semaphore } from "./semaphore.ts";

interface RateLimiters {
  /** Ids of trunks that calls wait for and whose rate this engine does not know. */
  readonly trunksWithoutLimiter: readonly string[];
}

interface Executor {
  /** Takes an attempt that is queued and committed, and whose slot has come. */
  submit(attempt: DueAttempt): Promise<unknown>;
}

export interface SchedulerDependencies {
  readonly database: Database;
  readonly intervalMs: number;
  readonly random: () => number;
  /** Passes at once; those that wait for a lock leave connections to others. */
  readonly mostPasses: number;
  readonly rateLimiters: RateLimiters;
  readonly executor: Executor;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly onPass: (seconds: number) => void;
}

/** The log sums up the passes of this many milliseconds in one line. */
const rollUpMs = 5_000;
const uniqueViolation = "23505";
/** How long a pass waits for the rows of its campaign and trunks: the first time, and while they stay held. */
const lockWaitMs = 200;
const shortLockWaitMs = 20;
/** A failed pass without a waiting job is tried again after this. */
const failedAgainMs = 5_000;
/** Jobs of one account that wait for its passes; jobs beyond these end as soon as their pass is requested. */
const mostHeldJobs = 2;
/** Stands for campaigns that no longer exist. */
const nobody = "";
/** If another transaction holds the rows that a pass needs, the pass is requested again after this. */
const lockedAgainMs = 1_000;

interface PassTiming {
  lastStartMs: number;
  /** The last pass found its rows held by another transaction. */
  wasLocked: boolean;
}

export class Scheduler {
  readonly #deps: SchedulerDependencies;
  readonly #timings = new Map<string, PassTiming>();
  readonly #starved = new Set<string>();
  readonly #cursors = new Map<string, PassCursor>();
  readonly #semaphore: Semaphore;
  readonly #requests: PassRequests;
  /** By campaign. */
  readonly #accounts = new Map<string, string>();
  /** Passes that have not begun, by campaign; and all that are not over. */
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  readonly #rollUp = {
    campaigns: new Set<string>(),
    calls: 0,
    sinceMs: -Infinity,
  };

  constructor(dependencies: SchedulerDependencies) {
    this.#deps = dependencies;
    const { mostPasses, nowMs } = dependencies;
    this.#semaphore = new Semaphore(mostPasses, nowMs);
    this.#requests = new PassRequests(
      nowMs,
      (ids) => void this.#runRequested(ids),
    );
  }

  /**
   * A job requests passes: now, or at the end of the interval. It waits for one that runs, so that its errors are the
   * job's; but not behind many of its account, or that account's jobs would hold every worker.
   */
  async run(campaignIds: readonly string[]): Promise<void> {
    await this.#learnAccounts(campaignIds);
    const nowMs = this.#deps.nowMs();
    const due: string[] = [];
    for (const campaignId of campaignIds) {
      const nextMs = this.#nextMs(this.#timingOf(campaignId));
      // One millisecond of grace: the job requested for the end of the interval may be that early.
      if (nowMs < nextMs - 1) this.#requests.add(campaignId, nextMs);
      else due.push(campaignId);
    }
    const [only] = due;
    const isHeld =
      due.length === 1 &&
      this.#semaphore.waitingOf(this.#accountOf(only)) < mostHeldJobs;
    if (isHeld && only !== undefined) await this.#request(only);
    else for (const id of due) this.#leave(this.#request(id), id);
  }

  /** Something changed for these campaigns; those that wait for shared trunks get a pass too. */
  wake(campaignIds: readonly string[]): void {
    const nowMs = this.#deps.nowMs();
    for (const id of new Set([...campaignIds, ...this.#starved]))
      this.#requests.add(id, Math.max(nowMs, this.#nextMs(this.#timingOf(id))));
  }

  /** Every ACTIVE campaign needs a pass: after a take-over, and each minute. */
  wakeAll(campaigns: readonly ActiveCampaign[]): void {
    for (const { id, accountId } of campaigns)
      this.#accounts.set(id, accountId);
    this.wake(campaigns.map(({ id }) => id));
  }

  /** Forgets requested passes. @returns settles when no pass runs any more */
  async stop(): Promise<void> {
    this.#requests.stop();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Starts the requested passes whose time has come. */
  async #runRequested(campaignIds: readonly string[]): Promise<void> {
    try {
      await this.#learnAccounts(campaignIds);
    } catch (error) {
      this.#deps.log.warn(
        { err: error },
        "Requested passes could not be started",
      );
      for (const id of campaignIds) this.#requestAgain(id);
      return;
    }
    for (const id of campaignIds) this.#leave(this.#request(id), id);
  }

  /** No job waits for this pass; if it fails, the failure is logged here, and the pass is requested again. */
  #leave(pass: Promise<void>, campaignId: string): void {
    pass.catch(() => {
      this.#requestAgain(campaignId);
    });
  }

  #requestAgain(campaignId: string): void {
    this.#requests.add(campaignId, this.#deps.nowMs() + failedAgainMs);
  }

  /** A pass in its account's turn. One that waits for its turn serves all who request it. */
  #request(campaignId: string): Promise<void> {
    const waiting = this.#waiting.get(campaignId);
    if (waiting !== undefined) return waiting;
    const pass = this.#semaphore
      .run(this.#accountOf(campaignId), () => {
        this.#waiting.delete(campaignId);
        return this.#timedPass(campaignId);
      })
      .finally(() => {
        this.#running.delete(pass);
      });
    this.#waiting.set(campaignId, pass);
    this.#running.add(pass);
    return pass;
  }

  async #timedPass(campaignId: string): Promise<void> {
    const startedMs = this.#deps.nowMs();
    this.#timingOf(campaignId).lastStartMs = startedMs;
    this.#requests.drop(campaignId);
    await this.#pass(campaignId);
    this.#deps.onPass((this.#deps.nowMs() - startedMs) / 1_000);
  }

  #accountOf(campaignId = ""): string {
    return this.#accounts.get(campaignId) ?? nobody;
  }

  /** The accounts of these campaigns, which never change. */
  async #learnAccounts(campaignIds: readonly string[]): Promise<void> {
    const unknown = campaignIds.filter((id) => !this.#accounts.has(id));
    if (unknown.length === 0) return;
    const found = await readCampaignAccounts(this.#deps.database, unknown);
    for (const { id, accountId } of found) this.#accounts.set(id, accountId);
  }

  /** When the next pass may be. */
  #nextMs({ lastStartMs, wasLocked }: PassTiming): number {
    const { intervalMs } = this.#deps;
    return (
      lastStartMs +
      (wasLocked ? Math.max(intervalMs, lockedAgainMs) : intervalMs)
    );
  }

  async #pass(campaignId: string): Promise<void> {
    const wasStarved = this.#starved.has(campaignId);
    const result = await this.#passWhenFree(campaignId);
    if (result === "locked") {
      this.#requests.add(campaignId, this.#nextMs(this.#timingOf(campaignId)));
      return;
    }
    if (result.kind === "not_active") {
      this.#timings.delete(campaignId);
      this.#starved.delete(campaignId);
      this.#cursors.delete(campaignId);
      this.#accounts.delete(campaignId);
      return;
    }
    this.#cursors.set(campaignId, result.cursor);
    // The way through the queue takes longer than the claim. The job still comes, and does what was not done.
    for (const attempt of result.dueNow)
      this.#deps.executor.submit(attempt).catch(() => undefined);
    if (result.starved) this.#starved.add(campaignId);
    else this.#starved.delete(campaignId);
    const { database, log } = this.#deps;
    if (result.maybeComplete && (await completeIfIdle(database, campaignId)))
      log.info({ campaignId }, "Campaign completed");
    this.#note(campaignId, result.scheduled);
    // Other campaigns may have been waiting for what it leaves.
    if (wasStarved && !result.starved) this.wake([]);
  }

  /** The job shows the failure to the administrator; the blockers show why nothing is dialled. */
  async #recordFailure(campaignId: string): Promise<void> {
    const { database, log } = this.#deps;
    await noteFailedPass(database, campaignId, passFailed).catch(
      (error: unknown) => {
        log.warn(
          { err: error, campaignId },
          "A failed pass could not be recorded",
        );
      },
    );
  }

  async #passWhenFree(campaignId: string): Promise<PassResult | "locked"> {
    const { database, intervalMs, random, rateLimiters } = this.#deps;
    const timing = this.#timingOf(campaignId);
    const cursor = this.#cursors.get(campaignId);
    const options = {
      intervalMs,
      random,
      ...(cursor && { cursor }),
      lockTimeoutMs: timing.wasLocked ? shortLockWaitMs : lockWaitMs,
      trunksWithoutLimiter: rateLimiters.trunksWithoutLimiter,
    };
    const pass = () => runSchedulingPass(database, campaignId, options);
    try {
      const result = await pass().catch((error: unknown) => {
        // An import wrote the same number in between: the next pass sees it.
        if ((error as { code?: unknown }).code === uniqueViolation)
          return pass();
        throw error;
      });
      timing.wasLocked = false;
      return result;
    } catch (error) {
      if (!isLockTimeout(error)) {
        this.#starved.delete(campaignId);
        this.#cursors.delete(campaignId);
        await this.#recordFailure(campaignId);
        throw error;
      }
      if (!timing.wasLocked)
        this.#deps.log.warn(
          { campaignId },
          "Another transaction holds this campaign or its trunks: its passes wait",
        );
      timing.wasLocked = true;
      return "locked";
    }
  }

  #timingOf(campaignId: string): PassTiming {
    const known = this.#timings.get(campaignId);
    if (known !== undefined) return known;
    const fresh = {
      lastStartMs: -Infinity,
      wasLocked: false,
    };
    this.#timings.set(campaignId, fresh);
    return fresh;
  }

  #note(campaignId: string, calls: number): void {
    const nowMs = this.#deps.nowMs();
    const rollUp = this.#rollUp;
    rollUp.campaigns.add(campaignId);
    rollUp.calls += calls;
    if (nowMs - rollUp.sinceMs < rollUpMs || rollUp.calls === 0) return;
    const campaignCount = rollUp.campaigns.size;
    this.#deps.log.info(
      { campaignCount, callsScheduled: rollUp.calls },
      `Processed ${String(campaignCount)} campaigns, scheduled ${String(rollUp.calls)} calls`,
    );
    rollUp.campaigns.clear();
    rollUp.calls = 0;
    rollUp.sinceMs = nowMs;
  }
}
