/** Every limit, as the PBX counts it. Nobody answers here: short answered calls would trip the short-call breaker. */
import { expect, test } from "vitest";

import type { JournalEntry } from "../../../adapters/mock/journal.ts";
import {
  attempts,
  insertCampaign,
  insertLead,
  insertLeads,
  insertTrunk,
  must,
  phone,
  quickScenario,
  ringOut,
  setRetry,
  shareRig,
  startRig,
  untilAttempts,
  untilBlocked,
  untilDialled,
  untilFinal,
  untilPass,
} from "../../support/running-engine.ts";
import type { Rig } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig({ scenario: { shares: { invalid: 1 } } });
const rings = (noAnswerRingMs: number) => ({
  shares: { no_answer: 1 },
  noAnswerRingMs,
  timeoutScale: 1,
});

/** The most Originates in any `(t − 1 s, t]`, all trunks together. */
function worstSecond(entries: readonly JournalEntry[]): number {
  const times = entries.map(({ receivedAtMs }) => receivedAtMs);
  return Math.max(
    0,
    ...times.map(
      (end) => times.filter((at) => at > end - 1_000 && at <= end).length,
    ),
  );
}

/** Largest number of live calls of `column` at once, from the rows' own times. */
async function mostAtOnce({ sql }: Rig, column: string): Promise<number> {
  const { rows } = await sql.query<{ most: number }>(
    `select coalesce(max(n), 0)::int as most from (
       select count(*) as n from call_attempts as a join call_attempts as b on b.${column} = a.${column}
         and b.originate_at <= a.originate_at and b.end_at > a.originate_at
       where a.originate_at is not null group by a.id) as counted`,
  );
  return rows[0]?.most ?? 0;
}

test("two campaigns under load never exceed one trunk's limit in any second, and use nearly all of it", async () => {
  const rig = await shared.fresh();
  const { sql, pbx } = rig;
  const before = pbx.journal().length;
  await insertTrunk(sql, { cps_limit: 20 });
  for (const first of [1, 501]) {
    const campaign = await insertCampaign(sql, { max_concurrent_calls: 100 });
    await insertLeads(sql, campaign, 400, { first });
  }
  await untilDialled(pbx, before + 120);
  const entries = pbx.journal().slice(before, before + 120);
  // Some second has nearly all that is allowed; when the first such second comes is the machine's affair.
  const sofar = () => worstSecond(pbx.journal().slice(before));
  await waitFor("a second with 16 calls", () => sofar() >= 16);
  expect(sofar()).toBeLessThanOrEqual(20);
  const tookMs =
    (entries.at(-1)?.receivedAtMs ?? 0) - (entries[0]?.receivedAtMs ?? 0);
  // 120 calls at 20 a second need 5.95 s.
  expect(tookMs).toBeGreaterThanOrEqual(4_950);
});

test("a new cps_limit acts in mid-run, upwards and downwards", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.journal().length;
  await insertTrunk(sql, { cps_limit: 5 });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 200 });
  await insertLeads(sql, campaign, 1_000);
  await untilDialled(pbx, before + 12);
  expect(worstSecond(pbx.journal().slice(before))).toBeLessThanOrEqual(5);
  await sql.query("update trunk_config set cps_limit = 40");
  const fast = () => worstSecond(pbx.journal().slice(before));
  // Twice as many as before the change; when a second has as many is the machine's affair.
  await waitFor("a second with more than ten calls", () => fast() > 10);
  expect(fast()).toBeLessThanOrEqual(40);
  const { rows } = await sql.query<{ at: Date }>(
    "update trunk_config set cps_limit = 4 returning clock_timestamp() as at",
  );
  const slow = await waitFor("ten calls at the low rate", async () => {
    // Those that had their slot before go out by it, on a busy machine some time later.
    const after = await attempts(sql, "queued_at > $1", [must(rows[0]).at]);
    const ids = new Set(after.map(({ id }) => id));
    const late = pbx.journal().filter((entry) => ids.has(entry.attemptId));
    return late.length >= 10 ? late : null;
  });
  expect(worstSecond(slow)).toBeLessThanOrEqual(4);
});

test("max_channels holds over all campaigns of the trunk", async () => {
  const rig = await shared.fresh({ ...rings(600_000), timeoutScale: 100 });
  const { sql, pbx } = rig;
  await setRetry(sql, { maxTries: 0 });
  await insertTrunk(sql, { max_channels: 3 });
  const ids = [await insertCampaign(sql), await insertCampaign(sql)];
  for (const [index, id] of ids.entries())
    await insertLeads(sql, id, 10, { first: index * 100 + 1 });
  await untilAttempts(sql, 3, "state = 'RINGING'");
  pbx.setScenario({ ...quickScenario, ...rings(150) });
  await ringOut(sql);
  for (const id of ids) await untilFinal(sql, id);
  expect(await mostAtOnce(rig, "trunk_id")).toBe(3);
});

test("max_concurrent_calls holds per campaign and is used", async () => {
  const rig = await shared.fresh({ ...rings(600_000), timeoutScale: 100 });
  const { sql, pbx } = rig;
  await setRetry(sql, { maxTries: 0 });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 4 });
  await insertLeads(sql, campaign, 20);
  await untilAttempts(sql, 4, "state = 'RINGING'");
  pbx.setScenario({ ...quickScenario, ...rings(100) });
  await ringOut(sql);
  await untilFinal(sql, campaign);
  expect(await mostAtOnce(rig, "campaign_id")).toBe(4);
});

test("MAX_CONCURRENT_ORIGINATES holds over unanswered calls only, and is named as what limits", async () => {
  const rig = await startRig({
    env: { MAX_CONCURRENT_ORIGINATES: "3" },
    scenario: { ...rings(600_000), timeoutScale: 100 },
  });
  const { sql, pbx } = rig;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 9);
  await untilBlocked(sql, campaign, "MAX_CONCURRENT_ORIGINATES");
  const first = await untilAttempts(sql, 3, "state = 'RINGING'");
  pbx.setScenario({ ...quickScenario, ...rings(100) });
  for (const { id } of first)
    await sql.query("select hangup_attempt($1)", [id]);
  await untilAttempts(sql, 9, "end_at is not null");
  expect(pbx.stats().mostLive).toBe(3);
  // Answered calls do not count: six may talk at once.
  pbx.setScenario({
    shares: { answered: 1 },
    setupMs: 5,
    ringMs: 5,
    talkMs: 600_000,
    chaos: 0,
  });
  await insertLeads(sql, campaign, 6, { first: 50 });
  await untilAttempts(sql, 6, "state = 'ANSWERED'");
});

test("trunks of one limit group share the smallest of their limits", async () => {
  const rig = await shared.fresh(rings(200));
  const { sql, pbx } = rig;
  const before = pbx.journal().length;
  await setRetry(sql, { maxTries: 0 });
  await insertTrunk(sql, {
    name: "north",
    limit_group: "carrier",
    cps_limit: 8,
    max_channels: 50,
  });
  await insertTrunk(sql, {
    name: "south",
    limit_group: "carrier",
    cps_limit: 30,
    max_channels: 4,
  });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 50 });
  await insertLeads(sql, campaign, 24);
  await untilFinal(sql, campaign);
  const entries = pbx.journal().slice(before);
  expect(new Set(entries.map(({ trunk }) => trunk)).size).toBe(2);
  expect(worstSecond(entries)).toBeLessThanOrEqual(8);
  expect(await mostAtOnce(rig, "campaign_id")).toBeLessThanOrEqual(4);
});

test("a trunk without its bucket row dials nothing and the blockers say so", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.stats().originates;
  await insertTrunk(sql);
  await sql.query("delete from rate_limit_buckets");
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone: phone(1) });
  await untilBlocked(sql, campaign, "MISSING_BUCKET");
  await untilPass(sql, campaign);
  expect(pbx.stats().originates).toBe(before);
  expect(await attempts(sql)).toEqual([]);
});
