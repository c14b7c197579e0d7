/** What becomes of a lead by what became of its call: one row each, then the rules and the ceilings. */
import { beforeAll, describe, expect, test } from "vitest";

import type { MockOutcome } from "../../../adapters/mock/scenario.ts";
import {
  attempts,
  digitsOf,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  lead,
  leads,
  must,
  phone,
  setAccount,
  setRetry,
  shareRig,
  untilAttempts,
  untilFinal,
} from "../../support/running-engine.ts";
import type { Rig, Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

/** Mock outcome, state, outcome, lead status, its reason, attempts, seconds until the next. */
const rows: readonly [
  MockOutcome,
  string,
  string,
  string,
  string,
  number,
  number | null,
][] = [
  ["answered", "ENDED", "ANSWERED", "DONE", "ANSWERED", 1, null],
  ["no_answer", "NO_ANSWER", "NO_ANSWER", "RETRY", "NO_ANSWER", 1, 3600],
  [
    "early_media_no_answer",
    "NO_ANSWER",
    "NO_ANSWER",
    "RETRY",
    "NO_ANSWER",
    1,
    3600,
  ],
  ["busy", "BUSY", "BUSY", "RETRY", "BUSY", 1, 900],
  ["declined", "BUSY", "DECLINED", "RETRY", "DECLINED", 1, 86400],
  ["invalid", "FAILED", "INVALID_NUMBER", "INVALID", "INVALID_NUMBER", 1, null],
  ["unreachable", "FAILED", "UNREACHABLE", "RETRY", "UNREACHABLE", 1, 14400],
  ["rejected", "FAILED", "REJECTED", "RETRY", "REJECTED", 1, 86400],
  [
    "congestion",
    "FAILED",
    "NETWORK_CONGESTION",
    "RETRY",
    "NETWORK_CONGESTION",
    0,
    300,
  ],
  [
    "silent",
    "FAILED",
    "NETWORK_CONGESTION",
    "RETRY",
    "NETWORK_CONGESTION",
    0,
    300,
  ],
  [
    "switch_refused",
    "FAILED",
    "SWITCH_REFUSED",
    "RETRY",
    "SWITCH_REFUSED",
    0,
    60,
  ],
  ["trunk_fault", "FAILED", "TRUNK_FAULT", "RETRY", "TRUNK_FAULT", 0, 300],
  ["mute", "FAILED", "ORPHANED", "RETRY", "ORPHANED", 1, 3600],
];

const shared = shareRig();

/** A campaign, a trunk and a lead for each outcome, so that none disturbs another's trunk. */
async function oneOfEach(
  { sql, pbx }: Rig,
  outcomes: readonly MockOutcome[],
  campaign: Readonly<Record<string, unknown>>,
): Promise<void> {
  pbx.setScenario({
    setupMs: 10,
    ringMs: 20,
    noAnswerRingMs: 30,
    talkMs: 30,
    timeoutScale: 0.01,
    chaos: 0,
    numbers: Object.fromEntries(
      outcomes.map((outcome, index) => [digitsOf(index + 1), outcome]),
    ),
  });
  for (const [index, outcome] of outcomes.entries()) {
    const trunk = await insertTrunk(sql, { name: outcome });
    const id = await insertCampaign(sql, {
      name: outcome,
      status: "DRAFT",
      ...campaign,
    });
    await insertRow(
      sql,
      "campaign_trunks",
      { campaign_id: id, trunk_id: trunk },
      "trunk_id",
    );
    await insertLead(sql, id, { phone: phone(index + 1) });
  }
  await sql.query("update campaigns set status = 'ACTIVE'");
}

const of = "campaign_id = (select id from campaigns where name = $1)";

describe("each outcome of a call decides state, outcome, lead, counts and next try", () => {
  let sql: Sql;
  beforeAll(async () => {
    const rig = await shared.fresh();
    sql = rig.sql;
    await oneOfEach(
      rig,
      rows.map(([outcome]) => outcome),
      { setup_timeout_seconds: 5 },
    );
    await untilAttempts(sql, rows.length, "end_at is not null", [], 30_000);
  });

  test.each(rows)(
    "%s ends as %s with outcome %s and leaves the lead %s because of %s",
    async (mock, state, outcome, status, reason, counted, seconds) => {
      const [attempt, ...more] = await attempts(sql, of, [mock]);
      expect(more).toEqual([]);
      expect(attempt).toMatchObject({ state, outcome });
      const [row] = await leads(sql, of, [mock]);
      expect(row).toMatchObject({
        status,
        status_reason: reason,
        last_outcome: outcome,
        attempts: counted,
        dials: 1,
      });
      const { next_attempt_at: next } = must(row);
      if (seconds === null) {
        expect(next).toBeNull();
        return;
      }
      const end = must(attempt)["end_at"] as Date;
      const waits = (must(next).getTime() - end.getTime()) / 1_000;
      // Jitter adds at most a tenth, and never more than five minutes; writing takes a moment.
      expect(waits).toBeGreaterThan(seconds - 2);
      expect(waits).toBeLessThan(seconds + Math.min(seconds / 10, 300) + 12);
    },
  );
});

const retried = rows
  .map(([outcome]) => outcome)
  .filter((outcome) => !["answered", "invalid", "mute"].includes(outcome));

test("no outcome escapes max_dials, counted or not", async () => {
  const rig = await shared.fresh();
  const { sql, pbx } = rig;
  const before = pbx.stats().originates;
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 50 });
  const outcomes = retried.filter((outcome) => outcome !== "trunk_fault");
  await oneOfEach(rig, outcomes, { max_dials: 3, max_attempts: 50 });
  await waitFor("all leads to be given up", async () => {
    const all = await leads(sql);
    return all.every(({ status }) => status === "FAILED");
  });
  for (const row of await leads(sql))
    expect(row).toMatchObject({
      dials: 3,
      status: "FAILED",
      status_reason: "MAX_DIALS",
    });
  expect(pbx.stats().originates - before).toBe(3 * outcomes.length);
  expect(pbx.stats().duplicates).toBe(0);
});

test("max_attempts ends the tries of a lead whose calls count", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 50 });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_attempts: 2 });
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({
    status: "FAILED",
    status_reason: "MAX_ATTEMPTS",
    attempts: 2,
    dials: 2,
  });
});

test("a rule's max_tries ends the tries, and each try waits its delay", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 1, maxTries: 2 }, "BUSY");
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({
    status: "FAILED",
    status_reason: "MAX_TRIES",
    dials: 3,
  });
  const calls = await attempts(sql);
  expect(calls.map((call) => call["attempt_number"])).toEqual([1, 2, 3]);
  for (const [index, call] of calls.slice(1).entries()) {
    const earlier = must(calls[index])["end_at"] as Date;
    const later = call["originate_at"] as Date;
    expect(later.getTime() - earlier.getTime()).toBeGreaterThanOrEqual(990);
  }
});

test("the campaign's rule goes before the account's, and that before the installation's", async () => {
  const { sql } = await shared.fresh({
    suffixes: { "1": "busy", "2": "busy", "3": "no_answer" },
  });
  await insertTrunk(sql);
  const special = await insertCampaign(sql, { name: "special" });
  const plain = await insertCampaign(sql, { name: "plain" });
  await insertRow(sql, "retry_rules", {
    outcome: "BUSY",
    delay_seconds: 5000,
    max_tries: 2,
  });
  await insertRow(sql, "retry_rules", {
    outcome: "BUSY",
    delay_seconds: 200,
    max_tries: 2,
    campaign_id: special,
  });
  await insertLead(sql, special, { phone: phone(1) });
  await insertLead(sql, plain, { phone: phone(2) });
  await insertLead(sql, plain, { phone: phone(3) });
  await untilAttempts(sql, 3, "end_at is not null");
  const waits = (await leads(sql)).map(({ next_attempt_at: next }) =>
    Math.round((must(next).getTime() - Date.now()) / 1_000),
  );
  const [ofCampaign = 0, ofAccount = 0, ofInstallation = 0] = waits;
  expect(ofCampaign).toBeGreaterThan(180);
  expect(ofCampaign).toBeLessThan(225);
  expect(ofAccount).toBeGreaterThan(4_900);
  expect(ofAccount).toBeLessThan(5_510);
  expect(ofInstallation).toBeGreaterThan(3_500);
  expect(ofInstallation).toBeLessThan(3_970);
});

test("a carrier that only sends 183 until the time-out is a NO_ANSWER that counts", async () => {
  const { sql } = await shared.fresh({
    shares: { early_media_no_answer: 1 },
    noAnswerRingMs: 60_000,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [call] = await untilAttempts(sql, 1, "end_at is not null");
  expect(call).toMatchObject({
    state: "NO_ANSWER",
    outcome: "NO_ANSWER",
    ring_at: null,
  });
  expect(must(call)["early_media_at"]).toBeInstanceOf(Date);
  expect(await lead(sql)).toMatchObject({ attempts: 1, status: "RETRY" });
});

test("a phone that rings for ever is hung up by the engine's own ring timer as NO_ANSWER", async () => {
  const { sql, pbx } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 600_000,
    timeoutScale: 100,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [ringing] = await untilAttempts(
    sql,
    1,
    "state = 'RINGING' and deadline_type = 'RING'",
  );
  const left = (must(ringing)["deadline_at"] as Date).getTime() - Date.now();
  expect(left).toBeGreaterThan(20_000);
  expect(left).toBeLessThan(25_100);
  // Twenty-five seconds pass: the deadline and its job come forward.
  await sql.query("update call_attempts set deadline_at = clock_timestamp()");
  await sql.query(
    "update graphile_worker._private_jobs set run_at = clock_timestamp() where key like 'timer:%'",
  );
  await sql.query("select pg_notify('jobs:insert', '{}')");
  const [call] = await untilAttempts(sql, 1, "end_at is not null");
  expect(call).toMatchObject({
    outcome: "NO_ANSWER",
    hangup_requested: "RING",
  });
  expect(pbx.stats().live).toBe(0);
  const { rows: fired } = await sql.query(
    "select timer_type from call_attempt_timers where fired",
  );
  expect(fired).toEqual([{ timer_type: "RING" }]);
});
