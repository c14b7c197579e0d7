/** The database: reachable, the right kind of connection, and what the engine needs of it. */
import type { DatabaseConfig } from "../../../config/reading.ts";
import {
  measureClockSkew,
  measureNotification,
  readMigrationState,
  readSchemaRights,
  readServer,
  type SchemaRights,
  type ServerFacts,
} from "../server-queries.ts";
import { MigrationError } from "../../../database/migrations/migrate.ts";
import type { DatabaseOptions } from "../../../database/pools.ts";
import { type Finding, found } from "../finding.ts";
import { migrationText } from "../../migration-words.ts";

const oldestPostgres = 150_000;
const echoWithinMs = 2_000;
const standbyConnections = 3;
/** A smaller difference of the clocks does not matter: leases of five seconds are measured by one clock. */
const skewMs = 2_000;

/** All checks after the login, in the order of the report. */
export interface DatabaseCheck {
  readonly id:
    | "database.listen"
    | "database.privileges"
    | "database.migrations"
    | "database.clock";
  readonly run: (signal: AbortSignal) => Promise<readonly Finding[]>;
}

export function databaseChecks(
  options: DatabaseOptions,
  server: ServerFacts,
): readonly DatabaseCheck[] {
  return [
    {
      id: "database.listen",
      run: (signal) => checkListen(options, signal),
    },
    {
      id: "database.privileges",
      run: async (signal) =>
        judgeRights(await readSchemaRights(options, signal), server),
    },
    {
      id: "database.migrations",
      run: (signal) => checkMigrations(options, server, signal),
    },
    { id: "database.clock", run: (signal) => checkClock(options, signal) },
  ];
}

export { readServer };

export function judgeVersion({
  versionNumber,
  version,
}: ServerFacts): readonly Finding[] {
  return versionNumber < oldestPostgres
    ? [found("database.version.old", { version })]
    : [found("database.version.ok", { version })];
}

async function checkListen(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const tookMs = await measureNotification(options, signal, echoWithinMs);
  return tookMs === null
    ? [found("database.listen.lost", { seconds: echoWithinMs / 1_000 })]
    : [found("database.listen.ok", { milliseconds: Math.round(tookMs) })];
}

export function judgeRights(
  schemas: readonly SchemaRights[],
  { role, database }: Pick<ServerFacts, "role" | "database">,
): readonly Finding[] {
  const problems = schemas.flatMap((rights): Finding[] => {
    const { schema, notOwned } = rights;
    if (!rights.exists && !rights.mayCreateSchema)
      return [
        found("database.privileges.no-create", { role, schema, database }),
      ];
    if (rights.exists && !rights.mayCreate)
      return [found("database.privileges.no-schema", { role, schema })];
    if (notOwned.length === 0) return [];
    const tables = notOwned.join(", ");
    return [found("database.privileges.not-owner", { role, schema, tables })];
  });
  const schema = schemas[0]?.schema ?? "";
  return problems.length > 0
    ? problems
    : [found("database.privileges.ok", { role, schema })];
}

const migrationProblems = {
  FILE_CHANGED: "database.migrations.changed",
  FILE_MISSING: "database.migrations.missing",
  LEDGER_TOO_NEW: "database.migrations.too-new",
  FOREIGN_OBJECT: "database.migrations.foreign",
  WORKER_SCHEMA_CHANGED: "database.migrations.worker-schema",
  WORKER_SCHEMA_FOREIGN: "database.migrations.worker-foreign",
} as const;

async function checkMigrations(
  options: DatabaseOptions,
  { role }: ServerFacts,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { schema } = options;
  try {
    const state = await readMigrationState(options, signal);
    if (!state.isReadable)
      return [found("database.migrations.unreadable", { role })];
    const { applied, pending } = state;
    const count = pending.length;
    const name = applied.at(-1);
    if (name === undefined)
      return [found("database.migrations.none", { schema, count })];
    if (count === 0) return [found("database.migrations.ok", { schema, name })];
    const names = pending.join(", ");
    return [found("database.migrations.pending", { names })];
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const code = new Map(Object.entries(migrationProblems)).get(error.code);
    if (code === undefined) throw error;
    return [found(code, { reason: migrationText(error) })];
  }
}

async function checkClock(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  return [
    judgeClock(await measureClockSkew(options, signal, () => Date.now())),
  ];
}

export function judgeClock({
  aheadMs,
  uncertaintyMs,
}: {
  readonly aheadMs: number;
  readonly uncertaintyMs: number;
}): Finding {
  const surelyMs = Math.abs(aheadMs) - uncertaintyMs;
  if (surelyMs <= skewMs)
    return found("database.clock.ok", {
      milliseconds: Math.round(Math.abs(aheadMs)),
    });
  const seconds = Math.round(Math.abs(aheadMs) / 100) / 10;
  return found("database.clock.skewed", { seconds });
}

export function judgeConnections(
  server: ServerFacts,
  { maxConnections: wanted }: Pick<DatabaseConfig, "maxConnections">,
): readonly Finding[] {
  const limits = [
    {
      limit: "max_connections",
      allowed: server.serverLimit,
      inUse: server.inUse,
    },
    {
      limit: `role ${server.role}`,
      allowed: server.roleLimit,
      inUse: server.inUseByRole,
    },
    {
      limit: `database ${server.database}`,
      allowed: server.databaseLimit,
      inUse: server.inUseInDatabase,
    },
  ].filter(({ allowed }) => allowed >= 0);
  const findings = limits.flatMap(({ limit, allowed, inUse }): Finding[] => {
    const free = Math.max(0, allowed - inUse);
    if (allowed < wanted)
      return [found("database.connections.limit", { limit, allowed, wanted })];
    return free < wanted + standbyConnections
      ? [found("database.connections.few", { limit, free, wanted })]
      : [];
  });
  const free = Math.min(...limits.map(({ allowed, inUse }) => allowed - inUse));
  return findings.length > 0
    ? findings
    : [found("database.connections.ok", { free, wanted })];
}
