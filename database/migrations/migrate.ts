/**
 * The migration runner: brings a database to the schema this engine needs.
 *
 * Graphile Worker's own migrations go first, because our triggers call its `add_job`; if the schema is another
 * program's, nothing is changed (`worker-schema.ts`). Each of our files runs in one transaction together with its row
 * in the ledger `dialer_migrations`. A second process that migrates the same schema waits, and then finds nothing to
 * do.
 */
import { Logger, runMigrations } from "graphile-worker";
import pg from "pg";
import {
  packageVersion,
  readMigrationFiles,
  type MigrationFile,
} from "./migration-files.ts";
import { MigrationError } from "./migration-error.ts";
import {
  createLedger,
  pendingFiles,
  quoted,
  readLedger,
  refuseForeignObjects,
  refuseOtherWorkerSchema,
} from "./migration-ledger.ts";

import { claimWorkerSchema, refuseForeignWorker } from "./worker-schema.ts";

export { MigrationError } from "./migration-error.ts";

export interface MigrateOptions {
  /** Direct or session-mode connection of the role that is to own everything; it need not be a superuser. */
  readonly databaseUrl: string;
  /** Schema of our tables; created when missing. */
  readonly dialerSchema: string;
  /** Schema of Graphile Worker's tables; created when missing. */
  readonly workerSchema: string;
  /** Called for each file that was applied. */
  readonly onApplied?: (name: string) => void;
  /** Folder of the files and version of the engine, for tests; default: this package's. */
  readonly folder?: URL;
  readonly engineVersion?: string;
}

export interface MigrateResult {
  /** Names of the files applied by this run. */
  readonly applied: string[];
  /** Version the schema is at. */
  readonly version: number;
}

/**
 * First key of the advisory lock, so that it conflicts with no other program's ("dial" in ASCII); the second is
 * `hashtext` of the schema, so that installations in different schemas do not wait for each other.
 */
const lockNamespace = 0x6469616c;
const oldestPostgres = 150_000;

/**
 * Migrates a database. May be run at any time, by any number of processes.
 *
 * @throws MigrationError when the database must not be migrated as it is; nothing of ours was changed then, except
 *   with `MIGRATION_FAILED`, after which the files before the failed one stay applied
 * @throws Error of the database client when it cannot be reached
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  checkSchemaNames(options);
  const lock = newClient(options);
  await lock.connect();
  try {
    await checkPostgresVersion(lock);
    await lock.query("begin");
    // The lock's transaction is idle while the files run on the other connection.
    await lock.query("set local idle_in_transaction_session_timeout = 0");
    await lock.query("set local statement_timeout = 0");
    await lock.query("select pg_advisory_xact_lock($1, hashtext($2))", [
      lockNamespace,
      options.dialerSchema,
    ]);
    return await migrateLocked(options);
  } finally {
    await lock.end();
  }
}

function newClient(options: MigrateOptions): pg.Client {
  const client = new pg.Client({
    connectionString: options.databaseUrl,
    application_name: "dialer-migrate",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // A connection lost while idle is reported by the next query as well.
  client.on("error", () => undefined);
  return client;
}

async function migrateLocked(options: MigrateOptions): Promise<MigrateResult> {
  const client = newClient(options);
  await client.connect();
  try {
    const files = await readMigrationFiles(options.folder);
    const engineVersion = options.engineVersion ?? (await packageVersion());
    const ledger = await readLedger(client, options.dialerSchema);
    const pending = pendingFiles(ledger, files, engineVersion);
    await refuseForeignObjects(client, options.dialerSchema, pending, files);
    if (ledger.length > 0) {
      await refuseOtherWorkerSchema(
        client,
        options.dialerSchema,
        options.workerSchema,
      );
    }
    await refuseForeignWorker(client, {
      ...options,
      hasLedger: await hasLedger(client, options),
    });
    // Our ledger first: after an interrupted run it shows the next one that the worker's schema is ours.
    await prepareSchema(client, options);
    await migrateWorker(options);
    const last = ledger.at(-1);
    let oldestEngine = last?.oldest_engine ?? engineVersion;
    for (const file of pending) {
      oldestEngine = file.oldestEngine ?? oldestEngine;
      await applyFile(client, options, file, oldestEngine);
    }
    await inTransaction(client, options, "select grant_api_roles()");
    return {
      applied: pending.map((file) => file.name),
      version: Math.max(last?.version ?? 0, files.length),
    };
  } finally {
    await client.end();
  }
}

/** The names become part of job payloads, channel names and settings: plain identifiers only. */
function checkSchemaNames(options: MigrateOptions): void {
  for (const name of [options.dialerSchema, options.workerSchema]) {
    if (!/^[a-z_][a-z0-9_]{0,50}$/.test(name) || name.startsWith("pg_")) {
      throw new MigrationError("schema-name", { schema: name });
    }
  }
  if (options.dialerSchema === options.workerSchema) {
    throw new MigrationError("schemas-equal", { schema: options.dialerSchema });
  }
}

async function checkPostgresVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; text: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as text",
  );
  const row = rows[0];
  if (row === undefined || row.number < oldestPostgres) {
    throw new MigrationError("postgres-too-old", {
      version: row?.text ?? "?",
    });
  }
}

async function migrateWorker(options: MigrateOptions): Promise<void> {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: "dialer-migrate-worker",
    max: 2,
  });
  // A connection lost while idle is reported by the next query as well.
  pool.on("error", () => undefined);
  pool.on("connect", (connection) => {
    connection.on("error", () => undefined);
  });
  try {
    await runMigrations({
      pgPool: pool,
      schema: options.workerSchema,
      logger: new Logger(() => () => undefined),
    });
  } catch (cause) {
    throw new MigrationError(
      "worker-migration",
      { worker: options.workerSchema, reason: reason(cause) },
      { cause },
    );
  } finally {
    await pool.end();
  }
}

async function prepareSchema(
  client: pg.Client,
  options: MigrateOptions,
): Promise<void> {
  const { dialerSchema, workerSchema } = options;
  if (await hasLedger(client, options)) return;
  await client.query("begin");
  try {
    await claimWorkerSchema(client, dialerSchema, workerSchema);
    const { rowCount } = await client.query(
      "select from pg_namespace where nspname = $1",
      [dialerSchema],
    );
    if (rowCount === 0)
      await client.query(`create schema ${quoted(dialerSchema)}`);
    await client.query(`set local search_path to ${quoted(dialerSchema)}`);
    await client.query(createLedger);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback").catch(() => undefined);
    throw new MigrationError(
      "schemas-not-made",
      { schema: dialerSchema, worker: workerSchema, reason: reason(cause) },
      { cause },
    );
  }
}

async function hasLedger(
  client: pg.Client,
  { dialerSchema }: MigrateOptions,
): Promise<boolean> {
  const { rows } = await client.query<{ ledger: string | null }>(
    "select to_regclass($1)::text as ledger",
    [`${quoted(dialerSchema)}.dialer_migrations`],
  );
  return typeof rows[0]?.ledger === "string";
}

async function applyFile(
  client: pg.Client,
  options: MigrateOptions,
  file: MigrationFile,
  oldestEngine: string,
): Promise<void> {
  try {
    await inTransaction(client, options, file.sql, {
      text: "insert into dialer_migrations (version, name, checksum, oldest_engine) values ($1, $2, $3, $4)",
      values: [file.version, file.name, file.checksum, oldestEngine],
    });
  } catch (cause) {
    throw new MigrationError(
      "file-failed",
      { file: file.name, reason: reason(cause) },
      { cause },
    );
  }
  options.onApplied?.(file.name);
}

/** `set search_path from current` in the files pins their functions to what is set here. */
async function inTransaction(
  client: pg.Client,
  options: MigrateOptions,
  ...statements: (string | pg.QueryConfig)[]
): Promise<void> {
  await client.query("begin");
  try {
    await client.query(
      `set local search_path to ${quoted(options.dialerSchema)}, ${quoted(options.workerSchema)}, pg_temp`,
    );
    await client.query("set local statement_timeout = 0");
    await client.query("set local lock_timeout = '30s'");
    await client.query("set local timezone = 'UTC'");
    for (const statement of statements) await client.query(statement);
    await client.query("commit");
  } catch (error) {
    // If the connection is gone, so is the transaction; the first error says why.
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
