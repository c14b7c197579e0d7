/**
 * The environment of one contestant: a database of its own, a mock PBX (in this process, over TCP), and its process.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import pg from "pg";

import { MockPbx } from "../adapters/mock/pbx.ts";
import type { MockScenarioInput } from "../adapters/mock/scenario.ts";
import { serveMockPbx } from "../adapters/mock/server.ts";
import { startContestant } from "./contestant.ts";
import type { Contestant, ContestantName } from "./contestant.ts";
import { until } from "./measurement.ts";
import type { BenchServer } from "./server.ts";

export interface BenchContext {
  readonly server: BenchServer;
  /** Fewer and shorter measurements, for a quick check. */
  readonly quick: boolean;
  readonly seed: number;
  /** Folder for CPU profiles of the engine; null: none. */
  readonly profileFolder: string | null;
  readonly say: (line: string) => void;
}

export interface Arena {
  readonly pool: pg.Pool;
  readonly pbx: MockPbx;
  readonly contestant: Contestant;
}

export interface ArenaOptions {
  readonly scenario: MockScenarioInput;
  readonly env?: Readonly<Record<string, string>>;
  /** Fills the database before the contestant starts. */
  readonly prepare: (pool: pg.Pool) => Promise<void>;
  /** Instead of the server's own address. */
  readonly databasePort?: number;
  readonly journal?: "full" | "counters";
}

let databases = 0;

/** Runs `measure` with a contestant that is ready to dial, and leaves nothing behind. */
export async function inArena<T>(
  context: BenchContext,
  name: ContestantName,
  options: ArenaOptions,
  measure: (arena: Arena) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const database = `bench_${String(++databases)}`;
  const url = await context.server.createDatabase(database);
  stack.defer(() => context.server.dropDatabase(database));
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // A socket that is closing may still receive the notice that its database is dropped.
  pool.on("error", () => undefined);
  stack.defer(() => pool.end());
  const pbx = new MockPbx({
    seed: context.seed,
    scenario: options.scenario,
    journal: options.journal ?? "counters",
  });
  stack.defer(() => {
    pbx.close();
  });
  const line = await serveMockPbx(pbx, { port: 0, host: "127.0.0.1" });
  stack.defer(() => line.close());
  await options.prepare(pool);
  const contestant = startContestant(
    name,
    {
      DATABASE_URL: withPort(url, options.databasePort),
      VOICE_ADAPTER: "mock",
      MOCK_PBX_URL: `tcp://127.0.0.1:${String(line.port)}`,
      PORT: "0",
      LOG_LEVEL: "error",
      ...options.env,
    },
    profileFlags(context, name),
  );
  stack.defer(() => contestant.stop());
  await until(
    `${name} holds its node`,
    () => holdsNode(pool, contestant),
    20_000,
  );
  await context.server.takeStatements();
  const result = await measure({ pool, pbx, contestant });
  await keepStatements(context, `${database}-${name}`);
  return result;
}

/** Writes the costliest statements since `takeStatements` into the profile folder, if there is one. */
export async function keepStatements(
  { server, profileFolder }: BenchContext,
  title: string,
): Promise<void> {
  if (profileFolder === null) return;
  mkdirSync(profileFolder, { recursive: true });
  const lines = (await server.takeStatements()).map(
    ({ totalMs, calls, rows, isTop, query }) =>
      [totalMs.toFixed(0), calls, rows, isTop ? "top" : "in", query].join("\t"),
  );
  const text = ["ms\tcalls\trows\tlevel\tquery", ...lines, ""].join("\n");
  writeFileSync(path.join(profileFolder, `statements-${title}.tsv`), text);
}

function withPort(url: string, port: number | undefined): string {
  if (port === undefined) return url;
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

export function profileFlags(
  context: BenchContext,
  name: ContestantName,
): string[] {
  const { profileFolder } = context;
  return profileFolder === null || name !== "engine"
    ? []
    : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
}

async function holdsNode(
  pool: pg.Pool,
  contestant: Contestant,
): Promise<boolean> {
  contestant.assertAlive();
  const { rows } = await pool.query<{ ready: boolean }>(
    `select exists (select from voice_nodes
       where lease_expires_at > clock_timestamp() and pbx_connected) as ready`,
  );
  return rows[0]?.ready === true;
}
