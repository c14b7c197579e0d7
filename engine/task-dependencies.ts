/** What tasks receive; made anew for each leader term. */
import type { Logger } from "pino";
import { type z } from "zod";
import type { Config } from "../config/reading.ts";
import type { Database } from "../database/pools.ts";
import type { PostCallEffects } from "./attempts/post-call-effects.ts";
import type { TimerDependencies } from "./attempts/timers.ts";
import type { EventApplier } from "./attempts/applier.ts";
import type { Executor } from "./originating/executor.ts";
import type { RateLimitSync } from "./originating/rate-limit-sync.ts";
import type { Scheduler } from "./scheduling/scheduler.ts";
import type { SettleOptions } from "./attempts/settlement.ts";
import type { VoiceAdapter } from "../adapters/port.ts";
import type { Metrics } from "../metrics.ts";
import { componentLogger } from "../logging.ts";
import type { EventInbox } from "./attempts/inbox.ts";

export interface TaskDependencies {
  readonly database: Database;
  readonly scheduler: Scheduler;
  readonly executor: Executor;
  readonly postCallEffects: PostCallEffects;
  readonly applier: EventApplier;
  readonly timers: TimerDependencies;
  readonly rateLimitSync: RateLimitSync;
  readonly settle: SettleOptions;
  readonly node: string;
  readonly executorIntervalMs: number;
  readonly retention: Config["retention"];
  readonly heartbeatStaleMs: number;
  readonly log: Logger;
}

export class PayloadError extends Error {
  override readonly name = "PayloadError";
  readonly code = "PAYLOAD_INVALID";
}

/**
 * Reads a job's payload.
 *
 * @throws PayloadError that names each field that is wrong and what is right
 */
export function readPayload<T extends z.ZodType>(
  task: string,
  shape: T,
  payload: unknown,
): z.infer<T> {
  const result = shape.safeParse(payload);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) =>
      `${issue.path.map(String).join(".") || "payload"}: ${issue.message}`,
  );
  throw new PayloadError(
    `Payload of ${task} is not valid: ${problems.join("; ")}`,
  );
}

/** The part of it that follows from the engine's options alone. */
export interface TaskSettingsSource {
  readonly config: Config;
  readonly database: Database;
  readonly adapter: VoiceAdapter;
  readonly inbox: Pick<EventInbox, "receivedOf">;
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
  "scheduler" | "executor" | "postCallEffects" | "applier" | "rateLimitSync"
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
      received: (attemptId) => inbox.receivedOf(attemptId),
      onLateness: (ms) => {
        metrics.timerLateness.observe(ms / 1_000);
      },
    },
  };
}
