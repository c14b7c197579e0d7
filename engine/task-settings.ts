/** The part of what tasks are given that follows from the engine's options alone. */
import type { Logger } from "pino";

import type { VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config.ts";
import type { Database } from "../database/pools.ts";
import type { Metrics } from "../health/metrics.ts";
import { componentLogger } from "../logging.ts";
import type { EventInbox } from "./event-inbox.ts";
import type { TaskDependencies } from "./task-dependencies.ts";

export interface TaskSettingsSource {
  readonly config: Config;
  readonly database: Database;
  readonly adapter: VoiceAdapter;
  readonly inbox: Pick<EventInbox, "heardOf">;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export function taskSettings({
  config,
  database,
  adapter,
  inbox,
  metrics,
  log,
}: TaskSettingsSource): Omit<
  TaskDependencies,
  "scheduler" | "executor" | "aftermath" | "applier" | "refreshLimits"
> {
  const { settleMs, agentTimeoutMs } = config.timings;
  const settle = { settleMs, agentTimeoutMs, random: Math.random };
  const { node } = config.voice;
  return {
    database,
    settle,
    node,
    executorIntervalMs: config.scheduler.executorIntervalMs,
    retention: config.retention,
    heartbeatStaleMs: config.timings.heartbeatStaleMs,
    log: componentLogger(log, "Worker"),
    timers: {
      database,
      adapter,
      node,
      settle,
      heard: (attemptId) => inbox.heardOf(attemptId),
      onLateness: (ms) => {
        metrics.timerLateness.observe(ms / 1_000);
      },
    },
  };
}
