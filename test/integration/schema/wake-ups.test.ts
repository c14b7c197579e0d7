import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type pg from "pg";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import {
  forgetCampaigns,
  forgetJobs,
  insertCampaign,
  insertLead,
  insertTrunk,
  setStatus,
  wakes,
} from "./rows.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  await insertTrunk(pool);
});
afterAll(() => database.drop());
beforeEach(() => forgetCampaigns(pool));

describe("wake-ups", () => {
  it("one job per statement, however many campaigns and leads", async () => {
    const [first, second] = [
      await insertCampaign(pool),
      await insertCampaign(pool),
    ];
    const draft = await insertCampaign(pool, { status: "DRAFT" });
    expect(await wakes(pool)).toEqual([first, second]);
    await pool.query(
      `insert into leads (campaign_id, phone)
       select campaign, '11 3555-' || lpad(number::text, 4, '0')
       from unnest($1::uuid[]) as campaign, generate_series(1, 200) as number`,
      [[first, second, draft]],
    );
    expect((await wakes(pool)).sort()).toEqual([first, second].sort());
  });

  it("one job for a change that concerns all campaigns of an account", async () => {
    await pool.query(
      "insert into campaigns (name, status) select 'x', 'ACTIVE' from generate_series(1, 300)",
    );
    for (const statement of [
      "insert into account_settings (min_gap_seconds) values (1)",
      "update account_settings set min_gap_seconds = 2",
      "update campaigns set priority = 7",
      "update accounts set max_leads = null where id = '00000000-0000-0000-0000-000000000000'",
    ]) {
      await forgetJobs(pool);
      await pool.query(statement);
      const { rows } = await pool.query<{ jobs: number; asked: number }>(
        `select count(*)::int as jobs, sum(json_array_length(payload -> 'campaignIds'))::int as asked
         from graphile_worker._private_jobs`,
      );
      expect(rows, statement).toEqual([{ jobs: 1, asked: 300 }]);
    }
    await pool.query("delete from account_settings");
  });

  it.each([
    ["a limit", "update campaigns set max_concurrent_calls = 20"],
    [
      "the hours",
      "insert into campaign_windows (campaign_id, weekday, opens, closes) select id, 1, '08:00', '12:00' from campaigns",
    ],
    [
      "a list",
      "insert into lists (campaign_id, name) select id, 'May' from campaigns",
    ],
    ["a trunk", "update trunk_config set cps_limit = cps_limit + 1"],
    [
      "which trunks it may use",
      "insert into campaign_trunks (campaign_id, trunk_id) select campaigns.id, trunk_config.id from campaigns, trunk_config",
    ],
    [
      "the account's rules",
      "insert into account_settings (account_id, min_gap_seconds) select account_id, 1 from campaigns on conflict (account_id) do update set min_gap_seconds = 1",
    ],
    [
      "a DNC entry that goes",
      "with gone as (select 1) delete from dnc_entries",
    ],
    ["a lead's number", "update leads set phone = '11 3555-0999'"],
    ["a lead's priority", "update leads set priority = 1"],
  ])("when %s changes", async (_what, sql) => {
    const campaignId = await insertCampaign(pool);
    await insertLead(pool, campaignId);
    await pool.query(
      "insert into dnc_entries (phone_e164) values ('+551135550188') on conflict do nothing",
    );
    await forgetJobs(pool);
    await pool.query(sql);
    expect(await wakes(pool)).toContain(campaignId);
  });

  it("none for what scheduling does not read, nor for a campaign that is not ACTIVE", async () => {
    const campaignId = await insertCampaign(pool);
    await insertLead(pool, campaignId);
    await forgetJobs(pool);
    await pool.query("update campaigns set name = 'Renamed'");
    await pool.query(
      "update leads set first_name = 'Ana', metadata = '{\"a\": 1}'",
    );
    expect(await wakes(pool)).toEqual([]);
    await setStatus(pool, campaignId, "PAUSED");
    await insertLead(pool, campaignId, { phone: "11 3555-0102" });
    expect(await wakes(pool)).toEqual([]);
    await setStatus(pool, campaignId, "ACTIVE");
    expect(await wakes(pool)).toEqual([campaignId]);
  });

  it("none for the engine's own updates", async () => {
    const campaignId = await insertCampaign(pool);
    await insertLead(pool, campaignId);
    await forgetJobs(pool);
    const engine = await pool.connect();
    try {
      await engine.query("set dialer.engine = 'on'");
      await engine.query(
        "update leads set status = 'RETRY', next_attempt_at = now()",
      );
      await engine.query("update trunk_config set health = 'DEGRADED'");
      expect(await wakes(pool)).toEqual([]);
    } finally {
      await engine.query("reset dialer.engine");
      engine.release();
    }
  });
});
