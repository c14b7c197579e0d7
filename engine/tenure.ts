/**
 * One tenure of an engine as the holder of its node: everything that exists only while it may dial.
 * Made when the lease is taken, thrown away when it is given up or lost.
 */
import type { Logger } from "pino";

import type { CallEvent, VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config.ts";
import { readActiveCampaigns } from "../database/consequences.ts";
import { lookAtQueue } from "../database/jobs.ts";
import {
  claimOriginates,
  publishRates,
  readTrunkLimits,
  readUnanswered,
} from "../database/originating.ts";
import type { ClaimedAttempt } from "../database/originating.ts";
import type { Database, DatabaseOptions } from "../database/pools.ts";
import type { Metrics } from "../health/metrics.ts";
import { switchPace } from "../dialing/switch-pace.ts";
import { componentLogger } from "../logging.ts";
import { monotonicMs } from "./clock.ts";
import { unlockJobs } from "../database/reconciling.ts";
import { AlarmClock } from "./alarm-clock.ts";
import { applyEvents, settlesDialling } from "./apply-events.ts";
import { Aftermath } from "./aftermath.ts";
import type { EventInbox } from "./event-inbox.ts";
import { Executor } from "./executor.ts";
import { EventApplier } from "./event-applier.ts";
import { JobRunners } from "./job-runners.ts";
import { RateLines } from "./rate-lines.ts";
import { Reconciler } from "./reconciler.ts";
import { Scheduler } from "./scheduler.ts";
import type { EndedCall } from "./settle-attempts.ts";
import type { TaskDependencies } from "./task-dependencies.ts";
import { taskSettings } from "./task-settings.ts";
import { createTaskList } from "./task-list.ts";

const publishMs = 1_000;

export interface TenureOptions {
  readonly config: Config;
  readonly engineId: string;
  readonly epoch: number;
  readonly database: Database;
  readonly databaseOptions: DatabaseOptions;
  readonly workerConnections: number;
  readonly adapter: VoiceAdapter;
  readonly inbox: EventInbox;
  readonly metrics: Metrics;
  readonly crontab: string;
  readonly log: Logger;
  readonly isTrusted: () => boolean;
  readonly onJobFailed: (task: string, error: unknown) => void;
}

export class Tenure {
  readonly #with: TenureOptions;
  readonly #lines = new RateLines(monotonicMs());
  readonly #executor: Executor;
  readonly #scheduler: Scheduler;
  readonly #aftermath: Aftermath;
  readonly #runner: JobRunners;
  readonly #applier: EventApplier;
  readonly #alarm: AlarmClock;
  readonly #reconciler: Reconciler;
  readonly #log: Logger;
  #publishing: NodeJS.Timeout | null = null;

  constructor(options: TenureOptions) {
    this.#with = options;
    this.#log = componentLogger(options.log, "Engine");
    this.#executor = this.#createExecutor();
    this.#scheduler = this.#createScheduler();
    this.#aftermath = new Aftermath({
      database: options.database,
      log: componentLogger(options.log, "Executor"),
      wake: (ids) => {
        this.wake(ids);
      },
      onEnded: (call) => {
        this.#noteEnded(call);
      },
    });
    const settle = {
      settleMs: options.config.timings.settleMs,
      agentTimeoutMs: options.config.timings.agentTimeoutMs,
      random: Math.random,
    };
    this.#applier = new EventApplier({
      apply: (events) => applyEvents(options.database, events, settle),
      onSettled: (settled) => {
        this.#aftermath.note(settled);
      },
    });
    this.#runner = new JobRunners({
      database: options.databaseOptions,
      connections: options.workerConnections,
      tasks: createTaskList(this.#taskDependencies()),
      crontab: options.crontab,
      log: componentLogger(options.log, "Worker"),
      onJobFailed: options.onJobFailed,
      unlock: (poolIds) => unlockJobs(options.database, poolIds),
    });
    this.#alarm = new AlarmClock({
      look: () => lookAtQueue(options.database),
      ring: (count) => {
        this.#runner.nudge(count);
      },
      checkMs: options.config.scheduler.timerCheckMs,
      log: componentLogger(options.log, "TimerProcessor"),
    });
    this.#reconciler = new Reconciler({
      database: options.database,
      adapter: options.adapter,
      node: options.config.voice.node,
      inbox: options.inbox,
      log: this.#log,
    });
  }

  get poolIds(): readonly string[] {
    return this.#runner.poolIds;
  }

  get isRunning(): boolean {
    return this.#runner.isRunning;
  }

  get unanswered(): number {
    return this.#executor.unanswered;
  }

  /** Milliseconds since the queue was last looked at with success; it is, twice a second. */
  get queueAgeMs(): number {
    return monotonicMs() - this.#alarm.lastSuccessMs;
  }

  /** Takes over what a predecessor left, then begins to work. */
  async start(): Promise<void> {
    const { database, config } = this.#with;
    this.noteSwitchLimits();
    await this.refreshLimits();
    this.#executor.adopt(await readUnanswered(database, config.voice.node));
    await this.#runner.start();
    this.#alarm.start();
    this.#publishing = setInterval(() => {
      this.#publish();
    }, publishMs);
    this.#reconciler.compareIn(0);
    await this.#scheduler.wake(await readActiveCampaigns(database));
  }

  /** Stops sending at once; running jobs get until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#executor.stop();
    this.#alarm.stop();
    if (this.#publishing !== null) clearInterval(this.#publishing);
    const compared = this.#reconciler.stop();
    await this.#runner.stop(deadlineMs);
    await this.#aftermath.stop();
    await compared;
  }

  /** The queue changed, as everybody was told. */
  noteJobs(): void {
    this.#alarm.noteChange();
  }

  /** The queue may have changed while nobody listened. */
  checkJobs(): void {
    this.#alarm.check();
  }

  noteCampaign(campaignId: string, status: string): void {
    this.#executor.noteCampaign(campaignId, status);
  }

  /** The switch may have been given other limits, and says them again and again. */
  noteSwitchLimits(): void {
    const { callsPerSecond } = switchPace(this.#with.adapter.limits());
    this.#lines.setNodeLimit(callsPerSecond);
  }

  noteCallEvent(event: CallEvent): void {
    this.#executor.noteProgress(event);
    if (settlesDialling(event)) this.#executor.noteSettled(event.attemptId);
  }

  /** The line to the PBX is up: whatever it lost or kept meanwhile is found out. */
  notePbxConnected(): void {
    this.#executor.lookAgain();
    this.#reconciler.compareIn(0);
  }

  /** Reads the trunks' limits again; a failure is told and the old ones stay. */
  async refreshLimits(): Promise<void> {
    const { database, config } = this.#with;
    this.#lines.setLimits(await readTrunkLimits(database, config.voice.node));
    this.#executor.lookAgain();
  }

  /** Asks for passes; a failure is told, and they are asked for again. */
  wake(campaignIds: readonly string[]): void {
    this.#noteWaking(this.#scheduler.wake(campaignIds));
  }

  #noteWaking(waking: Promise<void>): void {
    waking.catch((error: unknown) => {
      this.#log.warn({ err: error }, "Campaigns could not be woken");
    });
  }

  async wakeAll(): Promise<void> {
    await this.#scheduler.wake(await readActiveCampaigns(this.#with.database));
  }

  restartWorker(reason: string): void {
    this.#runner.restart(reason);
  }

  #publish(): void {
    this.#noteWaking(this.#scheduler.wakeOwed());
    const rates = this.#lines.takeRates(monotonicMs());
    publishRates(this.#with.database, rates).catch((error: unknown) => {
      this.#log.debug({ err: error }, "Rates could not be published");
    });
    this.#with.metrics.originatesUnanswered.set(this.#executor.unanswered);
  }

  #noteEnded(call: EndedCall): void {
    this.#executor.noteSettled(call.attemptId);
    this.#with.metrics.callOutcomes.inc({ outcome: call.outcome });
  }

  #noteSent(attempt: ClaimedAttempt): void {
    const { metrics } = this.#with;
    metrics.callsOriginated.inc({ trunk: attempt.trunkId });
    metrics.originateLatency.observe(
      Math.max(0, Date.now() - attempt.slotMs) / 1_000,
    );
  }

  #createExecutor(): Executor {
    const { config, adapter, database, engineId, epoch, inbox } = this.#with;
    const identity = { engineId, epoch, node: config.voice.node };
    return new Executor({
      adapter,
      lines: this.#lines,
      maxUnanswered: config.scheduler.maxConcurrentOriginates,
      lookAgainMs: config.scheduler.executorIntervalMs,
      log: componentLogger(this.#with.log, "Executor"),
      nowMs: monotonicMs,
      isTrusted: this.#with.isTrusted,
      identity: () => identity,
      claim: (who, ids) => claimOriginates(database, who, ids),
      onCallEvent: (event) => {
        this.#executor.noteSettled(event.attemptId);
        inbox.push(event);
      },
      onSent: (attempt) => {
        this.#noteSent(attempt);
      },
      onRefused: (campaignIds) => {
        this.wake(campaignIds);
      },
    });
  }

  #createScheduler(): Scheduler {
    const { config, database, metrics } = this.#with;
    return new Scheduler({
      database,
      intervalMs: config.scheduler.intervalMs,
      random: Math.random,
      log: componentLogger(this.#with.log, "Scheduler"),
      nowMs: monotonicMs,
      onPass: (seconds) => {
        metrics.pass.observe(seconds);
      },
      // The way through the queue takes longer than the claim. The job comes all the same, and does what was not done.
      onDueNow: (submission) => {
        this.#executor.submit(submission).catch(() => undefined);
      },
    });
  }

  #taskDependencies(): TaskDependencies {
    return {
      ...taskSettings(this.#with),
      scheduler: this.#scheduler,
      executor: this.#executor,
      aftermath: this.#aftermath,
      applier: this.#applier,
    };
  }
}
