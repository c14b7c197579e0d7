/**
 * The lease of a voice node: which of the engines that could dial through one PBX may do so.
 *
 *   STANDBY ── free or expired ──▶ LEADER ── renewal refused, or no renewal for a lease's length ──▶ STANDBY
 *      ▲                              │
 *      └────────── release ───────────┘
 *
 * The row in `voice_nodes` is the truth; it is judged by the database's clock. What this process may assume without
 * asking is shorter: from the *start* of the last successful renewal, on the monotonic clock. So a stalled process or a
 * slow answer only shortens that time.
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

/** What one heartbeat read. `deadEngineIds`: engines whose heartbeat is stale. */
export interface HeartbeatResult {
  readonly holds: boolean;
  /** The node has no leader: `take` may be tried. */
  readonly takeable: boolean;
  readonly epoch: number;
  readonly refusedReason: "ADAPTER_MISMATCH" | null;
  /** The leader has a connection to the PBX. */
  readonly leaderReceivesEvents: boolean;
  /** The leader's connection to the PBX, the last one while it has none; null: there never was one. */
  readonly pbxConnectionId: string | null;
  /** A standby with the same adapter said within a lease's length that it could dial at once. */
  readonly successor: boolean;
  readonly deadEngineIds: readonly string[];
}

/** What the engine reports of itself with each heartbeat. */
export interface HeartbeatReport {
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
  /** It could dial at once if a leader without a connection handed the node over. */
  readonly canTakeOver: boolean;
  /** Its connection to the PBX: a new id for each; null while there is none. */
  readonly pbxConnectionId: string | null;
  /** The leader's connection up to which this engine, as a standby, has enqueued the events it received. */
  readonly heardConnectionId: string | null;
}

const heartbeatRow = z.object({
  holds: z.boolean(),
  epoch: z.coerce.number(),
  takeable: z.boolean(),
  adapter_mismatch: z.boolean(),
  leader_receives_events: z.boolean(),
  pbx_connection_id: z.string().nullable(),
  successor: z.boolean(),
  dead_engines: z.array(z.string()),
});

/** Claims under way are waited for; the server ends a frozen engine's claim after 2 s. */
const takeWithinMs = 3_000;

const epochRow = z.object({ epoch: z.coerce.number() });

/** Holds this process's trust in its lease; every method that asks the database says so. */
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
   * @throws whatever the connection throws; the trust then expires
   */
  async heartbeat(
    connection: Queryable,
    report: HeartbeatReport,
  ): Promise<HeartbeatResult> {
    const startedMs = this.#nowMs();
    const o = this.#options;
    const given = {
      engine_id: o.engineId,
      node: o.node,
      adapter: o.adapter,
      version: o.version,
      host: o.host,
      lease_ms: o.durationMs,
      heartbeat_stale_ms: o.heartbeatStaleMs,
      wants_lease: report.wantsLease,
      can_take_over: report.canTakeOver,
      max_concurrent_originates: o.maxConcurrentOriginates,
      worker_pool_ids: report.workerPoolIds,
      pbx_connected: report.pbxConnected,
      pbx_pause: report.pbxPause,
      pbx_calls_per_second: report.pbxCallsPerSecond,
      pbx_free_calls: report.pbxFreeCalls,
      pbx_free_calls_age_ms: report.pbxFreeCallsAgeMs,
      pbx_connection_id: report.pbxConnectionId,
      heard_connection_id: report.heardConnectionId,
    };
    const { rows } = await connection.query(
      statement("leadership/heartbeat", [JSON.stringify(given)]),
    );
    const row = heartbeatRow.parse(rows[0]);
    this.#epoch = row.holds ? row.epoch : this.#epoch;
    this.#trustedUntilMs = row.holds
      ? startedMs + o.durationMs
      : Number.NEGATIVE_INFINITY;
    return {
      holds: row.holds,
      takeable: row.takeable,
      epoch: row.epoch,
      refusedReason: row.adapter_mismatch ? "ADAPTER_MISMATCH" : null,
      leaderReceivesEvents: row.leader_receives_events,
      pbxConnectionId: row.pbx_connection_id,
      successor: row.successor,
      deadEngineIds: row.dead_engines,
    };
  }

  /**
   * Tries to become the leader.
   *
   * @returns the new epoch, or null if another engine was faster or the node belongs to another adapter
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
   * Gives the node up, so that another engine may take over now. The trust ends first: from here on nothing may be
   * sent.
   *
   * @throws whatever the connection throws; the lease then expires by itself
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
