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
import { ControlConnection } from "../database/control-connection.ts";
import { createStatePool, shareConnections } from "../database/pools.ts";
import type { Database, DatabaseOptions } from "../database/pools.ts";
import { statement } from "../database/sql.ts";
import { componentLogger } from "../logging.ts";
import { Reaper } from "./leadership/reaper.ts";
import { monotonicMs, settledWithin } from "../timing.ts";
import { Failover } from "./leadership/failover.ts";
import { Elector } from "./leadership/elector.ts";
import type { Idleness } from "./leadership/elector.ts";
import { Heartbeat } from "./leadership/heartbeat.ts";
import { switchReport } from "./leadership/switch-load.ts";
import { JobErrors } from "./queue/job-errors.ts";
import type { JobError } from "./queue/job-errors.ts";
import { noticeChannels, readNotice } from "./leadership/notices.ts";
import { createPbxListener } from "./pbx-listener.ts";
import { StandbyEvents } from "./leadership/standby-events.ts";
import { LeaderTerm } from "./term.ts";
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
  readonly #control: ControlConnection;
  readonly #lease: Lease;
  readonly #inbox: EventInbox;
  readonly #standbyEvents: StandbyEvents;
  readonly #log: Logger;
  readonly #jobErrors: JobErrors;
  readonly #reaper: Reaper;
  readonly #failover: Failover;
  readonly #elector: Elector<LeaderTerm>;
  readonly #heartbeat: Heartbeat;
  readonly #writeRefusals = new WriteRefusals(monotonicMs);
  /** A new id for each connection to the PBX. */
  #pbxConnectionId: string | null = null;
  #lastHeartbeatMs = -Infinity;
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
    this.#reaper = new Reaper(
      this.#database,
      config.timings.heartbeatStaleMs,
      this.#log,
    );
    this.#control = this.#createControlConnection();
    this.#lease = createLease(this.id, options);
    this.#heartbeat = new Heartbeat({
      intervalMs: config.timings.leaseRenewMs,
      send: () => this.#sendHeartbeat(),
      onError: (error) => {
        this.#onHeartbeatFailed(error);
      },
    });
    this.#inbox = createInbox(this.#database, options, this.#writeRefusals);
    this.#standbyEvents = new StandbyEvents(this.#inbox, () =>
      this.#heartbeat.soon(),
    );
    this.#failover = new Failover(
      config.timings.leaseDurationMs,
      monotonicMs(),
    );
    this.#elector = this.#createElector();
  }

  get database(): Database {
    return this.#database;
  }

  get isLeader(): boolean {
    return this.term !== null;
  }

  get term(): LeaderTerm | null {
    return this.#elector.term;
  }

  /** Null while this engine works, or another engine is the leader. */
  get idleness(): Idleness | null {
    return this.#elector.idleness;
  }

  get uptimeMs(): number {
    return monotonicMs() - this.#startedMs;
  }

  /** Milliseconds since the database last accepted the heartbeat. */
  get databaseAgeMs(): number {
    return monotonicMs() - this.#lastHeartbeatMs;
  }

  /** Milliseconds since the database last answered a heartbeat, even with a refusal. */
  get databaseAnswerAgeMs(): number {
    return monotonicMs() - this.#lastAnswerMs;
  }

  /** Null while the database accepts writes. */
  get writeRefusal(): WriteRefusal | null {
    return this.#writeRefusals.current;
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
        elector: this.#elector,
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
    const heartbeatStopped = this.#heartbeat.stop();
    this.#standbyEvents.stop();
    await Promise.all([
      settledWithin(this.#elector.release(), deadlineMs / 2),
      settledWithin(heartbeatStopped, 1_000),
    ]);
    await this.#elector.stop(Math.min(left(), deadlineMs / 2));
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
    this.term?.restartWorker(reason);
  }

  #createElector(): Elector<LeaderTerm> {
    const { config, adapter } = this.#options;
    return new Elector({
      node: config.voice.node,
      adapter,
      renewMs: config.timings.leaseRenewMs,
      failover: this.#failover,
      lease: this.#lease,
      database: this.#database,
      connection: () => this.#control.client,
      createTerm: (epoch) => this.#createTerm(epoch),
      heartbeat: () => this.#heartbeat.soon(),
      inbox: this.#inbox,
      log: this.#log,
      nowMs: monotonicMs,
    });
  }

  #createControlConnection(): ControlConnection {
    const { config, log } = this.#options;
    return new ControlConnection({
      database: this.#databaseOptions,
      channels: noticeChannels,
      log: componentLogger(log, "Engine"),
      queryTimeoutMs: Math.max(500, config.timings.leaseDurationMs / 2),
      onNotice: (channel, payload) => {
        this.#onNotice(channel, payload);
      },
      onConnected: () => {
        this.term?.noteMissed();
        void this.#heartbeat.soon();
      },
    });
  }

  #onNotice(channel: string, payload: string): void {
    const term = this.term;
    try {
      const notice = readNotice(channel, payload, this.#databaseOptions.schema);
      if (notice?.kind === "jobs") term?.noteJobs();
      else if (notice?.kind === "campaign")
        term?.noteCampaign(notice.campaignId, notice.status);
      else if (notice?.kind === "trunks") term?.noteTrunks();
      else if (notice?.kind === "withdrawn")
        term?.noteWithdrawn(notice.attemptIds);
    } catch (error) {
      this.#log.warn({ err: error, channel }, "A notice could not be read");
    }
  }

  async #sendHeartbeat(): Promise<void> {
    const client = this.#control.client;
    if (client === null || this.#stopping) return;
    const { adapter, metrics } = this.#options;
    const connection = adapter.connection();
    const pbxConnected = connection.status === "CONNECTED";
    this.#failover.noteConnection(pbxConnected, monotonicMs());
    const result = await this.#lease.heartbeat(client, {
      pbxConnected,
      pbxPause: connection.paused?.reason ?? null,
      canTakeOver: this.#elector.canTakeOver,
      pbxConnectionId: pbxConnected ? this.#pbxConnectionId : null,
      heardConnectionId: this.#standbyEvents.heardConnectionId,
      ...switchReport(adapter.limits(), Date.now()),
      workerPoolIds: this.term?.poolIds ?? [],
      // A lease under which nothing works would keep every other engine out.
      wantsLease: this.isLeader,
    });
    this.#lastHeartbeatMs = monotonicMs();
    this.#lastAnswerMs = this.#lastHeartbeatMs;
    this.#writeRefusals.succeeded("heartbeat");
    this.term?.noteSwitchLimits();
    this.#reaper.start(result.deadEngineIds);
    this.#standbyEvents.note(result);
    if (result.leaderReceivesEvents) this.#inbox.noteLeaderReceives();
    await this.#elector.follow(result);
    metrics.leaseHeld.set(this.isLeader ? 1 : 0);
    metrics.eventsWaiting.set(this.#inbox.waiting);
  }

  #onHeartbeatFailed(error: unknown): void {
    this.#log.warn({ err: error }, "Heartbeat failed");
    this.#writeRefusals.failed("heartbeat", error);
    // A server that refuses to write still answers: another connection would change nothing.
    if (isServersAnswer(error)) this.#lastAnswerMs = monotonicMs();
    else this.#control.reset("heartbeat failed");
  }

  #createTerm(epoch: number): LeaderTerm {
    const { config, adapter, metrics, crontab, log } = this.#options;
    return new LeaderTerm({
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
      lease: this.#lease,
      jobErrors: this.#jobErrors,
      writeRefusals: this.#writeRefusals,
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
