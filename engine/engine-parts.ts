/** The engine's own parts, made from its options. */
import { hostname } from "node:os";

import type { Logger } from "pino";

import type { VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config.ts";
import type { DatabaseAddress } from "../database/address.ts";
import { addJobs } from "../database/jobs.ts";
import { Lease } from "../database/lease.ts";
import type { Database } from "../database/pools.ts";
import type { Metrics } from "../health/metrics.ts";
import { componentLogger } from "../logging.ts";
import { monotonicMs } from "./clock.ts";
import { EventInbox } from "./event-inbox.ts";
import type { WriteRefusals } from "./write-refusals.ts";

export interface EngineOptions {
  readonly config: Config;
  readonly version: string;
  readonly adapter: VoiceAdapter;
  readonly metrics: Metrics;
  readonly crontab: string;
  readonly log: Logger;
  /** Where the database's address may become another one while the engine runs. */
  readonly address?: DatabaseAddress | undefined;
  /** Told when the line to the PBX comes up or goes down. */
  readonly onPbxChange?: () => void;
}

export function createLease(engineId: string, options: EngineOptions): Lease {
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

export function createInbox(
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
