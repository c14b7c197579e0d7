import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** A lead whose only call was answered and is over. */
async function answeredLead(rule: { delay: number; maxTries: number } | null) {
  const { pool } = database;
  const campaign = await pool.query<{ id: string }>(
    "insert into campaigns (name, max_attempts) values ('dispositions', 3) returning id",
  );
  const campaignId = campaign.rows[0]?.id;
  if (rule !== null)
    await pool.query(
      `insert into retry_rules (campaign_id, disposition, delay_seconds, max_tries) values ($1, 'CALL_LATER', $2, $3)`,
      [campaignId, rule.delay, rule.maxTries],
    );
  const lead = await pool.query<{ id: string }>(
    `insert into leads (campaign_id, phone, status, attempts, dials) values ($1, '11900000001', 'DONE', 1, 1) returning id`,
    [campaignId],
  );
  const leadId = lead.rows[0]?.id;
  const trunk = await pool.query<{ id: string }>(
    `insert into trunk_config (name, dial_string) values ($1, 'mock/a/{number}') returning id`,
    [`trunk ${String(leadId).slice(0, 8)}`],
  );
  const attempt = await pool.query<{ id: string }>(
    `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id,
       voice_node, originate_at, answer_at, end_at)
     select account_id, campaign_id, id, 1, '+5511900000001', 'ENDED', 'ANSWERED', $2, 'default', now(), now(), now()
     from leads where id = $1 returning id`,
    [leadId, trunk.rows[0]?.id],
  );
  return { leadId, attemptId: attempt.rows[0]?.id };
}

async function stateOf(leadId: string | undefined) {
  const { rows } = await database.pool.query(
    `select status, status_reason, disposition, round(extract(epoch from next_attempt_at - clock_timestamp()))::int as "inSeconds"
     from leads where id = $1`,
    [leadId],
  );
  return rows[0] as unknown;
}

describe("a disposition given after the call", () => {
  it("puts the lead back on the list after the rule's delay", async () => {
    const { leadId, attemptId } = await answeredLead({
      delay: 600,
      maxTries: 2,
    });
    await database.pool.query(
      "update call_attempts set disposition = 'CALL_LATER' where id = $1",
      [attemptId],
    );
    expect(await stateOf(leadId)).toEqual({
      status: "RETRY",
      status_reason: "CALL_LATER",
      disposition: "CALL_LATER",
      inSeconds: 600,
    });
  });

  it("keeps the lead done when the rule allows no try", async () => {
    const { leadId } = await answeredLead({ delay: 600, maxTries: 0 });
    await database.pool.query(
      "update leads set disposition = 'CALL_LATER' where id = $1",
      [leadId],
    );
    expect(await stateOf(leadId)).toMatchObject({
      status: "DONE",
      status_reason: "CALL_LATER",
    });
  });

  it("changes nothing but itself when there is no rule for it", async () => {
    const { leadId } = await answeredLead(null);
    await database.pool.query(
      "update leads set disposition = 'SOLD' where id = $1",
      [leadId],
    );
    expect(await stateOf(leadId)).toMatchObject({
      status: "DONE",
      status_reason: null,
      disposition: "SOLD",
    });
  });

  it("does not get past the ceiling of dials", async () => {
    const { leadId, attemptId } = await answeredLead({ delay: 0, maxTries: 9 });
    await database.pool.query("update leads set dials = 15 where id = $1", [
      leadId,
    ]);
    await database.pool.query(
      "update call_attempts set disposition = 'CALL_LATER' where id = $1",
      [attemptId],
    );
    expect(await stateOf(leadId)).toMatchObject({
      status: "FAILED",
      status_reason: "MAX_DIALS",
    });
  });

  it("leaves a callback that is still to come as it is", async () => {
    for (const maxTries of [0, 3]) {
      const { leadId } = await answeredLead({ delay: 60, maxTries });
      await database.pool.query(
        "update leads set callback_at = clock_timestamp() + interval '1 day' where id = $1",
        [leadId],
      );
      await database.pool.query(
        "update leads set disposition = 'CALL_LATER' where id = $1",
        [leadId],
      );
      expect(await stateOf(leadId)).toEqual({
        status: "RETRY",
        status_reason: "CALLBACK",
        disposition: "CALL_LATER",
        inSeconds: 86_400,
      });
    }
  });

  it("is dated, and the date goes with it", async () => {
    const { leadId } = await answeredLead(null);
    const read = async () => {
      const { rows } = await database.pool.query<{ at: Date | null }>(
        "select disposition_at as at from leads where id = $1",
        [leadId],
      );
      return rows[0]?.at;
    };
    const set = (disposition: string | null) =>
      database.pool.query("update leads set disposition = $2 where id = $1", [
        leadId,
        disposition,
      ]);
    await set("SOLD");
    const first = await read();
    expect(first).toBeInstanceOf(Date);
    await set("SOLD");
    expect(await read()).toEqual(first);
    await set(null);
    expect(await read()).toBeNull();
  });
});
