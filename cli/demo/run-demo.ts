/**
 * The demo from beginning to end: a database, a mock PBX and an engine in this process, a campaign
 * inserted as rows, and a witness' account of how it was dialled.
 */
import { setTimeout as pause } from "node:timers/promises";

import { createMockAdapter } from "../../adapters/mock/adapter.ts";
import { MockPbx } from "../../adapters/mock/pbx.ts";
import { systemClock } from "../../adapters/mock/timer-heap.ts";
import { loadConfig } from "../../config.ts";
import type { Config } from "../../config.ts";
import {
  insertDemo,
  readDemoProgress,
  readDemoResults,
  startDemo,
} from "../../database/demo.ts";
import type { DemoPlan } from "../../database/demo.ts";
import type { Database } from "../../database/pools.ts";
import { runEngine } from "../../engine/run.ts";
import type { RunningEngine } from "../../engine/run.ts";
import { createLogger } from "../../logging.ts";
import { EXIT_FAILED, EXIT_STOPPED } from "../command.ts";
import { givenDatabase, openPool, ownDatabase } from "./database.ts";
import type { DemoDatabase } from "./database.ts";
import { createDisplay } from "./display.ts";
import type { Display, TrunkPace } from "./display.ts";
import type { DemoOptions } from "./options.ts";
import { demoScenario, planDemo } from "./plan.ts";
import { furtherSql, reportDemo } from "./report.ts";

/** Nothing has changed for this long: something is stuck, and the checks will say what. */
const stuckAfterMs = 90_000;

interface Stage {
  readonly options: DemoOptions;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  readonly database: DemoDatabase;
  readonly plan: DemoPlan;
  readonly pbx: MockPbx;
  readonly display: Display;
}

/** @returns the exit code: 0 only when every check holds */
export async function runDemo(
  options: DemoOptions,
  output: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<number> {
  const database =
    options.databaseUrl === null
      ? await ownDatabase()
      : await givenDatabase(options.databaseUrl);
  try {
    output.write(`Database: ${database.description}\n`);
    if (signal.aborted) return EXIT_STOPPED;
    const { accountId, voiceNode } = database;
    const plan = planDemo(options, accountId, voiceNode, new Date());
    const pbx = new MockPbx({ seed: options.seed, scenario: demoScenario });
    const display = createDisplay(output);
    const stage = { options, output, signal, database, plan, pbx, display };
    try {
      return await withEngine(stage);
    } finally {
      pbx.close();
    }
  } finally {
    await database.stop();
  }
}

async function withEngine(stage: Stage): Promise<number> {
  const { pbx, output, database } = stage;
  const config = configOf(stage);
  const engine = await runEngine({
    config,
    log: createLogger(config.log, {
      write: (line) => {
        stage.display.aside(() => process.stderr.write(line));
      },
    }),
    adapter: (installationId) => createMockAdapter({ installationId, pbx }),
  });
  const pool = openPool(database.url);
  try {
    return await dial(stage, engine, pool);
  } finally {
    if (stage.signal.aborted) output.write("\nStopping …\n");
    await pool.end();
    await engine.stop();
  }
}

/** From the command line alone: what the environment says of other databases is not for the demo. */
function configOf({ database, plan }: Stage): Config {
  return loadConfig({
    DATABASE_URL: database.url,
    VOICE_ADAPTER: "mock",
    VOICE_NODE: database.voiceNode,
    PORT: "0",
    LOG_LEVEL: "warn",
    MAX_CONCURRENT_ORIGINATES: String(plan.maxConcurrentCalls),
  });
}

async function dial(
  stage: Stage,
  engine: RunningEngine,
  pool: Database,
): Promise<number> {
  const { plan, output, options, pbx, signal } = stage;
  const campaignId = await insertDemo(pool, plan);
  output.write(
    `Campaign: ${options.leads} fictitious leads over ${plan.trunks.map(({ name, cps }) => `${name} (${cps} calls/s)`).join(" and ")}, seed ${options.seed}; ` +
      "nobody is called, the PBX is a mock\n\n",
  );
  const startedMs = performance.now();
  await startDemo(pool, campaignId);
  await follow(stage, pool, campaignId, startedMs);
  if (signal.aborted) return EXIT_STOPPED;
  const elapsedMs = performance.now() - startedMs;
  const results = await readDemoResults(pool, campaignId);
  const witness = { stats: pbx.stats(), journal: pbx.journal() };
  const report = reportDemo(plan, results, witness, elapsedMs);
  output.write(`\n${report.text}\n${furtherSql(campaignId)}`);
  if (options.keep) await keepRunning(stage, engine);
  else if (options.databaseUrl === null)
    output.write("  (with --keep the database stays until Ctrl-C)\n");
  return report.holds ? 0 : EXIT_FAILED;
}

/** Shows how far it is until the campaign is no longer ACTIVE, nothing moves any more, or Ctrl-C. */
async function follow(
  { display, pbx, plan, signal }: Stage,
  pool: Database,
  campaignId: string,
  startedMs: number,
): Promise<void> {
  let last = "";
  let changedMs = startedMs;
  for (;;) {
    const progress = await readDemoProgress(pool, campaignId);
    const nowMs = performance.now();
    display.show({
      elapsedMs: nowMs - startedMs,
      progress,
      trunks: paceOf(pbx, plan),
    });
    const state = JSON.stringify(progress);
    if (state !== last) changedMs = nowMs;
    last = state;
    if (progress.status !== "ACTIVE" || nowMs - changedMs > stuckAfterMs) break;
    // Rejects when aborted, which the next line asks about.
    await pause(display.everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
  }
  display.end();
}

/** What the PBX got in the last second, newest first until one is older. */
function paceOf(pbx: MockPbx, plan: DemoPlan): TrunkPace[] {
  const sinceMs = systemClock.monotonicMs() - 1_000;
  const recent = new Map<string, number>();
  const journal = pbx.journal();
  for (let index = journal.length - 1; index >= 0; index -= 1) {
    const entry = journal[index];
    if (entry === undefined || entry.receivedAtMs <= sinceMs) break;
    recent.set(entry.trunk, (recent.get(entry.trunk) ?? 0) + 1);
  }
  return plan.trunks.map(({ name, cps }) => ({
    name,
    cps: recent.get(name) ?? 0,
    limit: cps,
  }));
}

async function keepRunning(
  { output, database, signal }: Stage,
  { http }: RunningEngine,
): Promise<void> {
  const base = `http://127.0.0.1:${String(http.port)}`;
  output.write(
    `\nEngine and database stay until Ctrl-C:\n  ${database.url}\n  ${base}/health\n  ${base}/status\n  ${base}/metrics\n`,
  );
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
