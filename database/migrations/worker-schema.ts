/**
 * Which program a schema of Graphile Worker belongs to. Migrating another program's would stop that program's workers
 * for good: an older Graphile Worker refuses a schema that was raised.
 */
import type pg from "pg";

import { MigrationError } from "./migration-error.ts";
import { quoted } from "./migration-ledger.ts";
import {
  migrationsTable,
  newestGraphileMigration,
  tasksTable,
} from "../graphile-internals.ts";
import { ourTasks } from "../reconciliation.ts";

export interface WorkerSchemaQuestion {
  readonly dialerSchema: string;
  readonly workerSchema: string;
  /** Whether our ledger is there, with or without rows: it is made before the worker's tables are. */
  readonly hasLedger: boolean;
}

/** Written on the schema when we make it. */
function markOf(dialerSchema: string): string {
  return `Graphile Worker of the dialer in schema ${dialerSchema}`;
}

/**
 * Refuses a worker schema that holds somebody else's Graphile Worker, or one of ours that another program came to use and
 * that this version would raise. Changes nothing.
 *
 * @throws MigrationError WORKER_SCHEMA_FOREIGN
 */
export async function refuseForeignWorker(
  client: pg.Client,
  question: WorkerSchemaQuestion,
): Promise<void> {
  const { dialerSchema, workerSchema, hasLedger } = question;
  const { rows } = await client.query<{ mark: string | null; used: boolean }>(
    `select obj_description(oid, 'pg_namespace') as mark,
       exists (select from pg_class where relnamespace = pg_namespace.oid) as used
     from pg_namespace where nspname = $1`,
    [workerSchema],
  );
  const found = rows[0];
  if (!found?.used) return;
  if (!hasLedger && found.mark !== markOf(dialerSchema)) {
    const owner = await otherDialer(client, question, found.mark);
    const example =
      dialerSchema === "public" ? "dialer_worker" : `${dialerSchema}_jobs`;
    throw owner === null
      ? new MigrationError("worker-of-program", {
          worker: workerSchema,
          example,
        })
      : new MigrationError("worker-of-dialer", {
          worker: workerSchema,
          owner,
          example,
        });
  }
  const strange = await strangeTasks(client, workerSchema);
  if (strange.length === 0 || !(await wouldRaise(client, workerSchema))) return;
  throw new MigrationError("worker-shared", {
    worker: workerSchema,
    tasks: strange.join(", "),
  });
}

/** Creates the worker's schema if it is missing, and records its owner. In the transaction that makes our ledger. */
export async function claimWorkerSchema(
  client: pg.Client,
  dialerSchema: string,
  workerSchema: string,
): Promise<void> {
  const { rowCount } = await client.query(
    "select from pg_namespace where nspname = $1",
    [workerSchema],
  );
  // If it exists although it did not a moment ago, another program has made it: this then fails, rightly.
  if (rowCount !== 0) return;
  await client.query(`create schema ${quoted(workerSchema)}`);
  await client.query(
    `comment on schema ${quoted(workerSchema)} is '${markOf(dialerSchema)}'`,
  );
}

/** @returns schema of another dialer that works there, or null */
async function otherDialer(
  client: pg.Client,
  { dialerSchema, workerSchema }: WorkerSchemaQuestion,
  mark: string | null,
): Promise<string | null> {
  const marked = /^Graphile Worker of the dialer in schema (\w+)$/.exec(
    mark ?? "",
  );
  if (marked?.[1] !== undefined) return marked[1];
  const { rows } = await client.query<{ schema: string }>(
    `select relnamespace::regnamespace::text as schema
     from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'worker_schema'
     where relname = 'installation' and relkind = 'r' and relnamespace::regnamespace::text <> $1
       and has_table_privilege(pg_class.oid, 'select')`,
    [dialerSchema],
  );
  for (const { schema } of rows) {
    const { rowCount } = await client.query(
      `select from ${schema}.installation where worker_schema = $1`,
      [workerSchema],
    );
    if ((rowCount ?? 0) > 0) return schema;
  }
  return null;
}

/** Names of at most five tasks that are not the dialer's. */
async function strangeTasks(
  client: pg.Client,
  workerSchema: string,
): Promise<string[]> {
  const table = `${quoted(workerSchema)}.${tasksTable}`;
  const { rows: exists } = await client.query<{ name: string | null }>(
    "select to_regclass($1)::text as name",
    [table],
  );
  if (exists[0]?.name === null) return [];
  const { rows } = await client.query<{ identifier: string }>(
    `select identifier from ${table}
     where split_part(identifier, ':', 1) <> all ($1) order by identifier limit 5`,
    [ourTasks],
  );
  return rows.map(({ identifier }) => identifier);
}

/** Whether Graphile Worker, as it is installed here, has migrations that the schema lacks. */
async function wouldRaise(
  client: pg.Client,
  workerSchema: string,
): Promise<boolean> {
  const { rows } = await client.query<{ id: number | null }>(
    `select max(id) as id from ${quoted(workerSchema)}.${migrationsTable}`,
  );
  return (rows[0]?.id ?? 0) < (await newestGraphileMigration());
}
