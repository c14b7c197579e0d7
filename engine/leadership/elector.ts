/**
 * The election of a node's leader: when this engine takes the lease, begins a term under it, and gives it up.
 *
 *   IDLE ── lease free or expired, taken ──▶ BEGINNING ── worker runs, campaigns woken ──▶ WORKING
 *    ▲                                          │                                             │
 *    ├──── could not begin: gives up, waits ────┘                                             │
 *    └──── renewal refused, stop, or no PBX connection and a standby with one ────────────────┘
 *
 * A lease is renewed only while a term works under it. If a term cannot begin, the lease is given up at once, so that a
 * standby can take it; this engine tries again after a pause, because the cause may pass. If giving up fails as well,
 * the lease expires. When the connection to the PBX decides who dials is in `failover.ts`.
 */
import type { Logger } from "pino";

import { takesCalls } from "../../adapters/port.ts";
import type { VoiceAdapter } from "../../adapters/port.ts";
import type { HeartbeatResult, Lease } from "../../database/lease.ts";
import type { Database, Queryable } from "../../database/pools.ts";
import { BackOff } from "../../timing.ts";
import type { Failover, FailoverStep } from "./failover.ts";
import { publicWords } from "../../database/public-words.ts";
import { settledWithin } from "../../timing.ts";

/** After this many heartbeats a standby has had its chance, and this engine tries again; then doubled, up to 15 s. */
const firstBackOffHeartbeats = 2;
const longestBackOffMs = 15_000;
/** A command that was written is answered within this time; otherwise its result is unknown. */
const lastWritesMs = 1_500;
const giveUpMs = 1_000;

/** What lives while an engine leads. */
interface Term {
  readonly isRunning: boolean;
  start(): Promise<void>;
  wakeAll(): Promise<void>;
  /** Sends nothing more. @returns settles when the PBX has answered what was written */
  stopSending(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
}

/** Where events wait: the leader enqueues them, a standby keeps them. */
interface Inbox {
  startEnqueueing(): void;
  startHolding(): void;
}

export interface ElectorDependencies<T extends Term> {
  readonly node: string;
  readonly adapter: Pick<VoiceAdapter, "name" | "connection">;
  readonly renewMs: number;
  readonly failover: Failover;
  readonly lease: Lease;
  readonly database: Database;
  /** The control connection, or null while there is none. */
  readonly connection: () => Queryable | null;
  /** Creates the term that works under a lease with this epoch. */
  readonly createTerm: (epoch: number) => T;
  /** Writes to the node's row what this engine knows about its PBX. */
  readonly heartbeat: () => Promise<void>;
  readonly inbox: Inbox;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** Why the engine does not work: an error, which may contain addresses, or words of ours. */
type Failure = { readonly error: unknown } | { readonly words: string };

function reasonsOf(
  failure: Failure | null,
): Pick<Idleness, "reason" | "publicReason"> {
  if (failure === null || "words" in failure) {
    const reason = failure?.words ?? "it has not begun yet";
    return { reason, publicReason: reason };
  }
  const { error } = failure;
  const reason = error instanceof Error ? error.message : String(error);
  return { reason, publicReason: publicWords(error) };
}

/** Since when this engine should lead its node and does not, and why. */
export interface Idleness {
  readonly ms: number;
  readonly reason: string;
  /** The same reason for anyone: without addresses and names. */
  readonly publicReason: string;
}

export class Elector<T extends Term> {
  readonly #deps: ElectorDependencies<T>;
  readonly #backOff: BackOff;
  #term: T | null = null;
  #beginning: Promise<void> | null = null;
  #idleSinceMs: number | null = null;
  /** When this engine last worked, or another engine was the leader; null: never. */
  #lastWellMs: number | null = null;
  #failure: Failure | null = null;
  #refusalLogged = false;
  /** The node was taken over while the PBX took no calls; that this engine dials is still to be logged. */
  #unloggedEpoch: number | null = null;
  #stopping = false;

  constructor(dependencies: ElectorDependencies<T>) {
    this.#deps = dependencies;
    this.#backOff = new BackOff(
      firstBackOffHeartbeats * dependencies.renewMs,
      longestBackOffMs,
    );
  }

  /** The term under the lease, or null in standby. */
  get term(): T | null {
    return this.#term;
  }

  /** Null while this engine works, or another engine is the leader. */
  get idleness(): Idleness | null {
    if (this.#isWorking) this.#lastWellMs = this.#deps.nowMs();
    if (this.#idleSinceMs === null || this.#isWorking) return null;
    return {
      ms: this.#deps.nowMs() - this.#idleSinceMs,
      ...reasonsOf(this.#failure),
    };
  }

  /** Standby: as far as known, this engine could dial as soon as it gets the node. */
  get canTakeOver(): boolean {
    const nowMs = this.#deps.nowMs();
    return (
      this.#term === null &&
      !this.#stopping &&
      nowMs >= this.#backOff.untilMs &&
      this.#deps.failover.isSteady(nowMs)
    );
  }

  /** Acts on what a heartbeat read. */
  async follow(heartbeat: HeartbeatResult): Promise<void> {
    if (!heartbeat.holds && this.#term !== null) await this.#stepDown();
    let another = !heartbeat.holds && !heartbeat.takeable;
    const { nowMs } = this.#deps;
    const step = this.#nextStep(heartbeat);
    if (step === "FAIL_OVER") await this.#failOver();
    if (step === "TAKE" && !(await this.#take())) {
      if (heartbeat.refusedReason !== null) this.#logRefused();
      another = this.#backOff.untilMs <= nowMs();
    }
    if (another) this.#failure = null;
    if (another || this.#isWorking) {
      this.#idleSinceMs = null;
      this.#lastWellMs = nowMs();
    }
    // Heartbeats are seconds apart, and fail while the database is away.
    else this.#idleSinceMs ??= this.#lastWellMs ?? nowMs();
  }

  #nextStep({ holds, takeable, successor }: HeartbeatResult): FailoverStep {
    const { failover, nowMs } = this.#deps;
    if (this.#stopping) return "NONE";
    const works = holds && this.#term !== null;
    const step = failover.next({ works, takeable, successor }, nowMs());
    const waits = nowMs() < this.#backOff.untilMs;
    return step === "TAKE" && waits ? "NONE" : step;
  }

  /**
   * Sends nothing any more and gives the node up: the first step of a stop. Jobs go on, because none of their remaining
   * work needs the lease.
   *
   * @returns settles when the lease was given up, or could not be
   */
  async release(): Promise<void> {
    this.#stopping = true;
    const term = this.#term;
    // What was written is answered first: the next leader treats only the last second as spent.
    if (term !== null) await settledWithin(term.stopSending(), lastWritesMs);
    await this.#giveUp();
  }

  /** Ends the term: running jobs may finish until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    await settledWithin(this.#beginning ?? Promise.resolve(), 1_000);
    const term = this.#term;
    this.#term = null;
    await term?.stop(deadlineMs);
  }

  get #isWorking(): boolean {
    return this.#beginning === null && this.#term?.isRunning === true;
  }

  /** @returns false when the lease could not be taken */
  async #take(): Promise<boolean> {
    const { lease, database, createTerm, log } = this.#deps;
    let epoch: number | null;
    try {
      epoch = await lease.take(database);
    } catch (error) {
      this.#noteFailure(error);
      log.warn({ err: error }, "The node could not be taken");
      return false;
    }
    if (epoch === null) return false;
    // The stop has given up the earlier lease; this one was taken after it.
    if (this.#stopping) {
      await this.#giveUp();
      return false;
    }
    this.#refusalLogged = false;
    this.#logDials(epoch);
    this.#deps.inbox.startEnqueueing();
    const term = createTerm(epoch);
    this.#term = term;
    const beginning = this.#begin(term).finally(() => {
      if (this.#beginning === beginning) this.#beginning = null;
    });
    this.#beginning = beginning;
    return true;
  }

  async #begin(term: T): Promise<void> {
    try {
      await term.start();
      // The node's row must show this engine's PBX before the first pass reads it.
      await this.#deps.heartbeat();
      await term.wakeAll();
      this.#failure = null;
      this.#backOff.succeeded();
    } catch (error) {
      // Another heartbeat may have ended this term meanwhile, and begun the next.
      if (this.#term !== term) return;
      this.#noteFailure(error);
      this.#deps.log.error(
        { err: error },
        "Could not begin to dial, giving the node up",
      );
      await this.#stepDown();
      await this.#giveUp();
    }
  }

  #noteFailure(error: unknown): void {
    this.#failure = { error };
    this.#backOff.refused(this.#deps.nowMs());
  }

  async #stepDown(): Promise<void> {
    const term = this.#term;
    this.#term = null;
    this.#deps.lease.distrust();
    this.#deps.inbox.startHolding();
    this.#deps.log.warn(
      { node: this.#deps.node },
      "This engine no longer dials",
    );
    await term?.stop(1_000);
  }

  /** The standby has the events of this outage, so its own comparison with the PBX finds less to ask for. */
  async #failOver(): Promise<void> {
    const { log, node, failover, nowMs } = this.#deps;
    log.warn(
      { node },
      "No connection to the PBX, and a standby has one: handing the node over",
    );
    const term = this.#term;
    // As in a stop: the result of what was written is known, or known to be unknown, before another engine may send.
    if (term !== null) await settledWithin(term.stopSending(), lastWritesMs);
    this.#failure = {
      words:
        "its connection to the PBX is down, and another engine that has one is to take over",
    };
    failover.noteFailedOver(nowMs());
    await this.#giveUp();
    await this.#stepDown();
  }

  async #giveUp(): Promise<void> {
    const { lease, connection, database, log } = this.#deps;
    const givingUp = lease.giveUp(connection() ?? database).catch(
      // Nobody renews the lease, so it expires.
      (error: unknown) => {
        log.warn({ err: error }, "The node could not be given up");
      },
    );
    await settledWithin(givingUp, giveUpMs);
  }

  /** The PBX takes calls: a term that was taken over without it begins now. */
  notePbxReady(): void {
    const epoch = this.#unloggedEpoch;
    if (this.#term !== null && epoch !== null) this.#logDials(epoch);
  }

  #logDials(epoch: number): void {
    const { node, log, adapter } = this.#deps;
    this.#unloggedEpoch = takesCalls(adapter.connection()) ? null : epoch;
    log.info(
      { node, epoch },
      this.#unloggedEpoch === null
        ? "This engine dials now"
        : "This engine leads the node, and dials as soon as the PBX takes calls",
    );
  }

  #logRefused(): void {
    if (this.#refusalLogged) return;
    this.#refusalLogged = true;
    const { node, adapter, log } = this.#deps;
    log.error(
      { node, adapter: adapter.name },
      "This node belongs to another adapter and has live calls: standing by",
    );
  }
}
