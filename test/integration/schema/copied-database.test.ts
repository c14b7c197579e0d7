/** A copy of a database is another installation: it touches no call of the original's and calls nobody before it is told to. */
import { randomBytes } from "node:crypto";

import pg from "pg";
import { expect, onTestFinished, test } from "vitest";

import { MockPbx } from "../../../adapters/mock/pbx.ts";
import {
  identifyInstallation,
  supabaseProject,
} from "../../../database/installation.ts";
import {
  insertCampaign,
  insertLeads,
  insertTrunk,
  quickScenario,
  setAccount,
  startEngine,
  startRig,
  testDatabase,
} from "../../support/running-engine.ts";
import type { Rig } from "../../support/running-engine.ts";
import type { TestDatabase } from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";

const settle = (url: string) =>
  identifyInstallation({
    url,
    schema: "public",
    workerSchema: "graphile_worker",
    applicationName: "copied-database-test",
  });

async function idOf(sql: pg.Pool): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    "select id from installation",
  );
  return rows[0]?.id ?? "";
}

/** As `create database ... template` makes it, which wants nobody connected to the original. */
async function copyOf(
  original: TestDatabase,
): Promise<{ url: string; pool: pg.Pool }> {
  const name = `copy_${randomBytes(6).toString("hex")}`;
  const server = new URL(original.superUrl);
  server.pathname = "/postgres";
  const admin = new pg.Client({ connectionString: server.href });
  await admin.connect();
  await admin.query(`alter database ${original.name} allow_connections false`);
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
    [original.name],
  );
  await waitFor("nobody to be connected", async () => {
    const { rowCount } = await admin.query(
      "select from pg_stat_activity where datname = $1",
      [original.name],
    );
    return rowCount === 0;
  });
  await admin.query(
    `create database ${name} owner postgres template ${original.name}`,
  );
  await admin.query(`alter database ${original.name} allow_connections true`);
  const url = new URL(original.url);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 3 });
  pool.on("error", () => undefined);
  onTestFinished(async () => {
    await pool.end();
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
  });
  return { url: url.href, pool };
}

/** The original, with calls that talk for longer than the test lasts, and others that wait. */
async function dialling(): Promise<Rig & { campaign: string }> {
  // It outlives the engine.
  const pbx = new MockPbx({
    scenario: {
      ...quickScenario,
      shares: { answered: 1 },
      talkMs: 600_000,
    },
  });
  onTestFinished(() => {
    pbx.close();
  });
  const rig = await startRig({ pbx });
  await setAccount(rig.sql);
  await insertTrunk(rig.sql);
  const campaign = await insertCampaign(rig.sql);
  await insertLeads(rig.sql, campaign, 5);
  await waitFor("five talks", async () => {
    const { rowCount } = await rig.sql.query(
      "select from call_attempts where state = 'ANSWERED'",
    );
    return rowCount === 5;
  });
  return { ...rig, campaign };
}

test("an engine on a copy: an id of its own, campaigns paused with the reason, the original's calls go on, nobody is called", async () => {
  const original = await dialling();
  const originalId = await idOf(original.sql);
  const calls = original.pbx.stats().live;
  expect(calls).toBe(5);
  const copy = await copyOf(original.database);
  const other = await startEngine(copy, { pbx: original.pbx });
  expect(await idOf(copy.pool)).not.toBe(originalId);
  expect(
    other.logs.some(({ msg }) => msg.startsWith("This database is a copy")),
  ).toBe(true);
  await waitFor("the copy to have compared", () =>
    other.logs.some(({ msg }) => msg === "This engine dials now"),
  );
  const { rows } = await copy.pool.query(
    `select (select count(*)::int from call_attempts where end_at is null) as live,
       (select array_agg(distinct reason) from dialing_blockers) as blockers,
       (select array_agg(distinct status) from campaigns) as status`,
  );
  expect(rows).toEqual([
    { live: 0, blockers: ["COPIED_DATABASE"], status: ["PAUSED"] },
  ]);
  // What the copy would do to calls that it took for its own, it would have done on comparing.
  await other.stop();
  expect(original.pbx.stats().live).toBe(calls);
  expect(original.pbx.stats().originates).toBe(5);
  // The original has noticed nothing but the cut of its connections.
  expect(await idOf(original.sql)).toBe(originalId);
});

test("in a copy no campaign becomes ACTIVE until the owner says so, by whatever way", async () => {
  const original = await dialling();
  await original.stop();
  const copy = await copyOf(original.database);
  const first = await settle(copy.url);
  expect(first.copiedFrom).toBe(await idOf(original.sql));
  await expect(
    copy.pool.query("update campaigns set status = 'ACTIVE'"),
  ).rejects.toMatchObject({
    code: "55000",
    hint: expect.stringContaining("release_copied_database") as string,
  });
  await expect(
    copy.pool.query(
      "insert into campaigns (name, status) values ('new', 'ACTIVE')",
    ),
  ).rejects.toMatchObject({ code: "55000" });
  const { rows } = await copy.pool.query(
    "select release_copied_database()::int as resumed",
  );
  expect(rows).toEqual([{ resumed: 1 }]);
  const { rows: after } = await copy.pool.query(
    "select status, pause_reason from campaigns",
  );
  expect(after).toEqual([{ status: "ACTIVE", pause_reason: null }]);
  // Released once, it is an installation like any other.
  expect(await settle(copy.url)).toEqual({ id: first.id, copiedFrom: null });
});

test("who was reached in the original is not called from the copy, and who was being rung rests a day", async () => {
  const original = await dialling();
  await original.stop();
  await original.sql.query(
    "update call_attempts set state = 'RINGING', answer_at = null where id in (select id from call_attempts where end_at is null order by id limit 2)",
  );
  const copy = await copyOf(original.database);
  await settle(copy.url);
  const { rows } = await copy.pool.query(
    "select status, last_outcome, attempts, next_attempt_at > clock_timestamp() + interval '23 hours' as rests from leads order by status",
  );
  expect(rows).toEqual([
    ...Array.from({ length: 3 }, () => ({
      status: "DONE",
      last_outcome: "ANSWERED",
      attempts: 1,
      rests: null,
    })),
    ...Array.from({ length: 2 }, () => ({
      status: "RETRY",
      last_outcome: "ORPHANED",
      attempts: 1,
      rests: true,
    })),
  ]);
});

test("engines that start at once on a copy get the same id, and one of them says that it is a copy", async () => {
  const original = await dialling();
  await original.stop();
  const copy = await copyOf(original.database);
  const found = await Promise.all([1, 2, 3, 4].map(() => settle(copy.url)));
  expect(new Set(found.map(({ id }) => id)).size).toBe(1);
  expect(found.filter(({ copiedFrom }) => copiedFrom !== null)).toHaveLength(1);
});

test("a rename, another way to connect and a server that no longer tells its identifier leave it as it is", async () => {
  const database = await testDatabase();
  const { id } = await settle(database.url);
  const renamed = `${database.name}_renamed`;
  const admin = new pg.Client({
    connectionString: database.superUrl.replace(database.name, "postgres"),
  });
  await admin.connect();
  onTestFinished(() => admin.end());
  await database.pool.end();
  await admin.query(`alter database ${database.name} rename to ${renamed}`);
  const url = database.url.replace(database.name, renamed);
  expect(await settle(url)).toEqual({ id, copiedFrom: null });
  const inIt = new pg.Client({
    connectionString: database.superUrl.replace(database.name, renamed),
  });
  await inIt.connect();
  await inIt.query(
    "revoke execute on function pg_control_system() from public",
  );
  expect(await settle(url)).toEqual({ id, copiedFrom: null });
  await inIt.query("grant execute on function pg_control_system() to public");
  // The whole server was made anew: a dump that was restored.
  await inIt.query(
    "update installation set place = regexp_replace(place, 'system=\\d+', 'system=1')",
  );
  expect((await settle(url)).copiedFrom).toBe(id);
  await inIt.end();
  await admin.query(`alter database ${renamed} rename to ${database.name}`);
});

test("two copies of a database that never dialled have ids of their own", async () => {
  const one = await testDatabase();
  const copy = await copyOf(one);
  const [first, second] = [await settle(one.url), await settle(copy.url)];
  expect(first.id).not.toBe(second.id);
  expect([first.copiedFrom, second.copiedFrom]).toEqual([null, null]);
});

test("a physical copy that dials under the same id: a call that this database never made is left alone, and logged", async () => {
  const rig = await dialling();
  // What a copy of the data folder knows: nothing of the calls made since.
  await rig.sql.query("delete from call_attempt_events");
  await rig.sql.query(
    "update leads set status = 'DONE'; delete from call_attempts",
  );
  await rig.stop();
  const again = await startEngine(rig.database, { pbx: rig.pbx });
  await waitFor("it to be logged", () =>
    again.logs.some(({ msg }) => msg.includes("this database never made")),
  );
  expect(rig.pbx.stats().live).toBe(5);
});

test("a call that its database knows as over is still hung up", async () => {
  const rig = await dialling();
  await rig.stop();
  await rig.sql.query(
    "update call_attempts set state = 'ENDED', outcome = 'ANSWERED', end_at = clock_timestamp(), deadline_at = null, deadline_type = null",
  );
  expect(rig.pbx.stats().live).toBe(5);
  await startEngine(rig.database, { pbx: rig.pbx });
  await waitFor("them to be hung up", () => rig.pbx.stats().live === 0);
});

test.each([
  [
    "postgresql://postgres:x@db.abcdefghij.supabase.co:5432/postgres",
    "abcdefghij",
  ],
  [
    "postgresql://postgres.abcdefghij:x@aws-0-sa-east-1.pooler.supabase.com:5432/postgres",
    "abcdefghij",
  ],
  ["postgresql://postgres:x@10.0.0.5/postgres", null],
  ["postgresql://postgres.abc:x@localhost/postgres", null],
])("the Supabase project of %s is %s", (url, project) => {
  expect(supabaseProject(url)).toBe(project);
});
