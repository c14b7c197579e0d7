/**
 * The lease of a voice node: of all engines that could dial through one PBX, the one that may.
 *
 *   STANDBY ── free or expired ──▶ HOLDER ── renewal refused, or no renewal for a lease's length ──▶ STANDBY
 *      ▲                              │
 *      └────────── release ───────────┘
 *
 * The row in `voice_nodes` is the truth; it is judged by the database's clock. What this process may
 * believe without asking is shorter: from the *start* of the last renewal that succeeded, on the
 * monotonic clock, so a stalled process or a slow answer only ever makes it believe less.
 */
import { z } from "zod";

import type { Pause } from "../adapters/port.ts";
import { inTransaction } from "./pools.ts";
import type { Database, Queryable } from "./pools.ts";
import { statement } from "./sql.ts";

export interface LeaseIdentity {
  readonly engineId: string;
  readonly node: string;
  readonly adapter: string;
}

export interface LeaseOptions extends LeaseIdentity {
  readonly durationMs: number;
  readonly version: string;
  readonly host: string;
  readonly heartbeatStaleMs: number;
  readonly maxConcurrentOriginates: number;
}

/** What one beat learned. `deadPoolIds`: Graphile pools of engines whose heartbeat is stale. */
export interface Beat {
  readonly holds: boolean;
  /** Nobody holds it: `take` may be tried. */
  readonly takeable: boolean;
  readonly epoch: number;
  readonly refusedReason: "ADAPTER_MISMATCH" | null;
  /** Whoever holds the node has a line to the PBX. */
  readonly holderHears: boolean;
  /** Its connection to the PBX, the last one while it has none; null: there never was one. */
  readonly pbxLine: string | null;
  /** A standby of the same kind said within a lease's length that it could dial at once. */
  readonly successor: boolean;
  readonly deadEngineIds: readonly string[];
}

/** What the engine tells of itself with each beat. */
export interface EnginePulse {
  readonly pbxConnected: boolean;
  /** Why it takes no new calls though connected. */
  readonly pbxPause: Pause["reason"] | null;
  /** What the PBX itself allows; null: it does not say. */
  readonly pbxCallsPerSecond: number | null;
  readonly pbxFreeCalls: number | null;
  /** How old that is, ms. */
  readonly pbxFreeCallsAgeMs: number | null;
  readonly workerPoolIds: readonly string[];
  /** False: a lease that is still held is not renewed, because nothing works under it. */
  readonly wantsLease: boolean;
  /** It could dial at once, if a holder without a line handed the node over. */
  readonly canTakeOver: boolean;
  /** Its connection to the PBX: another id with each; null while there is none. */
  readonly pbxLine: string | null;
  /** The holder's connection up to which this engine, as a standby, has handed in what it heard. */
  readonly heardLine: string | null;
}

const beatRow = z.object({
  holds: z.boolean(),
  epoch: z.coerce.number(),
  takeable: z.boolean(),
  adapter_mismatch: z.boolean(),
  holder_hears: z.boolean(),
  pbx_line: z.string().nullable(),
  successor: z.boolean(),
  dead_engines: z.array(z.string()),
});

/** Claims under way are waited for; one whose engine was frozen is ended by the server after 2 s. */
const takeWithinMs = 3_000;

const epochRow = z.object({ epoch: z.coerce.number() });

/** Holds the trust of this process in its lease; every method that asks the database says so. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #nowMs: () => number;
  #epoch = 0;
  #trustedUntilMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs monotonic clock, milliseconds */
  constructor(options: LeaseOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** True while no other engine can have taken the node, as far as this process can know. */
  isTrusted(): boolean {
    return this.#nowMs() < this.#trustedUntilMs;
  }

  /**
   * Heartbeat, renewal and take-over in one statement.
   *
   * @throws whatever the connection throws; the trust then simply runs out
   */
  async beat(connection: Queryable, pulse: EnginePulse): Promise<Beat> {
    const startedMs = this.#nowMs();
    const o = this.#options;
    const { rows } = await connection.query(
      statement("leadership/beat", [
        o.engineId,
        o.node,
        o.adapter,
        o.durationMs,
        o.heartbeatStaleMs,
        pulse.pbxConnected,
        pulse.workerPoolIds,
        o.version,
        o.host,
        o.maxConcurrentOriginates,
        pulse.wantsLease,
        pulse.pbxCallsPerSecond,
        pulse.pbxFreeCalls,
        pulse.pbxFreeCallsAgeMs,
        pulse.canTakeOver,
        pulse.pbxPause,
        pulse.pbxLine,
        pulse.heardLine,
      ]),
    );
    const row = beatRow.parse(rows[0]);
    this.#epoch = row.holds ? row.epoch : this.#epoch;
    this.#trustedUntilMs = row.holds
      ? startedMs + o.durationMs
      : Number.NEGATIVE_INFINITY;
    return {
      holds: row.holds,
      takeable: row.takeable,
      epoch: row.epoch,
      refusedReason: row.adapter_mismatch ? "ADAPTER_MISMATCH" : null,
      holderHears: row.holder_hears,
      pbxLine: row.pbx_line,
      successor: row.successor,
      deadEngineIds: row.dead_engines,
    };
  }

  /**
   * Tries to become the holder.
   *
   * @returns the new epoch, or null when another was faster or the node is another kind of PBX
   */
  async take(database: Database): Promise<number | null> {
    const o = this.#options;
    const startedMs = this.#nowMs();
    const epoch = await inTransaction(
      database,
      async (transaction) => {
        await transaction.query(
          statement("leadership/lock_voice_node", [o.node]),
        );
        const { rows } = await transaction.query(
          statement("leadership/take_lease", [
            o.engineId,
            o.node,
            o.adapter,
            o.durationMs,
          ]),
        );
        if (rows.length === 0)
          await transaction.query(
            statement("leadership/refuse_adapter", [o.node, o.adapter]),
          );
        return z.array(epochRow).parse(rows)[0]?.epoch ?? null;
      },
      { lockTimeoutMs: takeWithinMs },
    );
    if (epoch === null) return null;
    this.#epoch = epoch;
    this.#trustedUntilMs = startedMs + o.durationMs;
    return epoch;
  }

  /**
   * Gives the node up, so that another may take over now. The trust ends first: from here on nothing may be sent.
   *
   * @throws whatever the connection throws; the lease then runs out by itself
   */
  async giveUp(connection: Queryable): Promise<void> {
    this.#trustedUntilMs = Number.NEGATIVE_INFINITY;
    const { engineId, node } = this.#options;
    await connection.query(
      statement("leadership/give_up_lease", [engineId, node, this.#epoch]),
    );
  }

  /** Gives the node up if it is still held, and takes this engine off the list. */
  async release(connection: Queryable): Promise<void> {
    this.#trustedUntilMs = Number.NEGATIVE_INFINITY;
    await connection.query(
      statement("leadership/release_lease", [
        this.#options.engineId,
        this.#options.node,
      ]),
    );
  }

  /** Stops trusting without asking anyone: the connection to the database is gone for good. */
  distrust(): void {
    this.#trustedUntilMs = Number.NEGATIVE_INFINITY;
  }
}
