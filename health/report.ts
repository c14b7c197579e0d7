/**
 * What the engine reports about itself over HTTP: every flag is measured, none assumed. The texts of its reasons, such
 * as "The database has not answered for 40 s.", are in `faults.ts`.
 */
import { switchPace } from "../dialing/switch-pace.ts";
import { takesCalls } from "../adapters/port.ts";
import type { ConnectionState, VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config/reading.ts";
import type { DatabaseStatus } from "../database/status.ts";
import type { OutageView } from "./outage.ts";
import type { HealthReport, StatusSource } from "./status-source.ts";
import type { Engine } from "../engine/engine.ts";
import type { HealthMeasures } from "./faults.ts";
import type { HealthWatch } from "./watch.ts";

export interface HealthReportOptions {
  readonly engine: Engine;
  readonly adapter: VoiceAdapter;
  readonly config: Config;
  readonly version: string;
  readonly watch: HealthWatch;
  /** Facts from the tables. Each section is read separately, so that one that fails does not affect the others. */
  readonly readStatus: () => Promise<DatabaseStatus>;
}

/** A larger difference of the two clocks is reported. */
const CLOCKS_AGREE_MS = 2_000;

export function createStatusSource(options: HealthReportOptions): StatusSource {
  return {
    health: () => Promise.resolve(report(options)),
    status: () => readEngineStatus(options, report(options)),
  };
}

/** What the health watch observes. */
export function measureHealth({
  engine,
  adapter,
  config,
}: Pick<HealthReportOptions, "engine" | "adapter" | "config">): HealthMeasures {
  return {
    pbx: adapter.connection(),
    databaseAnswerAgeMs: engine.databaseAnswerAgeMs,
    databaseAgeMs: engine.databaseAgeMs,
    refusal: engine.writeRefusal,
    idleness: engine.idleness,
    node: config.voice.node,
    term: engine.term,
    uptimeMs: engine.uptimeMs,
    staleMs: config.timings.leaseRenewMs * 2 + 1_000,
  };
}

function report(options: HealthReportOptions): HealthReport {
  const outages = options.watch.observe();
  const m = measureHealth(options);
  const connected = m.pbx.status === "CONNECTED";
  // What an operator has done on purpose is reported, but is not an outage.
  const paused = m.pbx.status === "CONNECTED" ? m.pbx.paused : undefined;
  const databaseReachable = m.databaseAgeMs <= m.staleMs;
  const running = m.term?.isRunning ?? false;
  const standby = m.term === null && m.idleness === null;
  const queueAgeMs = m.term?.queueAgeMs ?? Infinity;
  const reported = outages.filter((o) => o.isUnhealthy || !o.isReturning);
  return {
    healthy: !outages.some(({ isUnhealthy }) => isUnhealthy),
    standby,
    running: running || standby,
    voiceAdapterConnected: connected,
    schedulerActive: running && queueAgeMs <= m.staleMs,
    executorActive: running && takesCalls(m.pbx) && databaseReachable,
    databaseReachable,
    uptimeSeconds: Math.round(m.uptimeMs / 1_000),
    reasons: [
      ...reported.map((outage) => describe(outage, outage.fault.publicReason)),
      ...(paused === undefined
        ? []
        : ["The PBX is paused and takes no new calls."]),
    ],
    details: [
      ...reported.map((outage) => describe(outage, outage.fault.reason)),
      ...(paused === undefined ? [] : [paused.message]),
    ],
  };
}

function describe({ isReturning, ms }: OutageView, reason: string): string {
  if (!isReturning) return reason;
  return `Well again, but not for long enough to count (away for ${seconds(ms)}): ${reason}`;
}

/** Compares the PBX's clock with this engine's. @returns what is wrong, or null */
function pbxClock(state: ConnectionState): {
  readonly clockOffsetMs: number | null;
  readonly clockWarning: string | null;
} {
  const offsetMs =
    state.status === "CONNECTED" ? (state.clockOffsetMs ?? null) : null;
  if (offsetMs === null || Math.abs(offsetMs) <= CLOCKS_AGREE_MS)
    return { clockOffsetMs: offsetMs, clockWarning: null };
  const side = offsetMs > 0 ? "ahead of" : "behind";
  return {
    clockOffsetMs: offsetMs,
    clockWarning: `The PBX's clock is ${seconds(Math.abs(offsetMs))} ${side} this engine's. Times of calls are the PBX's: set both machines by NTP.`,
  };
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 1_000))} s`;
}

async function readEngineStatus(
  { engine, adapter, config, version, readStatus }: HealthReportOptions,
  health: HealthReport,
): Promise<Record<string, unknown>> {
  const { details, ...flags } = health;
  const state = adapter.connection();
  return {
    engine: {
      id: engine.id,
      version,
      node: config.voice.node,
      adapter: adapter.name,
      holdsLease: engine.isLeader,
      standby: health.standby,
      uptimeSeconds: health.uptimeSeconds,
      unansweredOriginates: engine.term?.unanswered ?? 0,
      maxConcurrentOriginates: config.scheduler.maxConcurrentOriginates,
      eventsWaiting: engine.eventsWaiting,
    },
    pbx: {
      status: state.status,
      since: state.since.toISOString(),
      reason: state.status === "CONNECTED" ? null : state.reason,
      remarks: state.status === "CONNECTED" ? (state.remarks ?? []) : [],
      paused: state.paused?.message ?? null,
      ...pbxClock(state),
      lastAnswerAgeMs: adapter.lastAnswerAgeMs(),
      limits: adapter.limits(),
      pace: switchPace(adapter.limits()),
    },
    health: { ...flags, reasons: details },
    recentErrors: engine.recentErrors,
    ...(await readStatus()),
  };
}
