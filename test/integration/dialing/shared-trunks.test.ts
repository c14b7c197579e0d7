/** A trunk that several campaigns use: who leaves it to whom, of one account or of several. */
import { expect, onTestFinished, test } from "vitest";

import {
  attempts,
  insertCampaign,
  insertLeads,
  insertTrunk,
  setAccount,
  shareRig,
  untilAttempts,
  untilBlocked,
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
  await insertLeads(sql, first, 40);
  await untilBlocked(sql, first, "CAMPAIGN_CONCURRENCY");
  const second = await insertCampaign(sql, {
    priority: 2,
    max_concurrent_calls: 50,
  });
  await insertLeads(sql, second, 30, { first: 501 });
  await untilAttempts(sql, 30, "call_attempts.campaign_id = $1", [second]);
  // The first went on, a call at a time.
  expect(await callsOf(rig, first)).toBeLessThan(40);
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

test("an earlier priority goes first on a trunk that is everyone's, whatever its account", async () => {
  const rig = await shared.fresh(ringing(200));
  const { sql } = rig;
  await insertTrunk(sql, { cps_limit: 50, max_channels: 2 });
  const urgent = await insertCampaign(sql, {
    account_id: alice,
    status: "DRAFT",
    priority: 1,
    max_concurrent_calls: 50,
  });
  await insertLeads(sql, urgent, 30, { account_id: alice });
  const later = await insertCampaign(sql, {
    account_id: bob,
    status: "DRAFT",
    priority: 100,
    max_concurrent_calls: 50,
  });
  await insertLeads(sql, later, 30, { account_id: bob, first: 201 });
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    urgent,
  ]);
  await untilBlocked(sql, urgent, "TRUNK_CHANNELS");
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    later,
  ]);
  await untilBlocked(sql, later, "HIGHER_PRIORITY_CAMPAIGN");
  await untilAttempts(sql, 20, "call_attempts.campaign_id = $1", [urgent]);
  expect(await callsOf(rig, later)).toBeLessThanOrEqual(2);
});
