/** The doctor on a real Postgres, healthy and in all the ways in which one is not. */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from "../../../support/database.ts";
import { identifyInstallation } from "../../../../database/installation.ts";
import { insertCampaign } from "../../../support/dialing-rows.ts";
import { examineEnvironment } from "../../../support/doctor-run.ts";
import { urlFor, withClient } from "../../../support/prepared-server.ts";
import { startDeafPooler } from "./deaf-pooler.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

function examine(env: Readonly<Record<string, string>> = {}) {
  return examineEnvironment({
    DATABASE_URL: database.url,
    VOICE_ADAPTER: "mock",
    ...env,
  });
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

/** A role of the cluster that is dropped after the test. @returns the database's URL for it */
async function asRole(
  name: string,
  rights: readonly string[],
  of: TestDatabase = database,
): Promise<string> {
  const superuser = (sql: string) =>
    withClient(of.superUrl, (client) => client.query(sql));
  await superuser(`create role ${name} login password 'role-password'`);
  onTestFinished(async () => {
    await superuser(`drop owned by ${name}; drop role ${name}`);
  });
  for (const sql of rights) await superuser(sql);
  const url = new URL(urlFor(of.superUrl, of.name, name));
  url.password = "role-password";
  return url.href;
}

async function emptyDatabase(): Promise<TestDatabase> {
  const empty = await createEmptyDatabase();
  onTestFinished(() => empty.drop());
  return empty;
}

test("a migrated database passes every check of the database", async () => {
  const found = await examine();
  const codes = found.lines
    .filter(({ check }) => check.startsWith("database."))
    .map(({ code }) => code);
  expect(codes).toEqual([
    "database.name.address",
    "database.login.ok",
    "database.version.ok",
    "database.listen.ok",
    "database.privileges.ok",
    "database.migrations.ok",
    "database.clock.ok",
    "database.connections.ok",
    "database.copy.new",
  ]);
});

test("a copy of another installation's database is reported, before an engine has found it and after", async () => {
  const own = await createTestDatabase();
  onTestFinished(() => own.drop());
  const ask = () => examine({ DATABASE_URL: own.url });
  const settle = () =>
    identifyInstallation({
      url: own.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "doctor-copy-test",
    });
  await settle();
  expect((await ask()).codes("database.copy")).toEqual([
    "database.copy.ok-logical",
  ]);
  await insertCampaign(own.pool, { name: "Waits", status: "ACTIVE" });
  // What the guide says to do on a physical copy, and what a logical one looks like by itself.
  await own.pool.query("update installation set place = 'database=0'");
  const before = await ask();
  expect(before.text("database.copy.moved")).toMatch(/pauses the 1 ACTIVE/);
  const { copiedFrom } = await settle();
  expect(copiedFrom).not.toBeNull();
  const after = await ask();
  expect(after.text("database.copy.waiting")).toMatch(
    new RegExp(
      `installation ${String(copiedFrom)}.*1 campaigns wait.*release_copied_database`,
    ),
  );
  await own.pool.query("select release_copied_database()");
  expect((await ask()).codes("database.copy")).toEqual([
    "database.copy.ok-logical",
  ]);
});

test("it needs no write at all: every check passes on a database that refuses them", async () => {
  const own = await createTestDatabase();
  onTestFinished(() => own.drop());
  await own.pool.query(
    `alter database ${own.name} set default_transaction_read_only = on`,
  );
  const found = await examine({ DATABASE_URL: own.url });
  expect(
    found.lines.filter(({ check }) => check.startsWith("database.")),
  ).toHaveLength(9);
  expect(found.lines.filter(({ code }) => code.startsWith("failed."))).toEqual(
    [],
  );
});

test("a wrong password is named and not printed, and the rest goes on", async () => {
  const found = await examine({
    DATABASE_URL: changed((url) => {
      url.password = "wrong-secret-of-the-test";
    }),
  });
  expect(found.codes("database.login")).toEqual(["database.login.password"]);
  expect(found.codes("database.listen")).toEqual(["skipped.after"]);
  expect(found.codes("mock.tcp")).toEqual(["mock.tcp.inside"]);
  expect(JSON.stringify(found.lines)).not.toContain("wrong-secret");
});

test("a database that does not exist is named", async () => {
  const found = await examine({
    DATABASE_URL: changed((url) => {
      url.pathname = "/no_such_database";
    }),
  });
  expect(found.text("database.login.database")).toContain("no_such_database");
});

test("a server that nobody runs is named with its address", async () => {
  const found = await examine({
    DATABASE_URL: changed((url) => {
      url.port = "1";
    }),
  });
  expect(found.text("database.login.refused")).toContain("127.0.0.1:1");
});

test("an unknown host is distinguished from one that does not answer", async () => {
  const found = await examine({
    DATABASE_URL: changed((url) => {
      url.hostname = "db.invalid";
    }),
  });
  expect(found.codes("database.name")).toEqual(["database.name.unknown"]);
});

test("the transaction pooler's port is refused with what to use instead", async () => {
  const found = await examine({
    DATABASE_URL: changed((url) => {
      url.port = "6543";
    }),
  });
  expect(found.text("variables.url-pooler")).toMatch(/6543.*LISTEN.*5432/);
  expect(found.codes("database.login")).toEqual(["skipped.variables"]);
});

test("a pooler that loses notifications is found out by its silence, whatever its port", async () => {
  const { hostname, port } = new URL(database.url);
  const pooler = await startDeafPooler({ host: hostname, port: Number(port) });
  onTestFinished(() => pooler.close());
  const found = await examine({
    DATABASE_URL: changed((url) => {
      url.port = String(pooler.port);
    }),
  });
  expect(found.codes("database.listen")).toEqual(["database.listen.lost"]);
  expect(found.codes("database.migrations")).toEqual([
    "database.migrations.ok",
  ]);
});

test("a role without rights is told which grant it lacks, for each schema", async () => {
  const DATABASE_URL = await asRole("doctor_poor", [], await emptyDatabase());
  const found = await examine({ DATABASE_URL, DIALER_SCHEMA: "dialer" });
  expect(found.codes("database.privileges")).toEqual([
    "database.privileges.no-create",
    "database.privileges.no-create",
  ]);
  const text = found.text("database.privileges.no-create");
  expect(text).toContain("grant create on database");
  expect(text).toContain("dialer_worker");
});

test("a role that may not create tables in the schema is told so", async () => {
  const empty = await emptyDatabase();
  const rights = [`grant create on database ${empty.name} to doctor_guest`];
  const DATABASE_URL = await asRole("doctor_guest", rights, empty);
  const found = await examine({ DATABASE_URL });
  expect(found.text("database.privileges.no-schema")).toContain(
    "grant usage, create on schema public to doctor_guest",
  );
});

test("a role that does not own the dialer's tables is told whose they must be", async () => {
  const rights = [
    "grant usage, create on schema public, graphile_worker to doctor_other",
  ];
  const DATABASE_URL = await asRole("doctor_other", rights);
  const found = await examine({ DATABASE_URL });
  expect(found.codes("database.privileges")).toEqual([
    "database.privileges.not-owner",
    "database.privileges.not-owner",
  ]);
  expect(found.codes("database.migrations")).toEqual([
    "database.migrations.unreadable",
  ]);
});

test("a role limit below what an engine takes is a problem, one just above a warning", async () => {
  const DATABASE_URL = await asRole("doctor_narrow", [
    "alter role doctor_narrow connection limit 6",
  ]);
  const tooLow = await examine({ DATABASE_URL });
  expect(tooLow.text("database.connections.limit")).toContain(
    "role doctor_narrow allows 6 connections",
  );
  await withClient(database.superUrl, (client) =>
    client.query("alter role doctor_narrow connection limit 8"),
  );
  const justEnough = await examine({ DATABASE_URL });
  expect(justEnough.codes("database.connections")).toEqual([
    "database.connections.few",
  ]);
});

test("a role that has no connection left is distinguished from a wrong password", async () => {
  const DATABASE_URL = await asRole("doctor_full", [
    "alter role doctor_full connection limit 0",
  ]);
  const found = await examine({ DATABASE_URL });
  expect(found.text("database.login.full")).toContain("doctor_full");
});

test("a server without TLS is recognised when TLS is required", async () => {
  const found = await examine({
    DATABASE_URL: changed((url) => {
      url.searchParams.set("sslmode", "require");
    }),
  });
  expect(found.text("database.login.tls")).toContain("sslmode=disable");
});

test("an empty database is no problem, only not set up yet", async () => {
  const empty = await emptyDatabase();
  const found = await examine({ DATABASE_URL: empty.url });
  expect(found.codes("database.migrations")).toEqual([
    "database.migrations.none",
  ]);
  expect(found.codes("database.privileges")).toEqual([
    "database.privileges.ok",
  ]);
  expect(found.codes("dialing.trunks")).toEqual(["skipped.no-tables"]);
});

test("a table of another application is named, with the way around it", async () => {
  const empty = await emptyDatabase();
  await empty.pool.query("create table campaigns (id int)");
  const found = await examine({ DATABASE_URL: empty.url });
  const text = found.text("database.migrations.foreign");
  expect(text).toContain('"campaigns"');
  expect(text).toContain("DIALER_SCHEMA");
});

test("a migration that changed after it was applied is a problem", async () => {
  const own = await createTestDatabase();
  onTestFinished(() => own.drop());
  await own.pool.query(
    "update dialer_migrations set checksum = 'other' where version = 2",
  );
  const found = await examine({ DATABASE_URL: own.url });
  expect(found.text("database.migrations.changed")).toContain(
    "0002_refusals.sql",
  );
});

test("a database of a newer version is a problem", async () => {
  const own = await createTestDatabase();
  onTestFinished(() => own.drop());
  await own.pool.query(
    "insert into dialer_migrations (version, name, checksum, oldest_engine) values (9000, '9000_later.sql', 'x', '99.0.0')",
  );
  const newer = await examine({ DATABASE_URL: own.url });
  expect(newer.codes("database.migrations")).toEqual([
    "database.migrations.too-new",
  ]);
});

test("another worker schema than that of the installation is a problem", async () => {
  const found = await examine({ WORKER_SCHEMA: "other_worker" });
  expect(found.codes("database.migrations")).toEqual([
    "database.migrations.worker-schema",
  ]);
});

test("two runs at once do not receive each other's notifications", async () => {
  const both = await Promise.all([examine(), examine()]);
  for (const found of both)
    expect(found.codes("database.listen")).toEqual(["database.listen.ok"]);
});
