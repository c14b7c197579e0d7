/**
 * Checks the database and its contents, one question after the other. When one fails, the rest are asked or reported as
 * skipped.
 */
import type { DatabaseConfig, PartialConfig } from "../../config/reading.ts";
import {
  type PbxFacts,
  readCalls,
  readCampaigns,
  readCopy,
  readEvents,
  readNode,
  readPbxFacts,
} from "./dialing-queries.ts";
import type { ServerFacts } from "./server-queries.ts";
import type { DatabaseOptions } from "../../database/pools.ts";
import type { CheckId } from "./check-titles.ts";
import {
  checkDatabaseName,
  loggedIn,
  loginProblem,
} from "./checks/database-login.ts";
import {
  databaseChecks,
  judgeConnections,
  judgeVersion,
  readServer,
} from "./checks/database.ts";
import {
  judgeCalls,
  judgeCampaigns,
  judgeCorrelation,
  judgeEvents,
  judgeNode,
  judgeRate,
  judgeTimers,
  judgeTrunks,
} from "./checks/dialing.ts";
import { judgeCopy } from "./checks/copy.ts";
import { problemVariables } from "./checks/variables.ts";
import { type Finding, foundFor } from "./finding.ts";
import { isPassed, runCheck } from "./run-check.ts";

const limitMs = 10_000;

const behindLogin = [
  "database.version",
  "database.listen",
  "database.privileges",
  "database.migrations",
  "database.clock",
  "database.connections",
] as const satisfies readonly CheckId[];

const behindTables = [
  "database.copy",
  "dialing.engine",
  "dialing.trunks",
  "dialing.rate",
  "dialing.calls",
  "dialing.timers",
  "dialing.events",
  "dialing.correlation",
  "dialing.campaigns",
] as const satisfies readonly CheckId[];

export interface DatabaseExamination {
  readonly findings: readonly Finding[];
  /** null: could not be read. */
  readonly facts: PbxFacts | null;
}

/** Never rejects. */
export async function examineDatabase(
  config: PartialConfig,
  stop: AbortSignal,
): Promise<DatabaseExamination> {
  const { database } = config;
  if (database === null) return withoutVariables(config);
  const options = {
    ...{ url: database.url, schema: database.schema },
    workerSchema: database.workerSchema,
    applicationName: "dialer-doctor",
  };
  const name = await runCheck("database.name", limitMs, stop, () =>
    checkDatabaseName(database.url),
  );
  const logins: ServerFacts[] = [];
  const login = await runCheck("database.login", limitMs, stop, (signal) =>
    logIn(options, logins, signal),
  );
  const server = logins[0];
  if (server === undefined) {
    const check = "database.login";
    const skipped = [...behindLogin, ...behindTables].map((skip) =>
      foundFor(skip, "skipped.after", { check }),
    );
    return { findings: [...name, ...login, ...skipped], facts: null };
  }
  const own = await examineServer(options, server, database, stop);
  const dialing = await examineDialing(config, options, own, stop);
  return {
    findings: [...name, ...login, ...own, ...dialing.findings],
    facts: dialing.facts,
  };
}

function withoutVariables(config: PartialConfig): DatabaseExamination {
  const names =
    problemVariables(config, (variable) =>
      /^(?:DATABASE_|DIALER_SCHEMA|WORKER_SCHEMA|SUPABASE_(?:URL|DB_))/.test(
        variable,
      ),
    ) || "DATABASE_URL";
  const all = ["database.name", "database.login", ...behindLogin] as const;
  const findings = [...all, ...behindTables].map((check) =>
    config.unasked === null
      ? foundFor(check, "skipped.variables", { names })
      : foundFor(check, "skipped.after", { check: "supabase.database" }),
  );
  return { findings, facts: null };
}

async function logIn(
  options: DatabaseOptions,
  logins: ServerFacts[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const server = await readServer(options, signal);
    logins.push(server);
    return [loggedIn(server)];
  } catch (error) {
    return [loginProblem(error, options.url)];
  }
}

async function examineServer(
  options: DatabaseOptions,
  server: ServerFacts,
  database: DatabaseConfig,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [...judgeVersion(server)];
  for (const { id, run } of databaseChecks(options, server))
    findings.push(...(await runCheck(id, limitMs, stop, run)));
  return [...findings, ...judgeConnections(server, database)];
}

async function examineDialing(
  { voice }: PartialConfig,
  options: DatabaseOptions,
  server: readonly Finding[],
  stop: AbortSignal,
): Promise<DatabaseExamination> {
  const migrations = server.filter(
    ({ check }) => check === "database.migrations",
  );
  if (!isInstalled(migrations)) {
    const findings = behindTables.map((check) =>
      foundFor(check, "skipped.no-tables"),
    );
    return { findings, facts: null };
  }
  const node = voice?.node ?? "default";
  const read: { facts: PbxFacts | null } = { facts: null };
  const check = (
    id: (typeof behindTables)[number],
    work: (signal: AbortSignal) => Promise<readonly Finding[]>,
  ): Promise<readonly Finding[]> => runCheck(id, limitMs, stop, work);
  const findings = [
    ...(await check("database.copy", async (signal) =>
      judgeCopy(await readCopy(options, signal), options.url),
    )),
    ...(await check("dialing.engine", async (signal) =>
      judgeNode(node, await readNode(options, node, signal)),
    )),
    ...(await check("dialing.trunks", async (signal) => {
      read.facts = await readPbxFacts(options, node, signal);
      return judgeTrunks(read.facts.trunks, voice);
    })),
    ...(await examineCalls(options, read, check)),
  ];
  return { findings, facts: read.facts };
}

async function examineCalls(
  options: DatabaseOptions,
  read: { readonly facts: PbxFacts | null },
  check: (
    id: (typeof behindTables)[number],
    work: (signal: AbortSignal) => Promise<readonly Finding[]>,
  ) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  return [
    ...(await check("dialing.rate", async (signal) =>
      judgeRate(read.facts?.trunks ?? [], await readCampaigns(options, signal)),
    )),
    ...(await check("dialing.calls", async (signal) =>
      judgeCalls(await readCalls(options, signal)),
    )),
    ...(await check("dialing.timers", async (signal) =>
      judgeTimers(await readCalls(options, signal)),
    )),
    ...(await check("dialing.events", async (signal) =>
      judgeEvents(await readEvents(options, signal)),
    )),
    ...(await check("dialing.correlation", async (signal) =>
      judgeCorrelation(await readEvents(options, signal)),
    )),
    ...(await check("dialing.campaigns", async (signal) =>
      judgeCampaigns(await readCampaigns(options, signal)),
    )),
  ];
}

/** Tables of another version are queried, too: a query that does not fit them reports it. */
function isInstalled(migrations: readonly Finding[]): boolean {
  return (
    isPassed(migrations) &&
    migrations.every(({ code }) => code !== "database.migrations.none")
  );
}
