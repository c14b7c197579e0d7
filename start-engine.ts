/**
 * An engine with everything around it, from a configuration: used by `main.ts`, the demo, the bench and
 * the tests alike, so that all of them run the same program.
 */
import { readFileSync } from "node:fs";

import type { Logger } from "pino";

import { AsteriskAmiAdapter } from "./adapters/asterisk-ami/adapter.ts";
import { FreeswitchEslAdapter } from "./adapters/freeswitch-esl/adapter.ts";
import { createMockAdapter } from "./adapters/mock/adapter.ts";
import { MockPbx } from "./adapters/mock/pbx.ts";
import type { VoiceAdapter } from "./adapters/port.ts";
import type { Config, Settings } from "./config/reading.ts";
import type { DatabaseAddress } from "./database/address.ts";
import { findDisplay } from "./wallboard/displays.ts";
import { migrate } from "./database/migrations/migrate.ts";
import { identifyInstallation } from "./database/installation.ts";
import { countLiveCalls } from "./database/reconciliation.ts";
import { readStatus } from "./database/status.ts";
import { readCallsPerSecond } from "./database/trunk-rates.ts";
import { createMetrics } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";
import type { HttpPort, HttpPortOptions } from "./http/http-port.ts";
import { listenForHttp, startHealthServer } from "./start-http.ts";
import type { SupabaseServices } from "./start-supabase.ts";
import type { HealthServer } from "./start-http.ts";
import { componentLogger } from "./logging.ts";
import { monotonicMs } from "./timing.ts";
import { Engine } from "./engine/engine.ts";
import { createStatusSource, measureHealth } from "./health/report.ts";
import { HealthWatch } from "./health/watch.ts";
import { settledWithin } from "./timing.ts";
import { createWallboardReaders } from "./wallboard/reader.ts";

export interface RunOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Instead of the adapter that the configuration names; its installation is the database's. */
  readonly adapter?: (installationId: string) => VoiceAdapter;
  /** The HTTP port, when it listens already; closed with the engine, and when the start fails. */
  readonly http?: HttpPort;
  /** Where the database's address may become another one. */
  readonly address?: DatabaseAddress | undefined;
}

export interface RunningEngine {
  readonly engine: Engine;
  readonly http: HealthServer;
  /** Stops everything within the configured time. */
  stop(): Promise<void>;
}

/** Version of this package; recorded by engines and checked by migrations. */
export const packageVersion = readVersion();

/** How the engine listens for HTTP. @throws HealthServerError when the port cannot be had */
export function openPort(settings: Settings, log: Logger): Promise<HttpPort> {
  return listenForHttp(httpOptions(settings, log));
}

function httpOptions(
  { http, environment }: Settings,
  log: Logger,
): HttpPortOptions {
  return {
    ...http,
    production: environment === "production",
    log: componentLogger(log, "Http"),
  };
}

/**
 * Listens, migrates, connects, and starts to dial or to stand by.
 *
 * @throws MigrationError, HealthServerError, or the database's first error; nothing is left running
 */
export async function runEngine(options: RunOptions): Promise<RunningEngine> {
  const { config, log } = options;
  const http = options.http ?? (await openPort(config, log));
  try {
    return await runBehind(http, options);
  } catch (error) {
    await http.close();
    throw error;
  }
}

async function runBehind(
  port: HttpPort,
  options: RunOptions,
): Promise<RunningEngine> {
  const { config, log } = options;
  port.enter("migrating");
  await migrateFor(config, log);
  port.enter("connecting");
  const installationId = await findInstallation(config, log);
  const adapter = (options.adapter ?? ((id) => createAdapter(config, id, log)))(
    installationId,
  );
  const { engine, watch, metrics } = createParts(options, adapter);
  const supabase = await openSupabase(config, engine, metrics, log);
  const shown = { engine, adapter, config, watch, version: packageVersion };
  const http = await startHealthServer(
    {
      ...httpOptions(config, log),
      source: createStatusSource({
        ...shown,
        readStatus: () =>
          readStatus(engine.database, config.database.workerSchema),
      }),
      registry: metrics.registry,
      wallboard: {
        open: createWallboardReaders(shown),
        verifyUser: supabase?.verifyUser ?? null,
        verifyDisplay: (token) => findDisplay(engine.database, token),
        sessions: supabase?.sessions ?? null,
      },
    },
    port,
  );
  try {
    watch.start();
    await engine.start();
  } catch (error) {
    watch.stop();
    await http.close();
    await engine.stop(1_000);
    throw error;
  }
  supabase?.broadcast.start();
  const quiet = () =>
    Promise.all([http.endStreams(), supabase?.broadcast.stop()]);
  return {
    engine,
    http,
    stop: async () => {
      watch.stop();
      await settledWithin(quiet(), 500);
      await engine.stop(config.timings.shutdownTimeoutMs - 1_500);
      await http.close();
    },
  };
}

/** Loaded only where it is configured: the client of Supabase takes some 20 MB. */
async function openSupabase(
  { supabase }: Config,
  engine: Engine,
  metrics: Metrics,
  log: Logger,
): Promise<SupabaseServices | null> {
  if (supabase === null) return null;
  const services = await import("./start-supabase.ts");
  return services.openSupabase(supabase, engine, metrics, log);
}

async function migrateFor({ database }: Config, log: Logger): Promise<void> {
  const migrations = componentLogger(log, "Migrations");
  await migrate({
    databaseUrl: database.url,
    dialerSchema: database.schema,
    workerSchema: database.workerSchema,
    onApplied: (name) => {
      migrations.info(`applied ${name}`);
    },
  });
}

/** The engine and what watches it. */
function createParts(
  { config, log, address }: RunOptions,
  adapter: VoiceAdapter,
): { engine: Engine; watch: HealthWatch; metrics: Metrics } {
  const metrics = createMetrics(
    () => countLiveCalls(engine.database),
    // The leader's alone: a standby beside it would count the same calls again.
    async () =>
      engine.isLeader
        ? readCallsPerSecond(engine.database, config.voice.node)
        : {},
  );
  const crontab = readFileSync(new URL("./crontab", import.meta.url), "utf8");
  const engine: Engine = new Engine({
    config,
    version: packageVersion,
    adapter,
    metrics,
    crontab,
    log,
    address,
    onPbxChange: () => {
      watch.observe();
    },
  });
  const watch = new HealthWatch({
    measure: () => measureHealth({ engine, adapter, config }),
    unhealthyAfterMs: config.timings.unhealthyAfterMs,
    nowMs: monotonicMs,
    log: componentLogger(log, "Health"),
  });
  return { engine, watch, metrics };
}

/** @returns the id that marks our channels; what is a copy has got one of its own before the PBX hears anything */
async function findInstallation(config: Config, log: Logger): Promise<string> {
  const { id, copiedFrom } = await identifyInstallation({
    ...config.database,
    applicationName: "dialer-engine start",
  });
  if (copiedFrom !== null)
    componentLogger(log, "Engine").error(
      { installation: id, copiedFrom },
      "This database is a copy of another installation's: it has an id of its own now, its campaigns are PAUSED (COPIED_DATABASE), and no call of the original is touched. If it was moved and is no copy: select release_copied_database();",
    );
  return id;
}

function createAdapter(
  { voice }: Config,
  installationId: string,
  log: Logger,
): VoiceAdapter {
  switch (voice.adapter) {
    case "asterisk_ami":
      return new AsteriskAmiAdapter({
        ...voice,
        installationId,
        log: componentLogger(log, "AMI"),
      });
    case "freeswitch_esl":
      return new FreeswitchEslAdapter({
        ...voice,
        installationId,
        log: componentLogger(log, "ESL"),
      });
    case "mock":
      return createMock(voice.mockPbxUrl, installationId);
  }
}

function createMock(url: string | null, installationId: string): VoiceAdapter {
  return url === null
    ? createMockAdapter({
        installationId,
        pbx: new MockPbx({ journal: "counters" }),
      })
    : createMockAdapter({ installationId, url });
}

function readVersion(): string {
  const text = readFileSync(new URL("./package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
