/** An account dials only while the administrator says so. */
import { expect, onTestFinished, test } from "vitest";
import {
  attempts,
  blockers,
  holdClaims,
  insertCampaign,
  insertLead,
  insertLeads,
  insertRow,
  insertTrunk,
  leads,
  must,
  quickScenario,
  setAccountRow,
  shareRig,
  untilBlocked,
  untilAttempts,
  untilFinal,
  untilPass,
  untilWasBlocked,
} from "../../support/running-engine.ts";

const shared = shareRig();
const account = "acc00000-0000-4000-8000-00000000000a";

test("nothing is dialled for an account that the administrator has not made, and then it is", async () => {
  const { sql, pbx } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { account_id: account });
  await sql.query("delete from accounts where id = $1", [account]);
  await insertLead(sql, campaign);
  await untilBlocked(sql, campaign, "ACCOUNT_UNKNOWN");
  await untilPass(sql, campaign);
  expect(await attempts(sql)).toEqual([]);
  expect(pbx.stats().originates).toBe(0);
  await setAccountRow(sql, account);
  await untilFinal(sql, campaign);
  expect(await attempts(sql)).toHaveLength(1);
  expect(await blockers(sql, campaign)).not.toContainEqual(
    expect.objectContaining({ reason: "ACCOUNT_UNKNOWN" }),
  );
});

test("where every user is an account, one without a row dials", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { account_id: account });
  await sql.query("delete from accounts where id = $1", [account]);
  await insertLead(sql, campaign);
  await untilBlocked(sql, campaign, "ACCOUNT_UNKNOWN");
  await sql.query("update installation set every_user_is_account = true");
  try {
    await untilFinal(sql, campaign);
  } finally {
    await sql.query("update installation set every_user_is_account = false");
  }
  expect(await attempts(sql)).toHaveLength(1);
});

test("an account that is switched off loses what is queued at once, keeps its conversations, and goes on when it is switched on", async () => {
  const { sql, pbx } = await shared.fresh({ talkMs: 600_000 });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { account_id: account });
  await insertLead(sql, campaign);
  await untilAttempts(sql, 1, "state = 'ANSWERED'");
  const dialled = pbx.journal().length;
  const release = await holdClaims(sql, account);
  await insertLeads(sql, campaign, 2, { first: 2 });
  await untilAttempts(sql, 2, "state = 'QUEUED'");
  await setAccountRow(sql, account, { is_active: false });
  const after = await attempts(sql);
  expect(after.map(({ state }) => state).sort()).toEqual([
    "ANSWERED",
    "CANCELLED",
    "CANCELLED",
  ]);
  await release();
  await untilBlocked(sql, campaign, "ACCOUNT_INACTIVE");
  await untilPass(sql, campaign);
  expect(pbx.journal().length).toBe(dialled);
  await setAccountRow(sql, account, { is_active: true });
  await untilAttempts(sql, 3, "originate_at is not null");
  expect((await leads(sql)).map(({ dials }) => dials)).toEqual([1, 1, 1]);
});

test("calls at once are limited over all campaigns of an account", async () => {
  const { sql, pbx } = await shared.fresh({ talkMs: 600_000 });
  await insertTrunk(sql);
  await setAccountRow(sql, account, { max_concurrent_calls: 2 });
  onTestFinished(() =>
    setAccountRow(sql, account, { max_concurrent_calls: null }),
  );
  const campaigns = [1, 2].map(() =>
    insertCampaign(sql, { account_id: account }),
  );
  for (const [n, campaign] of (await Promise.all(campaigns)).entries()) {
    await insertLeads(sql, campaign, 4, { first: 1 + 10 * n });
    await untilBlocked(sql, campaign, "ACCOUNT_CONCURRENCY");
  }
  expect(await attempts(sql)).toHaveLength(2);
  pbx.setScenario({ ...quickScenario, talkMs: 300 });
  for (const { id } of await untilAttempts(sql, 2, "state = 'ANSWERED'"))
    await sql.query("select hangup_attempt($1)", [id]);
  await untilAttempts(sql, 8, "end_at is not null");
  const { rows } = await sql.query<{ most: number }>(
    `select max(live)::int as most from (
       select (select count(*) from call_attempts as other
         where other.queued_at <= one.queued_at and other.updated_at > one.queued_at) as live
       from call_attempts as one) as moments`,
  );
  expect(must(rows[0]).most).toBeLessThanOrEqual(2);
});

test("calls per second and dials of a day are limited over all of an account", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  await setAccountRow(sql, account, {
    max_calls_per_second: 2,
    max_dials_per_day: 5,
  });
  onTestFinished(() =>
    setAccountRow(sql, account, {
      max_calls_per_second: null,
      max_dials_per_day: null,
    }),
  );
  const campaign = await insertCampaign(sql, { account_id: account });
  await insertLeads(sql, campaign, 8);
  await untilWasBlocked(sql, campaign, "ACCOUNT_CPS");
  const blocked = await untilBlocked(sql, campaign, "ACCOUNT_DIALS_PER_DAY");
  expect(must(blocked.nextAt).getTime()).toBeGreaterThan(Date.now());
  await untilPass(sql, campaign);
  const { rows } = await sql.query<{ calls: number; most: number }>(
    `select count(*)::int as calls, max((select count(*) from call_attempts as other
       where other.originate_at > one.originate_at - interval '1 s' and other.originate_at <= one.originate_at))::int as most
     from call_attempts as one where originate_at is not null`,
  );
  expect(rows).toMatchObject([{ calls: 5 }]);
  expect(must(rows[0]).most).toBeLessThanOrEqual(2);
});

test("a lead of a forbidden country waits with its reason, whatever the account's own country, and comes back when it is permitted", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { number_pattern: "^\\+" });
  await setAccountRow(sql, account, { allowed_countries: ["BR"] });
  await insertRow(
    sql,
    "account_settings",
    { account_id: account, default_country: "US" },
    "account_id",
  );
  const campaign = await insertCampaign(sql, { account_id: account });
  const abroad = await insertLead(sql, campaign, { phone: "(202) 555-0123" });
  await untilWasBlocked(sql, campaign, "ACCOUNT_COUNTRY");
  const home = await insertLead(sql, campaign, { phone: "+5511980000001" });
  await untilAttempts(sql, 1, "lead_id = $1", [home]);
  expect(await attempts(sql, "lead_id = $1", [abroad])).toEqual([]);
  await setAccountRow(sql, account, { allowed_countries: ["BR", "US"] });
  await untilAttempts(sql, 1, "lead_id = $1", [abroad]);
  await setAccountRow(sql, account, { allowed_countries: null });
});

test("a campaign shows no emergency number and none that the administrator has not permitted", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  await setAccountRow(sql, account, {
    allowed_caller_ids: ["+55113555*", "190"],
  });
  onTestFinished(() =>
    setAccountRow(sql, account, { allowed_caller_ids: null }),
  );
  const campaign = await insertCampaign(sql, {
    account_id: account,
    caller_id: "190",
  });
  await insertLead(sql, campaign);
  await untilBlocked(sql, campaign, "ACCOUNT_CALLER_ID");
  await sql.query("update campaigns set caller_id = '+551140000100'");
  await untilPass(sql, campaign);
  await untilBlocked(sql, campaign, "ACCOUNT_CALLER_ID");
  expect(await attempts(sql)).toEqual([]);
  await sql.query("update campaigns set caller_id = '551135550100'");
  await untilFinal(sql, campaign);
  expect(await attempts(sql)).toMatchObject([
    { caller_id_used: "551135550100" },
  ]);
});

test("an account uses the trunks that the administrator has named", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { name: "dear" });
  await setAccountRow(sql, account, { allowed_trunk_ids: [] });
  onTestFinished(() =>
    setAccountRow(sql, account, { allowed_trunk_ids: null }),
  );
  const campaign = await insertCampaign(sql, { account_id: account });
  await insertLead(sql, campaign);
  await untilBlocked(sql, campaign, "ACCOUNT_TRUNKS");
  const cheap = await insertTrunk(sql, { name: "cheap" });
  await setAccountRow(sql, account, { allowed_trunk_ids: [cheap] });
  await untilFinal(sql, campaign);
  expect(await attempts(sql)).toMatchObject([{ trunk: "cheap" }]);
});
