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
  leads,
  must,
  phone,
  setAccount,
  setRetry,
  shareRig,
  untilAttempts,
} from "../../support/running-engine.ts";
import type { Rig, Sql } from "../../support/running-engine.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";

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
  ["trunk_fault", "FAILED", "TRUNK_FAULT", "RETRY", "TRUNK_FAULT", 0, 300],
  ["mute", "FAILED", "ORPHANED", "RETRY", "ORPHANED", 1, 86400],
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
    await untilAttempts(sql, rows.length, "end_at is not null");
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
      // Jitter adds at most a tenth, and never more than five minutes; writing takes a moment, on a busy machine a long one.
      expect(waits).toBeGreaterThan(seconds - 2);
      expect(waits).toBeLessThan(
        seconds + Math.min(seconds / 10, 300) + PATIENCE_MS / 1_000,
      );
    },
  );
});

/** What the PBX turns away was no dial (`turned-away.test.ts`). */
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
