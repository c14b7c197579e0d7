/** Rows that earlier versions let in are mended by the migration that keeps new ones out. */
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, it, onTestFinished } from "vitest";

import { migrate } from "../../../database/migrations/migrate.ts";
import { migrationsFolder } from "../../../database/migrations/migration-files.ts";
import { createEmptyDatabase } from "../../support/database.ts";
import { readCounts } from "../../support/kept-counts.ts";
import {
  insertAttempt,
  insertCampaign,
  insertLead,
  insertTrunk,
  one,
} from "./rows.ts";

/** A database as it was before the migration with this name. */
async function databaseBefore(name: string) {
  const database = await createEmptyDatabase();
  onTestFinished(() => database.drop());
  const path = await mkdtemp(join(tmpdir(), "migrations-"));
  onTestFinished(() => rm(path, { recursive: true }));
  const files = (await readdir(migrationsFolder)).sort();
  const first = files.findIndex((file) => file.endsWith(`_${name}.sql`));
  expect(first).toBeGreaterThan(0);
  for (const file of files.slice(0, first))
    await cp(new URL(file, migrationsFolder), join(path, file));
  const run = (folder: URL) =>
    migrate({
      databaseUrl: database.url,
      dialerSchema: "public",
      workerSchema: "graphile_worker",
      folder,
    });
  await run(pathToFileURL(`${path}/`));
  return { pool: database.pool, migrateOn: () => run(migrationsFolder) };
}

it("a lead that got a zone before anybody looked at it is fresh again, and days of work become a plain list", async () => {
  const { pool, migrateOn } = await databaseBefore("zones_and_countries");
  const campaignId = await insertCampaign(pool, {
    status: "DRAFT",
    work_days: "{{3,1},{1,2}}",
  });
  const leadId = await insertLead(pool, campaignId);
  await pool.query("update leads set timezone = 'America/Manaus'");
  const zone = () =>
    one(pool, "select dial_timezone from leads where id = $1", [leadId]);
  expect(await zone()).toEqual({ dial_timezone: "America/Manaus" });
  await migrateOn();
  expect(await zone()).toEqual({ dial_timezone: null });
  expect(await one(pool, "select work_days from campaigns")).toEqual({
    work_days: [1, 2, 3],
  });
});

it("a Local channel without /n gets it, whatever else is wrong with its trunk", async () => {
  const { pool, migrateOn } = await databaseBefore("local_routes");
  const before = [
    "Local/{number}@from-internal",
    "local/{number}@from-internal/j",
    "Local/{number}@from-internal/n",
    "PJSIP/{number}@carrier",
  ];
  for (const [index, dialString] of before.entries())
    await pool.query(
      "insert into trunk_config (name, dial_string) values ($1, $2)",
      [`t${String(index)}`, dialString],
    );
  await pool.query("alter table trunk_config disable trigger user");
  await pool.query(
    "insert into trunk_config (name, dial_string) values ('old', 'Local/{number}@out/secret:hunter2')",
  );
  await pool.query("alter table trunk_config enable trigger user");
  await migrateOn();
  const { rows } = await pool.query<{ dial_string: string }>(
    'select dial_string from trunk_config order by dial_string collate "C"',
  );
  expect(rows.map((row) => row.dial_string)).toEqual([
    "Local/{number}@from-internal/n",
    "Local/{number}@from-internal/n",
    "Local/{number}@out/secret:hunter2/n",
    "PJSIP/{number}@carrier",
    "local/{number}@from-internal/jn",
  ]);
});

it("do-not-call entries and leads that spell one telephone in two ways are brought into line", async () => {
  const { pool, migrateOn } = await databaseBefore("same_telephone");
  const campaignId = await insertCampaign(pool, { status: "DRAFT" });
  await pool.query(
    `insert into dnc_entries (phone_e164, expires_at) values
       ('+553188887777', null), ('+5531988887777', now()), ('+5501135550142', null), ('+5511987654321', null),
       ('+5215512345678', null), ('+9991234567', null)`,
  );
  await pool.query(
    `insert into leads (campaign_id, phone, phone_e164, dial_timezone, status, dials, created_at) values
       ($1, 'a', '+5491123456789', 'UTC', 'NEW', 0, now() - interval '1 h'),
       ($1, 'b', '+541123456789', 'UTC', 'RETRY', 2, now()),
       ($1, 'c', '+5501135550142', 'UTC', 'NEW', 0, now())`,
    [campaignId],
  );
  await migrateOn();
  const entries = await pool.query(
    "select phone_e164, expires_at from dnc_entries order by phone_e164",
  );
  expect(entries.rows).toEqual(
    [
      "+525512345678",
      "+551135550142",
      "+5511987654321",
      "+5531988887777",
      "+9991234567",
    ].map((number) => ({ phone_e164: number, expires_at: null })),
  );
  const leads = await pool.query(
    "select phone, phone_e164, status, status_reason from leads order by phone",
  );
  expect(leads.rows).toMatchObject([
    { phone_e164: null, status: "INVALID", status_reason: "DUPLICATE" },
    { phone_e164: "+541123456789", status: "RETRY" },
    { phone_e164: "+551135550142", status: "NEW" },
  ]);
});

it("leads and calls that were there before their counts were kept are counted", async () => {
  const { pool, migrateOn } = await databaseBefore("campaign_counts");
  const campaignId = await insertCampaign(pool, { status: "DRAFT" });
  await insertLead(pool, campaignId, { status: "DONE", attempts: 2, dials: 3 });
  const trunkId = await insertTrunk(pool);
  await insertAttempt(pool, campaignId, trunkId, "ANSWERED", "+551135550142");
  await pool.query("update call_attempts set answer_at = now()");
  await migrateOn();
  const [counts] = await readCounts(pool);
  expect(counts?.kept).toMatchObject({
    leads: 2,
    leads_done: 1,
    leads_in_progress: 1,
    attempts: 2,
    dials: 3,
    answered: 1,
  });
  expect(counts?.kept).toEqual(counts?.counted);
});

it("a call in doubt rests a day by the installed rule, and by no rule that somebody has changed or made", async () => {
  const { pool, migrateOn } = await databaseBefore("orphans_rest");
  const rules = async () => {
    const { rows } = await pool.query<Record<string, unknown>>(
      `select account_id is null as installed, campaign_id is null as "everywhere", outcome, delay_seconds, max_tries
       from retry_rules order by outcome, installed, "everywhere", delay_seconds`,
    );
    return rows;
  };
  const campaignId = await insertCampaign(pool, { status: "DRAFT" });
  const { account_id: account } = await one(
    pool,
    "select account_id from campaigns",
  );
  // As the installed one, but an account's or a campaign's own.
  await pool.query(
    `insert into retry_rules (account_id, campaign_id, outcome, delay_seconds, max_tries)
     values ($1, null, 'ORPHANED', 3600, 3), ($1, $2, 'ORPHANED', 3600, 3)`,
    [account, campaignId],
  );
  const before = await rules();
  await migrateOn();
  expect(await rules()).toEqual(
    before.map((rule) =>
      rule["outcome"] === "ORPHANED" && rule["installed"] === true
        ? { ...rule, delay_seconds: 86_400 }
        : rule,
    ),
  );
  expect(before.filter(({ outcome }) => outcome === "ORPHANED")).toHaveLength(
    3,
  );
});

it.each([
  ["another delay", "delay_seconds = 1800"],
  ["other tries", "max_tries = 1"],
  ["both", "delay_seconds = 7200, max_tries = 0"],
])("the administrator's own rule for it stays: %s", async (_what, change) => {
  const { pool, migrateOn } = await databaseBefore("orphans_rest");
  await pool.query(
    `update retry_rules set ${change} where outcome = 'ORPHANED' and account_id is null`,
  );
  const rule = () =>
    one(
      pool,
      "select delay_seconds, max_tries from retry_rules where outcome = 'ORPHANED' and account_id is null",
    );
  const before = await rule();
  await migrateOn();
  expect(await rule()).toEqual(before);
});
