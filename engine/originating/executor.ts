/**
 * Sends Originates, never faster than allowed and never twice.
 *
 *   submitted ── permit of the trunk's rate limiter, room among the unanswered ──▶ claiming
 *   claiming  ── one transaction for all that wait ──▶ committed
 *   committed ── lease trusted, commit younger than 1 s, campaign not paused ──▶ written
 *
 * Killed before the commit: the attempt is QUEUED and its job comes back. Killed after it: nothing was written, or one
 * Originate was; reconciliation asks the PBX, and nobody sends again. Database gone: the claim fails, the permit is
 * returned, the job is retried. PBX gone, or its breaker open (`circuit-breaker.ts`): submitted attempts wait here for
 * a while, then go back to the queue.
 */
import { takesCalls } from "../../adapters/port.ts";
import type { CallEvent } from "../../adapters/port.ts";
import type { ClaimResult, ClaimIdentity } from "../../database/originating.ts";
import { AccountQueue } from "./account-queue.ts";
import { RecentIds } from "../../adapters/calls/recent-ids.ts";
import { OriginateSender } from "./sender.ts";
import type { OriginateSenderDependencies } from "./sender.ts";
import type { UnheardCalls } from "./unheard-calls.ts";

export interface Submission {
  readonly attemptId: string;
  readonly trunkId: string;
  /** Missing in jobs of an older engine: those share one turn. */
  readonly accountId?: string | undefined;
}

/** `later`: no permission in time; the job must be added again. */
export type SubmissionResult = "done" | "later";

/** Submitted, without a permit yet. */
export interface Waiting extends Submission {
  readonly rateGroup: string;
  readonly sinceMs: number;
  readonly resolve: (result: SubmissionResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface Permitted extends Waiting {
  readonly permit: number;
}

export interface ExecutorDependencies extends Omit<
  OriginateSenderDependencies,
  "onFreed"
> {
  readonly maxUnanswered: number;
  /** How many calls the PBX has sent events about; absent: all. */
  readonly unheardCalls?: Pick<UnheardCalls, "room" | "noteSent" | "noteOver">;
  readonly tryAgainMs: number;
  readonly identity: ClaimIdentity;
  readonly claim: (
    identity: ClaimIdentity,
    ids: readonly string[],
  ) => Promise<ClaimResult>;
  /** Queued calls of these campaigns were dropped at the last check: their leads wait for a pass again. */
  readonly onRefused: (campaignIds: readonly string[]) => void;
}

/** A submitted attempt without a permit goes back to the queue after this, so that no job waits for ever. */
const longestWaitMs = 3_000;
/** With more than this waiting, further ones go back at once: the jobs that apply events need room beside them. */
const mostWaiting = 300;
/** A burst shares a transaction; with more than this the transaction gets long. */
const claimBatch = 100;
const recentlyDone = 10_000;
const claimsAtOnce = 1;
const adopted = -Infinity;

export class Executor {
  readonly #deps: ExecutorDependencies;
  /** By rate group; inside one, accounts take turns. */
  readonly #waiting = new Map<string, AccountQueue<Waiting>>();
  readonly #submittedOf = new Map<string, number>();
  readonly #submitted = new Map<string, Promise<SubmissionResult>>();
  readonly #permitted: Permitted[] = [];
  /** Recently dealt with: their jobs need no permit and no claim any more. */
  readonly #done = new RecentIds(recentlyDone);
  /** When each was claimed, in monotonic ms; `adopted` for those of a previous leader. */
  readonly #unanswered = new Map<string, number>();
  #claimsInFlight = 0;
  #timer: NodeJS.Timeout | null = null;
  #timerAtMs = Infinity;
  readonly #sender: OriginateSender;
  /** Claims, and Originates that wait for their answer. */
  readonly #onTheWay = new Set<Promise<void>>();
  #stopped = false;

  constructor(dependencies: ExecutorDependencies) {
    this.#deps = dependencies;
    this.#sender = new OriginateSender({
      ...dependencies,
      onFreed: () => {
        this.#pump();
      },
    });
  }

  /** Calls between Originate and answer, those being claimed included. */
  get unanswered(): number {
    return this.#unanswered.size + this.#permitted.length;
  }

  /** Calls that were unanswered when this engine took over. */
  adopt(attemptIds: readonly string[]): void {
    for (const id of attemptIds) this.#unanswered.set(id, adopted);
  }

  /** Submits an attempt; settles when it was sent, turned out not to be sendable, or must come again. */
  submit(submission: Submission): Promise<SubmissionResult> {
    const rateGroup = this.#deps.rateLimiters.groupOf(submission.trunkId);
    if (this.#done.has(submission.attemptId)) return Promise.resolve("done");
    if (this.#stopped || rateGroup === null) return Promise.resolve("later");
    // Of two jobs for one attempt in a batch, each would find it claimed by the other.
    const known = this.#submitted.get(submission.attemptId);
    if (known !== undefined) return known;
    if (this.#isCrowded(submission)) return Promise.resolve("later");
    const result = this.#queue(submission, rateGroup)
      .then((settled) => {
        if (settled === "done") this.#done.add(submission.attemptId);
        return settled;
      })
      .finally(() => {
        this.#submitted.delete(submission.attemptId);
        this.#count(submission, -1);
      });
    this.#submitted.set(submission.attemptId, result);
    this.#count(submission, 1);
    this.#pump();
    return result;
  }

  #count({ accountId = "" }: Submission, by: number): void {
    const count = (this.#submittedOf.get(accountId) ?? 0) + by;
    if (count > 0) this.#submittedOf.set(accountId, count);
    else this.#submittedOf.delete(accountId);
  }

  /** Whether the places are taken, or the account has its share of them. */
  #isCrowded({ accountId = "" }: Submission): boolean {
    if (this.#submitted.size < mostWaiting) return false;
    const mine = this.#submittedOf.get(accountId) ?? 0;
    const accounts = this.#submittedOf.size + (mine === 0 ? 1 : 0);
    return mine >= mostWaiting / accounts;
  }

  #queue(submission: Submission, rateGroup: string): Promise<SubmissionResult> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(rateGroup) ?? new AccountQueue<Waiting>();
      this.#waiting.set(rateGroup, queue);
      queue.push(submission.accountId ?? "", {
        ...submission,
        rateGroup,
        resolve,
        reject,
        sinceMs: this.#deps.nowMs(),
      });
    });
  }

  /** A notice said that a campaign was paused, cancelled or started again. */
  noteCampaign(campaignId: string, status: string): void {
    this.#sender.noteCampaign(campaignId, status);
  }

  /** A notice said that the numbers of these calls, perhaps claimed already, were added to a do-not-call list. */
  noteWithdrawn(attemptIds: readonly string[]): void {
    this.#sender.noteWithdrawn(attemptIds);
  }

  /** The connection to the PBX is up, for the first time or again. */
  notePbxConnected(): void {
    this.#sender.notePbxConnected();
    this.#pump();
  }

  /** An event about a call: FreeSWITCH refuses after it has acknowledged. */
  noteProgress(event: CallEvent): void {
    if (event.kind === "REFUSED") {
      if (event.reason === "SWITCH_REFUSED") this.#sender.noteRefused();
      return;
    }
    const claimedMs = this.#unanswered.get(event.attemptId);
    if (claimedMs !== undefined) this.#sender.noteDialled(claimedMs);
  }

  /** A call was answered or is over: its place among the unanswered is free. */
  release(attemptId: string): void {
    this.#deps.unheardCalls?.noteOver(attemptId);
    if (this.#unanswered.delete(attemptId)) this.#pump();
  }

  /** Something that submissions wait for may have changed: a limit, the connection to the PBX. */
  tryAgain(): void {
    this.#pump();
  }

  /**
   * Returns everything that was not claimed yet.
   *
   * @returns settles when what was being claimed has been sent or dropped, and the PBX has answered it
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#sender.stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const queue of this.#waiting.values())
      for (const one of queue.takeWhile(() => true)) one.resolve("later");
    this.#waiting.clear();
    for (const one of this.#permitted.splice(0)) one.resolve("later");
    while (this.#onTheWay.size > 0) await Promise.all(this.#onTheWay);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#onTheWay.delete(tracked));
    this.#onTheWay.add(tracked);
  }

  #pump(): void {
    if (this.#stopped) return;
    const nowMs = this.#deps.nowMs();
    let nextMs = Infinity;
    for (const [rateGroup, queue] of [...this.#waiting]) {
      const before = queue.length;
      nextMs = Math.min(nextMs, this.#pumpGroup(rateGroup, queue, nowMs));
      if (queue.length === before) continue;
      // A rate group that was served goes behind those that wait for the same places.
      this.#waiting.delete(rateGroup);
      if (queue.length > 0) this.#waiting.set(rateGroup, queue);
    }
    if (nextMs < Infinity) this.#pumpAt(nextMs, nowMs);
    if (this.#permitted.length > 0) this.#claimNext();
  }

  /** @returns when to try this rate group again, monotonic ms */
  #pumpGroup(
    rateGroup: string,
    queue: AccountQueue<Waiting>,
    nowMs: number,
  ): number {
    const isOver = ({ sinceMs }: Waiting) => nowMs - sinceMs > longestWaitMs;
    for (const one of queue.takeWhile(isOver)) one.resolve("later");
    while (queue.length > 0) {
      const {
        adapter,
        isTrusted,
        maxUnanswered,
        tryAgainMs,
        rateLimiters,
        unheardCalls,
      } = this.#deps;
      const { heldUntilMs } = this.#sender;
      if (nowMs < heldUntilMs) return Math.min(heldUntilMs, nowMs + tryAgainMs);
      const ready = takesCalls(adapter.connection()) && isTrusted();
      const isFull =
        this.unanswered >= maxUnanswered || (unheardCalls?.room ?? 1) <= 0;
      if (!ready || isFull) return nowMs + tryAgainMs;
      const permission = rateLimiters.tryAcquire(rateGroup, nowMs);
      if (!permission.granted)
        return Math.min(permission.retryAtMs ?? Infinity, nowMs + tryAgainMs);
      const next = queue.shift();
      if (next === undefined) continue;
      unheardCalls?.noteSent(next.attemptId);
      this.#permitted.push({ ...next, permit: permission.permit });
    }
    return Infinity;
  }

  #pumpAt(atMs: number, nowMs: number): void {
    if (this.#timer !== null && this.#timerAtMs <= atMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#timerAtMs = Infinity;
        this.#pump();
      },
      Math.max(0, Math.ceil(atMs - nowMs)),
    );
  }

  #claimNext(): void {
    while (this.#claimsInFlight < claimsAtOnce && this.#permitted.length > 0) {
      const batch = this.#permitted.splice(0, claimBatch);
      const nowMs = this.#deps.nowMs();
      for (const one of batch) this.#unanswered.set(one.attemptId, nowMs);
      this.#claimsInFlight += 1;
      this.#track(
        this.#claim(batch).finally(() => {
          this.#claimsInFlight -= 1;
          this.#claimNext();
        }),
      );
    }
  }

  async #claim(batch: readonly Permitted[]): Promise<void> {
    const startedMs = this.#deps.nowMs();
    let result: ClaimResult;
    try {
      const ids = batch.map((one) => one.attemptId);
      result = await this.#deps.claim(this.#deps.identity, ids);
    } catch (error) {
      for (const one of batch) {
        this.#giveBack(one);
        one.reject(error);
      }
      return;
    }
    const claimed = new Map(
      result.claimed.map((attempt) => [attempt.id, attempt]),
    );
    const locked = new Set(result.locked);
    for (const one of batch) {
      const attempt = claimed.get(one.attemptId);
      if (attempt === undefined) {
        this.#giveBack(one);
        const isOver = result.held && !locked.has(one.attemptId);
        one.resolve(isOver ? "done" : "later");
      } else {
        this.#track(this.#sender.send(one, attempt, startedMs));
        one.resolve("done");
      }
    }
    for (const { id, reason } of result.refused)
      this.#deps.log.debug({ attemptId: id, reason }, "Queued call dropped");
    if (result.refused.length > 0)
      this.#deps.onRefused(result.refused.map(({ campaignId }) => campaignId));
  }

  #giveBack(one: Permitted): void {
    this.#deps.rateLimiters.returned(one.rateGroup, one.permit);
    this.release(one.attemptId);
  }
}
