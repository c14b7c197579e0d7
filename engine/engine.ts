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

import type { Logger } from "pino";
import { ControlLine } from "../database/control-line.ts";
import type { Beat, Lease } from "../database/lease.ts";
import { createStatePool, shareConnections } from "../database/pools.ts";
import type { Database, DatabaseOptions } from "../database/pools.ts";
import { statement } from "../database/sql.ts";
import { componentLogger } from "../logging.ts";
import { Burial } from "./burial.ts";
import { monotonicMs } from "./clock.ts";
import { createInbox, createLease } from "./engine-parts.ts";
import type { EngineOptions } from "./engine-parts.ts";
import type { EventInbox } from "./event-inbox.ts";
import { Heartbeat } from "./heartbeat.ts";
import { switchPulse } from "./switch-pulse.ts";
import { JobErrors } from "./job-errors.ts";
import type { JobError } from "./job-errors.ts";
import { noticeChannels, readNotice } from "./notices.ts";
import { createPbxListener } from "./pbx-listener.ts";
import { settledWithin } from "./settled-within.ts";
import { Tenure } from "./tenure.ts";

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
  readonly #jobErrors: JobErrors;
  readonly #burial: Burial;
  #refusedSaid = false;
  #tenure: Tenure | null = null;
  #changing: Promise<void> = Promise.resolve();
  readonly #heartbeat: Heartbeat;
  #lastBeatMs = -Infinity;
  #startedMs = monotonicMs();
  #stopping = false;

  constructor(options: EngineOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#log = componentLogger(log, "Engine");
    this.#databaseOptions = {
      ...config.database,
      applicationName: `dialer-engine ${config.voice.node}`,
    };
    const connections = shareConnections(config.database.maxConnections);
    this.#workerConnections = connections.runner;
    this.#jobErrors = new JobErrors(this.#log, options.metrics);
    this.#database = createStatePool(
      this.#databaseOptions,
      connections.state,
      (error) => {
        if (this.#stopping) return;
        this.#log.warn({ err: error }, "A database connection broke");
      },
    );
    this.#burial = new Burial(
      this.#database,
      config.timings.heartbeatStaleMs,
      this.#log,
    );
    this.#control = this.#createControlLine();
    this.#lease = createLease(this.id, options);
    this.#heartbeat = new Heartbeat({
      intervalMs: config.timings.leaseRenewMs,
      beat: () => this.#beatOnce(),
      onError: (error) => {
        this.#log.warn({ err: error }, "Heartbeat failed");
        this.#control.reset("heartbeat failed");
      },
    });
    this.#inbox = createInbox(this.#database, options);
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

  /** Errors of jobs, newest last. */
  get recentErrors(): readonly JobError[] {
    return this.#jobErrors.recent;
  }

  /**
   * Connects, and becomes standby or holder.
   *
   * @throws the database's first error: wrong password, no such host
   */
  async start(): Promise<void> {
    const { adapter, config } = this.#options;
    await this.#control.start();
    await this.#database.query(
      statement("ensure_voice_node", [config.voice.node]),
    );
    await adapter.connect(
      createPbxListener({
        inbox: this.#inbox,
        heartbeat: this.#heartbeat,
        metrics: this.#options.metrics,
        log: this.#log,
        tenure: () => this.#tenure,
      }),
    );
    await this.#heartbeat.start();
  }

  /** Stops within `deadlineMs`: gives the node up at once, lets jobs finish, saves events. Calls go on in the PBX. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    const endMs = monotonicMs() + deadlineMs;
    const left = () => Math.max(200, endMs - monotonicMs());
    await settledWithin(this.#heartbeat.stop(), 1_000);
    await settledWithin(this.#changing, 1_000);
    const tenure = this.#tenure;
    this.#tenure = null;
    await tenure?.stop(Math.min(left(), deadlineMs / 2));
    const unsaved = await this.#inbox.close(Math.min(left(), deadlineMs / 4));
    if (unsaved > 0)
      this.#log.error({ unsaved }, "Events could not be saved before the end");
    const client = this.#control.client;
    if (client !== null)
      await settledWithin(this.#lease.release(client), 1_000);
    await settledWithin(this.#options.adapter.disconnect(), 1_000);
    await settledWithin(this.#control.stop(), 500);
    await settledWithin(this.#database.end(), 1_000);
  }

  /** A rejection nobody awaited came out of the database client or the worker: rebuild it, keep the events. */
  rebuildWorker(reason: string): void {
    this.#tenure?.restartWorker(reason);
  }

  #createControlLine(): ControlLine {
    const { config, log } = this.#options;
    return new ControlLine({
      database: this.#databaseOptions,
      channels: noticeChannels,
      log: componentLogger(log, "Engine"),
      queryTimeoutMs: Math.max(500, config.timings.leaseDurationMs / 2),
      onNotice: (channel, payload) => {
        this.#onNotice(channel, payload);
      },
      onConnected: () => {
        this.#tenure?.checkJobs();
        void this.#heartbeat.soon();
      },
    });
  }

  #onNotice(channel: string, payload: string): void {
    const tenure = this.#tenure;
    try {
      const notice = readNotice(channel, payload, this.#databaseOptions.schema);
      if (notice?.kind === "jobs") tenure?.noteJobs();
      else if (notice?.kind === "campaign")
        tenure?.noteCampaign(notice.campaignId, notice.status);
      else if (notice?.kind === "trunks")
        tenure?.refreshLimits().catch((error: unknown) => {
          this.#log.warn({ err: error }, "Trunk limits could not be read");
        });
    } catch (error) {
      this.#log.warn({ err: error, channel }, "A notice could not be read");
    }
  }

  async #beatOnce(): Promise<void> {
    const client = this.#control.client;
    if (client === null || this.#stopping) return;
    const { adapter, metrics } = this.#options;
    const beat = await this.#lease.beat(client, {
      pbxConnected: adapter.connection().status === "CONNECTED",
      ...switchPulse(adapter.limits(), Date.now()),
      workerPoolIds: this.#tenure?.poolIds ?? [],
      wantsLease: !this.#stopping,
    });
    this.#lastBeatMs = monotonicMs();
    this.#tenure?.noteSwitchLimits();
    this.#burial.begin(beat.deadEngineIds);
    await this.#follow(beat);
    metrics.leaseHeld.set(this.#tenure === null ? 0 : 1);
    metrics.eventsWaiting.set(this.#inbox.waiting);
  }

  async #follow(beat: Beat): Promise<void> {
    if (!beat.holds && this.#tenure !== null) await this.#stepDown();
    if (!beat.takeable || this.#stopping) return;
    const epoch = await this.#lease.take(this.#database);
    if (epoch !== null) this.#changing = this.#takeOver(epoch);
    else if (beat.refusedReason !== null) this.#sayRefused();
  }

  #sayRefused(): void {
    if (this.#refusedSaid) return;
    this.#refusedSaid = true;
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
    this.#refusedSaid = false;
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
        this.#jobErrors.note(task, error);
      },
    });
    this.#tenure = tenure;
    try {
      await tenure.start();
      // The node's row must show this engine's PBX before the first pass looks at it.
      await this.#heartbeat.soon();
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
}
