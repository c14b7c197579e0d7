/** When a call moves to another trunk, and when a trunk is taken out and tried again. */
import { expect, test } from "vitest";

import { noHistory } from "../../../adapters/port.ts";
import {
  attempts,
  insertCampaign,
  insertLead,
  insertLeads,
  insertTrunk,
  lead,
  must,
  phone,
  setAccount,
  shareRig,
  untilAttempts,
  untilFinal,
  untilPass,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();

async function twoTrunks(sql: Sql): Promise<void> {
  await insertTrunk(sql, { name: "first", priority: 1 });
  await insertTrunk(sql, { name: "second", priority: 2 });
}

async function trunk(sql: Sql, name: string): Promise<Record<string, unknown>> {
  const { rows } = await sql.query<Record<string, unknown>>(
    "select * from trunk_config where name = $1",
    [name],
  );
  return must(rows[0]);
}

const ended = "end_at is not null";

test("congestion moves the call to the other trunk at once, as a new attempt that names the first", async () => {
  const { sql } = await shared.fresh({
    byTrunk: { first: "congestion", second: "answered" },
  });
  await twoTrunks(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  const [one, two, ...more] = await attempts(sql);
  expect(more).toEqual([]);
  expect(one).toMatchObject({
    trunk: "first",
    outcome: "NETWORK_CONGESTION",
    previous_attempt_id: null,
  });
  expect(two).toMatchObject({
    trunk: "second",
    outcome: "ANSWERED",
    previous_attempt_id: must(one).id,
  });
  expect(await lead(sql)).toMatchObject({
    status: "DONE",
    attempts: 1,
    dials: 2,
  });
});

test("a call moves once only: congested on both trunks it waits by its rule", async () => {
  const { sql } = await shared.fresh({ shares: { congestion: 1 } });
  await twoTrunks(sql);
  await insertTrunk(sql, { name: "third", priority: 3 });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilAttempts(sql, 2, ended);
  const row = await waitFor("the lead to wait", async () => {
    const now = await lead(sql);
    return now.status === "RETRY" ? now : null;
  });
  expect(row).toMatchObject({
    attempts: 0,
    dials: 2,
    status_reason: "NETWORK_CONGESTION",
  });
  expect(must(row.next_attempt_at).getTime() - Date.now()).toBeGreaterThan(
    250_000,
  );
  expect((await attempts(sql)).map((call) => call.trunk)).toEqual([
    "first",
    "second",
  ]);
});

test.each([
  ["declined", "DECLINED", 86_400],
  ["busy", "BUSY", 900],
  ["rejected", "REJECTED", 86_400],
  ["unreachable", "UNREACHABLE", 14_400],
] as const)(
  "%s is never tried through another trunk",
  async (mock, outcome, seconds) => {
    const { sql } = await shared.fresh({ shares: { [mock]: 1 } });
    await twoTrunks(sql);
    const campaign = await insertCampaign(sql);
    await insertLead(sql, campaign);
    await untilAttempts(sql, 1, ended);
    const row = await lead(sql);
    expect(row).toMatchObject({ status: "RETRY", dials: 1 });
    expect(must(row.next_attempt_at).getTime() - Date.now()).toBeGreaterThan(
      (seconds - 30) * 1_000,
    );
    expect(await attempts(sql)).toMatchObject([{ outcome, trunk: "first" }]);
  },
);

test("a carrier's error after the phone rang is NO_ANSWER and goes through no other trunk", async () => {
  const { sql, pbx } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 600_000,
    timeoutScale: 100,
  });
  await twoTrunks(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [ringing] = await untilAttempts(sql, 1, "state = 'RINGING'");
  const event = {
    attemptId: must(ringing).id,
    at: new Date().toISOString(),
    kind: "ENDED",
    dedupKey: "carrier-gave-up",
    complete: true,
    timedOut: false,
    cause: 34,
    causeName: "NORMAL_CIRCUIT_CONGESTION",
    sipStatus: 503,
    sipReason: "Service Unavailable",
    source: "CALLEE",
    sipCallId: null,
    history: noHistory,
  };
  await sql.query(
    "select graphile_worker.add_job('apply_call_events', $1::json)",
    [JSON.stringify({ events: [event] })],
  );
  const [call] = await untilAttempts(sql, 1, ended);
  expect(call).toMatchObject({ outcome: "NO_ANSWER", sip_final_code: 503 });
  expect(await lead(sql)).toMatchObject({
    status: "RETRY",
    status_reason: "NO_ANSWER",
    dials: 1,
  });
  // The phone rings on at the mock, which knows nothing of that end.
  pbx.restart();
  await untilPass(sql, campaign);
  expect(await attempts(sql)).toHaveLength(1);
});

test("a trunk fault puts the trunk out with an alert, the call goes through the other, and no more through the first", async () => {
  const { sql, logs } = await shared.fresh({
    byTrunk: { first: "trunk_fault", second: "answered" },
  });
  const alerts = logs.length;
  await twoTrunks(sql);
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 1 });
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await attempts(sql)).toMatchObject([
    { trunk: "first", outcome: "TRUNK_FAULT" },
    { trunk: "second", outcome: "ANSWERED" },
  ]);
  await waitFor(
    "the trunk to be out",
    async () => (await trunk(sql, "first"))["health"] === "OUT",
  );
  const out = await trunk(sql, "first");
  expect(out["disabled_reason"]).toBe("TRUNK_FAULT");
  const away = (out["disabled_until"] as Date).getTime() - Date.now();
  expect(away).toBeGreaterThan(50_000);
  // Said when the row is written, so perhaps after it was read here.
  await waitFor("the alert", () =>
    logs
      .slice(alerts)
      .some(
        (line) =>
          line.level === 50 &&
          line.msg === "Trunk taken out of service" &&
          line["trunk"] === "first",
      ),
  );
  await insertLeads(sql, campaign, 3, { first: 2 });
  await untilFinal(sql, campaign);
  const later = await attempts(sql, "attempt_number = 1 and phone_e164 <> $1", [
    "+5511980000001",
  ]);
  expect(later.map((call) => call.trunk)).toEqual([
    "second",
    "second",
    "second",
  ]);
});

test("after a restart of the PBX one call shows that a trunk works, before the others are sent", async () => {
  const { sql, pbx } = await shared.fresh({
    byTrunk: { first: "trunk_fault" },
  });
  await insertTrunk(sql, { name: "first", cps_limit: 50 });
  pbx.restart();
  await waitFor(
    "the trunk to be tried with care",
    async () =>
      (await trunk(sql, "first"))["disabled_reason"] === "PBX_RESTARTED",
  );
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 40 });
  await insertLeads(sql, campaign, 400);
  const out = await waitFor("the trunk to be out", async () => {
    const found = await trunk(sql, "first");
    return found["health"] === "OUT" ? found : null;
  });
  expect(out["disabled_reason"]).toBe("PBX_RESTARTED");
  const away = (out["disabled_until"] as Date).getTime() - Date.now();
  expect(away).toBeLessThan(10_500);
  // One at a time, for as long as it takes until a fault counts: a fifth of a second, and what the machine adds.
  const made = await attempts(sql, "originate_at is not null");
  expect(made.length).toBeLessThan(200);
  const { rows } = await sql.query(
    `select from call_attempts as a join call_attempts as b on b.id <> a.id
       and b.originate_at <= a.originate_at and coalesce(b.end_at, 'infinity') > a.originate_at`,
  );
  expect(rows).toEqual([]);
});

test("after a restart of the PBX a trunk whose first call rings is used in full again", async () => {
  const { sql, pbx } = await shared.fresh({ shares: { no_answer: 1 } });
  await insertTrunk(sql, { name: "first", cps_limit: 50 });
  pbx.restart();
  await waitFor(
    "the trunk to be tried with care",
    async () =>
      (await trunk(sql, "first"))["disabled_reason"] === "PBX_RESTARTED",
  );
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 40 });
  await insertLeads(sql, campaign, 20);
  await untilAttempts(sql, 20, ended);
  const well = await waitFor("the trunk to be well", async () => {
    const found = await trunk(sql, "first");
    return found["health"] === "HEALTHY" ? found : null;
  });
  expect(well["disabled_reason"]).toBeNull();
});

test("refresh_trunk_health tries a trunk again when its time is over, and one answered call makes it healthy", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { name: "first" });
  await sql.query(
    `update trunk_config set health = 'OUT', consecutive_faults = 1, disabled_until = clock_timestamp() + interval '1 h',
       disabled_reason = 'TRUNK_FAULT'`,
  );
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await sql.query("update trunk_config set disabled_until = now()");
  await sql.query("select graphile_worker.add_job('refresh_trunk_health')");
  await untilFinal(sql, campaign);
  await waitFor(
    "the trunk to be well",
    async () => (await trunk(sql, "first"))["health"] === "HEALTHY",
  );
  expect(await trunk(sql, "first")).toMatchObject({
    consecutive_faults: 0,
    disabled_until: null,
    disabled_reason: null,
  });
});

test("a run of ten rejections on one trunk is the trunk's own; nine are not", async () => {
  const { sql } = await shared.fresh({ shares: { rejected: 1 } });
  await setAccount(sql);
  await insertTrunk(sql, { name: "first" });
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 9);
  await untilAttempts(sql, 9, ended);
  await waitFor(
    "nine to be counted",
    async () => (await trunk(sql, "first"))["consecutive_rejections"] === 9,
  );
  expect((await trunk(sql, "first"))["health"]).toBe("HEALTHY");
  await insertLead(sql, campaign, { phone: phone(10) });
  await waitFor(
    "the trunk to be out",
    async () => (await trunk(sql, "first"))["health"] === "OUT",
  );
  expect((await trunk(sql, "first"))["disabled_reason"]).toBe("REJECTED");
});

test("one phone that rings makes up for four congestions; five in a row put the trunk out", async () => {
  const { sql } = await shared.fresh({
    shares: { congestion: 1 },
    suffixes: { "1": "no_answer" },
  });
  await insertTrunk(sql, { name: "first" });
  await sql.query(
    "update trunk_config set health = 'DEGRADED', consecutive_faults = 4",
  );
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 1 });
  await insertLead(sql, campaign, { phone: phone(1) });
  await waitFor(
    "the trunk to be well",
    async () => (await trunk(sql, "first"))["health"] === "HEALTHY",
  );
  expect((await trunk(sql, "first"))["consecutive_faults"]).toBe(0);
  await insertLeads(sql, campaign, 5, { first: 2 });
  await waitFor(
    "the trunk to be out",
    async () => (await trunk(sql, "first"))["health"] === "OUT",
  );
  expect(await attempts(sql, "outcome = 'NETWORK_CONGESTION'")).toHaveLength(5);
});
