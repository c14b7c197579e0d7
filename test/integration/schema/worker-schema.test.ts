/** Another program's Graphile Worker in the same database: never raised, never shared without a word. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { makeWorkerUtils } from "graphile-worker";
import { afterEach, expect, onTestFinished, test } from "vitest";

import { migrate } from "../../../database/migrations/migrate.ts";
import type { MigrateOptions } from "../../../database/migrations/migrate.ts";
import { migrationsFolder } from "../../../database/migrations/migration-files.ts";
import { createEmptyDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases) await database.drop();
  databases = [];
});

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createEmptyDatabase();
  databases.push(database);
  return database;
}

const run = (database: TestDatabase, options: Partial<MigrateOptions> = {}) =>
  migrate({
    databaseUrl: database.url,
    dialerSchema: "public",
    workerSchema: "graphile_worker",
    ...options,
  });

/** As a program of the customer's sets it up, with a job of its own unless told otherwise. */
async function foreignWorker(
  { url }: TestDatabase,
  schema = "graphile_worker",
  task: string | null = "send_invoice",
): Promise<void> {
  const utils = await makeWorkerUtils({ connectionString: url, schema });
  await utils.migrate();
  if (task !== null) await utils.addJob(task, {});
  await utils.release();
}

/** As an older Graphile Worker left it: this one would raise it. */
const makeOlder = ({ pool }: TestDatabase, schema = "graphile_worker") =>
  pool.query(
    `delete from ${schema}.migrations where id = (select max(id) from ${schema}.migrations)`,
  );

/** Everything in the database that migrating could change. */
async function everything({ pool }: TestDatabase): Promise<unknown> {
  const { rows } = await pool.query(
    `select relnamespace::regnamespace::text as schema, relname from pg_class
     where relnamespace::regnamespace::text !~ '^pg_' order by 1, 2`,
  );
  const { rows: level } = await pool.query(
    "select max(id) as id, count(*) as n from graphile_worker.migrations",
  );
  const { rows: schemas } = await pool.query(
    "select nspname from pg_namespace where nspname !~ '^pg_temp|^pg_toast_temp' order by 1",
  );
  return { rows, level, schemas };
}

test.each([
  ["with jobs, of an older version", "send_invoice", true],
  ["with jobs, of our version", "send_invoice", false],
  ["that has done nothing yet", null, false],
] as const)(
  "a Graphile Worker %s: refused before anything is changed, with what to set",
  async (_, task, older) => {
    const database = await emptyDatabase();
    await foreignWorker(database, "graphile_worker", task);
    if (older) await makeOlder(database);
    const before = await everything(database);
    await expect(run(database)).rejects.toMatchObject({
      code: "WORKER_SCHEMA_FOREIGN",
      message: expect.stringMatching(
        /"graphile_worker".*another program.*Nothing was changed\. Set WORKER_SCHEMA to .* dialer_worker/,
      ) as string,
    });
    expect(await everything(database)).toEqual(before);
    await run(database, { workerSchema: "dialer_worker" });
    await run(database, { workerSchema: "dialer_worker" });
  },
);

test("a second dialer does not work in the first one's schema without a word", async () => {
  const database = await emptyDatabase();
  await run(database, { dialerSchema: "north" });
  await expect(run(database, { dialerSchema: "south" })).rejects.toMatchObject({
    code: "WORKER_SCHEMA_FOREIGN",
    message: expect.stringContaining('the dialer in schema "north"') as string,
  });
  await database.pool.query("comment on schema graphile_worker is null");
  await expect(run(database, { dialerSchema: "south" })).rejects.toMatchObject({
    message: expect.stringContaining('the dialer in schema "north"') as string,
  });
  await run(database, { dialerSchema: "south", workerSchema: "south_worker" });
});

test("a first installation that was broken off goes on, wherever it stood", async () => {
  const path = await mkdtemp(join(tmpdir(), "migrations-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  await cp(migrationsFolder, path, { recursive: true });
  await writeFile(join(path, "0001_foundations.sql"), "select 1 / 0;\n");
  const folder = pathToFileURL(`${path}/`);
  const database = await emptyDatabase();
  // Broken off after the worker's tables, with no file of ours applied.
  await expect(run(database, { folder })).rejects.toMatchObject({
    code: "MIGRATION_FAILED",
  });
  // And before them: the schema is made and marked, and empty or half filled.
  await database.pool.query(
    "drop table dialer_migrations; delete from graphile_worker.migrations where id > 18",
  );
  await database.pool.query(
    "insert into graphile_worker.migrations (id) values (19), (20) on conflict do nothing",
  );
  expect((await run(database)).applied.length).toBeGreaterThan(0);
});

test("an empty schema that the administrator made for the dialer is used", async () => {
  const database = await emptyDatabase();
  await database.pool.query("create schema jobs");
  await run(database, { workerSchema: "jobs" });
});

test("a program that came to use the dialer's own schema is not stopped by an update of ours", async () => {
  const database = await emptyDatabase();
  await run(database);
  await foreignWorker(database);
  // Nothing to raise: nobody is harmed.
  await run(database);
  await makeOlder(database);
  const before = await everything(database);
  await expect(run(database)).rejects.toMatchObject({
    code: "WORKER_SCHEMA_FOREIGN",
    message: expect.stringContaining("send_invoice") as string,
  });
  expect(await everything(database)).toEqual(before);
});
