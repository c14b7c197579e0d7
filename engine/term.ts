/**
 * One leader term: everything that exists only while the engine may dial. Created when the lease is taken, discarded
 * when it is given up or lost.
 *
 * The constructor creates the parts in the order in which they need each other, and a part receives those it needs as
 * typed collaborators. A callback remains where it would have to be one that is created later (executor to scheduler,
 * unheard calls to executor), and where one event concerns several parts.
 */
import type { Logger } from "pino";
import type { CallEvent, VoiceAdapter } from "../adapters/port.ts";
import { markPbxRestarted } from "../database/post-call-effects.ts";
import { readActiveCampaigns } from "../database/scheduling.ts";
import { foldCounts } from "../database/campaign-counts.ts";
import { readQueue, addJobs } from "../database/jobs.ts";
import { claimOriginates, readUnanswered } from "../database/originating.ts";
import type { ClaimedAttempt } from "../database/originating.ts";
import { switchPace } from "../dialing/switch-pace.ts";
import { componentLogger } from "../logging.ts";
import { monotonicMs, settledWithin } from "../timing.ts";
import { unlockJobs } from "../database/reconciliation.ts";
import { DueJobNotifier } from "./queue/due-job-notifier.ts";
import { endsUnanswered, applyEvents } from "./attempts/apply-events.ts";
import { PostCallEffects } from "./attempts/post-call-effects.ts";
import { CountFolder } from "./attempts/count-folder.ts";
import { Executor } from "./originating/executor.ts";
import { keylessPatterns } from "./queue/keyless-tasks.ts";
import { JobRunners } from "./queue/job-runners.ts";
import { UnheardCalls } from "./originating/unheard-calls.ts";
import { RateLimiters } from "./originating/rate-limiters.ts";
import { Scheduler } from "./scheduling/scheduler.ts";
import type { EndedCall } from "./attempts/settlement.ts";
import type { TaskDependencies } from "./task-dependencies.ts";
import { taskSettings } from "./task-dependencies.ts";
import { createTaskList } from "./task-list.ts";
import type { Config } from "../config/reading.ts";
import type { Database, DatabaseOptions } from "../database/pools.ts";
import type { Metrics } from "../metrics.ts";
import { EventApplier } from "./attempts/applier.ts";
import type { EventInbox } from "./attempts/inbox.ts";
import type { Lease } from "../database/lease.ts";
import type { WriteRefusals } from "../database/write-refusals.ts";
import type { JobErrors } from "./queue/job-errors.ts";
import { RateLimitSync } from "./originating/rate-limit-sync.ts";
import { Reconciler } from "./attempts/reconciliation.ts";

const publishMs = 1_000;
/** If another transaction holds a call's row or lead, the call is tried again after this. */
const lockedAgainMs = 500;

/** What a term is made from: the engine's own parts, and the lease under which it works. */
export interface LeaderTermOptions {
  readonly config: Config;
  readonly engineId: string;
  readonly epoch: number;
  readonly database: Database;
  readonly databaseOptions: DatabaseOptions;
  readonly connections: { readonly runner: number; readonly state: number };
  readonly adapter: VoiceAdapter;
  readonly inbox: EventInbox;
  readonly metrics: Metrics;
  readonly crontab: string;
  readonly log: Logger;
  readonly lease: Lease;
  readonly jobErrors: JobErrors;
  readonly writeRefusals: WriteRefusals;
}

export class LeaderTerm {
  readonly #deps: LeaderTermOptions;
  readonly #rateLimiters = new RateLimiters(monotonicMs());
  readonly #rateLimitSync: RateLimitSync;
  readonly #executor: Executor;
  readonly #scheduler: Scheduler;
  readonly #postCallEffects: PostCallEffects;
  readonly #jobRunners: JobRunners;
  readonly #applier: EventApplier;
  readonly #dueJobNotifier: DueJobNotifier;
  readonly #reconciler: Reconciler;
  readonly #unheardCalls: UnheardCalls;
  readonly #countFolder: CountFolder;
  readonly #log: Logger;
  #publishing: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: LeaderTermOptions) {
    this.#deps = options;
    this.#log = componentLogger(options.log, "Engine");
    this.#countFolder = this.#createCountFolder();
    this.#unheardCalls = this.#createUnheardCalls();
    this.#executor = this.#createExecutor();
    this.#rateLimitSync = new RateLimitSync({
      rateLimiters: this.#rateLimiters,
      executor: this.#executor,
      database: options.database,
      node: options.config.voice.node,
      log: this.#log,
      nowMs: monotonicMs,
    });
    this.#scheduler = this.#createScheduler();
    this.#postCallEffects = new PostCallEffects({
      database: options.database,
      log: componentLogger(options.log, "Executor"),
      scheduler: this.#scheduler,
      onEnded: (call) => {
        this.#noteEnded(call);
      },
    });
    this.#applier = createApplier(options, this.#postCallEffects);
    this.#jobRunners = this.#createJobRunners();
    this.#dueJobNotifier = new DueJobNotifier({
      readQueue: () => readQueue(options.database, keylessPatterns),
      jobRunners: this.#jobRunners,
      checkMs: options.config.scheduler.timerCheckMs,
      log: componentLogger(options.log, "TimerProcessor"),
    });
    this.#reconciler = createReconciler(options);
  }

  get poolIds(): readonly string[] {
    return this.#jobRunners.poolIds;
  }

  get isRunning(): boolean {
    return this.#jobRunners.isRunning;
  }

  get unanswered(): number {
    return this.#executor.unanswered;
  }

  /** Milliseconds since the queue was last checked with success; normally it is checked twice a second. */
  get queueAgeMs(): number {
    return monotonicMs() - this.#dueJobNotifier.lastSuccessMs;
  }

  /**
   * Takes over what the previous leader left, then begins to work.
   *
   * @throws whatever the database throws, and when the term was stopped meanwhile; the caller then stops what has begun
   */
  async start(): Promise<void> {
    const { database, config } = this.#deps;
    this.noteSwitchLimits();
    this.#unheardCalls.noteConnection();
    await this.#rateLimitSync.refresh();
    this.#executor.adopt(await readUnanswered(database, config.voice.node));
    this.#throwIfStopped();
    await this.#jobRunners.start();
    this.#throwIfStopped();
    this.#dueJobNotifier.start();
    this.#publishing = setInterval(() => {
      this.#publish();
    }, publishMs);
    this.#reconciler.compareIn(0);
    this.#scheduler.wakeAll(await readActiveCampaigns(database));
  }

  #throwIfStopped(): void {
    if (this.#stopped) throw new Error("The lease was lost before work began");
  }

  /** @returns settles when the PBX has answered what was written to it; nothing else is sent any more */
  stopSending(): Promise<void> {
    return this.#executor.stop();
  }

  /** Stops sending at once; running jobs, and a comparison under way, may finish until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    void this.#executor.stop();
    this.#dueJobNotifier.stop();
    clearInterval(this.#publishing);
    await Promise.all([
      settledWithin(this.#reconciler.stop(), deadlineMs),
      this.#jobRunners
        .stop(deadlineMs)
        .then(() => settledWithin(this.#postCallEffects.stop(), deadlineMs))
        .then(() => settledWithin(this.#unheardCalls.settled(), deadlineMs)),
      settledWithin(this.#scheduler.stop(), deadlineMs),
    ]);
  }

  /** A notice said that the queue changed. */
  noteJobs(): void {
    this.#dueJobNotifier.noteChange();
  }

  /** The queue and the trunks may have changed while nobody listened. */
  noteMissed(): void {
    this.#dueJobNotifier.check();
    this.#rateLimitSync.note();
  }

  /** A notice said that a trunk changed. */
  noteTrunks(): void {
    this.#rateLimitSync.note();
  }

  noteCampaign(campaignId: string, status: string): void {
    this.#executor.noteCampaign(campaignId, status);
  }

  noteWithdrawn(attemptIds: readonly string[]): void {
    this.#executor.noteWithdrawn(attemptIds);
  }

  /** Again and again, because the limits of the switch may have been changed. */
  noteSwitchLimits(): void {
    const { callsPerSecond } = switchPace(this.#deps.adapter.limits());
    this.#rateLimiters.setNodeLimit(callsPerSecond);
  }

  noteCallEvent(event: CallEvent): void {
    this.#unheardCalls.noteEvent();
    this.#executor.noteProgress(event);
    if (endsUnanswered(event)) this.#executor.release(event.attemptId);
  }

  /** Each trunk must first show with one call that it works: the PBX may not have found its carrier yet. */
  async notePbxRestarted(): Promise<void> {
    const { database, config } = this.#deps;
    await markPbxRestarted(database, config.voice.node);
  }

  /** The connection to the PBX is up: finds out which calls were lost or survived meanwhile. */
  notePbxConnected(): void {
    this.#unheardCalls.noteConnection();
    this.#executor.notePbxConnected();
    this.#reconciler.compareIn(0);
  }

  /** Requests passes. */
  wake(campaignIds: readonly string[]): void {
    this.#scheduler.wake(campaignIds);
  }

  async wakeAll(): Promise<void> {
    this.#scheduler.wakeAll(await readActiveCampaigns(this.#deps.database));
  }

  restartWorker(reason: string): void {
    this.#jobRunners.restart(reason);
  }

  #publish(): void {
    this.#rateLimitSync.tick();
    this.#countFolder.tick();
    this.#deps.metrics.originatesUnanswered.set(this.#executor.unanswered);
  }

  #noteEnded(call: EndedCall): void {
    // Before its place goes to another call.
    if (call.unheardMs !== null) this.#unheardCalls.noteUnheard(call.unheardMs);
    this.#executor.release(call.attemptId);
    this.#deps.metrics.callOutcomes.inc({ outcome: call.outcome });
  }

  #noteSent(attempt: ClaimedAttempt): void {
    const { metrics } = this.#deps;
    metrics.callsOriginated.inc({ trunk: attempt.trunkId });
    metrics.originateLatency.observe(
      Math.max(0, Date.now() - attempt.slotMs) / 1_000,
    );
  }

  #createCountFolder(): CountFolder {
    return new CountFolder({
      fold: () => foldCounts(this.#deps.database),
      log: this.#log,
      nowMs: monotonicMs,
    });
  }

  #createUnheardCalls(): UnheardCalls {
    const { config, adapter, database, log } = this.#deps;
    return new UnheardCalls({
      database,
      node: config.voice.node,
      log: componentLogger(log, "Executor"),
      connectedForMs: () => {
        const { status, since } = adapter.connection();
        return status === "CONNECTED" ? Date.now() - since.getTime() : null;
      },
      nowMs: monotonicMs,
      onRoom: () => {
        this.#executor.tryAgain();
      },
      onEventsResumed: () => {
        this.wakeAll().catch((error: unknown) => {
          this.#log.warn({ err: error }, "Campaigns could not be woken");
        });
      },
    });
  }

  #createExecutor(): Executor {
    const { config, adapter, database, engineId, epoch, inbox } = this.#deps;
    const identity = { engineId, epoch, node: config.voice.node };
    return new Executor({
      adapter,
      rateLimiters: this.#rateLimiters,
      maxUnanswered: config.scheduler.maxConcurrentOriginates,
      unheardCalls: this.#unheardCalls,
      tryAgainMs: config.scheduler.executorIntervalMs,
      log: componentLogger(this.#deps.log, "Executor"),
      nowMs: monotonicMs,
      isTrusted: () => this.#mayDial(),
      identity,
      claim: (who, ids) => claimOriginates(database, who, ids),
      onCallEvent: (event) => {
        this.#executor.release(event.attemptId);
        inbox.push(event);
      },
      onSent: (attempt) => {
        this.#noteSent(attempt);
      },
      onNoHandOver: (campaignId) => {
        this.#postCallEffects.noteNoHandOver(campaignId);
      },
      onRefused: (campaignIds) => {
        this.wake(campaignIds);
      },
    });
  }

  #createScheduler(): Scheduler {
    const { config, database, metrics } = this.#deps;
    return new Scheduler({
      database,
      intervalMs: config.scheduler.intervalMs,
      random: Math.random,
      // One connection remains for claims and events, however long passes wait for locks.
      mostPasses: Math.max(1, this.#deps.connections.state - 1),
      rateLimiters: this.#rateLimiters,
      executor: this.#executor,
      log: componentLogger(this.#deps.log, "Scheduler"),
      nowMs: monotonicMs,
      onPass: (seconds) => {
        this.#countFolder.note();
        metrics.pass.observe(seconds);
      },
    });
  }

  /** No other engine can have the node, and a call that is sent can be recorded. */
  #mayDial(): boolean {
    const { lease, epoch, writeRefusals } = this.#deps;
    return (
      lease.isTrusted() &&
      lease.epoch === epoch &&
      writeRefusals.current === null
    );
  }

  #createJobRunners(): JobRunners {
    const { database, databaseOptions, connections, crontab } = this.#deps;
    const { log, jobErrors, writeRefusals } = this.#deps;
    return new JobRunners({
      database: databaseOptions,
      connections: connections.runner,
      tasks: createTaskList(this.#taskDependencies()),
      crontab,
      log: componentLogger(log, "Worker"),
      onJobFailed: (task, error) => {
        jobErrors.note(task, error);
        writeRefusals.failed(task, error);
      },
      onJobDone: (task) => {
        writeRefusals.succeeded(task);
      },
      unlock: (poolIds) => unlockJobs(database, poolIds),
    });
  }

  #taskDependencies(): TaskDependencies {
    return {
      ...taskSettings(this.#deps),
      rateLimitSync: this.#rateLimitSync,
      scheduler: this.#scheduler,
      executor: this.#executor,
      postCallEffects: this.#postCallEffects,
      applier: this.#applier,
    };
  }
}

function createApplier(
  options: LeaderTermOptions,
  postCallEffects: PostCallEffects,
): EventApplier {
  const { settle } = taskSettings(options);
  const { database } = options;
  return new EventApplier({
    apply: (events) => applyEvents(database, events, settle),
    applyLater: (events) =>
      addJobs(database, [
        { task: "apply_call_events", payload: { events }, inMs: lockedAgainMs },
      ]),
    postCallEffects,
  });
}

function createReconciler({
  database,
  adapter,
  config,
  inbox,
  log,
}: LeaderTermOptions): Reconciler {
  return new Reconciler({
    database,
    adapter,
    node: config.voice.node,
    inbox,
    log: componentLogger(log, "Engine"),
  });
}
