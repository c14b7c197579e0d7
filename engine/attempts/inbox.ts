/**
 * Where the adapter's events wait until they are a job in the database.
 *
 *   HOLDING (standby): keeps the events of the last 30 s in a window, and all since the leader last received events.
 *     Nothing is enqueued, except what it received while the leader had no connection
 *     (`engine/leadership/standby-events.ts`), and what the leader is not known to have received when this engine stops
 *   ENQUEUEING (leader): gathers events for a few milliseconds, then adds one job for all
 *
 * What was once meant for the database is enqueued even if the engine stands by again meanwhile, because applying
 * events needs no lease. Database gone: events wait here, up to a limit; what exceeds it is counted and logged, and the
 * deadline of its attempt asks the PBX later. Killed: this process loses what was in memory, but a standby has its own
 * copy, and reconciliation asks the PBX.
 */
import type { Logger } from "pino";

import type { AttemptEvent } from "../../dialing/call-facts.ts";
import { sanitizeForPostgres } from "../../database/sanitize.ts";

/** The first event after a quiet moment waits this long for others. */
const gatherMs = 3;
/** Under load there are at most twenty-five jobs a second: each costs a durable commit and wakes workers. */
const leastBetweenMs = 40;
const mostPerJob = 500;
const mostWaiting = 200_000;
const windowMs = 30_000;
/**
 * What a heartbeat says of the leader's connection may be older than this heartbeat by about the leader's own interval.
 */
const heartbeatsBehindMs = 5_000;
const retryFirstMs = 50;
const retryLongestMs = 2_000;

export interface InboxDependencies {
  readonly enqueue: (events: readonly AttemptEvent[]) => Promise<void>;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly onDropped: (count: number) => void;
}

export class EventInbox {
  readonly #deps: InboxDependencies;
  #window: { readonly event: AttemptEvent; readonly sinceMs: number }[] = [];
  #waiting: AttemptEvent[] = [];
  #holding = true;
  /** When the leader was last known to have a connection to the PBX. */
  #leaderReceivedMs = -Infinity;
  #flushing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #retryMs = retryFirstMs;
  #lastFlushMs = -Infinity;
  #closed = false;
  #abandoned = false;
  /** How many at the front are being written to the database. */
  #inFlight = 0;

  constructor(dependencies: InboxDependencies) {
    this.#deps = dependencies;
  }

  /** Events not yet in the database, the standby window included. */
  get waiting(): number {
    return this.#waiting.length + this.#window.length;
  }

  /** The events of a call that are not known to be in the database, in the order in which they were received. */
  receivedOf(attemptId: string): readonly AttemptEvent[] {
    const isOfIt = (event: AttemptEvent) => event.attemptId === attemptId;
    return [
      ...this.#waiting.filter(isOfIt),
      ...this.#window.map(({ event }) => event).filter(isOfIt),
    ];
  }

  /** Takes one event, without what Postgres cannot store; never throws, never blocks. */
  push(given: AttemptEvent): void {
    const event = sanitizeForPostgres(given);
    if (event !== given)
      this.#deps.log.warn(
        { attemptId: event.attemptId, kind: event.kind },
        "An event of the PBX contained text that cannot be stored; it was cleaned",
      );
    if (this.#holding) {
      this.#window.push({ event, sinceMs: this.#deps.nowMs() });
      this.#forgetOld();
      this.#drop(this.#window, 0);
      return;
    }
    this.#waiting.push(event);
    this.#drop(this.#waiting, this.#inFlight);
    this.#flushIn(gatherMs);
  }

  /** The leader receives events: of those before now, the last 30 s are kept. */
  noteLeaderReceives(): void {
    this.#leaderReceivedMs = this.#deps.nowMs();
  }

  /**
   * Enqueues the standby window, because the leader may have missed it.
   *
   * @returns settles when it is in the database
   */
  async handIn(): Promise<void> {
    this.#emptyWindow();
    while (this.#waiting.length > 0 && !this.#closed) await this.#drain();
  }

  /** This engine is the leader now: enqueues the standby window as well. */
  startEnqueueing(): void {
    this.#holding = false;
    this.#emptyWindow();
    this.#flushIn(0);
  }

  /** Back to standby. */
  startHolding(): void {
    this.#holding = true;
  }

  /**
   * Enqueues what is left, and of the standby window what the leader may not have received, for at most `deadlineMs`.
   *
   * @returns how many could not be enqueued
   */
  async close(deadlineMs: number): Promise<number> {
    this.#closed = true;
    this.#emptyWindow(this.#leaderReceivedMs - heartbeatsBehindMs);
    if (this.#timer !== null) clearTimeout(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([this.#drain(), late]);
    clearTimeout(timer);
    this.#abandoned = true;
    return this.#waiting.length;
  }

  #emptyWindow(sinceMs = -Infinity): void {
    this.#forgetOld();
    for (const kept of this.#window)
      if (kept.sinceMs > sinceMs) this.#waiting.push(kept.event);
    this.#window = [];
    this.#drop(this.#waiting, this.#inFlight);
  }

  #forgetOld(): void {
    const oldMs = this.#leaderReceivedMs - windowMs;
    const firstKept = this.#window.findIndex(({ sinceMs }) => sinceMs > oldMs);
    if (firstKept > 0) this.#window.splice(0, firstKept);
    else if (firstKept === -1) this.#window = [];
  }

  #drop(events: unknown[], from: number): void {
    const excess = events.length - mostWaiting;
    if (excess <= 0) return;
    events.splice(from, excess);
    this.#deps.onDropped(excess);
    this.#deps.log.error(
      { dropped: excess },
      "Too many events wait for the database",
    );
  }

  #flushIn(ms: number): void {
    if (this.#timer !== null || this.#flushing !== null || this.#closed) return;
    const restMs = this.#lastFlushMs + leastBetweenMs - this.#deps.nowMs();
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        if (this.#waiting.length > 0) this.#lastFlushMs = this.#deps.nowMs();
        void this.#drain();
      },
      Math.max(ms, restMs),
    );
  }

  #drain(): Promise<void> {
    this.#flushing ??= this.#drainAll().finally(() => {
      this.#flushing = null;
      if (this.#waiting.length > 0) this.#flushIn(gatherMs);
    });
    return this.#flushing;
  }

  async #drainAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#abandoned) {
      const batch = this.#waiting.slice(0, mostPerJob);
      this.#inFlight = batch.length;
      try {
        await this.#deps.enqueue(batch);
        this.#waiting.splice(0, batch.length);
        this.#retryMs = retryFirstMs;
        // What came meanwhile is gathered for the next job, unless it already fills one.
        if (!this.#closed && this.#waiting.length < mostPerJob) return;
      } catch (error) {
        this.#deps.log.warn(
          { err: error, waiting: this.#waiting.length },
          "Events wait for the database",
        );
        await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
        this.#retryMs = Math.min(retryLongestMs, this.#retryMs * 2);
      } finally {
        this.#inFlight = 0;
      }
    }
  }
}
