import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type pg from "pg";
import { pauseReasons } from "../../../adapters/port.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import {
  insertAttempt,
  insertCampaign,
  insertLead,
  insertTrunk,
  one,
} from "./rows.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
afterAll(() => database.drop());
beforeEach(async () => {
  for (const table of [
    "call_attempts",
    "campaigns",
    "trunk_config",
    "voice_nodes",
    "engines",
  ]) {
    await pool.query(`delete from ${table}`);
  }
});

async function blockers(campaignId: string): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ reason: string; count: string }>(
    "select reason, count from dialing_blockers where campaign_id = $1",
    [campaignId],
  );
  return Object.fromEntries(rows.map((row) => [row.reason, row.count]));
}

const startEngine = () =>
  pool.query(
    "insert into engines (id, voice_node, adapter, version) values (gen_random_uuid(), 'default', 'mock', '0.1.0')",
  );
const giveLease = (connected: boolean) =>
  pool.query(
    `update voice_nodes set lease_holder = (select id from engines limit 1), pbx_connected = $1,
       lease_expires_at = clock_timestamp() + interval '1 hour'`,
    [connected],
  );
const pass = (campaignId: string, verdict: string) =>
  pool.query(
    `insert into campaign_passes (campaign_id, pass_at, verdict) values ($1, now(), $2)`,
    [campaignId, verdict],
  );

describe("dialing_blockers", () => {
  it("answers with no engine, no trunk and no pass", async () => {
    const campaignId = await insertCampaign(pool);
    expect(await blockers(campaignId)).toEqual({
      NO_PASS_YET: "1",
      NO_TRUNK: "1",
      NO_ACTIVE_ENGINE: "1",
    });
  });

  it("follows an engine from its start to dialling", async () => {
    const campaignId = await insertCampaign(pool);
    await insertTrunk(pool);
    await pass(campaignId, "[]");
    expect(await blockers(campaignId)).toEqual({ NO_ACTIVE_ENGINE: "1" });
    await startEngine();
    expect(await blockers(campaignId)).toEqual({ NO_LEASE: "1" });
    await pool.query(
      "update voice_nodes set refused_adapter = 'mock', refused_at = now()",
    );
    expect(await blockers(campaignId)).toEqual({ ADAPTER_MISMATCH: "1" });
    await giveLease(false);
    expect(await blockers(campaignId)).toEqual({ PBX_DISCONNECTED: "1" });
    await giveLease(true);
    expect(await blockers(campaignId)).toEqual({});
    for (const pause of pauseReasons) {
      await pool.query("update voice_nodes set pbx_pause = $1", [pause]);
      expect(await blockers(campaignId)).toEqual({ [pause]: "1" });
    }
    await pool.query("update voice_nodes set pbx_pause = null");
    await pool.query(
      "update engines set heartbeat_at = now() - interval '11 seconds'",
    );
    expect(await blockers(campaignId)).toEqual({ NO_ACTIVE_ENGINE: "1" });
  });

  it("names each trunk's trouble, of the trunks that the campaign may use", async () => {
    const campaignId = await insertCampaign(pool);
    const used = await insertTrunk(pool, { name: "used", is_active: false });
    await insertTrunk(pool, { name: "unused", is_active: false });
    const until = new Date("2031-01-01T00:00:00Z");
    await startEngine();
    await giveLease(true);
    await pass(campaignId, "[]");
    expect(await blockers(campaignId)).toEqual({ TRUNK_INACTIVE: "2" });
    await pool.query(
      "insert into campaign_trunks (campaign_id, trunk_id) values ($1, $2)",
      [campaignId, used],
    );
    expect(await blockers(campaignId)).toEqual({ TRUNK_INACTIVE: "1" });
    await pool.query(
      "update trunk_config set is_active = true, disabled_until = $1",
      [until],
    );
    expect(
      await one(pool, "select reason, next_at from dialing_blockers"),
    ).toEqual({ reason: "TRUNK_DISABLED", next_at: until });
    await pool.query(
      "update trunk_config set disabled_until = null, health = 'OUT'",
    );
    expect(await blockers(campaignId)).toEqual({ TRUNK_OUT: "1" });
    await pool.query("update trunk_config set health = 'HEALTHY'");
    await pool.query("delete from rate_limit_buckets");
    expect(await blockers(campaignId)).toEqual({ MISSING_BUCKET: "1" });
  });

  it("passes on the last pass's blockers, while the campaign is ACTIVE", async () => {
    const campaignId = await insertCampaign(pool);
    await pass(
      campaignId,
      '[{"reason": "OUTSIDE_WINDOW", "count": 7, "next_at": "2031-01-01T12:00:00Z"}]',
    );
    const row = () =>
      pool.query(
        "select reason, count, next_at from dialing_blockers where reason = 'OUTSIDE_WINDOW'",
      );
    expect((await row()).rows).toEqual([
      {
        reason: "OUTSIDE_WINDOW",
        count: "7",
        next_at: new Date("2031-01-01T12:00:00Z"),
      },
    ]);
    await pool.query("update campaigns set status = 'PAUSED'");
    expect((await row()).rows).toEqual([]);
  });
});

describe("campaign_progress and call_attempt_timers", () => {
  it("count leads by status and live attempts by phase", async () => {
    const campaignId = await insertCampaign(pool);
    const trunkId = await insertTrunk(pool);
    for (const [index, status] of [
      "NEW",
      "RETRY",
      "DONE",
      "DONE",
      "INVALID",
    ].entries()) {
      await insertLead(pool, campaignId, {
        phone: String(index),
        status,
        attempts: 1,
        dials: 2,
      });
    }
    await insertAttempt(pool, campaignId, trunkId, "RINGING", "+551135550111");
    await insertAttempt(pool, campaignId, trunkId, "BRIDGED", "+551135550112");
    await insertAttempt(pool, campaignId, trunkId, "QUEUED", "+551135550113");
    const row = await one(
      pool,
      "select * from campaign_progress where campaign_id = $1",
      [campaignId],
    );
    expect(row).toMatchObject({
      leads: "8",
      leads_new: "1",
      leads_retry: "1",
      leads_done: "2",
      leads_invalid: "1",
      leads_in_progress: "3",
      attempts: "5",
      dials: "10",
      live_queued: "1",
      live_dialling: "1",
      live_agent: "1",
      percent_done: "37.5",
    });
    expect(row["next_due_at"]).toBeInstanceOf(Date);
  });

  it("show the deadline of a live attempt, and one that fired", async () => {
    const { attemptId } = await insertAttempt(
      pool,
      await insertCampaign(pool),
      await insertTrunk(pool),
      "RINGING",
      "+551135550111",
    );
    await pool.query(
      `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key, detail)
       select id, account_id, now(), 'TIMER_FIRED', 'timer-1', '{"timerType": "ORIGINATE"}' from call_attempts`,
    );
    const { rows } = await pool.query(
      "select timer_type, fired, cancelled from call_attempt_timers where attempt_id = $1 order by fired",
      [attemptId],
    );
    expect(rows).toEqual([
      { timer_type: "RING", fired: false, cancelled: false },
      { timer_type: "ORIGINATE", fired: true, cancelled: false },
    ]);
  });
});

describe("dialer_jobs", () => {
  it("names campaign, lead and attempt, and bears any payload", async () => {
    const campaignId = await insertCampaign(pool);
    const { attemptId, leadId } = await insertAttempt(
      pool,
      campaignId,
      await insertTrunk(pool),
      "RINGING",
      "+551135550111",
    );
    await pool.query("delete from graphile_worker._private_jobs");
    await pool.query("select hangup_attempt($1)", [attemptId]);
    await pool.query(
      `select graphile_worker.add_job('odd', '{"attemptId": "no uuid"}')`,
    );
    await pool.query(`select graphile_worker.add_job('list', '[1]')`);
    const { rows } = await pool.query(
      "select task, campaign_id, lead_id, attempt_id from dialer_jobs order by id",
    );
    const nothing = { campaign_id: null, lead_id: null, attempt_id: null };
    expect(rows).toEqual([
      {
        task: "hangup_call:default",
        campaign_id: campaignId,
        lead_id: leadId,
        attempt_id: attemptId,
      },
      { task: "odd", ...nothing },
      { task: "list", ...nothing },
    ]);
  });
});
