/**
 * One engine: connected to its PBX and its database, leading its node or standing by.
 *
 *   STARTING ─▶ STANDBY ── lease taken ──▶ LEADER ── lease lost ──▶ STANDBY
 *                  └────────── stop ─────────┴──▶ STOPPED
 *
 * Process killed: the lease expires, a standby takes over, reconciles and goes on. Database gone: live calls go on in
 * the PBX, their events wait in memory, and the lease is no longer trusted, so nothing is sent. PBX gone: Originates
 * stop, the adapter reconnects, then live calls are compared. Two engines: the lease decides; the other is a hot
 * standby that keeps the events of the last 30 s. Only this engine's connection to the PBX gone: a standby that has one
 * gets the node (`leadership/failover.ts`).
 */
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { takesCalls } from "../adapters/port.ts";
import { ControlLine } from "../database/control-connection.ts";
import { createStatePool, shareConnections } from "../database/pools.ts";
import type { Database, DatabaseOptions } from "../database/pools.ts";
import { statement } from "../database/sql.ts";
import { componentLogger } from "../logging.ts";
import { Burial } from "./leadership/reaper.ts";
import { monotonicMs, settledWithin } from "../timing.ts";
import { HandOver } from "./leadership/failover.ts";
import { Holder } from "./leadership/elector.ts";
import type { Idleness } from "./leadership/elector.ts";
import { Heartbeat } from "./leadership/heartbeat.ts";
import { switchPulse } from "./leadership/switch-load.ts";
import { JobErrors } from "./queue/job-errors.ts";
import type { JobError } from "./queue/job-errors.ts";
import { noticeChannels, readNotice } from "./leadership/notices.ts";
import { createPbxListener } from "./pbx-listener.ts";
import { StandbyEars } from "./leadership/standby-events.ts";
import { Tenure } from "./term.ts";
import { isServersAnswer, WriteRefusals } from "../database/write-refusals.ts";
import type { WriteRefusal } from "../database/write-refusals.ts";
import { hostname } from "node:os";
import type { VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config/reading.ts";
import type { DatabaseAddress } from "../database/address.ts";
import { addJobs } from "../database/jobs.ts";
import { Lease } from "../database/lease.ts";
import type { Metrics } from "../metrics.ts";
import { EventInbox } from "./attempts/inbox.ts";

/** The limit behind the shorter ones of passes and calls: no foreign lock keeps a connection for longer. */
const longestLockWaitMs = 1_000;

export interface EngineOptions {
  readonly config: Config;
  readonly version: string;
  readonly adapter: VoiceAdapter;
  readonly metrics: Metrics;
  readonly crontab: string;
  readonly log: Logger;
  /** The source of the database's address, where it may change while the engine runs. */
  readonly address?: DatabaseAddress | undefined;
  /** Called when the connection to the PBX comes up or goes down. */
  readonly onPbxChange?: () => void;
}

export class Engine {
  readonly id = randomUUID();
  readonly #options: EngineOptions;
  readonly #databaseOptions: DatabaseOptions;
  readonly #database: Database;
  readonly #connections: ReturnType<typeof shareConnections>;
  readonly #control: ControlLine;
  readonly #lease: Lease;
  readonly #inbox: EventInbox;
  readonly #ears: StandbyEars;
  readonly #log: Logger;
  readonly #jobErrors: JobErrors;
  readonly #burial: Burial;
  readonly #handOver: HandOver;
  readonly #holder: Holder<Tenure>;
  readonly #heartbeat: Heartbeat;
  readonly #refusals = new WriteRefusals(monotonicMs);
  /** A new id for each connection to the PBX. */
  #pbxConnectionId: string | null = null;
  #lastBeatMs = -Infinity;
  #lastAnswerMs = -Infinity;
  #startedMs = monotonicMs();
  #stopping = false;

  constructor(options: EngineOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#log = componentLogger(log, "Engine");
    this.#databaseOptions = {
      ...config.database,
      address: options.address,
      applicationName: `dialer-engine ${config.voice.node}`,
    };
    this.#connections = shareConnections(config.database.maxConnections);
    this.#jobErrors = new JobErrors(this.#log, options.metrics);
    this.#database = createStatePool(
      { ...this.#databaseOptions, lockTimeoutMs: longestLockWaitMs },
      this.#connections.state,
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
        this.#onBeatFailed(error);
      },
    });
    this.#inbox = createInbox(this.#database, options, this.#refusals);
    this.#ears = new StandbyEars(this.#inbox, () => this.#heartbeat.soon());
    this.#handOver = new HandOver(
      config.timings.leaseDurationMs,
      monotonicMs(),
    );
    this.#holder = this.#createHolder();
  }

  get database(): Database {
    return this.#database;
  }

  get isHolder(): boolean {
    return this.tenure !== null;
  }

  get tenure(): Tenure | null {
    return this.#holder.tenure;
  }

  /** Null while this engine works, or another engine is the leader. */
  get idleness(): Idleness | null {
    return this.#holder.idleness;
  }

  get uptimeMs(): number {
    return monotonicMs() - this.#startedMs;
  }

  /** Milliseconds since the database last accepted the heartbeat. */
  get databaseAgeMs(): number {
    return monotonicMs() - this.#lastBeatMs;
  }

  /** Milliseconds since the database last answered a heartbeat, even with a refusal. */
  get databaseAnswerAgeMs(): number {
    return monotonicMs() - this.#lastAnswerMs;
  }

  /** Null while the database accepts writes. */
  get writeRefusal(): WriteRefusal | null {
    return this.#refusals.current;
  }

  get eventsWaiting(): number {
    return this.#inbox.waiting;
  }

  /** Errors of jobs, newest last. */
  get recentErrors(): readonly JobError[] {
    return this.#jobErrors.recent;
  }

  /**
   * Connects, and becomes standby or leader.
   *
   * @throws the database's first error: wrong password, no such host
   */
  async start(): Promise<void> {
    const { adapter, config } = this.#options;
    await this.#control.start();
    await this.#database.query(
      statement("leadership/ensure_voice_node", [config.voice.node]),
    );
    await adapter.connect(
      createPbxListener({
        inbox: this.#inbox,
        heartbeat: this.#heartbeat,
        metrics: this.#options.metrics,
        log: this.#log,
        tenure: () => this.tenure,
        onReady: () => {
          this.#holder.notePbxReady();
        },
        onChange: (isUp) => {
          if (isUp) this.#pbxConnectionId = randomUUID();
          this.#options.onPbxChange?.();
        },
      }),
    );
    await this.#heartbeat.start();
  }

  /**
   * Stops within `deadlineMs`, in this order: nothing is sent any more, the node is given up, jobs finish, events are
   * saved, this engine leaves the list. Calls go on in the PBX.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    const endMs = monotonicMs() + deadlineMs;
    const left = () => Math.max(200, endMs - monotonicMs());
    const beating = this.#heartbeat.stop();
    this.#ears.stop();
    await Promise.all([
      settledWithin(this.#holder.release(), deadlineMs / 2),
      settledWithin(beating, 1_000),
    ]);
    await this.#holder.stop(Math.min(left(), deadlineMs / 2));
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

  /**
   * An unhandled rejection came out of the database client or the worker: the worker is rebuilt, so that the events are
   * kept.
   */
  rebuildWorker(reason: string): void {
    this.tenure?.restartWorker(reason);
  }

  #createHolder(): Holder<Tenure> {
    const { config, adapter } = this.#options;
    return new Holder({
      node: config.voice.node,
      adapterName: adapter.name,
      renewMs: config.timings.leaseRenewMs,
      handOver: this.#handOver,
      lease: this.#lease,
      database: this.#database,
      connection: () => this.#control.client,
      createTenure: (epoch) => this.#createTenure(epoch),
      beat: () => this.#heartbeat.soon(),
      pbxTakesCalls: () => takesCalls(adapter.connection()),
      onBegin: () => {
        this.#inbox.startEnqueueing();
      },
      onEnd: () => {
        this.#inbox.startHolding();
      },
      log: this.#log,
      nowMs: monotonicMs,
    });
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
        this.tenure?.noteMissed();
        void this.#heartbeat.soon();
      },
    });
  }

  #onNotice(channel: string, payload: string): void {
    const tenure = this.tenure;
    try {
      const notice = readNotice(channel, payload, this.#databaseOptions.schema);
      if (notice?.kind === "jobs") tenure?.noteJobs();
      else if (notice?.kind === "campaign")
        tenure?.noteCampaign(notice.campaignId, notice.status);
      else if (notice?.kind === "trunks") tenure?.noteTrunks();
      else if (notice?.kind === "withdrawn")
        tenure?.noteWithdrawn(notice.attemptIds);
    } catch (error) {
      this.#log.warn({ err: error, channel }, "A notice could not be read");
    }
  }

  async #beatOnce(): Promise<void> {
    const client = this.#control.client;
    if (client === null || this.#stopping) return;
    const { adapter, metrics } = this.#options;
    const line = adapter.connection();
    const pbxConnected = line.status === "CONNECTED";
    this.#handOver.noteLine(pbxConnected, monotonicMs());
    const beat = await this.#lease.beat(client, {
      pbxConnected,
      pbxPause: line.paused?.reason ?? null,
      canTakeOver: this.#holder.canTakeOver,
      pbxConnectionId: pbxConnected ? this.#pbxConnectionId : null,
      heardConnectionId: this.#ears.heardConnectionId,
      ...switchPulse(adapter.limits(), Date.now()),
      workerPoolIds: this.tenure?.poolIds ?? [],
      // A lease under which nothing works would keep every other engine out.
      wantsLease: this.isHolder,
    });
    this.#lastBeatMs = monotonicMs();
    this.#lastAnswerMs = this.#lastBeatMs;
    this.#refusals.succeeded("heartbeat");
    this.tenure?.noteSwitchLimits();
    this.#burial.begin(beat.deadEngineIds);
    this.#ears.note(beat);
    if (beat.holderHears) this.#inbox.noteHolderHears();
    await this.#holder.follow(beat);
    metrics.leaseHeld.set(this.isHolder ? 1 : 0);
    metrics.eventsWaiting.set(this.#inbox.waiting);
  }

  #onBeatFailed(error: unknown): void {
    this.#log.warn({ err: error }, "Heartbeat failed");
    this.#refusals.failed("heartbeat", error);
    // A server that refuses to write still answers: another connection would change nothing.
    if (isServersAnswer(error)) this.#lastAnswerMs = monotonicMs();
    else this.#control.reset("heartbeat failed");
  }

  #createTenure(epoch: number): Tenure {
    const { config, adapter, metrics, crontab, log } = this.#options;
    return new Tenure({
      config,
      engineId: this.id,
      epoch,
      database: this.#database,
      databaseOptions: this.#databaseOptions,
      connections: this.#connections,
      adapter,
      inbox: this.#inbox,
      metrics,
      crontab,
      log,
      // A call that cannot be recorded is not dialled.
      isTrusted: () =>
        this.#lease.isTrusted() &&
        this.#lease.epoch === epoch &&
        this.#refusals.current === null,
      onJobFailed: (task, error) => {
        this.#jobErrors.note(task, error);
        this.#refusals.failed(task, error);
      },
      onJobDone: (task) => {
        this.#refusals.succeeded(task);
      },
    });
  }
}

function createLease(engineId: string, options: EngineOptions): Lease {
  const { config, adapter, version } = options;
  return new Lease(
    {
      engineId,
      node: config.voice.node,
      adapter: adapter.name,
      durationMs: config.timings.leaseDurationMs,
      heartbeatStaleMs: config.timings.heartbeatStaleMs,
      version,
      host: hostname(),
      maxConcurrentOriginates: config.scheduler.maxConcurrentOriginates,
    },
    monotonicMs,
  );
}

function createInbox(
  database: Database,
  { log, metrics }: EngineOptions,
  refusals: WriteRefusals,
): EventInbox {
  return new EventInbox({
    enqueue: async (events) => {
      try {
        await addJobs(database, [
          { task: "apply_call_events", payload: { events } },
        ]);
        refusals.succeeded("events");
      } catch (error) {
        refusals.failed("events", error);
        throw error;
      }
    },
    log: componentLogger(log, "Engine"),
    nowMs: monotonicMs,
    onDropped: (count) => {
      metrics.eventsDropped.inc(count);
    },
  });
}
