/** What a tenure is made from: the engine's own parts and the lease it works under; and parts of its own. */
import type { Logger } from "pino";

import type { VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config.ts";
import { addJobs } from "../database/jobs.ts";
import type { Database, DatabaseOptions } from "../database/pools.ts";
import type { Metrics } from "../health/metrics.ts";
import { componentLogger } from "../logging.ts";
import { applyEvents } from "./apply-events.ts";
import { monotonicMs } from "./clock.ts";
import { EventApplier } from "./event-applier.ts";
import type { EventInbox } from "./event-inbox.ts";
import { LineKeeper } from "./line-keeper.ts";
import type { RateLines } from "./rate-lines.ts";
import { Reconciler } from "./reconciler.ts";
import type { Settled } from "./settle-attempts.ts";
import { taskSettings } from "./task-settings.ts";

/** A call whose row or lead somebody's open transaction holds is looked at again after this. */
const lockedAgainMs = 500;

export interface TenureOptions {
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
  readonly isTrusted: () => boolean;
  readonly onJobFailed: (task: string, error: unknown) => void;
  readonly onJobDone: (task: string) => void;
}

export function createLineKeeper(
  { database, config, log }: TenureOptions,
  lines: RateLines,
  onRefreshed: () => void,
): LineKeeper {
  return new LineKeeper({
    lines,
    database,
    node: config.voice.node,
    log: componentLogger(log, "Engine"),
    nowMs: monotonicMs,
    onRefreshed,
  });
}

export function createApplier(
  options: TenureOptions,
  onSettled: (settled: Settled) => void,
): EventApplier {
  const { settle } = taskSettings(options);
  const { database } = options;
  return new EventApplier({
    apply: (events) => applyEvents(database, events, settle),
    applyLater: (events) =>
      addJobs(database, [
        { task: "apply_call_events", payload: { events }, inMs: lockedAgainMs },
      ]),
    onSettled,
  });
}

export function createReconciler({
  database,
  adapter,
  config,
  inbox,
  log,
}: TenureOptions): Reconciler {
  return new Reconciler({
    database,
    adapter,
    node: config.voice.node,
    inbox,
    log: componentLogger(log, "Engine"),
  });
}
