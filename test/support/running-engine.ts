/**
 * An engine in this process, on a test database and a scripted mock PBX; and rows as a front end inserts them. It is
 * the program that `main.ts` starts, with only the PBX replaced.
 */
import type pg from "pg";
import { afterAll, beforeAll, onTestFinished } from "vitest";

import { createMockAdapter } from "../../adapters/mock/adapter.ts";
import { MockPbx } from "../../adapters/mock/pbx.ts";
import type { MockScenarioInput } from "../../adapters/mock/scenario.ts";
import type { VoiceAdapter } from "../../adapters/port.ts";
import { loadConfig } from "../../config/reading.ts";
import { runEngine } from "../../start-engine.ts";
import type { RunningEngine } from "../../start-engine.ts";
import { createLogger } from "../../logging.ts";
import { createTestDatabase } from "./database.ts";
import type { TestDatabase } from "./database.ts";
import type { Sql } from "./dialing-rows.ts";
import { keepVerdicts } from "./held.ts";
import { waitFor } from "./wait-for.ts";

export * from "./dialing-rows.ts";
export { holdClaims, ringOut, untilQueued, untilWasBlocked } from "./held.ts";

/** Every call is over in well under a second; no random events, so that each test decides what happens. */
export const quickScenario: MockScenarioInput = {
  shares: { answered: 1 },
  setupMs: 10,
  ringMs: 20,
  noAnswerRingMs: 30,
  talkMs: 30,
  timeScale: 1,
  timeoutScale: 0.01,
  chaos: 0,
};

export interface EngineOptions {
  /** Laid over `quickScenario`. Not used when `pbx` is given. */
  readonly scenario?: MockScenarioInput;
  readonly pbx?: MockPbx;
  /** Instead of an adapter to `pbx`. */
  readonly adapter?: (installationId: string) => VoiceAdapter;
  /** Environment variables of the engine, laid over quick ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** False: do not wait until it holds its node (a standby, a refused adapter). */
  readonly awaitLease?: boolean;
  /** Registers clean-up; default: at the test's end, in reverse order. */
  readonly atEnd?: (undo: () => Promise<void>) => void;
}

export interface LogLine extends Record<string, unknown> {
  readonly level: number;
  readonly msg: string;
}

export interface TestEngine {
  readonly running: RunningEngine;
  readonly pbx: MockPbx;
  /** Every line logged so far, at level debug and above. */
  readonly logs: readonly LogLine[];
  /** Of its HTTP server, without a slash at the end. */
  readonly httpUrl: string;
  /** Safe to call twice. */
  readonly stop: () => Promise<void>;
}

export interface Rig extends TestEngine {
  readonly database: TestDatabase;
  /** As the owner of the tables, who is the nil account. */
  readonly sql: pg.Pool;
}

/** A migrated database that goes when the test is over. */
export async function testDatabase({
  atEnd = onTestFinished,
  ...drop
}: {
  readonly sessionsMayRemain?: boolean;
  readonly atEnd?: (undo: () => Promise<void>) => void;
} = {}): Promise<TestDatabase> {
  const database = await createTestDatabase();
  atEnd(() => database.drop(drop));
  return database;
}

/**
 * One database and engine for all tests of a file, which is quicker; a new engine spends its first second
 * waiting. `fresh()` gives it back empty, with the quick scenario changed as given.
 */
export function shareRig(options: EngineOptions = {}): {
  fresh(scenario?: MockScenarioInput): Promise<Rig>;
} {
  const undo: (() => Promise<void>)[] = [];
  let rig: Rig | null = null;
  beforeAll(async () => {
    rig = await startRig({ ...options, atEnd: (one) => undo.unshift(one) });
  });
  afterAll(async () => {
    for (const one of undo) await one();
  });
  return {
    fresh: async (scenario = {}) => {
      if (rig === null) throw new Error("call fresh() inside a test");
      await emptyDatabase(rig.sql);
      rig.pbx.setScenario({
        ...quickScenario,
        ...options.scenario,
        ...scenario,
      });
      return { ...rig, pbx: rig.pbx };
    },
  };
}

/** Ends all calls and takes every row away but the installation's own. */
async function emptyDatabase(sql: Sql): Promise<void> {
  await sql.query(
    "update campaigns set status = 'CANCELLED' where status <> 'CANCELLED'",
  );
  await waitFor("the last test's calls to end", async () => {
    // Repeatedly: the first hang-up misses a call that is just being sent.
    const { rowCount } = await sql.query(
      "select hangup_attempt(id) from call_attempts where end_at is null",
    );
    return rowCount === 0;
  });
  const truncate = `truncate campaigns, campaign_passes, campaign_trunks, campaign_windows, lists, leads, dnc_entries,
    call_attempts, call_attempt_events, trunk_config, rate_limit_buckets, account_settings, destinations cascade`;
  // A pass that runs now locks the same tables in another order: one of the two is told to try again.
  await waitFor("the tables to be emptied", () =>
    sql.query(truncate).then(
      () => true,
      (error: unknown) => {
        if ((error as { code?: unknown }).code === "40P01") return false;
        throw error;
      },
    ),
  );
  await sql.query(installedRules);
}

/** As the migrations leave them, whatever a test made of them. */
const installedRules = `
  delete from retry_rules;
  insert into retry_rules (account_id, outcome, delay_seconds, max_tries) values
    (null, 'ANSWERED', 0, 0), (null, 'ABANDONED', 259200, 2), (null, 'MACHINE', 10800, 3), (null, 'FAX', 0, 0),
    (null, 'NO_ANSWER', 3600, 4), (null, 'DECLINED', 86400, 1), (null, 'BUSY', 900, 3),
    (null, 'INVALID_NUMBER', 0, 0), (null, 'UNREACHABLE', 14400, 3), (null, 'REJECTED', 86400, 2),
    (null, 'NETWORK_CONGESTION', 300, 5), (null, 'TRUNK_FAULT', 300, 5), (null, 'SWITCH_REFUSED', 60, 10),
    (null, 'CANCELLED', 0, 50), (null, 'ORPHANED', 86400, 3), (null, 'SYSTEM_ERROR', 300, 5)`;

/** A database of its own and an engine on it, both gone when the test is over. Call it inside a test. */
export async function startRig(options: EngineOptions = {}): Promise<Rig> {
  const database = await testDatabase(
    options.atEnd === undefined ? {} : { atEnd: options.atEnd },
  );
  await keepVerdicts(database.pool);
  const engine = await startEngine(database, options);
  return { ...engine, database, sql: database.pool };
}

/** An engine on a database that the test has; stopped when the test is over. Call it inside a test. */
export async function startEngine(
  database: Pick<TestDatabase, "url" | "pool">,
  options: EngineOptions = {},
): Promise<TestEngine> {
  const pbx =
    options.pbx ??
    new MockPbx({ scenario: { ...quickScenario, ...options.scenario } });
  const logs: LogLine[] = [];
  const config = loadConfig({
    DATABASE_URL: database.url,
    VOICE_ADAPTER: "mock",
    PORT: "0",
    NODE_ENV: "test",
    LOG_LEVEL: "debug",
    SCHEDULER_INTERVAL_MS: "50",
    SETTLE_MS: "100",
    SHUTDOWN_TIMEOUT_MS: "4000",
    ...options.env,
  });
  const write = (line: string) => {
    logs.push(JSON.parse(line) as LogLine);
  };
  const running = await runEngine({
    config,
    log: createLogger(config.log, { write }),
    adapter:
      options.adapter ??
      ((installationId) => createMockAdapter({ installationId, pbx })),
  });
  let stopping: Promise<void> | null = null;
  const stop = () =>
    (stopping ??= running.stop().then(() => {
      if (options.pbx === undefined) pbx.close();
    }));
  (options.atEnd ?? onTestFinished)(stop);
  if (options.awaitLease !== false)
    await untilServed(database.pool, config.voice.node, running);
  const httpUrl = `http://127.0.0.1:${String(running.http.port)}`;
  return { running, pbx, logs, httpUrl, stop };
}

/** Of an engine's HTTP server, for a proxy before it: another engine may have another port. */
export function whereIs({ httpUrl }: Pick<TestEngine, "httpUrl">): {
  readonly host: string;
  readonly port: number;
} {
  const { hostname, port } = new URL(httpUrl);
  return { host: hostname, port: Number(port) };
}

/** Until the engine holds its node and its row says that the PBX is there. */
async function untilServed(
  sql: Sql,
  node: string,
  { engine }: RunningEngine,
): Promise<void> {
  await waitFor(`the engine to serve node ${node}`, async () => {
    const { rowCount } = await sql.query(
      "select from voice_nodes where name = $1 and lease_holder = $2 and pbx_connected",
      [node, engine.id],
    );
    return rowCount === 1 && (engine.term?.isRunning ?? false);
  });
}
