/**
 * An engine with everything around it, from a configuration: used by `main.ts`, the demo, the bench and
 * the tests alike, so that all of them run the same program.
 */
import { readFileSync } from "node:fs";

import type { Logger } from "pino";

import { AsteriskAmiAdapter } from "../adapters/asterisk-ami/adapter.ts";
import { FreeswitchEslAdapter } from "../adapters/freeswitch-esl/adapter.ts";
import { createMockAdapter } from "../adapters/mock/adapter.ts";
import { MockPbx } from "../adapters/mock/pbx.ts";
import type { VoiceAdapter } from "../adapters/port.ts";
import type { Config } from "../config.ts";
import { migrate } from "../database/migrate.ts";
import { createStatePool } from "../database/pools.ts";
import { countLiveCalls, readInstallationId } from "../database/reconciling.ts";
import { createMetrics } from "../health/metrics.ts";
import { startHealthServer } from "../health/server.ts";
import type { HealthServer } from "../health/server.ts";
import { componentLogger } from "../logging.ts";
import { Engine } from "./engine.ts";
import { createStatusSource } from "./health-report.ts";
import { settledWithin } from "./settled-within.ts";
import { openSupabase } from "./supabase-services.ts";
import { createWallboardReaders } from "./wallboard-reader.ts";

export interface RunOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Instead of the adapter that the configuration names; its installation is the database's. */
  readonly adapter?: (installationId: string) => VoiceAdapter;
}

export interface RunningEngine {
  readonly engine: Engine;
  readonly http: HealthServer;
  /** Stops everything within the configured time. */
  stop(): Promise<void>;
}

/** Version of this package; recorded by engines and checked by migrations. */
export const packageVersion = readVersion();

/**
 * Migrates, connects, and starts to dial or to stand by.
 *
 * @throws MigrationError, HealthServerError, or the database's first error; nothing is left running
 */
export async function runEngine(options: RunOptions): Promise<RunningEngine> {
  const { config, log } = options;
  const { database } = config;
  const migrations = componentLogger(log, "Migrations");
  await migrate({
    databaseUrl: database.url,
    dialerSchema: database.schema,
    workerSchema: database.workerSchema,
    log: (line) => {
      migrations.info(line);
    },
  });
  const installationId = await findInstallation(config);
  const adapter = (options.adapter ?? ((id) => createAdapter(config, id, log)))(
    installationId,
  );
  const metrics = createMetrics(() => countLiveCalls(engine.database));
  const crontab = readFileSync(new URL("../crontab", import.meta.url), "utf8");
  const engine: Engine = new Engine({
    config,
    version: packageVersion,
    adapter,
    metrics,
    crontab,
    log,
  });
  const { verifyUser, broadcast } = await openSupabase(
    config.supabase,
    engine,
    metrics,
    log,
  );
  const shown = { engine, adapter, config, version: packageVersion };
  const http = await startHealthServer({
    port: config.http.port,
    statusToken: config.http.statusToken,
    source: createStatusSource(shown),
    registry: metrics.registry,
    log: componentLogger(log, "Http"),
    wallboard: { open: createWallboardReaders(shown), verifyUser },
  });
  try {
    await engine.start();
  } catch (error) {
    await http.close();
    await engine.stop(1_000);
    throw error;
  }
  broadcast?.start();
  const quiet = () => Promise.all([http.endStreams(), broadcast?.stop()]);
  return {
    engine,
    http,
    stop: async () => {
      await settledWithin(quiet(), 500);
      await engine.stop(config.timings.shutdownTimeoutMs - 1_500);
      await http.close();
    },
  };
}

async function findInstallation(config: Config): Promise<string> {
  const pool = createStatePool(
    { ...config.database, applicationName: "dialer-engine start" },
    1,
    () => undefined,
  );
  try {
    return await readInstallationId(pool);
  } finally {
    await pool.end();
  }
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
  const text = readFileSync(
    new URL("../package.json", import.meta.url),
    "utf8",
  );
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
