/** What has been applied to a database, and whether this engine may go on from there. */
import type pg from "pg";
import { MigrationError } from "./migration-error.ts";
import {
  createdNames,
  isNewer,
  type MigrationFile,
} from "./migration-files.ts";

export interface LedgerRow {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly oldest_engine: string;
}

/** Creates the ledger in the schema that comes first in the connection's `search_path`. */
export const createLedger = `
create table if not exists dialer_migrations (
  version integer primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default clock_timestamp(),
  oldest_engine text not null
);
alter table dialer_migrations enable row level security;
comment on table dialer_migrations is 'Migrations that were applied here; written by the migrate command only.';
comment on column dialer_migrations.version is 'Number of the file.';
comment on column dialer_migrations.name is 'Name of the file.';
comment on column dialer_migrations.checksum is 'SHA-256 of its text; a file that changed afterwards is refused.';
comment on column dialer_migrations.applied_at is 'When it was applied.';
comment on column dialer_migrations.oldest_engine is 'Lowest engine version that may run on the schema from here on.';
do $$
declare
  api_role text;
begin
  revoke all on dialer_migrations from public;
  foreach api_role in array array['anon', 'authenticated', 'service_role'] loop
    if to_regrole(api_role) is not null then
      execute format('revoke all on dialer_migrations from %I', api_role);
    end if;
  end loop;
end $$`;

/** The ledger of a schema, by version; empty where there is none yet. */
export async function readLedger(
  client: pg.Client,
  schema: string,
): Promise<readonly LedgerRow[]> {
  const columns = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = $1 and table_name = 'dialer_migrations'`,
    [schema],
  );
  if (columns.rows.length === 0) return [];
  const names = new Set(columns.rows.map((row) => row.name));
  if (!names.has("oldest_engine") || !names.has("checksum")) {
    throw foreignObject(schema, "dialer_migrations");
  }
  const { rows } = await client.query<LedgerRow>(
    `select version, name, checksum, oldest_engine
     from ${quoted(schema)}.dialer_migrations order by version`,
  );
  return rows;
}

/**
 * Whether the files continue the ledger.
 *
 * @returns the files still to be applied
 * @throws MigrationError FILE_CHANGED, FILE_MISSING, LEDGER_TOO_NEW
 */
export function pendingFiles(
  ledger: readonly LedgerRow[],
  files: readonly MigrationFile[],
  engineVersion: string,
): readonly MigrationFile[] {
  const byVersion = new Map(files.map((file) => [file.version, file]));
  for (const row of ledger) {
    const file = byVersion.get(row.version);
    if (row.version > files.length) {
      if (isNewer(row.oldest_engine, engineVersion)) {
        throw new MigrationError("ledger-too-new", {
          file: row.name,
          needed: row.oldest_engine,
          version: engineVersion,
        });
      }
    } else if (file?.name !== row.name) {
      throw new MigrationError("file-missing", { file: row.name });
    } else if (file.checksum !== row.checksum) {
      throw new MigrationError("file-changed", {
        file: row.name,
        found: file.checksum.slice(0, 12),
        applied: row.checksum.slice(0, 12),
      });
    }
  }
  const applied = new Set(ledger.map((row) => row.version));
  return files.filter((file) => !applied.has(file.version));
}

/**
 * Refuses a schema in which something has a name that a pending file is about to create, unless an applied file has
 * created it: then it is ours, as with a function that gets other parameters.
 *
 * @throws MigrationError FOREIGN_OBJECT, naming the first in the order of the files
 */
export async function refuseForeignObjects(
  client: pg.Client,
  schema: string,
  pending: readonly MigrationFile[],
  files: readonly MigrationFile[],
): Promise<void> {
  const ours = new Set(
    files.filter((file) => !pending.includes(file)).flatMap(createdNames),
  );
  const names = pending.flatMap(createdNames).filter((name) => !ours.has(name));
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = to_regnamespace($1) and relname = any ($2)
     union
     select proname from pg_proc where pronamespace = to_regnamespace($1) and proname = any ($2)`,
    [quoted(schema), names],
  );
  const taken = new Set(rows.map((row) => row.name));
  const first = names.find((name) => taken.has(name));
  if (first !== undefined) throw foreignObject(schema, first);
}

function foreignObject(schema: string, name: string): MigrationError {
  return new MigrationError("foreign-object", { schema, name });
}

/** @throws MigrationError WORKER_SCHEMA_CHANGED when the installation was set up with another worker schema */
export async function refuseOtherWorkerSchema(
  client: pg.Client,
  schema: string,
  workerSchema: string,
): Promise<void> {
  const { rows } = await client.query<{ worker_schema: string }>(
    `select worker_schema from ${quoted(schema)}.installation`,
  );
  const recorded = rows[0]?.worker_schema;
  if (recorded !== undefined && recorded !== workerSchema) {
    throw new MigrationError("worker-schema-changed", {
      schema,
      recorded,
      worker: workerSchema,
    });
  }
}

/** A schema name as an identifier in SQL. */
export function quoted(schema: string): string {
  return `"${schema.replaceAll('"', '""')}"`;
}
