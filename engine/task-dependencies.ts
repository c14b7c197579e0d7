/** What tasks are given; made anew each time this engine becomes the holder of its node. */
import type { Logger } from "pino";
import { type z } from "zod";

import type { Config } from "../config.ts";
import type { Database } from "../database/pools.ts";
import type { Aftermath } from "./aftermath.ts";
import type { TimerDependencies } from "./call-timers.ts";
import type { EventApplier } from "./event-applier.ts";
import type { Executor } from "./executor.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SettleOptions } from "./settle-attempts.ts";

export interface TaskDependencies {
  readonly database: Database;
  readonly scheduler: Scheduler;
  readonly executor: Executor;
  readonly aftermath: Aftermath;
  readonly applier: EventApplier;
  readonly timers: TimerDependencies;
  /** Reads the trunks' limits again. */
  readonly refreshLimits: () => Promise<void>;
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
