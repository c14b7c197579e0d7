import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import pg from "pg";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  insertAttempt,
  insertCampaign,
  insertLead,
  insertTrunk,
  jobs,
  one,
} from "./rows.ts";

let database: TestDatabase;
let pool: pg.Pool;
let trunkId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  trunkId = await insertTrunk(pool);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await pool.query("delete from call_attempts");
  await pool.query("delete from campaigns");
  await forgetJobs();
});

async function forgetJobs(): Promise<void> {
  await pool.query("delete from graphile_worker._private_jobs");
}

async function setStatus(campaignId: string, status: string): Promise<void> {
  await pool.query("update campaigns set status = $2 where id = $1", [
    campaignId,
    status,
  ]);
}

async function wakes(): Promise<unknown[]> {
  const waiting = await jobs(pool, "schedule_campaign");
  await forgetJobs();
  return waiting.map(
    (job) => (job.payload as { campaignId: string }).campaignId,
  );
}

describe("status of a campaign", () => {
  it.each(["PAUSED", "CANCELLED", "COMPLETED"])(
    "%s drops what is queued and gives the leads back, in the same transaction",
    async (status) => {
      const campaignId = await insertCampaign(pool);
      const fresh = await insertAttempt(
        pool,
        campaignId,
        trunkId,
        "QUEUED",
        "+551135550111",
      );
      const again = await insertAttempt(
        pool,
        campaignId,
        trunkId,
        "QUEUED",
        "+551135550112",
        2,
      );
      const talking = await insertAttempt(
        pool,
        campaignId,
        trunkId,
        "BRIDGED",
        "+551135550113",
      );
      await setStatus(campaignId, status);
      const { rows } = await pool.query(
        `select attempt.id, state, outcome, hangup_source, end_at is not null as ended, deadline_at, lead.status
         from call_attempts as attempt join leads as lead on lead.id = lead_id order by attempt.phone_e164`,
      );
      const dropped = {
        state: "CANCELLED",
        outcome: "CANCELLED",
        hangup_source: "SYSTEM",
        ended: true,
        deadline_at: null,
      };
      expect(rows).toMatchObject([
        { id: fresh.attemptId, ...dropped, status: "NEW" },
        { id: again.attemptId, ...dropped, status: "RETRY" },
        {
          id: talking.attemptId,
          state: "BRIDGED",
          outcome: null,
          ended: false,
          status: "IN_PROGRESS",
        },
      ]);
    },
  );

  it("a DNC set on a lead meanwhile stays when its queued attempt is dropped", async () => {
    const campaignId = await insertCampaign(pool);
    const { leadId } = await insertAttempt(
      pool,
      campaignId,
      trunkId,
      "QUEUED",
      "+551135550111",
    );
    await pool.query("update leads set status = 'DNC' where id = $1", [leadId]);
    await setStatus(campaignId, "PAUSED");
    expect(
      await one(pool, "select status from leads where id = $1", [leadId]),
    ).toEqual({ status: "DNC" });
  });

  it("CANCELLED asks to hang up what has not been answered, and only that", async () => {
    const campaignId = await insertCampaign(pool);
    const states = [
      "QUEUED",
      "ORIGINATING",
      "RINGING",
      "EARLY_MEDIA",
      "ANSWERED",
      "BRIDGED",
    ];
    const ids = new Map<string, string>();
    for (const [index, state] of states.entries()) {
      const { attemptId } = await insertAttempt(
        pool,
        campaignId,
        trunkId,
        state,
        `+55113555020${String(index)}`,
      );
      ids.set(attemptId, state);
    }
    await setStatus(campaignId, "CANCELLED");
    const hangUps = await jobs(pool, "hangup_call");
    const asked = hangUps.map(({ task, payload }) => {
      const { attemptId, reason } = payload as {
        attemptId: string;
        reason: string;
      };
      return `${task} ${reason} ${ids.get(attemptId) ?? "?"}`;
    });
    expect(asked.sort()).toEqual([
      "hangup_call:default CAMPAIGN EARLY_MEDIA",
      "hangup_call:default CAMPAIGN ORIGINATING",
      "hangup_call:default CAMPAIGN RINGING",
    ]);
  });

  it("PAUSED hangs up nobody", async () => {
    const campaignId = await insertCampaign(pool);
    await insertAttempt(pool, campaignId, trunkId, "RINGING", "+551135550111");
    await setStatus(campaignId, "PAUSED");
    expect(await jobs(pool, "hangup_call")).toEqual([]);
  });

  it("tells the engines of every change", async () => {
    const listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    try {
      const notices: string[] = [];
      listener.on("notification", (notice) =>
        notices.push(notice.payload ?? ""),
      );
      await listener.query("listen dialer_campaign");
      const campaignId = await insertCampaign(pool);
      await setStatus(campaignId, "PAUSED");
      const notice = await waitFor("the notice", () => notices[0] ?? false);
      expect(JSON.parse(notice)).toEqual({
        schema: "public",
        campaignId,
        status: "PAUSED",
      });
    } finally {
      await listener.end();
    }
  });

  it("keeps when it started and ended, and who completed it", async () => {
    const campaignId = await insertCampaign(pool, { status: "DRAFT" });
    const read = () =>
      one(
        pool,
        "select started_at, completed_at, completed_by, pause_reason from campaigns where id = $1",
        [campaignId],
      );
    expect(await read()).toEqual({
      started_at: null,
      completed_at: null,
      completed_by: null,
      pause_reason: null,
    });
    await setStatus(campaignId, "ACTIVE");
    const { started_at } = await read();
    expect(started_at).toBeInstanceOf(Date);
    await pool.query(
      "update campaigns set status = 'PAUSED', pause_reason = 'BRAKE' where id = $1",
      [campaignId],
    );
    expect(
      await one(
        pool,
        "select reason from dialing_blockers where campaign_id = $1",
        [campaignId],
      ),
    ).toEqual({ reason: "BRAKE" });
    await setStatus(campaignId, "ACTIVE");
    expect(await read()).toEqual({
      started_at,
      completed_at: null,
      completed_by: null,
      pause_reason: null,
    });
    await setStatus(campaignId, "COMPLETED");
    expect(await read()).toMatchObject({
      started_at,
      completed_at: expect.any(Date) as Date,
      completed_by: "USER",
    });
  });

  it("goes neither out of CANCELLED nor back to DRAFT", async () => {
    const campaignId = await insertCampaign(pool);
    await expect(setStatus(campaignId, "DRAFT")).rejects.toThrow(
      /cannot go from ACTIVE to DRAFT/,
    );
    await setStatus(campaignId, "CANCELLED");
    await expect(setStatus(campaignId, "ACTIVE")).rejects.toThrow(
      /cannot go from CANCELLED to ACTIVE/,
    );
  });

  it.each([
    [{ timezone: "BRT" }, /timezone "BRT" of campaigns/],
    [{ timezone: "America/Nowhere" }, /America\/Nowhere/],
    [{ start_time: "09:00", end_time: "09:00" }, /start_time and end_time/],
    [{ work_days: [0, 1] }, /work_days/],
    [{ work_days: [] }, /work_days/],
    [{ caller_id: "1135550100\r\nX: y" }, /caller_id/],
    [{ ring_timeout_seconds: 61 }, /ring_timeout/],
    [{ dial_mode: "PREDICTIVE" }, /dial_mode/],
  ])("refuses %j, saying which", async (values, message) => {
    await expect(insertCampaign(pool, values)).rejects.toThrow(message);
  });
});

describe("a campaign that the engine completed", () => {
  async function completed(
    by: "ENGINE" | "USER",
    values = {},
  ): Promise<string> {
    const campaignId = await insertCampaign(pool, values);
    await pool.query(
      "update campaigns set status = 'COMPLETED', completed_by = $2 where id = $1",
      [campaignId, by],
    );
    await forgetJobs();
    return campaignId;
  }
  const read = (campaignId: string) =>
    one(
      pool,
      "select status, completed_at, completed_by from campaigns where id = $1",
      [campaignId],
    );

  it("is ACTIVE again when leads are inserted, and woken once", async () => {
    const campaignId = await completed("ENGINE");
    await insertLead(pool, campaignId);
    expect(await read(campaignId)).toEqual({
      status: "ACTIVE",
      completed_at: null,
      completed_by: null,
    });
    expect(await wakes()).toEqual([campaignId]);
  });

  it("is ACTIVE again when a person asks to be called back", async () => {
    const campaignId = await insertCampaign(pool);
    const leadId = await insertLead(pool, campaignId, { status: "DONE" });
    await pool.query(
      "update campaigns set status = 'COMPLETED', completed_by = 'ENGINE' where id = $1",
      [campaignId],
    );
    await pool.query(
      "update leads set callback_at = now() + interval '1 hour' where id = $1",
      [leadId],
    );
    expect(await read(campaignId)).toMatchObject({ status: "ACTIVE" });
  });

  it("stays completed once its validity is over", async () => {
    const campaignId = await completed("ENGINE", { valid_until: new Date(0) });
    await insertLead(pool, campaignId);
    expect(await read(campaignId)).toMatchObject({
      status: "COMPLETED",
      completed_by: "ENGINE",
    });
  });

  it("stays completed if it was a person who completed it", async () => {
    const campaignId = await completed("USER");
    await insertLead(pool, campaignId);
    expect(await read(campaignId)).toMatchObject({
      status: "COMPLETED",
      completed_by: "USER",
    });
    expect(await wakes()).toEqual([]);
  });

  it("is reopened also by leads whose insert waited for the completion", async () => {
    const campaignId = await insertCampaign(pool);
    const engine = await pool.connect();
    try {
      await engine.query("begin");
      await engine.query("select from campaigns where id = $1 for update", [
        campaignId,
      ]);
      const inserted = insertLead(pool, campaignId);
      await waitFor("the insert to wait", async () => {
        const { rows } = await pool.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rows.length > 0;
      });
      await engine.query(
        "update campaigns set status = 'COMPLETED', completed_by = 'ENGINE' where id = $1",
        [campaignId],
      );
      await engine.query("commit");
      await inserted;
    } finally {
      engine.release();
    }
    expect(await read(campaignId)).toMatchObject({ status: "ACTIVE" });
  });
});

describe("wake-ups", () => {
  it("one job per statement and ACTIVE campaign, however many leads", async () => {
    const [first, second] = [
      await insertCampaign(pool),
      await insertCampaign(pool),
    ];
    const draft = await insertCampaign(pool, { status: "DRAFT" });
    expect(await wakes()).toEqual([first, second]);
    await pool.query(
      `insert into leads (campaign_id, phone)
       select campaign, '11 3555-' || lpad(number::text, 4, '0')
       from unnest($1::uuid[]) as campaign, generate_series(1, 200) as number`,
      [[first, second, draft]],
    );
    expect((await wakes()).sort()).toEqual([first, second].sort());
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
    await forgetJobs();
    await pool.query(sql);
    expect(await wakes()).toContain(campaignId);
  });

  it("none for what scheduling does not read, nor for a campaign that is not ACTIVE", async () => {
    const campaignId = await insertCampaign(pool);
    await insertLead(pool, campaignId);
    await forgetJobs();
    await pool.query("update campaigns set name = 'Renamed'");
    await pool.query(
      "update leads set first_name = 'Ana', metadata = '{\"a\": 1}'",
    );
    expect(await wakes()).toEqual([]);
    await setStatus(campaignId, "PAUSED");
    await insertLead(pool, campaignId, { phone: "11 3555-0102" });
    expect(await wakes()).toEqual([]);
    await setStatus(campaignId, "ACTIVE");
    expect(await wakes()).toEqual([campaignId]);
  });

  it("none for the engine's own updates", async () => {
    const campaignId = await insertCampaign(pool);
    await insertLead(pool, campaignId);
    await forgetJobs();
    const engine = await pool.connect();
    try {
      await engine.query("set dialer.engine = 'on'");
      await engine.query(
        "update leads set status = 'RETRY', next_attempt_at = now()",
      );
      await engine.query("update trunk_config set health = 'DEGRADED'");
      expect(await wakes()).toEqual([]);
    } finally {
      await engine.query("reset dialer.engine");
      engine.release();
    }
  });
});

describe("leads", () => {
  it("a changed phone is looked at again, and an INVALID lead with it", async () => {
    const campaignId = await insertCampaign(pool);
    const leadId = await insertLead(pool, campaignId, {
      phone_e164: "+551135550100",
      dial_timezone: "America/Sao_Paulo",
      status: "INVALID",
      status_reason: "DUPLICATE",
    });
    const read = () =>
      one(
        pool,
        "select phone_e164, dial_timezone, status, status_reason from leads where id = $1",
        [leadId],
      );
    await pool.query("update leads set first_name = 'Ana' where id = $1", [
      leadId,
    ]);
    expect(await read()).toMatchObject({
      phone_e164: "+551135550100",
      status: "INVALID",
    });
    await pool.query("update leads set phone = '92 3555-0100' where id = $1", [
      leadId,
    ]);
    expect(await read()).toEqual({
      phone_e164: null,
      dial_timezone: null,
      status: "NEW",
      status_reason: null,
    });
    await pool.query(
      "update leads set phone = '92 3555-0101', phone_e164 = '+559235550101' where id = $1",
      [leadId],
    );
    expect(await read()).toMatchObject({ phone_e164: "+559235550101" });
  });

  it("a changed timezone is the one to dial by", async () => {
    const campaignId = await insertCampaign(pool);
    const leadId = await insertLead(pool, campaignId, {
      phone_e164: "+551135550100",
      dial_timezone: "America/Sao_Paulo",
    });
    await pool.query(
      "update leads set timezone = 'America/Manaus' where id = $1",
      [leadId],
    );
    expect(
      await one(
        pool,
        "select phone_e164, dial_timezone from leads where id = $1",
        [leadId],
      ),
    ).toEqual({
      phone_e164: "+551135550100",
      dial_timezone: "America/Manaus",
    });
    await expect(
      pool.query("update leads set timezone = 'Manaus time'"),
    ).rejects.toThrow(/Manaus time/);
  });

  it.each([
    ["NEW", "RETRY"],
    ["RETRY", "RETRY"],
    ["DONE", "RETRY"],
    ["FAILED", "RETRY"],
    ["IN_PROGRESS", "IN_PROGRESS"],
    ["DNC", "DNC"],
  ])("a callback moves a lead from %s to %s", async (before, after) => {
    const campaignId = await insertCampaign(pool);
    const leadId = await insertLead(pool, campaignId, { status: before });
    const at = new Date("2031-05-05T14:00:00Z");
    await pool.query("update leads set callback_at = $2 where id = $1", [
      leadId,
      at,
    ]);
    expect(
      await one(
        pool,
        "select status, next_attempt_at from leads where id = $1",
        [leadId],
      ),
    ).toEqual({
      status: after,
      next_attempt_at: after === "RETRY" ? at : null,
    });
  });

  it("the same external id or number twice in a campaign is refused, in two campaigns it is not", async () => {
    const [first, second] = [
      await insertCampaign(pool),
      await insertCampaign(pool),
    ];
    await insertLead(pool, first, { external_id: "crm-1" });
    await insertLead(pool, second, { external_id: "crm-1" });
    await expect(
      insertLead(pool, first, { external_id: "crm-1" }),
    ).rejects.toMatchObject({ code: "23505" });
  });
});

describe("attempts", () => {
  it("one live attempt per phone within an account, whatever the campaign", async () => {
    const [first, second] = [
      await insertCampaign(pool),
      await insertCampaign(pool),
    ];
    await insertAttempt(pool, first, trunkId, "RINGING", "+551135550111");
    await expect(
      insertAttempt(pool, second, trunkId, "QUEUED", "+551135550111"),
    ).rejects.toMatchObject({
      constraint: "call_attempts_one_live_per_phone",
    });
  });

  it.each([
    [
      "an end without outcome",
      "state = 'ENDED', end_at = now(), deadline_at = null, deadline_type = null",
    ],
    ["an outcome while live", "outcome = 'ANSWERED'"],
    [
      "an ended state without its time",
      "state = 'FAILED', outcome = 'BUSY', deadline_at = null, deadline_type = null",
    ],
    [
      "a deadline after the end",
      "state = 'BUSY', outcome = 'BUSY', end_at = now()",
    ],
    ["a deadline without its kind", "deadline_type = null"],
  ])("%s is refused", async (_what, change) => {
    await insertAttempt(
      pool,
      await insertCampaign(pool),
      trunkId,
      "RINGING",
      "+551135550111",
    );
    await expect(
      pool.query(`update call_attempts set ${change}`),
    ).rejects.toMatchObject({ code: "23514" });
  });

  it("hanging up a queued one cancels it; an ended one is past hanging up", async () => {
    const { attemptId, leadId } = await insertAttempt(
      pool,
      await insertCampaign(pool),
      trunkId,
      "QUEUED",
      "+551135550111",
    );
    const hangUp = () =>
      one(pool, "select hangup_attempt($1) as asked", [attemptId]);
    expect(await hangUp()).toEqual({ asked: true });
    expect(await one(pool, "select state from call_attempts")).toEqual({
      state: "CANCELLED",
    });
    expect(
      await one(pool, "select status from leads where id = $1", [leadId]),
    ).toEqual({ status: "NEW" });
    expect(await hangUp()).toEqual({ asked: false });
    expect(await jobs(pool, "hangup_call")).toEqual([]);
    await expect(
      pool.query("select hangup_attempt(gen_random_uuid())"),
    ).rejects.toThrow(/there is no attempt/);
  });
});
