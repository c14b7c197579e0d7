/** The doctor's queries to the server itself, which work before the dialer's tables exist. */
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { z } from "zod";
import { readAsDoctor, withDoctorClient } from "./doctor-client.ts";
import {
  createdNames,
  packageVersion,
  readMigrationFiles,
} from "../../database/migrations/migration-files.ts";
import {
  pendingFiles,
  readLedger,
  refuseForeignObjects,
  refuseOtherWorkerSchema,
} from "../../database/migrations/migration-ledger.ts";
import type { DatabaseOptions } from "../../database/pools.ts";
import { refuseForeignWorker } from "../../database/migrations/worker-schema.ts";
import { statementsIn } from "../../database/sql.ts";

const own = statementsIn(new URL("queries/", import.meta.url));

const serverRow = z.object({
  versionNumber: z.number(),
  version: z.string(),
  role: z.string(),
  database: z.string(),
  /** Connections for ordinary roles. */
  serverLimit: z.number(),
  /** Of the next two: -1 is no limit. */
  roleLimit: z.number(),
  databaseLimit: z.number(),
  /** Without our own connection. */
  inUse: z.number(),
  inUseByRole: z.number(),
  inUseInDatabase: z.number(),
});
export type ServerFacts = z.infer<typeof serverRow>;

export async function readServer(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<ServerFacts> {
  return withDoctorClient(options, signal, async (client) => {
    const { rows } = await client.query(own.loadSql("server"));
    return serverRow.parse(rows[0]);
  });
}

const schemaRow = z.object({
  schema: z.string(),
  exists: z.boolean(),
  mayCreateSchema: z.boolean(),
  mayCreate: z.boolean(),
  /** At most five of the dialer's tables and views that our role may not alter. */
  notOwned: z.array(z.string()),
});
export type SchemaRights = z.infer<typeof schemaRow>;

/** The rights that migrating and running need, in the dialer's schema and in the worker's. */
export async function readSchemaRights(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<readonly SchemaRights[]> {
  const files = await readMigrationFiles();
  return readAsDoctor(options, signal, async (client) => {
    // Without a ledger, objects with our names belong to another program: another check reports that.
    const isOurs = (await readLedgerName(client, options.schema)) !== null;
    const names = isOurs
      ? ["dialer_migrations", ...files.flatMap(createdNames)]
      : [];
    const { rows } = await client.query(own.loadSql("privileges"), [
      [options.schema, options.workerSchema],
      names,
    ]);
    return z.array(schemaRow).parse(rows);
  });
}

async function readLedgerName(
  client: pg.Client,
  schema: string,
): Promise<string | null> {
  const { rows } = await client.query<{ name: string | null }>(
    "select to_regclass(format('%I.dialer_migrations', $1::text))::text as name",
    [schema],
  );
  return rows[0]?.name ?? null;
}

async function mayRead(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    "select has_table_privilege($1, 'SELECT') as may",
    [table],
  );
  return rows[0]?.may === true;
}

export interface MigrationState {
  /** False: our role may not read the list of applied migrations. */
  readonly isReadable: boolean;
  /** Names of the files that were applied, oldest first. */
  readonly applied: readonly string[];
  /** Names of those that were not. */
  readonly pending: readonly string[];
}

/** @throws MigrationError when the engine would not start on this database */
export async function readMigrationState(
  options: DatabaseOptions,
  signal: AbortSignal,
): Promise<MigrationState> {
  const files = await readMigrationFiles();
  const version = await packageVersion();
  return readAsDoctor(options, signal, async (client) => {
    // readLedger treats a list that may not be read as missing.
    const name = await readLedgerName(client, options.schema);
    if (name !== null && !(await mayRead(client, name)))
      return { isReadable: false, applied: [], pending: [] };
    const ledger = await readLedger(client, options.schema);
    const pending = pendingFiles(ledger, files, version);
    await refuseForeignObjects(client, options.schema, pending, files);
    if (ledger.length > 0) {
      const { schema, workerSchema } = options;
      await refuseOtherWorkerSchema(client, schema, workerSchema);
    }
    await refuseForeignWorker(client, {
      dialerSchema: options.schema,
      workerSchema: options.workerSchema,
      hasLedger: name !== null,
    });
    return {
      isReadable: true,
      applied: ledger.map(({ name }) => name),
      pending: pending.map(({ name }) => name),
    };
  });
}

/**
 * Sends a notification from one connection to another, which a pooler in transaction mode loses.
 *
 * @returns milliseconds it took; null when it did not come within `waitMs`
 */
export async function measureNotification(
  options: DatabaseOptions,
  signal: AbortSignal,
  waitMs: number,
): Promise<number | null> {
  const channel = `dialer_doctor_${randomBytes(8).toString("hex")}`;
  return withDoctorClient(options, signal, async (listener) => {
    const { promise, resolve } = Promise.withResolvers<number | null>();
    listener.on("notification", (notice) => {
      if (notice.channel === channel) resolve(performance.now());
    });
    await listener.query(`listen ${channel}`);
    const timer = setTimeout(() => {
      resolve(null);
    }, waitMs);
    try {
      const sentAt = await withDoctorClient(options, signal, async (sender) => {
        const startedAt = performance.now();
        await sender.query("select pg_notify($1, '')", [channel]);
        return startedAt;
      });
      const heardAt = await promise;
      await listener.query(`unlisten ${channel}`);
      return heardAt === null ? null : heardAt - sentAt;
    } finally {
      clearTimeout(timer);
    }
  });
}

/**
 * How far the database's clock is ahead of ours, in milliseconds, accurate to `uncertaintyMs`.
 *
 * @param now epoch milliseconds of this machine
 */
export async function measureClockSkew(
  options: DatabaseOptions,
  signal: AbortSignal,
  now: () => number,
): Promise<{ readonly aheadMs: number; readonly uncertaintyMs: number }> {
  return withDoctorClient(options, signal, async (client) => {
    const ask =
      "select extract(epoch from clock_timestamp())::float8 * 1000 as ms";
    await client.query(ask);
    const before = now();
    const { rows } = await client.query<{ ms: number }>(ask);
    const after = now();
    const { ms } = z.object({ ms: z.number() }).parse(rows[0]);
    return {
      aheadMs: ms - (before + after) / 2,
      uncertaintyMs: (after - before) / 2,
    };
  });
}
