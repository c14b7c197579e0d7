/**
 * One engine: connected to its PBX and its database, holding its node or standing by.
 *
 *   STARTING ─▶ STANDBY ── lease taken ──▶ HOLDER ── lease lost ──▶ STANDBY
 *                  └────────── stop ─────────┴──▶ STOPPED
 *
 * Process killed: the lease runs out, a standby takes over, reconciles and goes on. Database gone: live
 * calls go on in the PBX, their events wait in memory, the lease is no longer trusted, so nothing is
 * sent. PBX gone: originates stop, the adapter reconnects, then live calls are compared. Two of us: the
 * lease decides; the other is a hot standby that keeps the last 30 s of events.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import type { Logger } from "pino";
import { z } from "zod";

import type {
  AdapterListener,
  ConnectionEvent,
  VoiceAdapter,
} from "../adapters/port.ts";
import type { Config } from "../config.ts";
import { ControlLine } from "../database/control-line.ts";
import { addJobs } from "../database/jobs.ts";
import { Lease } from "../database/lease.ts";
import type { Beat } from "../database/lease.ts";
import { createStatePool } from "../database/pools.ts";
import type { Database, DatabaseOptions } from "../database/pools.ts";
import { buryEngine, unlockOrphanedJobs } from "../database/reconciling.ts";
import { loadSql } from "../database/sql.ts";
import type { Metrics } from "../health/metrics.ts";
import { componentLogger } from "../logging.ts";
import { monotonicMs } from "./clock.ts";
import { EventInbox } from "./event-inbox.ts";
import { Tenure } from "./tenure.ts";

export interface EngineOptions {
  readonly config: Config;
  readonly version: string;
  readonly adapter: VoiceAdapter;
  readonly metrics: Metrics;
  readonly crontab: string;
  readonly log: Logger;
}

const campaignNotice = z.object({
  schema: z.string(),
  campaignId: z.string(),
  status: z.string(),
});
const channels = ["dialer_campaign", "dialer_trunk", "jobs:insert"] as const;

export class Engine {
  readonly id = randomUUID();
  readonly #options: EngineOptions;
  readonly #databaseOptions: DatabaseOptions;
  readonly #database: Database;
  readonly #workerConnections: number;
  readonly #control: ControlLine;
  readonly #lease: Lease;
  readonly #inbox: EventInbox;
  readonly #log: Logger;
  readonly #recentErrors: { at: string; task: string; message: string }[] = [];
  #tenure: Tenure | null = null;
  #changing: Promise<void> = Promise.resolve();
  #beating: Promise<void> = Promise.resolve();
  #beatTimer: NodeJS.Timeout | null = null;
  #lastBeatMs = -Infinity;
  #startedMs = monotonicMs();
  #stopping = false;

  constructor(options: EngineOptions) {
    const { config, adapter, log } = options;
    this.#options = options;
    this.#log = componentLogger(log, "Engine");
    this.#databaseOptions = {
      ...config.database,
      applicationName: `dialer-engine ${config.voice.node}`,
    };
    // One is the control line's; the rest is shared evenly, a standby opens its state pool lazily.
    this.#workerConnections = Math.max(
      2,
      Math.floor((config.database.maxConnections - 1) / 2),
    );
    const stateConnections = Math.max(
      2,
      config.database.maxConnections - 1 - this.#workerConnections,
    );
    this.#database = createStatePool(
      this.#databaseOptions,
      stateConnections,
      (error) => {
        if (this.#stopping) return;
        this.#log.warn({ err: error }, "A database connection broke");
      },
    );
    this.#control = this.#createControlLine();
    this.#lease = new Lease(
      {
        engineId: this.id,
        node: config.voice.node,
        adapter: adapter.name,
        durationMs: config.timings.leaseDurationMs,
        heartbeatStaleMs: config.timings.heartbeatStaleMs,
        version: options.version,
        host: hostname(),
        maxConcurrentOriginates: config.scheduler.maxConcurrentOriginates,
      },
      monotonicMs,
    );
    this.#inbox = new EventInbox({
      enqueue: (events) =>
        addJobs(this.#database, [
          { task: "apply_call_events", payload: { events } },
        ]),
      log: componentLogger(log, "Engine"),
      nowMs: monotonicMs,
      onDropped: (count) => {
        options.metrics.eventsDropped.inc(count);
      },
    });
  }

  get database(): Database {
    return this.#database;
  }

  get isHolder(): boolean {
    return this.#tenure !== null;
  }

  get tenure(): Tenure | null {
    return this.#tenure;
  }

  get uptimeMs(): number {
    return monotonicMs() - this.#startedMs;
  }

  /** Milliseconds since the database last answered the heartbeat. */
  get databaseAgeMs(): number {
    return monotonicMs() - this.#lastBeatMs;
  }

  get eventsWaiting(): number {
    return this.#inbox.waiting;
  }

  /** Errors of jobs, newest last, phone numbers not among them. */
  get recentErrors(): readonly { at: string; task: string; message: string }[] {
    return this.#recentErrors;
  }

  /**
   * Connects, and becomes standby or holder.
   *
   * @throws the database's first error: wrong password, no such host
   */
  async start(): Promise<void> {
    const { adapter, config } = this.#options;
    await this.#control.start();
    await this.#database.query(loadSql("ensure_voice_node"), [
      config.voice.node,
    ]);
    await adapter.connect(this.#listener());
    await this.#beat();
    this.#scheduleBeat();
  }

  /** Stops within `deadlineMs`: gives the node up at once, lets jobs finish, saves events. Calls go on in the PBX. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    const endMs = monotonicMs() + deadlineMs;
    const left = () => Math.max(200, endMs - monotonicMs());
    if (this.#beatTimer !== null) clearTimeout(this.#beatTimer);
    await settled(this.#beating, 1_000);
    await settled(this.#changing, 1_000);
    const tenure = this.#tenure;
    this.#tenure = null;
    await tenure?.stop(Math.min(left(), deadlineMs / 2));
    const unsaved = await this.#inbox.close(Math.min(left(), deadlineMs / 4));
    if (unsaved > 0)
      this.#log.error({ unsaved }, "Events could not be saved before the end");
    const client = this.#control.client;
    if (client !== null) await settled(this.#lease.release(client), 1_000);
    await settled(this.#options.adapter.disconnect(), 1_000);
    await settled(this.#control.stop(), 500);
    await settled(this.#database.end(), 1_000);
  }

  /** A rejection nobody awaited came out of the database client or the worker: rebuild it, keep the events. */
  rebuildWorker(reason: string): void {
    this.#tenure?.restartWorker(reason);
  }

  #createControlLine(): ControlLine {
    const { config, log } = this.#options;
    return new ControlLine({
      database: this.#databaseOptions,
      channels,
      log: componentLogger(log, "Engine"),
      queryTimeoutMs: Math.max(500, config.timings.leaseDurationMs / 2),
      onNotice: (channel, payload) => {
        this.#onNotice(channel, payload);
      },
      onConnected: () => {
        this.#tenure?.noteJobs();
        if (this.#beatTimer !== null) this.#beatSoon();
      },
    });
  }

  #onNotice(channel: string, payload: string): void {
    if (channel === "jobs:insert") this.#tenure?.noteJobs();
    else if (channel === "dialer_campaign") this.#onCampaignNotice(payload);
    else
      this.#tenure?.refreshLimits().catch((error: unknown) => {
        this.#log.warn({ err: error }, "Trunk limits could not be read");
      });
  }

  #onCampaignNotice(payload: string): void {
    try {
      const notice = campaignNotice.parse(JSON.parse(payload));
      if (notice.schema === this.#databaseOptions.schema)
        this.#tenure?.noteCampaign(notice.campaignId, notice.status);
    } catch (error) {
      this.#log.warn({ err: error }, "A campaign notice could not be read");
    }
  }

  #listener(): AdapterListener {
    return {
      onCallEvent: (event) => {
        this.#tenure?.noteCallEvent(event);
        this.#inbox.push(event);
      },
      onConnection: (event) => {
        this.#onConnection(event);
      },
    };
  }

  #onConnection({ state, restarted }: ConnectionEvent): void {
    const { metrics } = this.#options;
    const connected = state.status === "CONNECTED";
    metrics.pbxConnected.set(connected ? 1 : 0);
    if (connected) this.#log.info({ restarted }, "Connected to the PBX");
    else this.#log.warn({ reason: state.reason }, "Not connected to the PBX");
    // The node's row says whether its PBX can be used; passes read it, so it comes first.
    if (this.#stopping || this.#beatTimer === null) return;
    this.#beatSoon();
    void this.#beating
      .then(async () => {
        if (!connected) return;
        this.#tenure?.notePbxConnected();
        await this.#tenure?.wakeAll();
      })
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, "Campaigns could not be woken");
      });
  }

  #scheduleBeat(): void {
    if (this.#stopping) return;
    this.#beatTimer = setTimeout(() => {
      void this.#beat().finally(() => {
        this.#scheduleBeat();
      });
    }, this.#options.config.timings.leaseRenewMs);
  }

  #beatSoon(): void {
    if (this.#beatTimer !== null) clearTimeout(this.#beatTimer);
    this.#beatTimer = setTimeout(() => undefined, 0);
    void this.#beat().finally(() => {
      if (this.#beatTimer !== null) clearTimeout(this.#beatTimer);
      this.#scheduleBeat();
    });
  }

  #beat(): Promise<void> {
    this.#beating = this.#beating
      .then(() => this.#beatOnce())
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, "Heartbeat failed");
        this.#control.reset("heartbeat failed");
      });
    return this.#beating;
  }

  async #beatOnce(): Promise<void> {
    const client = this.#control.client;
    if (client === null || this.#stopping) return;
    const { adapter, metrics, config } = this.#options;
    const beat = await this.#lease.beat(client, {
      pbxConnected: adapter.connection().status === "CONNECTED",
      workerPoolIds: this.#tenure?.poolIds ?? [],
      wantsLease: !this.#stopping,
    });
    this.#lastBeatMs = monotonicMs();
    for (const id of beat.deadEngineIds) {
      const freed = await buryEngine(
        this.#database,
        id,
        config.timings.heartbeatStaleMs,
      );
      if (freed > 0)
        this.#log.warn({ engineId: id }, "Freed the jobs of a dead engine");
      await unlockOrphanedJobs(this.#database, config.timings.heartbeatStaleMs);
    }
    await this.#follow(beat);
    metrics.leaseHeld.set(this.#tenure === null ? 0 : 1);
    metrics.eventsWaiting.set(this.#inbox.waiting);
  }

  async #follow(beat: Beat): Promise<void> {
    if (!beat.holds && this.#tenure !== null) await this.#stepDown();
    if (!beat.takeable || this.#stopping) return;
    const epoch = await this.#lease.take(this.#database);
    if (epoch !== null) this.#changing = this.#takeOver(epoch);
    else if (beat.refusedReason !== null)
      this.#log.error(
        {
          node: this.#options.config.voice.node,
          adapter: this.#options.adapter.name,
        },
        "This node is another kind of PBX and has live calls: standing by",
      );
  }

  async #takeOver(epoch: number): Promise<void> {
    const { config, adapter, metrics, crontab, log } = this.#options;
    this.#log.info({ node: config.voice.node, epoch }, "This engine dials now");
    this.#inbox.startEnqueueing();
    const tenure = new Tenure({
      config,
      engineId: this.id,
      epoch,
      database: this.#database,
      databaseOptions: this.#databaseOptions,
      workerConnections: this.#workerConnections,
      adapter,
      inbox: this.#inbox,
      metrics,
      crontab,
      log,
      isTrusted: () => this.#lease.isTrusted() && this.#lease.epoch === epoch,
      onJobFailed: (task, error) => {
        this.#noteJobError(task, error);
      },
    });
    this.#tenure = tenure;
    try {
      await tenure.start();
      // The node's row must show this engine's PBX before the first pass looks at it.
      this.#beatSoon();
      await this.#beating;
      await tenure.wakeAll();
    } catch (error) {
      this.#log.error(
        { err: error },
        "Could not begin to dial, giving the node up",
      );
      await this.#stepDown();
    }
  }

  async #stepDown(): Promise<void> {
    const tenure = this.#tenure;
    this.#tenure = null;
    this.#lease.distrust();
    this.#inbox.startHolding();
    this.#log.warn(
      { node: this.#options.config.voice.node },
      "This engine no longer dials",
    );
    await tenure?.stop(1_000);
  }

  #noteJobError(task: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.metrics.jobsFailed.inc({ task });
    this.#log.error({ err: error, task }, "A job failed");
    this.#recentErrors.push({ at: new Date().toISOString(), task, message });
    if (this.#recentErrors.length > 20) this.#recentErrors.shift();
  }
}

/** Waits for a promise, but not longer than so many milliseconds; its failure is not ours any more. */
async function settled(
  promise: Promise<unknown>,
  deadlineMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([
    promise.then(
      () => undefined,
      () => undefined,
    ),
    late,
  ]);
  clearTimeout(timer);
}
