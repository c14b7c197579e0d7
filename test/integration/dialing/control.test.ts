/** What an operator does by updating a row: pause, resume, cancel, hang up, call back, reopen. */
import { once } from "node:events";

import type pg from "pg";
import { expect, test } from "vitest";

import {
  attempts,
  e164,
  insertCampaign,
  insertLead,
  insertLeads,
  insertTrunk,
  lead,
  leads,
  must,
  phone,
  setAccount,
  shareRig,
  untilAttempts,
  untilBlocked,
  untilDialled,
  untilFinal,
  untilStatus,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();
const live = "end_at is null";

function setStatus(sql: Sql, id: string, status: string): Promise<unknown> {
  return sql.query("update campaigns set status = $2 where id = $1", [
    id,
    status,
  ]);
}

/** When a notice that is sent now has come to this process, ms of the monotonic clock: that of a pause comes no later. */
async function noticeTime(sql: pg.Pool): Promise<number> {
  const client = await sql.connect();
  try {
    const heard = once(client, "notification");
    await client.query("listen test_notice; notify test_notice");
    await heard;
    await client.query("unlisten test_notice");
    return performance.now();
  } finally {
    client.release();
  }
}

test("a pause drops what is queued in its own transaction, and no Originate is written more than 100 ms after it", async () => {
  const { sql, pbx } = await shared.fresh({ shares: { invalid: 1 } });
  await insertTrunk(sql, { cps_limit: 50 });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 300 });
  await insertLeads(sql, campaign, 600);
  await untilDialled(pbx, pbx.journal().length + 15);
  await setStatus(sql, campaign, "PAUSED");
  const pausedAtMs = await noticeTime(sql);
  const { rows } = await sql.query(
    "select count(*)::int as queued from call_attempts where state = 'QUEUED'",
  );
  expect(rows).toEqual([{ queued: 0 }]);
  await waitFor("the calls to end", async () => {
    const found = await attempts(sql, live);
    return found.length === 0;
  });
  const late = pbx
    .journal()
    .filter(({ receivedAtMs }) => receivedAtMs > pausedAtMs + 100);
  expect(late).toEqual([]);
  const waiting = await leads(sql, "status in ('NEW', 'RETRY')");
  expect(waiting.length).toBeGreaterThan(100);
  await sql.query("delete from leads where id = any($1)", [
    waiting.slice(100).map(({ id }) => id),
  ]);
  await setStatus(sql, campaign, "ACTIVE");
  await untilFinal(sql, campaign);
  expect(await leads(sql, "status <> 'INVALID' or attempts <> 1")).toEqual([]);
});

test("cancelling hangs up what is not answered; conversations go on to their end", async () => {
  const { sql, pbx } = await shared.fresh({
    numbers: {
      [e164(1).slice(1)]: { outcome: "answered", talkMs: 600_000 },
      [e164(2).slice(1)]: { outcome: "no_answer", noAnswerRingMs: 60_000 },
    },
    timeoutScale: 10,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 2);
  await untilAttempts(sql, 1, "state = 'ANSWERED'");
  await untilAttempts(sql, 1, "state = 'RINGING'");
  await setStatus(sql, campaign, "CANCELLED");
  const [hungUp] = await untilAttempts(sql, 1, "state = 'CANCELLED'");
  expect(hungUp).toMatchObject({
    phone_e164: e164(2),
    hangup_requested: "CAMPAIGN",
  });
  const [talking] = await attempts(sql, live);
  expect(talking).toMatchObject({
    phone_e164: e164(1),
    state: "ANSWERED",
    hangup_requested: null,
  });
  expect(pbx.stats().live).toBe(1);
  await sql.query("select hangup_attempt($1)", [must(talking).id]);
  const [talked] = await untilAttempts(sql, 1, "state = 'ENDED'");
  expect(talked).toMatchObject({ phone_e164: e164(1), outcome: "ANSWERED" });
});

test("hangup_attempt() ends a ringing call as CANCELLED and a conversation as ANSWERED", async () => {
  const { sql, pbx } = await shared.fresh({
    numbers: {
      [e164(1).slice(1)]: { outcome: "answered", talkMs: 60_000 },
      [e164(2).slice(1)]: { outcome: "no_answer", noAnswerRingMs: 60_000 },
    },
    timeoutScale: 10,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 2);
  await untilAttempts(sql, 1, "state = 'ANSWERED'");
  await untilAttempts(sql, 1, "state = 'RINGING'");
  await sql.query(
    "update campaigns set max_concurrent_calls = 1 where id = $1",
    [campaign],
  );
  await sql.query("select hangup_attempt(id) from call_attempts");
  await untilAttempts(sql, 2, "end_at is not null");
  const calls = await attempts(sql, "attempt_number = 1");
  expect(
    calls.map((call) => [call["phone_e164"], call.outcome]).sort(),
  ).toEqual([
    [e164(1), "ANSWERED"],
    [e164(2), "CANCELLED"],
  ]);
  const played = new Map(
    pbx.playedCalls().map((one) => [one.attemptId, one.end]),
  );
  for (const { id } of calls) expect(played.get(id)).toBe("HANGUP");
});

test("a campaign without auto_complete stays ACTIVE, and new leads are dialled", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  await untilBlocked(sql, campaign, "NO_LEADS");
  await untilStatus(sql, campaign, "ACTIVE");
  await insertLead(sql, campaign, { phone: phone(2) });
  await untilFinal(sql, campaign);
  expect(await attempts(sql)).toHaveLength(2);
});

test("from valid_until on nothing is dialled and the engine completes the campaign", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.stats().originates;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    valid_until: new Date(Date.now() - 1_000),
  });
  await insertLead(sql, campaign);
  await untilStatus(sql, campaign, "COMPLETED");
  expect(pbx.stats().originates).toBe(before);
  expect(await lead(sql)).toMatchObject({ status: "NEW", dials: 0 });
});

test("leads inserted into a campaign that the engine completed reopen it; one that a person completed stays so", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const byEngine = await insertCampaign(sql);
  await insertLead(sql, byEngine);
  await untilStatus(sql, byEngine, "COMPLETED");
  const byPerson = await insertCampaign(sql);
  await setStatus(sql, byPerson, "COMPLETED");
  await insertLead(sql, byPerson, { phone: phone(2) });
  await insertLead(sql, byEngine, { phone: phone(3) });
  await waitFor("the new lead to be called", async () => {
    const [found] = await leads(sql, "phone_e164 = $1", [e164(3)]);
    return found?.status === "DONE";
  });
  await untilStatus(sql, byEngine, "COMPLETED");
  expect(await leads(sql, "campaign_id = $1", [byPerson])).toMatchObject([
    { status: "NEW", dials: 0 },
  ]);
});

test("callback_at puts a lead that is done back on the list at its time, and not before", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  const id = await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  const later = new Date(Date.now() + 3_600_000);
  const callAt = (at: Date) =>
    sql.query("update leads set callback_at = $2 where id = $1", [id, at]);
  await callAt(later);
  expect(await lead(sql)).toMatchObject({
    status: "RETRY",
    next_attempt_at: later,
  });
  const at = new Date(Date.now() + 1_500);
  await callAt(at);
  const calls = await untilAttempts(sql, 2, "end_at is not null");
  const again = (must(calls[1])["originate_at"] as Date).getTime();
  expect(again - at.getTime()).toBeGreaterThanOrEqual(0);
  expect(await lead(sql)).toMatchObject({ attempts: 2, status: "DONE" });
});

test("the short-call breaker pauses a campaign when most of its last 20 answered calls were over at once, and says so", async () => {
  const { sql, logs } = await shared.fresh({ talkMs: 20 });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 5 });
  await insertLeads(sql, campaign, 400);
  await untilStatus(sql, campaign, "PAUSED");
  await untilBlocked(sql, campaign, "BRAKE");
  await waitFor("the calls to end", async () => {
    const found = await attempts(sql, live);
    return found.length === 0;
  });
  // How few calls it takes is dialing/short-call-breaker.test.ts's subject; how late a pass comes is the machine's. The list is not burnt.
  expect((await attempts(sql, "answer_at is not null")).length).toBeLessThan(
    200,
  );
  // Said when the row is written, so perhaps after it was read here.
  await waitFor("the log to say so", () =>
    logs.some(
      (line) =>
        line.level === 50 &&
        line["reason"] === "BRAKE" &&
        line["campaignId"] === campaign,
    ),
  );
  await setStatus(sql, campaign, "ACTIVE");
  const { rows } = await sql.query("select pause_reason from campaigns");
  expect(rows).toEqual([{ pause_reason: null }]);
});

test("an extension that the PBX does not have pauses the campaign and burns no list", async () => {
  const { sql } = await shared.fresh({ missingExtensions: ["nowhere"] });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    dialplan_extension: "nowhere",
    max_concurrent_calls: 2,
  });
  await insertLeads(sql, campaign, 30);
  await untilStatus(sql, campaign, "PAUSED");
  await untilBlocked(sql, campaign, "MISSING_EXTENSION");
  await waitFor(
    "what was claimed to be taken back",
    async () => (await attempts(sql, "end_at is null")).length === 0,
  );
  expect(await attempts(sql, "originate_at is not null")).toEqual([]);
  expect(await leads(sql, "attempts > 0 or dials > 0")).toEqual([]);
});

test("a PBX that tells of a missing extension only at the call: paused at the first, and no list is burnt", async () => {
  const { sql } = await shared.fresh({
    missingExtensions: ["nowhere"],
    tellsHandOver: false,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    dialplan_extension: "nowhere",
    max_concurrent_calls: 2,
  });
  // No second one is needed; how many go out until the pause is written is the machine's affair.
  await insertLeads(sql, campaign, 1);
  await untilStatus(sql, campaign, "PAUSED");
  await untilBlocked(sql, campaign, "MISSING_EXTENSION");
  await waitFor(
    "what was claimed to be taken back",
    async () => (await attempts(sql, "end_at is null")).length === 0,
  );
  expect(await leads(sql, "attempts > 0 or dials > 0")).toEqual([]);
});
