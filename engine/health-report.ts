/** What the engine says of itself over HTTP: every flag is measured, none assumed. */
import { switchPace } from "../dialing/switch-pace.ts";
import type { VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config.ts";
import { readStatus } from "../database/status.ts";
import type { HealthReport, StatusSource } from "../health/status-source.ts";
import type { Engine } from "./engine.ts";

export interface HealthReportOptions {
  readonly engine: Engine;
  readonly adapter: VoiceAdapter;
  readonly config: Config;
  readonly version: string;
}

export function createStatusSource(options: HealthReportOptions): StatusSource {
  const pbxDown = { sinceMs: null as number | null };
  return {
    health: () => Promise.resolve(report(options, pbxDown)),
    status: () => readEngineStatus(options, report(options, pbxDown)),
  };
}

function report(
  { engine, adapter, config }: HealthReportOptions,
  pbxDown: { sinceMs: number | null },
): HealthReport {
  const limitMs = config.timings.unhealthyAfterMs;
  const state = adapter.connection();
  const connected = state.status === "CONNECTED";
  const databaseReachable = engine.databaseAgeMs <= staleAfter(config);
  pbxDown.sinceMs = connected
    ? null
    : (pbxDown.sinceMs ?? state.since.getTime());
  const pbxDownMs = pbxDown.sinceMs === null ? 0 : Date.now() - pbxDown.sinceMs;
  const tenure = engine.tenure;
  const running = tenure?.isRunning ?? false;
  const reasons: string[] = [];
  if (!databaseReachable)
    reasons.push(
      `The database has not answered for ${seconds(engine.databaseAgeMs)}.`,
    );
  if (state.status !== "CONNECTED") reasons.push(state.reason);
  if (tenure !== null && !running)
    reasons.push("The job runner is being started.");
  const { idleness } = engine;
  const idleMs = idleness?.ms ?? 0;
  if (idleness !== null && idleMs > staleAfter(config))
    reasons.push(
      `This engine should dial for node ${config.voice.node} and has not for ${seconds(idleMs)}: ${idleness.reason}.`,
    );
  const healthy = [engine.databaseAgeMs, pbxDownMs, idleMs].every(
    (ms) => ms <= limitMs,
  );
  const standby = !engine.isHolder && idleness === null;
  const queueAgeMs = tenure?.queueAgeMs ?? Infinity;
  return {
    healthy,
    standby,
    running: running || standby,
    voiceAdapterConnected: connected,
    schedulerActive: running && queueAgeMs <= staleAfter(config),
    executorActive: running && connected && databaseReachable,
    databaseReachable,
    uptimeSeconds: Math.round(engine.uptimeMs / 1_000),
    reasons,
  };
}

function staleAfter(config: Config): number {
  return config.timings.leaseRenewMs * 2 + 1_000;
}

function seconds(ms: number): string {
  return Number.isFinite(ms)
    ? `${String(Math.round(ms / 1_000))} s`
    : "as long as it runs";
}

async function readEngineStatus(
  { engine, adapter, config, version }: HealthReportOptions,
  health: HealthReport,
): Promise<Record<string, unknown>> {
  const state = adapter.connection();
  return {
    engine: {
      id: engine.id,
      version,
      node: config.voice.node,
      adapter: adapter.name,
      holdsLease: engine.isHolder,
      standby: health.standby,
      uptimeSeconds: health.uptimeSeconds,
      unansweredOriginates: engine.tenure?.unanswered ?? 0,
      maxConcurrentOriginates: config.scheduler.maxConcurrentOriginates,
      eventsWaiting: engine.eventsWaiting,
    },
    pbx: {
      status: state.status,
      since: state.since.toISOString(),
      reason: state.status === "CONNECTED" ? null : state.reason,
      lastAnswerAgeMs: adapter.lastAnswerAgeMs(),
      limits: adapter.limits(),
      pace: switchPace(adapter.limits()),
    },
    health,
    recentErrors: engine.recentErrors,
    ...(await readStatus(engine.database, config.database.workerSchema)),
  };
}
