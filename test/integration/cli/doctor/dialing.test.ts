/** The rows of a manual's troubleshooting chapter, as the tables show them. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../../support/database.ts";
import {
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  phone,
} from "../../../support/dialing-rows.ts";
import { examineEnvironment } from "../../../support/doctor-run.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(async () => {
  await database.pool.query(
    `truncate call_attempt_events, call_attempts, leads, campaign_passes, campaign_trunks, campaigns, engines,
     rate_limit_buckets, trunk_config cascade`,
  );
  await database.pool.query(
    "update voice_nodes set lease_holder = null, lease_expires_at = null, refused_adapter = null, adapter = null",
  );
});

function examine() {
  return examineEnvironment({
    DATABASE_URL: database.url,
    VOICE_ADAPTER: "mock",
  });
}

let lastPhone = 0;

/** An attempt of a lead of its own; live unless `values` end it. */
async function insertAttempt(
  campaignId: string,
  trunkId: string,
  values: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { pool } = database;
  lastPhone += 1;
  const leadId = await insertLead(pool, campaignId, {
    phone: phone(lastPhone),
  });
  const { rows } = await pool.query<{ account: string }>(
    "select account_id as account from campaigns where id = $1",
    [campaignId],
  );
  return insertRow(pool, "call_attempts", {
    ...{ account_id: rows[0]?.account, campaign_id: campaignId },
    ...{ lead_id: leadId, trunk_id: trunkId, voice_node: "default" },
    attempt_number: 1,
    phone_e164: `+551198${String(lastPhone).padStart(7, "0")}`,
    ...values,
  });
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);
const ended = (
  seconds: number,
  more: Readonly<Record<string, unknown>> = {},
) => ({
  ...{ state: "NO_ANSWER", outcome: "NO_ANSWER" },
  ...{ originate_at: ago(seconds + 30), end_at: ago(seconds) },
  ...more,
});

test("nothing there: no trunk is a problem, no engine and no campaign are warnings", async () => {
  const found = await examine();
  expect(found.codes("dialing.trunks")).toEqual(["dialing.trunks.none"]);
  expect(found.codes("dialing.engine")).toEqual(["dialing.engine.none"]);
  expect(found.codes("dialing.campaigns")).toEqual(["dialing.campaigns.none"]);
  expect(found.codes("dialing.events")).toEqual(["dialing.events.none"]);
  expect(found.codes("dialing.correlation")).toEqual([
    "dialing.correlation.none",
  ]);
});

test("an engine that holds the node and has its PBX is in order; without PBX or lease it is not", async () => {
  const { pool } = database;
  await insertTrunk(pool);
  const engine = await insertRow(pool, "engines", {
    id: "11111111-1111-4111-8111-111111111111",
    ...{ voice_node: "default", adapter: "mock", version: "1.0.0" },
  });
  const hold = (connected: boolean) =>
    pool.query(
      `update voice_nodes set adapter = 'mock', lease_holder = $1, pbx_connected = $2,
       lease_expires_at = clock_timestamp() + interval '1 hour' where name = 'default'`,
      [engine, connected],
    );
  expect((await examine()).codes("dialing.engine")).toEqual([
    "dialing.engine.lease",
  ]);
  await hold(false);
  expect((await examine()).codes("dialing.engine")).toEqual([
    "dialing.engine.pbx",
  ]);
  await hold(true);
  expect((await examine()).codes("dialing.engine")).toEqual([
    "dialing.engine.ok",
  ]);
  await pool.query(
    "update voice_nodes set lease_holder = null, adapter = 'asterisk_ami', refused_adapter = 'mock'",
  );
  expect((await examine()).text("dialing.engine.adapter")).toMatch(
    /asterisk_ami.*mock/,
  );
});

test("a trunk that is out, and one that has lost its bucket, are named", async () => {
  const { pool } = database;
  await insertTrunk(pool, {
    name: "faulty",
    health: "OUT",
    last_fault: "GATEWAY_DOWN",
  });
  const trunk = await insertTrunk(pool, { name: "bucketless" });
  await pool.query("delete from rate_limit_buckets where trunk_id = $1", [
    trunk,
  ]);
  const found = await examine();
  expect(found.text("dialing.trunks.out")).toMatch(/faulty.*GATEWAY_DOWN/);
  expect(found.text("dialing.rate.no-bucket")).toContain("bucketless");
});

test("a rate limit that holds campaigns up is named with the trunks' limits", async () => {
  const { pool } = database;
  await insertTrunk(pool, { name: "slow", cps_limit: 1, max_channels: 7 });
  const campaign = await insertCampaign(pool, { name: "Held up" });
  await pool.query(
    `insert into campaign_passes (campaign_id, account_id, pass_at, verdict)
     select id, account_id, clock_timestamp(), '[{"reason": "CPS", "count": 40}]' from campaigns where id = $1
     on conflict (campaign_id) do update set pass_at = excluded.pass_at, verdict = excluded.verdict`,
    [campaign],
  );
  const found = await examine();
  expect(found.text("dialing.rate.tight")).toMatch(
    /CPS.*\(1, one is Held up\).*slow cps_limit 1, max_channels 7/,
  );
  expect(found.text("dialing.campaigns.waits")).toContain("CPS");
});

test("calls that stay in ORIGINATING and RINGING, and overdue timers, are counted", async () => {
  const { pool } = database;
  const trunk = await insertTrunk(pool);
  const campaign = await insertCampaign(pool);
  await insertAttempt(campaign, trunk, {
    ...{ state: "ORIGINATING", originate_at: ago(600) },
    ...{ deadline_at: ago(580), deadline_type: "ORIGINATE" },
  });
  await insertAttempt(campaign, trunk, {
    ...{ state: "RINGING", originate_at: ago(10), ring_at: ago(8) },
    ...{ deadline_at: ago(-17), deadline_type: "RING" },
  });
  const found = await examine();
  expect(found.text("dialing.calls.stuck")).toMatch(/^1 of 2 live calls/);
  expect(found.text("dialing.timers.overdue")).toMatch(
    /^overdue timers: 1, the oldest by 58\d s/,
  );
});

test("calls without events of the PBX are distinguished from those with events", async () => {
  const { pool } = database;
  const trunk = await insertTrunk(pool);
  const campaign = await insertCampaign(pool);
  const silent = await insertAttempt(campaign, trunk, ended(60));
  const heard = async (id: string, kind: string) =>
    pool.query(
      `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key)
       select id, account_id, clock_timestamp(), $2, $2 from call_attempts where id = $1`,
      [id, kind],
    );
  await heard(silent, "TIMER_FIRED");
  await insertAttempt(campaign, trunk, ended(50));
  expect((await examine()).text("dialing.events.silent")).toMatch(
    /nothing of 2 of the last 2 calls/,
  );
  for (const seconds of [40, 30, 20])
    await heard(
      await insertAttempt(campaign, trunk, ended(seconds)),
      "RINGING",
    );
  await insertAttempt(
    campaign,
    trunk,
    ended(10, { state: "FAILED", outcome: "ORPHANED" }),
  );
  await heard(await insertAttempt(campaign, trunk, ended(5)), "ENDED");
  const found = await examine();
  expect(found.text("dialing.events.ok")).toMatch(/4 of the last 7/);
  expect(found.text("dialing.events.orphaned")).toMatch(/1 of the last 7/);
});

test("machine detection without a single verdict means that CORRELATION_ID does not come back", async () => {
  const { pool } = database;
  const trunk = await insertTrunk(pool);
  const campaign = await insertCampaign(pool, { dialplan_extension: "amd" });
  const answered = (more: Readonly<Record<string, unknown>> = {}) =>
    insertAttempt(campaign, trunk, {
      ...ended(60, { state: "ENDED", outcome: "ANSWERED" }),
      answer_at: ago(80),
      ...more,
    });
  for (let call = 0; call < 5; call += 1) await answered();
  expect((await examine()).codes("dialing.correlation")).toEqual([
    "dialing.correlation.lost",
  ]);
  await answered({ amd_result: "HUMAN" });
  expect((await examine()).codes("dialing.correlation")).toEqual([
    "dialing.correlation.ok",
  ]);
});

test("a campaign's blockers are summed up with what to do", async () => {
  const { pool } = database;
  await insertTrunk(pool, { name: "elsewhere", voice_node: "second" });
  await insertCampaign(pool, { name: "Renewals" });
  await insertCampaign(pool, {
    name: "Broken",
    status: "PAUSED",
    pause_reason: "MISSING_EXTENSION",
  });
  const found = await examine();
  expect(found.text("dialing.campaigns.ok")).toContain(
    "campaigns that are ACTIVE: 1",
  );
  const blocked = found.text("dialing.campaigns.blocked");
  expect(blocked).toMatch(/NO_ACTIVE_ENGINE: .*Renewals.*VOICE_NODE/);
  expect(blocked).toMatch(/MISSING_EXTENSION: .*Broken.*dialplan/);
});
