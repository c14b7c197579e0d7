import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import pg from "pg";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  forgetCampaigns,
  insertAttempt,
  insertCampaign,
  insertTrunk,
  jobs,
  one,
  setStatus,
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
beforeEach(() => forgetCampaigns(pool));

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
      await setStatus(pool, campaignId, status);
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
    await setStatus(pool, campaignId, "PAUSED");
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
    await setStatus(pool, campaignId, "CANCELLED");
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
    await setStatus(pool, campaignId, "PAUSED");
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
      await setStatus(pool, campaignId, "PAUSED");
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
    await setStatus(pool, campaignId, "ACTIVE");
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
    await setStatus(pool, campaignId, "ACTIVE");
    expect(await read()).toEqual({
      started_at,
      completed_at: null,
      completed_by: null,
      pause_reason: null,
    });
    await setStatus(pool, campaignId, "COMPLETED");
    expect(await read()).toMatchObject({
      started_at,
      completed_at: expect.any(Date) as Date,
      completed_by: "USER",
    });
  });

  it("goes neither out of CANCELLED nor back to DRAFT", async () => {
    const campaignId = await insertCampaign(pool);
    await expect(setStatus(pool, campaignId, "DRAFT")).rejects.toThrow(
      /cannot go from ACTIVE to DRAFT/,
    );
    await setStatus(pool, campaignId, "CANCELLED");
    await expect(setStatus(pool, campaignId, "ACTIVE")).rejects.toThrow(
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
