/**
 * An engine and its node: when it takes the lease, begins to work under it, and gives it up.
 *
 *   IDLE ── lease free or expired, taken ──▶ BEGINNING ── worker runs, campaigns woken ──▶ WORKING
 *    ▲                                          │                                             │
 *    ├──── could not begin: gives up, waits ────┘                                             │
 *    └──── renewal refused, stop, or no line to the PBX and a standby with one ───────────────┘
 *
 * A lease is renewed only while there is a tenure under it. One that could not begin is given up at once, so that
 * a standby can take it; this engine tries again after a pause, as whatever kept it from beginning may pass. If
 * giving up fails as well, the lease runs out. When a line to the PBX decides who dials is in `failover.ts`.
 */
import type { Logger } from "pino";

import type { Beat, Lease } from "../../database/lease.ts";
import type { Database, Queryable } from "../../database/pools.ts";
import { BackOff } from "../../timing.ts";
import type { HandOver, HandOverStep } from "./failover.ts";
import { publicWords } from "../../database/public-words.ts";
import { settledWithin } from "../../timing.ts";

/** So many beats and the standby has had its chance before this engine tries again; then doubled, up to 15 s. */
const firstBackOffBeats = 2;
const longestBackOffMs = 15_000;
/** An order that is on its way to the PBX is answered within this, or in doubt all the same. */
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

export interface HolderDependencies<T extends Term> {
  readonly node: string;
  readonly adapterName: string;
  readonly renewMs: number;
  readonly handOver: HandOver;
  readonly lease: Lease;
  readonly database: Database;
  /** The control line, or null while there is none. */
  readonly connection: () => Queryable | null;
  /** Makes what works under a lease with this epoch. */
  readonly createTenure: (epoch: number) => T;
  /** Writes to the node's row what this engine knows of its PBX. */
  readonly beat: () => Promise<void>;
  /** Whether a call that is sent now would be taken. */
  readonly pbxTakesCalls: () => boolean;
  readonly onBegin: () => void;
  readonly onEnd: () => void;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** What kept it from work: an error, which may name addresses, or words of ours. */
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

/** Since when this engine has a node that it does not work on, and why. */
export interface Idleness {
  readonly ms: number;
  readonly reason: string;
  /** The same for anyone: no address, no name. */
  readonly publicReason: string;
}

export class Holder<T extends Term> {
  readonly #with: HolderDependencies<T>;
  readonly #backOff: BackOff;
  #tenure: T | null = null;
  #beginning: Promise<void> | null = null;
  #idleSinceMs: number | null = null;
  /** When this engine was last seen at work, or the node in another's hands; null: never. */
  #lastWellMs: number | null = null;
  #failure: Failure | null = null;
  #refusedSaid = false;
  /** Taken over while the PBX took no calls: that it dials is still to be said. */
  #unsaidEpoch: number | null = null;
  #stopping = false;

  constructor(dependencies: HolderDependencies<T>) {
    this.#with = dependencies;
    this.#backOff = new BackOff(
      firstBackOffBeats * dependencies.renewMs,
      longestBackOffMs,
    );
  }

  /** What works under the lease, or null in standby. */
  get tenure(): T | null {
    return this.#tenure;
  }

  /** Null while this engine works, or another one holds the node. */
  get idleness(): Idleness | null {
    if (this.#isWorking) this.#lastWellMs = this.#with.nowMs();
    if (this.#idleSinceMs === null || this.#isWorking) return null;
    return {
      ms: this.#with.nowMs() - this.#idleSinceMs,
      ...reasonsOf(this.#failure),
    };
  }

  /** Standby: nothing that is known here keeps this engine from dialling as soon as it gets the node. */
  get canTakeOver(): boolean {
    const nowMs = this.#with.nowMs();
    return (
      this.#tenure === null &&
      !this.#stopping &&
      nowMs >= this.#backOff.untilMs &&
      this.#with.handOver.isSteady(nowMs)
    );
  }

  /** Acts on what a beat learned. */
  async follow(beat: Beat): Promise<void> {
    if (!beat.holds && this.#tenure !== null) await this.#stepDown();
    let another = !beat.holds && !beat.takeable;
    const { nowMs } = this.#with;
    const step = this.#nextStep(beat);
    if (step === "HAND_OVER") await this.#handOver();
    if (step === "TAKE" && !(await this.#take())) {
      if (beat.refusedReason !== null) this.#sayRefused();
      another = this.#backOff.untilMs <= nowMs();
    }
    if (another) this.#failure = null;
    if (another || this.#isWorking) {
      this.#idleSinceMs = null;
      this.#lastWellMs = nowMs();
    }
    // Beats are seconds apart, and fail while the database is away.
    else this.#idleSinceMs ??= this.#lastWellMs ?? nowMs();
  }

  #nextStep({ holds, takeable, successor }: Beat): HandOverStep {
    const { handOver, nowMs } = this.#with;
    if (this.#stopping) return "NONE";
    const works = holds && this.#tenure !== null;
    const step = handOver.next({ works, takeable, successor }, nowMs());
    const waits = nowMs() < this.#backOff.untilMs;
    return step === "TAKE" && waits ? "NONE" : step;
  }

  /**
   * Sends nothing any more and gives the node up: the first step of a stop. Jobs go on, as none of what they
   * still do needs the lease.
   *
   * @returns settles when the lease is given up, or could not be
   */
  async release(): Promise<void> {
    this.#stopping = true;
    const tenure = this.#tenure;
    // What has been written is answered first: the next holder takes only the last second for spent.
    if (tenure !== null)
      await settledWithin(tenure.stopSending(), lastWritesMs);
    await this.#giveUp();
  }

  /** Ends the work: running jobs get until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    await settledWithin(this.#beginning ?? Promise.resolve(), 1_000);
    const tenure = this.#tenure;
    this.#tenure = null;
    await tenure?.stop(deadlineMs);
  }

  get #isWorking(): boolean {
    return this.#beginning === null && this.#tenure?.isRunning === true;
  }

  /** @returns false when the lease was not to be had */
  async #take(): Promise<boolean> {
    const { lease, database, createTenure, log } = this.#with;
    let epoch: number | null;
    try {
      epoch = await lease.take(database);
    } catch (error) {
      this.#noteFailure(error);
      log.warn({ err: error }, "The node could not be taken");
      return false;
    }
    if (epoch === null) return false;
    // The stop has given up what was held before; this came after it.
    if (this.#stopping) {
      await this.#giveUp();
      return false;
    }
    this.#refusedSaid = false;
    this.#sayDials(epoch);
    this.#with.onBegin();
    const tenure = createTenure(epoch);
    this.#tenure = tenure;
    const beginning = this.#begin(tenure).finally(() => {
      if (this.#beginning === beginning) this.#beginning = null;
    });
    this.#beginning = beginning;
    return true;
  }

  async #begin(tenure: T): Promise<void> {
    try {
      await tenure.start();
      // The node's row must show this engine's PBX before the first pass looks at it.
      await this.#with.beat();
      await tenure.wakeAll();
      this.#failure = null;
      this.#backOff.succeeded();
    } catch (error) {
      // Another beat may have ended this tenure meanwhile, and begun the next.
      if (this.#tenure !== tenure) return;
      this.#noteFailure(error);
      this.#with.log.error(
        { err: error },
        "Could not begin to dial, giving the node up",
      );
      await this.#stepDown();
      await this.#giveUp();
    }
  }

  #noteFailure(error: unknown): void {
    this.#failure = { error };
    this.#backOff.refused(this.#with.nowMs());
  }

  async #stepDown(): Promise<void> {
    const tenure = this.#tenure;
    this.#tenure = null;
    this.#with.lease.distrust();
    this.#with.onEnd();
    this.#with.log.warn(
      { node: this.#with.node },
      "This engine no longer dials",
    );
    await tenure?.stop(1_000);
  }

  /** The standby has the events of this outage, so its own comparison with the PBX finds less to ask for. */
  async #handOver(): Promise<void> {
    const { log, node, handOver, nowMs } = this.#with;
    log.warn(
      { node },
      "No line to the PBX, and a standby has one: handing the node over",
    );
    const tenure = this.#tenure;
    // As in a stop: what was written is answered or in doubt before another may send.
    if (tenure !== null)
      await settledWithin(tenure.stopSending(), lastWritesMs);
    this.#failure = {
      words:
        "its line to the PBX is down, and another engine that has one is to take over",
    };
    handOver.noteHandedOver(nowMs());
    await this.#giveUp();
    await this.#stepDown();
  }

  async #giveUp(): Promise<void> {
    const { lease, connection, database, log } = this.#with;
    const givingUp = lease.giveUp(connection() ?? database).catch(
      // The lease runs out by itself: nobody renews it.
      (error: unknown) => {
        log.warn({ err: error }, "The node could not be given up");
      },
    );
    await settledWithin(givingUp, giveUpMs);
  }

  /** The PBX takes calls: what was taken over without it begins now. */
  notePbxReady(): void {
    const epoch = this.#unsaidEpoch;
    if (this.#tenure !== null && epoch !== null) this.#sayDials(epoch);
  }

  #sayDials(epoch: number): void {
    const { node, log, pbxTakesCalls } = this.#with;
    this.#unsaidEpoch = pbxTakesCalls() ? null : epoch;
    log.info(
      { node, epoch },
      this.#unsaidEpoch === null
        ? "This engine dials now"
        : "This engine holds the node, and dials as soon as the PBX takes calls",
    );
  }

  #sayRefused(): void {
    if (this.#refusedSaid) return;
    this.#refusedSaid = true;
    const { node, adapterName, log } = this.#with;
    log.error(
      { node, adapter: adapterName },
      "This node is another kind of PBX and has live calls: standing by",
    );
  }
}
