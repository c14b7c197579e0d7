/** One person, however many rows name them: never two calls at once, never too soon, never against their will. */
import { expect, test } from "vitest";

import {
  attempts,
  blockers,
  digitsOf,
  e164,
  holdClaims,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  lead,
  leads,
  must,
  phone,
  ringOut,
  setAccount,
  setRetry,
  shareRig,
  untilAttempts,
  untilFinal,
  untilQueued,
  untilWasBlocked,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();
const ended = "end_at is not null";

test("the same phone in two campaigns is never in two calls at once, and is called again after the gap only", async () => {
  const { sql, pbx } = await shared.fresh({ talkMs: 400 });
  await setAccount(sql, { min_gap_seconds: 2 });
  await insertTrunk(sql);
  const one = await insertCampaign(sql);
  const two = await insertCampaign(sql);
  await insertLead(sql, one);
  await insertLead(sql, two, { phone: "+55 11 98000 0001" });
  await untilAttempts(sql, 1, "true");
  // A lead whose number is in another call is looked at again after half a minute: bring that forward.
  await waitFor("both to be called", async () => {
    await sql.query(
      "update leads set next_attempt_at = now() where status_reason = 'PHONE_BUSY' and next_attempt_at > now()",
    );
    return (await attempts(sql, ended)).length === 2;
  });
  // The first test of this file: nothing else was dialled yet.
  expect(pbx.stats().mostLive).toBe(1);
  const [first, second] = await attempts(sql);
  const gap =
    (must(second)["originate_at"] as Date).getTime() -
    (must(first)["end_at"] as Date).getTime();
  expect(gap).toBeGreaterThanOrEqual(1_990);
  expect(new Set([first?.["campaign_id"], second?.["campaign_id"]]).size).toBe(
    2,
  );
});

test("a gap holds between two campaigns, and the blockers say until when", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql, { min_gap_seconds: 3600 });
  await insertTrunk(sql);
  const one = await insertCampaign(sql);
  await insertLead(sql, one);
  await untilFinal(sql, one);
  const two = await insertCampaign(sql);
  const id = await insertLead(sql, two);
  const shown = await untilWasBlocked(sql, two, "PHONE_GAP");
  expect(must(shown.nextAt).getTime() - Date.now()).toBeGreaterThan(3_500_000);
  expect(await lead(sql, id)).toMatchObject({
    status: "NEW",
    dials: 0,
    status_reason: "PHONE_GAP",
  });
});

test("a call that never rang starts no gap", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql, { min_gap_seconds: 3600 });
  await insertTrunk(sql);
  const one = await insertCampaign(sql);
  await insertLead(sql, one);
  await untilAttempts(sql, 1, ended);
  const two = await insertCampaign(sql);
  await insertLead(sql, two);
  await untilAttempts(sql, 2, ended);
});

test("a phone's daily maximum holds over all campaigns, until the next day of the account", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql, { max_dials_per_phone_per_day: 2 });
  await setRetry(sql, { delaySeconds: 0, maxTries: 50 });
  await insertTrunk(sql);
  const one = await insertCampaign(sql);
  await insertLead(sql, one);
  const shown = await untilWasBlocked(sql, one, "PHONE_DAILY_MAX");
  expect(await attempts(sql)).toHaveLength(2);
  const midnight = new Intl.DateTimeFormat("en-GB", {
    timeZone: "America/Sao_Paulo",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(must(shown.nextAt));
  expect(midnight).toBe("00:00");
  expect(await lead(sql)).toMatchObject({ dials: 2, status: "RETRY" });
});

test("a number on the do-not-call list is not dialled, and its lead becomes DNC", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.stats().originates;
  await insertTrunk(sql);
  await insertRow(sql, "dnc_entries", { phone_e164: e164(1) });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({
    status: "DNC",
    status_reason: "DNC",
    dials: 0,
  });
  expect(pbx.stats().originates).toBe(before);
});

test("an expired entry and one of another campaign forbid nothing", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const other = await insertCampaign(sql, { status: "DRAFT" });
  await insertRow(sql, "dnc_entries", {
    phone_e164: e164(1),
    campaign_id: other,
  });
  await insertRow(sql, "dnc_entries", {
    phone_e164: e164(1),
    expires_at: "2020-01-01",
  });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({ status: "DONE" });
});

test("a number put on the list between queue and dial is not dialled, and its lead becomes DNC soon", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.journal().length;
  await insertTrunk(sql);
  const release = await holdClaims(sql);
  const campaign = await insertCampaign(sql);
  for (const n of [1, 2]) {
    await insertLead(sql, campaign, { phone: phone(n), priority: n });
    await untilQueued(sql, e164(n));
  }
  await insertRow(sql, "dnc_entries", { phone_e164: e164(2) });
  await release();
  await untilFinal(sql, campaign);
  expect((await leads(sql)).map(({ status }) => status)).toEqual([
    "DONE",
    "DNC",
  ]);
  expect(
    pbx
      .journal()
      .slice(before)
      .map(({ number }) => number),
  ).toEqual([digitsOf(1)]);
});

test("a lead set to DNC while its call goes on stays DNC when the call ends", async () => {
  const { sql } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 600_000,
    timeoutScale: 100,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  const id = await insertLead(sql, campaign);
  await untilAttempts(sql, 1, "state = 'RINGING'");
  await sql.query("update leads set status = 'DNC' where id = $1", [id]);
  await ringOut(sql);
  await untilAttempts(sql, 1, ended);
  expect(await lead(sql)).toMatchObject({
    status: "DNC",
    attempts: 1,
    dials: 1,
    last_outcome: "NO_ANSWER",
  });
});

test("a number put on the list while its call goes on is not tried again", async () => {
  const { sql } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 600_000,
    timeoutScale: 100,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilAttempts(sql, 1, "state = 'RINGING'");
  await insertRow(sql, "dnc_entries", { phone_e164: e164(1) });
  await ringOut(sql);
  await untilAttempts(sql, 1, ended);
  expect(await lead(sql)).toMatchObject({ status: "DNC" });
});

test("numbers are read in the account's country; what cannot be read is INVALID with its reason, and never dialled", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.journal().length;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  const given = {
    "0xx11 98000-0001": digitsOf(1),
    "0 21 11 98000-0002": digitsOf(2),
    "+55 (11) 98000-0003": digitsOf(3),
    // A mobile from before the ninth digit.
    "(11) 8000-0004": digitsOf(4),
    "98000-0005": null,
    "not a number": null,
    "(11) 98000-0001": null,
  };
  for (const written of Object.keys(given))
    await insertLead(sql, campaign, { phone: written });
  await untilFinal(sql, campaign);
  const expected = Object.values(given).filter((number) => number !== null);
  const called = pbx
    .journal()
    .slice(before)
    .map(({ number }) => number);
  expect([...called].sort()).toEqual(expected);
  const reasons = Object.fromEntries(
    (await leads(sql, "status = 'INVALID'")).map((row) => [
      row["phone"],
      row.status_reason,
    ]),
  );
  expect(reasons).toEqual({
    "98000-0005": "NO_AREA_CODE",
    "not a number": expect.stringMatching(/^[A-Z_]+$/) as unknown,
    "(11) 98000-0001": "DUPLICATE",
  });
  for (const row of await leads(sql, "status = 'INVALID'"))
    expect(row).toMatchObject({ dials: 0, phone_e164: null });
});

test("a number corrected while its call is queued is never called; the new one is", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.journal().length;
  await insertTrunk(sql);
  const release = await holdClaims(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone: phone(1), priority: 1 });
  await untilQueued(sql, e164(1));
  const id = await insertLead(sql, campaign, { phone: phone(2), priority: 2 });
  await untilQueued(sql, e164(2));
  await sql.query("update leads set phone = $2 where id = $1", [id, phone(99)]);
  await release();
  await untilFinal(sql, campaign);
  const called = pbx
    .journal()
    .slice(before)
    .map(({ number }) => number);
  // In either order: the call that gave way and the one that was queued are free at the same moment.
  expect([...called].sort()).toEqual([digitsOf(1), digitsOf(99)]);
  const made = await attempts(sql, "lead_id = $1", [id]);
  expect(made.map(({ outcome }) => outcome)).toEqual(["CANCELLED", "ANSWERED"]);
});

test("a corrected number is looked at again and called", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  const id = await insertLead(sql, campaign, { phone: "98000-0001" });
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({ status: "INVALID" });
  await sql.query("update leads set phone = $2 where id = $1", [id, phone(1)]);
  await waitFor("the call", async () => (await lead(sql)).status === "DONE");
  expect(await lead(sql)).toMatchObject({
    phone_e164: e164(1),
    attempts: 1,
  });
  expect(await blockers(sql, campaign)).not.toContainEqual(
    expect.objectContaining({ reason: "INVALID_NUMBER" }),
  );
});
