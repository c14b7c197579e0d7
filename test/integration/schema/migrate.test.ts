import {
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import {
  migrate,
  type MigrateOptions,
  type MigrateResult,
} from "../../../database/migrations/migrate.ts";
import { migrationsFolder } from "../../../database/migrations/migration-files.ts";
import {
  createEmptyDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import {
  dumpSchema,
  firstDifference,
  pageFile,
  schemaFile,
} from "../../support/schema-dump.ts";
import { schemaPage } from "../../support/schema-page.ts";

const databases: TestDatabase[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(databases.splice(0).map((database) => database.drop()));
  await Promise.all(
    folders.splice(0).map((folder) => rm(folder, { recursive: true })),
  );
});

async function emptyDatabase(
  oldDefaultPrivileges = false,
): Promise<TestDatabase> {
  const database = await createEmptyDatabase({ oldDefaultPrivileges });
  databases.push(database);
  return database;
}

function run(
  database: TestDatabase,
  options: Partial<MigrateOptions> = {},
): Promise<MigrateResult> {
  return migrate({
    databaseUrl: database.url,
    dialerSchema: "public",
    workerSchema: "graphile_worker",
    ...options,
  });
}

/** A copy of the migrations that a test may change; `add` writes a file with the next number and gives its name. */
async function copyOfFiles() {
  const path = await mkdtemp(join(tmpdir(), "migrations-"));
  folders.push(path);
  await cp(migrationsFolder, path, { recursive: true });
  let last = (await readdir(path)).filter((name) =>
    name.endsWith(".sql"),
  ).length;
  const add = async (name: string, sql: string) => {
    last += 1;
    const file = `${String(last).padStart(4, "0")}_${name}.sql`;
    await writeFile(join(path, file), sql);
    return { file, version: last };
  };
  return { url: pathToFileURL(`${path}/`), path, add };
}

async function objectNames(
  database: TestDatabase,
  schema: string,
): Promise<string[]> {
  const { rows } = await database.pool.query<{ relname: string }>(
    "select relname from pg_class where relnamespace = to_regnamespace($1) order by relname",
    [schema],
  );
  return rows.map((row) => row.relname);
}

describe("migrating as a role that is no superuser", () => {
  it("applies every file once, and nothing the second time", async () => {
    const database = await emptyDatabase();
    const told: string[] = [];
    const first = await run(database, { onApplied: (name) => told.push(name) });
    expect(first.applied[0]).toBe("0001_foundations.sql");
    expect(first.applied).toHaveLength(first.version);
    expect(told).toEqual(first.applied);
    expect(await run(database)).toEqual({
      applied: [],
      version: first.version,
    });
  });

  it("puts everything into another schema, beside an application that uses our names", async () => {
    const database = await emptyDatabase();
    await database.pool.query("create table campaigns (title text)");
    await run(database, {
      dialerSchema: "dialer",
      workerSchema: "dialer_worker",
    });
    expect(await objectNames(database, "public")).toEqual(["campaigns"]);
    const user = { sub: "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11" };
    await database.pool.query(
      "insert into dialer.accounts (id, name) values ($1, 'Elsewhere')",
      [user.sub],
    );
    await database.asUser(user, async (client) => {
      await client.query("set local search_path to dialer");
      await client.query(
        "insert into campaigns (name, status) values ('Elsewhere', 'ACTIVE')",
      );
    });
    const { rows } = await database.pool.query(
      "select task_identifier from dialer_worker.jobs",
    );
    expect(rows).toEqual([{ task_identifier: "schedule_campaign" }]);
  });

  it("lets two processes that start at once share the work", async () => {
    const database = await emptyDatabase();
    const results = await Promise.all([
      run(database),
      run(database),
      run(database),
    ]);
    const applied = results.map((result) => result.applied.length);
    expect(applied.sort((a, b) => a - b).slice(0, 2)).toEqual([0, 0]);
    expect(new Set(results.map((result) => result.version)).size).toBe(1);
  });

  it("gives the same rights whatever a project grants by default", async () => {
    const [recent, old] = [await emptyDatabase(), await emptyDatabase(true)];
    const dumps: string[] = [];
    for (const database of [recent, old]) {
      await run(database);
      const client = await database.pool.connect();
      dumps.push(await dumpSchema(client, "public"));
      const { rows } = await client.query(
        `select partition.relname from pg_class as partition, aclexplode(partition.relacl)
         where partition.relname like 'call_attempt_events_%' and grantee <> relowner
         union all
         select 'dialer_migrations' from pg_class, aclexplode(relacl)
         where relname = 'dialer_migrations' and grantee <> relowner`,
      );
      expect(rows).toEqual([]);
      client.release();
    }
    expect(firstDifference(dumps[0] ?? "", dumps[1] ?? "?")).toBeNull();
  });

  it("results in the committed dump", async () => {
    const database = await emptyDatabase();
    await run(database);
    const client = await database.pool.connect();
    const actual = await dumpSchema(client, "public");
    client.release();
    const committed = await readFile(schemaFile, "utf8");
    expect(firstDifference(committed, actual)).toBeNull();
  });

  it("results in what docs/schema.md says", async () => {
    const database = await emptyDatabase();
    await run(database);
    const client = await database.pool.connect();
    const actual = await schemaPage(client, "public");
    client.release();
    const committed = await readFile(pageFile, "utf8");
    expect(firstDifference(committed, actual)).toBeNull();
  });

  it("comments every table, view and column", async () => {
    const database = await emptyDatabase();
    await run(database);
    const { rows } = await database.pool.query(
      `select relname, attname from pg_class
       join pg_attribute on attrelid = pg_class.oid and attnum >= 0 and not attisdropped
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition
         and col_description(pg_class.oid, attnum) is null
       union all
       select relname, null from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
         and obj_description(oid, 'pg_class') is null`,
    );
    expect(rows).toEqual([]);
  });
});

describe("what stops a migration before it changes anything", () => {
  it.each([
    ["a table", "create table leads (id int)", "leads"],
    [
      "a view",
      "create view dialing_blockers as select 1 as one",
      "dialing_blockers",
    ],
    [
      "a function",
      "create function hangup_attempt(text) returns int language sql return 1",
      "hangup_attempt",
    ],
    [
      "a foreign ledger",
      "create table dialer_migrations (id int)",
      "dialer_migrations",
    ],
  ])("%s of somebody else's, which it names", async (_what, sql, name) => {
    const database = await emptyDatabase();
    await database.pool.query(sql);
    const before = await objectNames(database, "public");
    await expect(run(database)).rejects.toMatchObject({
      code: "FOREIGN_OBJECT",
      message: expect.stringContaining(`"${name}"`) as string,
    });
    expect(await objectNames(database, "public")).toEqual(before);
    expect(await objectNames(database, "graphile_worker")).toEqual([]);
  });

  it("a file that changed after it was applied, which it names", async () => {
    const database = await emptyDatabase();
    const files = await copyOfFiles();
    await run(database, { folder: files.url });
    await writeFile(join(files.path, "0003_accounts.sql"), "select 1;\n");
    await files.add("more", "create table more ();\n");
    await expect(run(database, { folder: files.url })).rejects.toMatchObject({
      code: "FILE_CHANGED",
      message: expect.stringContaining("0003_accounts.sql") as string,
    });
    expect(await objectNames(database, "public")).not.toContain("more");
  });

  it("a ledger with a file that is not here, which it names, as those of before the first release", async () => {
    const database = await emptyDatabase();
    await run(database);
    await database.pool.query(
      "update dialer_migrations set name = '0001_installation.sql' where version = 1",
    );
    const before = await objectNames(database, "public");
    await expect(run(database)).rejects.toMatchObject({
      code: "FILE_MISSING",
      message: expect.stringContaining("0001_installation.sql") as string,
    });
    expect(await objectNames(database, "public")).toEqual(before);
  });

  it("a ledger that needs a newer engine; one that this engine may use is left as it is", async () => {
    const database = await emptyDatabase();
    const files = await copyOfFiles();
    await run(database);
    const { length } = (await run(database, { folder: files.url })).applied;
    expect(length).toBe(0);
    const { version } = await files.add(
      "additive",
      "create table additive ();\n",
    );
    await run(database, { folder: files.url });
    expect(await run(database)).toEqual({ applied: [], version });
    await files.add(
      "breaking",
      "-- Oldest engine: 9.2.0\ncreate table breaking ();\n",
    );
    await run(database, { folder: files.url });
    await expect(run(database)).rejects.toMatchObject({
      code: "LEDGER_TOO_NEW",
      message: expect.stringContaining("9.2.0") as string,
    });
    expect(await run(database, { engineVersion: "9.10.0" })).toMatchObject({
      version: version + 1,
    });
  });

  it("another worker schema than the one it was set up with", async () => {
    const database = await emptyDatabase();
    await run(database);
    await expect(
      run(database, { workerSchema: "other_worker" }),
    ).rejects.toMatchObject({ code: "WORKER_SCHEMA_CHANGED" });
    expect(await objectNames(database, "other_worker")).toEqual([]);
  });

  it("names that cannot be schemas of ours", async () => {
    const database = await emptyDatabase();
    await expect(
      run(database, { workerSchema: "public" }),
    ).rejects.toMatchObject({ code: "SCHEMAS_EQUAL" });
    await expect(
      run(database, { dialerSchema: 'x"; drop' }),
    ).rejects.toMatchObject({ code: "SCHEMA_NAME_INVALID" });
  });

  it("a file that fails is rolled back whole, and the run goes on from there once it is mended", async () => {
    const database = await emptyDatabase();
    const files = await copyOfFiles();
    const { file, version } = await files.add(
      "broken",
      "create table half ();\nselect 1 / 0;\n",
    );
    await expect(run(database, { folder: files.url })).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      message: expect.stringContaining(file) as string,
    });
    expect(await objectNames(database, "public")).not.toContain("half");
    await writeFile(join(files.path, file), "create table half ();\n");
    expect(await run(database, { folder: files.url })).toEqual({
      applied: [file],
      version,
    });
  });
});
