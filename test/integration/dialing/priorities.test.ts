/** Smaller goes first, everywhere: leads, lists, campaigns, trunks. */
import { expect, test } from "vitest";

import {
  attempts,
  digitsOf,
  insertCampaign,
  insertLead,
  insertLeads,
  insertRow,
  insertTrunk,
  lead,
  phone,
  quickScenario,
  shareRig,
  untilAttempts,
  untilBlocked,
  untilFinal,
  untilPass,
  untilWasBlocked,
} from "../../support/running-engine.ts";
import type { Rig } from "../../support/running-engine.ts";

const shared = shareRig();

async function orderOf(
  { sql, pbx }: Rig,
  before: number,
  campaign: string,
): Promise<string[]> {
  await untilFinal(sql, campaign);
  return pbx
    .journal()
    .slice(before)
    .map(({ number }) => number);
}

test("leads are dialled by priority, and first come first served among equals", async () => {
  const rig = await shared.fresh();
  const { sql, pbx } = rig;
  const before = pbx.journal().length;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    status: "DRAFT",
    max_concurrent_calls: 1,
  });
  for (const [n, priority] of [
    [1, 100],
    [2, 50],
    [3, 100],
    [4, 7],
  ] as const)
    await insertLead(sql, campaign, { phone: phone(n), priority });
  await sql.query("update campaigns set status = 'ACTIVE'");
  expect(await orderOf(rig, before, campaign)).toEqual(
    [4, 2, 1, 3].map(digitsOf),
  );
});

test("a list of an earlier priority goes before all leads of a later one, whatever their own", async () => {
  const rig = await shared.fresh();
  const { sql, pbx } = rig;
  const before = pbx.journal().length;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    status: "DRAFT",
    max_concurrent_calls: 1,
  });
  const late = await insertRow(sql, "lists", {
    campaign_id: campaign,
    name: "late",
    priority: 200,
  });
  const early = await insertRow(sql, "lists", {
    campaign_id: campaign,
    name: "early",
    priority: 10,
  });
  await insertLead(sql, campaign, {
    phone: phone(1),
    list_id: late,
    priority: 1,
  });
  await insertLead(sql, campaign, {
    phone: phone(2),
    list_id: early,
    priority: 900,
  });
  await sql.query("update campaigns set status = 'ACTIVE'");
  expect(await orderOf(rig, before, campaign)).toEqual([2, 1].map(digitsOf));
});

test("a list that is not active is left alone, with the reason, until it is", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { status: "DRAFT" });
  const list = await insertRow(sql, "lists", {
    campaign_id: campaign,
    name: "bought",
    is_active: false,
  });
  await insertLead(sql, campaign, { list_id: list });
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilBlocked(sql, campaign, "LIST_INACTIVE");
  expect(await attempts(sql)).toEqual([]);
  await sql.query("update lists set is_active = true");
  await untilFinal(sql, campaign);
});

test("a campaign of an earlier priority gets a shared trunk first; the later one waits and says why", async () => {
  const { sql, pbx } = await shared.fresh({ talkMs: 600_000 });
  const before = pbx.journal().length;
  await insertTrunk(sql, { max_channels: 2, cps_limit: 50 });
  const urgent = await insertCampaign(sql, {
    status: "DRAFT",
    name: "urgent",
    priority: 1,
  });
  const idle = await insertCampaign(sql, {
    status: "DRAFT",
    name: "idle",
    priority: 50,
  });
  await insertLeads(sql, urgent, 15);
  await insertLeads(sql, idle, 10, { first: 101 });
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    urgent,
  ]);
  const first = await untilAttempts(sql, 2, "state = 'ANSWERED'");
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    idle,
  ]);
  await untilWasBlocked(sql, idle, "HIGHER_PRIORITY_CAMPAIGN");
  pbx.setScenario({ ...quickScenario, talkMs: 100 });
  for (const { id } of first)
    await sql.query("select hangup_attempt($1)", [id]);
  await untilFinal(sql, urgent);
  await untilFinal(sql, idle);
  const order = pbx
    .journal()
    .slice(before)
    .map(({ number }) => number);
  const firstIdle = order.findIndex((number) => number >= digitsOf(101));
  // The urgent campaign's last few calls leave lines free, which may be used.
  expect(firstIdle).toBeGreaterThanOrEqual(12);
});

test("the trunk of the earliest priority is used as long as it has room, then the next", async () => {
  const { sql } = await shared.fresh({ talkMs: 600_000 });
  await insertTrunk(sql, { name: "second", priority: 20 });
  await insertTrunk(sql, { name: "first", priority: 10, max_channels: 2 });
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 4);
  const calls = await untilAttempts(sql, 4, "true");
  expect(calls.map(({ trunk }) => trunk).sort()).toEqual([
    "first",
    "first",
    "second",
    "second",
  ]);
});

test("trunks of equal priority share calls by weight", async () => {
  const { sql } = await shared.fresh({ shares: { invalid: 1 } });
  await insertTrunk(sql, { name: "heavy", weight: 9 });
  await insertTrunk(sql, { name: "light", weight: 1 });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 100 });
  await insertLeads(sql, campaign, 240);
  await untilFinal(sql, campaign);
  const heavy = await attempts(sql, "trunk_config.name = 'heavy'");
  // 216 expected, standard deviation 4.6: 188 is six of them away, and that all are heavy has odds of one in a hundred thousand million.
  expect(heavy.length).toBeGreaterThan(188);
  expect(heavy.length).toBeLessThan(240);
});

test("a healthy trunk goes before one of earlier priority that has just failed", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { name: "sick", priority: 1 });
  await insertTrunk(sql, { name: "well", priority: 2 });
  await sql.query(
    "update trunk_config set health = 'DEGRADED', consecutive_faults = 1, last_fault_at = now() where name = 'sick'",
  );
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 3);
  await untilFinal(sql, campaign);
  expect((await attempts(sql)).map(({ trunk }) => trunk)).toEqual([
    "well",
    "well",
    "well",
  ]);
});

test("a trunk that was out is tried again in its turn, and takes its calls back", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { name: "mended", priority: 1 });
  await insertTrunk(sql, { name: "other", priority: 2 });
  await sql.query(
    "update trunk_config set health = 'DEGRADED', consecutive_faults = 5, disabled_reason = 'TRUNK_FAULT', last_fault_at = now() where name = 'mended'",
  );
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 1 });
  await insertLeads(sql, campaign, 3);
  await untilFinal(sql, campaign);
  expect((await attempts(sql)).map(({ trunk }) => trunk)).toEqual([
    "mended",
    "mended",
    "mended",
  ]);
});

test("number_pattern says which trunk takes a number; a number that none takes is not dialled", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { name: "eleven", number_pattern: "^\\+5511" });
  await insertTrunk(sql, { name: "rio", number_pattern: "^\\+5521" });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone: "11 98000-0001" });
  await insertLead(sql, campaign, { phone: "21 98000-0001" });
  const nowhere = await insertLead(sql, campaign, { phone: "31 98000-0001" });
  const calls = await untilAttempts(sql, 2, "end_at is not null");
  expect(
    calls.map(({ trunk, phone_e164 }) => [trunk, phone_e164]).sort(),
  ).toEqual([
    ["eleven", "+5511980000001"],
    ["rio", "+5521980000001"],
  ]);
  expect(await lead(sql, nowhere)).toMatchObject({
    status: "NEW",
    status_reason: "NO_TRUNK_FOR_NUMBER",
    dials: 0,
  });
});

test("without a pattern a trunk takes numbers of the account's country only", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone: "+351 912 345 678" });
  await untilWasBlocked(sql, campaign, "NO_TRUNK_FOR_NUMBER");
  expect(await attempts(sql)).toEqual([]);
});

test("campaign_trunks binds a campaign to its trunks", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { name: "best", priority: 1 });
  const own = await insertTrunk(sql, { name: "own", priority: 9 });
  const campaign = await insertCampaign(sql, { status: "DRAFT" });
  await insertRow(
    sql,
    "campaign_trunks",
    { campaign_id: campaign, trunk_id: own },
    "trunk_id",
  );
  await insertLeads(sql, campaign, 3);
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilFinal(sql, campaign);
  expect((await attempts(sql)).map(({ trunk }) => trunk)).toEqual([
    "own",
    "own",
    "own",
  ]);
});

test("a trunk of another account is never used", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, {
    name: "theirs",
    account_id: "00000000-0000-0000-0000-000000000b0b",
  });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilBlocked(sql, campaign, "NO_TRUNK");
  await untilPass(sql, campaign);
  expect(await attempts(sql)).toEqual([]);
});
