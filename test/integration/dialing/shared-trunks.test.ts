/** A trunk that several campaigns use: who leaves it to whom, of one account or of several. */
import { expect, onTestFinished, test } from "vitest";

import {
  attempts,
  digitsOf,
  insertCampaign,
  insertLeads,
  insertRow,
  insertTrunk,
  must,
  setAccount,
  shareRig,
  startRig,
  untilAttempts,
  untilBlocked,
  untilWasBlocked,
} from "../../support/running-engine.ts";
import type { Rig, Sql } from "../../support/running-engine.ts";

const shared = shareRig();
const alice = "00000000-0000-0000-0000-00000000a11c";
const bob = "00000000-0000-0000-0000-000000000b0b";

/** Calls that last so long and are not answered: many short answered ones would pause a campaign. */
const ringing = (noAnswerRingMs: number) => ({
  shares: { no_answer: 1 },
  noAnswerRingMs,
  timeoutScale: 1,
});

const bind = (sql: Sql, campaign_id: string, trunk_id: string) =>
  insertRow(sql, "campaign_trunks", { campaign_id, trunk_id }, "trunk_id");

const callsOf = async ({ sql }: Rig, campaign: string) =>
  (await attempts(sql, "call_attempts.campaign_id = $1", [campaign])).length;

/** The next test waits for the last call of this one. */
function hangUpAtEnd(sql: Sql): void {
  onTestFinished(async () => {
    await sql.query("update campaigns set status = 'CANCELLED'");
    await sql.query(
      "select hangup_attempt(id) from call_attempts where end_at is null",
    );
  });
}

test("a campaign whose own limit keeps it back leaves the trunk to those of later priorities", async () => {
  const rig = await shared.fresh(ringing(400));
  const { sql } = rig;
  await setAccount(sql);
  await insertTrunk(sql, { cps_limit: 50 });
  const first = await insertCampaign(sql, {
    priority: 1,
    max_concurrent_calls: 1,
  });
  // A call at a time, for minutes.
  await insertLeads(sql, first, 400);
  await untilBlocked(sql, first, "CAMPAIGN_CONCURRENCY");
  const second = await insertCampaign(sql, {
    priority: 2,
    max_concurrent_calls: 50,
  });
  await insertLeads(sql, second, 30, { first: 501 });
  await untilAttempts(sql, 30, "call_attempts.campaign_id = $1", [second]);
  expect(await callsOf(rig, first)).toBeLessThan(400);
});

test("a campaign that waits for one trunk leaves another, which its leads cannot use, to a later campaign", async () => {
  const { sql } = await shared.fresh({ talkMs: 60_000 });
  hangUpAtEnd(sql);
  await setAccount(sql);
  await insertTrunk(sql, {
    name: "a",
    max_channels: 1,
    number_pattern: "^\\+5511",
  });
  await insertTrunk(sql, { name: "b", number_pattern: "^\\+5521" });
  const first = await insertCampaign(sql, { priority: 1 });
  await insertLeads(sql, first, 5);
  await untilBlocked(sql, first, "TRUNK_CHANNELS");
  const second = await insertCampaign(sql, { priority: 2 });
  await sql.query(
    "insert into leads (campaign_id, phone) values ($1, '(21) 98000-0001')",
    [second],
  );
  await untilAttempts(sql, 1, "call_attempts.campaign_id = $1", [second]);
});

test("an earlier priority of the account goes first on a trunk that is everyone's", async () => {
  const { sql } = await shared.fresh(ringing(200));
  await insertTrunk(sql, { cps_limit: 50, max_channels: 2 });
  const urgent = await insertCampaign(sql, {
    account_id: alice,
    status: "DRAFT",
    priority: 1,
    max_concurrent_calls: 50,
  });
  await insertLeads(sql, urgent, 30, { account_id: alice });
  const later = await insertCampaign(sql, {
    account_id: alice,
    status: "DRAFT",
    priority: 100,
    max_concurrent_calls: 50,
  });
  await insertLeads(sql, later, 30, { account_id: alice, first: 201 });
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    urgent,
  ]);
  await untilWasBlocked(sql, urgent, "TRUNK_CHANNELS");
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    later,
  ]);
  await untilWasBlocked(sql, later, "HIGHER_PRIORITY_CAMPAIGN");
  const urgentCalls = await untilAttempts(
    sql,
    20,
    "call_attempts.campaign_id = $1",
    [urgent],
  );
  // Before the twentieth; when this is read the urgent ones may be over.
  const meanwhile = await attempts(
    sql,
    "call_attempts.campaign_id = $1 and queued_at < $2",
    [later, must(urgentCalls[19])["queued_at"]],
  );
  expect(meanwhile.length).toBeLessThanOrEqual(2);
});

test("a trunk is shared by account first: neither many campaigns nor an early priority take it from another account", async () => {
  const { sql } = await shared.fresh(ringing(200));
  await insertTrunk(sql, { cps_limit: 50, max_channels: 4 });
  const loud: string[] = [];
  for (let n = 0; n < 10; n += 1) {
    const campaign = await insertCampaign(sql, {
      account_id: alice,
      priority: -2_147_483_648,
      max_concurrent_calls: 50,
    });
    loud.push(campaign);
    await insertLeads(sql, campaign, 40, {
      account_id: alice,
      first: 1_000 + n * 100,
    });
  }
  for (const campaign of loud)
    await untilBlocked(sql, campaign, "TRUNK_CHANNELS");
  const quiet = await insertCampaign(sql, {
    account_id: bob,
    priority: 100,
    max_concurrent_calls: 50,
  });
  await insertLeads(sql, quiet, 40, { account_id: bob, first: 201 });
  const ofQuiet = "call_attempts.account_id = $1";
  const quietCalls = await untilAttempts(sql, 24, ofQuiet, [bob]);
  expect(must(quietCalls[0]).state).not.toBe("QUEUED");
  // From the fourth to the twenty-fourth, so that both are counted over the same time.
  const loudCalls = await attempts(
    sql,
    "call_attempts.account_id = $1 and queued_at > $2 and queued_at <= $3",
    [
      alice,
      must(quietCalls[3])["queued_at"],
      must(quietCalls[23])["queued_at"],
    ],
  );
  expect(20 / (20 + loudCalls.length)).toBeGreaterThanOrEqual(0.4);
});

test("long ringing numbers of one account leave another its places among the unanswered", async () => {
  const longRinging = Array.from({ length: 300 }, (_, n) => [
    digitsOf(1_000 + n),
    { outcome: "no_answer" as const, noAnswerRingMs: 5_000 },
  ]);
  const { sql } = await startRig({
    env: { MAX_CONCURRENT_ORIGINATES: "6" },
    scenario: {
      ...ringing(20),
      numbers: Object.fromEntries(longRinging),
    },
  });
  const slow = await insertTrunk(sql, { name: "slow" });
  const quick = await insertTrunk(sql, { name: "quick" });
  const ringingLong = await insertCampaign(sql, {
    account_id: alice,
    status: "DRAFT",
    max_concurrent_calls: 100,
    priority: -5,
  });
  await bind(sql, ringingLong, slow);
  await insertLeads(sql, ringingLong, 300, { account_id: alice, first: 1_000 });
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilBlocked(sql, ringingLong, "MAX_CONCURRENT_ORIGINATES");
  const quiet = await insertCampaign(sql, {
    account_id: bob,
    status: "DRAFT",
    max_concurrent_calls: 100,
  });
  await bind(sql, quiet, quick);
  await insertLeads(sql, quiet, 200, { account_id: bob, first: 201 });
  await sql.query("update campaigns set status = 'ACTIVE'");
  // Half of the six places, for calls that ring so much shorter that a machine on which all take a second more counts the same.
  const done = "call_attempts.account_id = $1 and end_at is not null";
  await untilAttempts(sql, 60, done, [bob]);
  const ofAlice = await attempts(sql, "call_attempts.account_id = $1", [alice]);
  expect(ofAlice.length).toBeLessThan(60);
});
