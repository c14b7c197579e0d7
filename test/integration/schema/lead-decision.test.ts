/** What becomes of a lead after a call, rule by rule: the one function that decides it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { one } from "./rows.ts";

let database: TestDatabase;
let trunk = "";
beforeAll(async () => {
  database = await createTestDatabase();
  const made = await one(
    database.pool,
    "insert into trunk_config (name, dial_string) values ('t', 'mock/a/{number}') returning id",
  );
  trunk = String(made["id"]);
});
afterAll(() => database.drop());

interface Facts {
  outcome?: string;
  rule?: { delay: number; tries: number } | null;
  earlier?: number;
  attempts?: number;
  dials?: number;
  callbackMinutes?: number;
}

/** With limits of 5 attempts and 15 dials. `delay` in seconds since the end, without jitter as far as that is known. */
async function decide(facts: Facts) {
  const { outcome = "NO_ANSWER", rule, earlier = 0 } = facts;
  const { pool } = database;
  const campaign = await one(
    pool,
    "insert into campaigns (name, max_attempts, max_dials) values ('decisions', 5, 15) returning id",
  );
  if (rule === null)
    await pool.query("delete from retry_rules where outcome = $1", [outcome]);
  else if (rule !== undefined)
    await pool.query(
      "insert into retry_rules (campaign_id, outcome, delay_seconds, max_tries) values ($1, $2, $3, $4)",
      [campaign["id"], outcome, rule.delay, rule.tries],
    );
  const lead = await one(
    pool,
    "insert into leads (campaign_id, phone) values ($1, '11 98000-0001') returning id",
    [campaign["id"]],
  );
  const call = async (daysAgo: number) =>
    one(
      pool,
      `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id,
         voice_node, queued_at, originate_at, end_at)
       select account_id, campaign_id, id, 1, '+5511980000001', 'FAILED', $2, $3, 'default', now() - $4 * interval '1 d',
         now() - $4 * interval '1 d', now() - $4 * interval '1 d'
       from leads where id = $1 returning id`,
      [lead["id"], outcome, trunk, daysAgo],
    );
  for (let nth = 1; nth <= earlier; nth++) await call(nth);
  const last = await call(0);
  return one(
    pool,
    `select status, reason, round(extract(epoch from next_at - at.ended))::int as delay
     from (select now() as ended) as at
     cross join lateral dialer_decide_lead($1, $2, $3, null, null, at.ended + $4 * interval '1 min', at.ended)`,
    [
      last["id"],
      facts.attempts ?? 1,
      facts.dials ?? 1,
      facts.callbackMinutes ?? null,
    ],
  );
}

const rule = { delay: 3600, tries: 3 };

describe("a lead whose call is over", () => {
  it.each<[string, Facts, Record<string, unknown>]>([
    ["is done when it answered", { outcome: "ANSWERED" }, { status: "DONE" }],
    [
      "is done also at the ceilings",
      { outcome: "ANSWERED", attempts: 5, dials: 15 },
      { status: "DONE" },
    ],
    [
      "is invalid when there is no such number",
      { outcome: "INVALID_NUMBER", callbackMinutes: 9 },
      { status: "INVALID" },
    ],
    [
      "is invalid when a fax answers",
      { outcome: "FAX" },
      { status: "INVALID" },
    ],
    [
      "fails when attempts are used up",
      { rule, attempts: 5 },
      { status: "FAILED", reason: "MAX_ATTEMPTS" },
    ],
    [
      "fails when dials are used up",
      { rule, dials: 15 },
      { status: "FAILED", reason: "MAX_DIALS" },
    ],
    [
      "fails when dials are used up, whatever was promised",
      { dials: 15, callbackMinutes: 9 },
      { status: "FAILED", reason: "MAX_DIALS" },
    ],
    [
      "fails when this came too often",
      { rule, earlier: 3 },
      { status: "FAILED", reason: "MAX_TRIES" },
    ],
    [
      "fails without a rule",
      { outcome: "SYSTEM_ERROR", rule: null },
      { status: "FAILED", reason: "NO_RULE" },
    ],
    [
      "waits for a callback, tries or not",
      { rule, earlier: 3, callbackMinutes: 9 },
      { status: "RETRY", reason: "CALLBACK", delay: 540 },
    ],
    [
      "is called back after an answer",
      { outcome: "ANSWERED", callbackMinutes: 9 },
      { reason: "CALLBACK", delay: 540 },
    ],
    [
      "is done when the callback was served",
      { outcome: "ANSWERED", callbackMinutes: -9 },
      { status: "DONE" },
    ],
    [
      "comes back at once when it was cancelled",
      { outcome: "CANCELLED", attempts: 5 },
      { status: "RETRY", reason: "CANCELLED", delay: 0 },
    ],
  ])("%s", async (_name, facts, expected) => {
    expect(await decide(facts)).toMatchObject(expected);
  });

  it.each([
    [10, 10],
    [3 * 3600, 3 * 3600],
    [24 * 3600, 27 * 3600],
    [23 * 3600, 26 * 3600],
    [49 * 3600, 52 * 3600],
    [30 * 3600, 30 * 3600],
  ])(
    "that a machine answered waits, by a rule of %i s, %i s: not to the same time of day",
    async (delay, seconds) => {
      const found = await decide({
        outcome: "MACHINE",
        rule: { delay, tries: 3 },
      });
      const wait = Number(found["delay"]);
      expect(wait).toBeGreaterThanOrEqual(seconds);
      expect(wait).toBeLessThanOrEqual(seconds + Math.min(delay * 0.1, 300));
    },
  );

  it("waits a little longer than the rule says, by its own jitter", async () => {
    const waits = new Set<number>();
    for (let nth = 0; nth < 8; nth++)
      waits.add(Number((await decide({ rule }))["delay"]));
    expect(waits.size).toBeGreaterThan(1);
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(3600);
      expect(wait).toBeLessThanOrEqual(3900);
    }
  });
});
