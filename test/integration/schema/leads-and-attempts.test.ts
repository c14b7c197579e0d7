import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type pg from "pg";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
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

  it("the same external id twice in a campaign is refused, in two campaigns it is not", async () => {
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
    const campaignId = await insertCampaign(pool);
    const { attemptId, leadId } = await insertAttempt(
      pool,
      campaignId,
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
