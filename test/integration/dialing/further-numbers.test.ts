/** A lead with several numbers: which is rung, when, and when none is any more. */
import { DateTime } from "luxon";
import type pg from "pg";
import { describe, expect, test } from "vitest";

import {
  attempts,
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
  setAccount,
  setRetry,
  shareRig,
  untilAttempts,
  untilFinal,
  untilPass,
  untilQueued,
} from "../../support/running-engine.ts";
import type { Sql, Values } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();
const ended = "end_at is not null";

/** Numbers of a test end in these digits: 1 is the lead's first, the others are its further ones. */
async function insertPerson(
  sql: pg.Pool,
  campaign: string,
  numbers: readonly number[],
  values: Values = {},
): Promise<string> {
  const [first, ...others] = numbers;
  const client = await sql.connect();
  try {
    await client.query("begin");
    const id = await insertLead(client, campaign, {
      phone: phone(must(first)),
      ...values,
    });
    for (const number of others)
      await insertRow(client, "lead_phones", {
        lead_id: id,
        phone: phone(number),
      });
    await client.query("commit");
    return id;
  } finally {
    client.release();
  }
}

async function states(sql: Sql): Promise<Record<string, string>> {
  const { rows } = await sql.query<{ number: string; state: string }>(
    `select phone_e164 as number, phone_state as state from leads where phone_e164 is not null
     union all select phone_e164, state from lead_phones`,
  );
  return Object.fromEntries(rows.map(({ number, state }) => [number, state]));
}

async function dialled(sql: Sql): Promise<unknown[]> {
  return (await attempts(sql)).map((call) => call["phone_e164"]);
}

test.each([
  ["busy", "BUSY"],
  ["no_answer", "NO_ANSWER"],
  ["invalid", "INVALID_NUMBER"],
] as const)(
  "after %s the second number is rung at once",
  async (played, outcome) => {
    const { sql } = await shared.fresh({ suffixes: { "1": played } });
    await setAccount(sql);
    await setRetry(sql, { delaySeconds: 86_400, maxTries: 3 });
    await insertTrunk(sql);
    const campaign = await insertCampaign(sql);
    await insertPerson(sql, campaign, [1, 2, 3]);
    await untilFinal(sql, campaign);
    const calls = await attempts(sql);
    expect(calls.map((call) => [call["phone_e164"], call.outcome])).toEqual([
      [e164(1), outcome],
      [e164(2), "ANSWERED"],
    ]);
    const { rows } = await sql.query<{ id: string }>(
      "select id from lead_phones where phone_e164 = $1",
      [e164(2)],
    );
    expect(calls.map((call) => call["lead_phone_id"])).toEqual([
      null,
      must(rows[0]).id,
    ]);
    expect(await lead(sql)).toMatchObject({
      status: "DONE",
      status_reason: "ANSWERED",
      attempts: 2,
      dials: 2,
      phone: phone(1),
      phone_e164: e164(1),
    });
    expect(await states(sql)).toEqual({
      [e164(1)]: outcome === "INVALID_NUMBER" ? "INVALID" : "TRIED",
      [e164(2)]: "REACHED",
      [e164(3)]: "NEW",
    });
  },
);

test("a person who answered is not rung on another number", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertPerson(sql, campaign, [1, 2]);
  await untilFinal(sql, campaign);
  expect(await dialled(sql)).toEqual([e164(1)]);
  expect(await lead(sql)).toMatchObject({ status: "DONE", dials: 1 });
});

test("when every number was tried, the lead rests as the rules say, and begins again", async () => {
  const { sql } = await shared.fresh({
    suffixes: { "1": "busy", "2": "no_answer", "3": "answered" },
  });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 3_600, maxTries: 3 });
  await setRetry(sql, { delaySeconds: 2, maxTries: 3 }, "BUSY");
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_attempts: 3 });
  await insertPerson(sql, campaign, [1, 2]);
  await untilFinal(sql, campaign);
  expect(await dialled(sql)).toEqual([e164(1), e164(2), e164(1)]);
  const [first, , third] = await attempts(sql);
  expect(
    (must(third)["originate_at"] as Date).getTime() -
      (must(first)["end_at"] as Date).getTime(),
  ).toBeGreaterThanOrEqual(1_990);
  // max_attempts is the lead's, whatever number it was.
  expect(await lead(sql)).toMatchObject({
    status: "FAILED",
    status_reason: "MAX_ATTEMPTS",
    attempts: 3,
  });
});

test("a number whose tries are used up is left out, and the lead ends with the last", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 1 }, "BUSY");
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_attempts: 9 });
  await insertPerson(sql, campaign, [1, 2]);
  await untilFinal(sql, campaign);
  expect((await dialled(sql)).toSorted()).toEqual([
    e164(1),
    e164(1),
    e164(2),
    e164(2),
  ]);
  expect(await lead(sql)).toMatchObject({
    status: "FAILED",
    status_reason: "MAX_TRIES",
    attempts: 4,
  });
  expect(await states(sql)).toEqual({
    [e164(1)]: "SPENT",
    [e164(2)]: "SPENT",
  });
});

test("a rule may keep a lead on its number, or let the next wait", async () => {
  const { sql } = await shared.fresh({
    suffixes: { "1": "busy", "3": "busy" },
  });
  await setAccount(sql);
  await insertTrunk(sql);
  const stays = await insertCampaign(sql);
  const waits = await insertCampaign(sql);
  for (const [campaign_id, next_number] of [
    [stays, "NEVER"],
    [waits, "AFTER_DELAY"],
  ])
    await insertRow(sql, "retry_rules", {
      campaign_id,
      next_number,
      outcome: "BUSY",
      delay_seconds: 3_600,
      max_tries: 2,
    });
  await insertPerson(sql, stays, [1, 2]);
  await insertPerson(sql, waits, [3, 4]);
  await untilAttempts(sql, 2, ended);
  const { rows } = await sql.query(
    `select campaign_id, status, next_attempt_at > now() + interval '59 min' as waits,
       (select phone_e164 from lead_phones where id = dial_phone_id) as next
     from leads order by phone`,
  );
  expect(rows).toEqual([
    { campaign_id: stays, status: "RETRY", waits: true, next: null },
    { campaign_id: waits, status: "RETRY", waits: true, next: e164(4) },
  ]);
});

test("a first number that cannot be read gives way to the next", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertPerson(sql, campaign, [1, 2], { phone: "none given" });
  await untilFinal(sql, campaign);
  expect(await dialled(sql)).toEqual([e164(2)]);
  expect(await lead(sql)).toMatchObject({
    status: "DONE",
    phone_state: "INVALID",
  });
});

test("without a number that exists the lead is INVALID", async () => {
  const { sql } = await shared.fresh({ shares: { invalid: 1 } });
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertPerson(sql, campaign, [1, 2, 3]);
  await untilFinal(sql, campaign);
  expect(await dialled(sql)).toEqual([e164(1), e164(2), e164(3)]);
  expect(await lead(sql)).toMatchObject({
    status: "INVALID",
    status_reason: "INVALID_NUMBER",
  });
});

test("a number on do-not-call is left out, and the entry's end brings it back", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 0 }, "BUSY");
  await insertTrunk(sql);
  await insertRow(sql, "dnc_entries", { phone_e164: e164(1) });
  const last = await insertRow(sql, "dnc_entries", { phone_e164: e164(3) });
  const campaign = await insertCampaign(sql, { auto_complete: false });
  await insertPerson(sql, campaign, [1, 2, 3]);
  await untilFinal(sql, campaign);
  expect(await dialled(sql)).toEqual([e164(2)]);
  expect(await lead(sql)).toMatchObject({ status: "FAILED" });
  expect(await states(sql)).toMatchObject({
    [e164(1)]: "DNC",
    [e164(2)]: "SPENT",
  });
  await insertPerson(sql, campaign, [3, 1]);
  await untilFinal(sql, campaign);
  expect(await leads(sql, "phone = $1", [phone(3)])).toMatchObject([
    { status: "DNC", status_reason: "DNC", dials: 0 },
  ]);
  await sql.query("delete from dnc_entries where id = $1", [last]);
  await untilAttempts(sql, 1, "phone_e164 = $1", [e164(3)]);
});

test("an entry that comes while a lead waits takes out its number only", async () => {
  const { sql } = await shared.fresh({
    suffixes: { "1": "busy", "2": "busy" },
  });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 3_600, maxTries: 3 }, "BUSY");
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  const id = await insertPerson(sql, campaign, [1, 2]);
  await untilAttempts(sql, 2, ended);
  await insertRow(sql, "dnc_entries", { phone_e164: e164(1) });
  expect(await lead(sql)).toMatchObject({ status: "RETRY" });
  await sql.query(
    `with due as (update lead_phones set next_attempt_at = now() where lead_id = $1)
     update leads set next_attempt_at = now() where id = $1`,
    [id],
  );
  await untilAttempts(sql, 3, ended);
  expect(await dialled(sql)).toEqual([e164(1), e164(2), e164(2)]);
});

test("a number that rests for its gap gives way to one that may be rung now", async () => {
  const { sql } = await shared.fresh({ suffixes: { "1": "no_answer" } });
  await setAccount(sql, { min_gap_seconds: 3_600 });
  await setRetry(sql, { delaySeconds: 0, maxTries: 0 }, "NO_ANSWER");
  await insertTrunk(sql);
  const before = await insertCampaign(sql);
  await insertLead(sql, before, { phone: phone(1) });
  await untilFinal(sql, before);
  const campaign = await insertCampaign(sql);
  await insertPerson(sql, campaign, [1, 2]);
  await untilFinal(sql, campaign);
  expect(await dialled(sql)).toEqual([e164(1), e164(2)]);
});

test("numbers that all rest are not looked at again and again", async () => {
  const { sql } = await shared.fresh({ shares: { no_answer: 1 } });
  await setAccount(sql, { min_gap_seconds: 3_600 });
  await setRetry(sql, { delaySeconds: 0, maxTries: 0 }, "NO_ANSWER");
  await insertTrunk(sql);
  const before = await insertCampaign(sql);
  await insertLead(sql, before, { phone: phone(1) });
  await insertLead(sql, before, { phone: phone(2) });
  await untilFinal(sql, before);
  const campaign = await insertCampaign(sql);
  await insertPerson(sql, campaign, [1, 2]);
  const resting = await waitFor("the lead to rest", async () => {
    const [row] = await leads(sql, "campaign_id = $1", [campaign]);
    return row?.next_attempt_at ? row : null;
  });
  expect(must(resting.next_attempt_at).getTime() - Date.now()).toBeGreaterThan(
    3_500_000,
  );
  expect(resting).toMatchObject({ status: "NEW", status_reason: "PHONE_GAP" });
  for (let pass = 0; pass < 3; pass++) await untilPass(sql, campaign);
  expect(await leads(sql, "campaign_id = $1", [campaign])).toEqual([resting]);
});

test("one telephone of two leads is rung for one of them", async () => {
  const { sql } = await shared.fresh({
    suffixes: { "1": "busy", "2": "answered", "3": "busy" },
  });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 0 });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  await insertPerson(sql, campaign, [1, 2]);
  await untilFinal(sql, campaign);
  // Its first number was dialled for the other lead: the same person.
  await insertPerson(sql, campaign, [2, 4]);
  // Its further number was: that one is left out.
  await insertPerson(sql, campaign, [3, 2]);
  await untilFinal(sql, campaign);
  expect(await dialled(sql)).toEqual([1, 2, 3].map(e164));
  expect(await leads(sql)).toMatchObject([
    { status: "DONE", phone: phone(1) },
    { status: "INVALID", status_reason: "DUPLICATE", phone: phone(2) },
    { status: "FAILED", phone: phone(3) },
  ]);
});

test("what two leads got at the same time, neither seeing the other, is rung for one of them", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 0 });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    status: "PAUSED",
    auto_complete: false,
  });
  const one = await insertPerson(sql, campaign, [1, 4]);
  const two = await insertPerson(sql, campaign, [2, 5]);
  await insertPerson(sql, campaign, [3]);
  // As two transactions would have left it: 4 is a further number of both, 3 of the second too.
  await sql.query(
    "update lead_phones set phone = $2, phone_e164 = $3, state = 'NEW' where lead_id = $1",
    [two, phone(4), e164(4)],
  );
  await sql.query("update lead_phones set state = 'NEW'");
  await insertRow(sql, "lead_phones", { lead_id: one, phone: phone(3) });
  await sql.query("update lead_phones set state = 'NEW'");
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    campaign,
  ]);
  await untilFinal(sql, campaign);
  expect((await dialled(sql)).toSorted()).toEqual([1, 2, 3, 4].map(e164));
});

test("a callback is for the number that was called", async () => {
  const { sql } = await shared.fresh({ suffixes: { "1": "busy" } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0, maxTries: 1 });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  const id = await insertPerson(sql, campaign, [1, 2, 3]);
  await untilFinal(sql, campaign);
  await sql.query(
    "update leads set callback_at = clock_timestamp() + interval '200 ms' where id = $1",
    [id],
  );
  await untilAttempts(sql, 3, ended);
  expect(await dialled(sql)).toEqual([e164(1), e164(2), e164(2)]);
});

test("a disposition's rule may send the lead to its next number, whenever it is given", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { auto_complete: false });
  await insertRow(sql, "retry_rules", {
    campaign_id: campaign,
    disposition: "WRONG_NUMBER",
    delay_seconds: 0,
    max_tries: 0,
    next_number: "AT_ONCE",
  });
  const id = await insertPerson(sql, campaign, [1, 2]);
  await untilFinal(sql, campaign);
  expect(await dialled(sql)).toEqual([e164(1)]);
  await sql.query(
    "update leads set disposition = 'WRONG_NUMBER' where id = $1",
    [id],
  );
  await untilAttempts(sql, 2, ended);
  expect(await dialled(sql)).toEqual([e164(1), e164(2)]);
  await waitFor(
    "the number to be spent",
    async () => (await states(sql))[e164(1)] === "SPENT",
  );
});

test("a number that is deleted while it is next gives way, and the last one ends the lead", async () => {
  const { sql } = await shared.fresh();
  const campaign = await insertCampaign(sql, { status: "PAUSED" });
  const id = await insertPerson(sql, campaign, [1, 2, 3]);
  const { rows: numbers } = await sql.query<{ id: string }>(
    "select id from lead_phones where lead_id = $1 order by position",
    [id],
  );
  const [second, third] = numbers;
  await sql.query(
    "update leads set dial_phone_id = $2, phone_state = 'INVALID' where id = $1",
    [id, must(second).id],
  );
  await sql.query("delete from lead_phones where id = $1", [must(second).id]);
  expect(await lead(sql)).toMatchObject({
    status: "NEW",
    dial_phone_id: must(third).id,
  });
  await sql.query("delete from lead_phones where lead_id = $1", [id]);
  expect(await lead(sql)).toMatchObject({
    status: "INVALID",
    status_reason: "NO_NUMBER",
    dial_phone_id: null,
  });
});

test("a number that is corrected while its call is queued is not rung as it was", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const release = await holdClaims(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone: phone(9) });
  await untilQueued(sql, e164(9));
  await insertPerson(sql, campaign, [1, 2], { phone: "none given" });
  await untilQueued(sql, e164(2));
  await sql.query("update lead_phones set phone = $1", [phone(5)]);
  await release();
  await untilFinal(sql, campaign);
  const sent = await attempts(sql, "originate_at is not null");
  expect(sent.map((call) => call["phone_e164"])).toEqual([e164(9), e164(5)]);
});

describe("a lead whose next number has to wait", () => {
  const here = "America/Sao_Paulo";
  const elsewhere = "America/Manaus";
  /** A number of the city an hour behind. */
  const far = (n: number) => `+559298000${String(n).padStart(4, "0")}`;

  /** Hours in which nobody is called in São Paulo, and people of Manaus are. */
  function hoursOfTheOther(): Values {
    const clock = (minutes: number) =>
      DateTime.now().setZone(elsewhere).plus({ minutes }).toFormat("HH:mm");
    return { start_time: clock(-25), end_time: clock(25) };
  }

  /** Known already: its first number's zone has been found. */
  const known = (n: number): Values => ({
    phone: e164(n),
    phone_e164: e164(n),
    dial_timezone: here,
  });

  async function addNumber(
    sql: pg.Pool,
    lead_id: string,
    values: Values,
  ): Promise<void> {
    await insertRow(sql, "lead_phones", { lead_id, ...values });
  }

  test.each([
    ["as it was given", {}],
    ["with its zone", { dial_timezone: elsewhere }],
  ])(
    "for the hour of its zone goes on with one that may be called now, %s",
    async (_, zone) => {
      const { sql } = await shared.fresh();
      await setAccount(sql);
      await insertTrunk(sql);
      const campaign = await insertCampaign(sql, {
        status: "PAUSED",
        timezone: elsewhere,
        auto_complete: false,
        ...hoursOfTheOther(),
      });
      const id = await insertLead(sql, campaign, known(1));
      await addNumber(sql, id, { phone: e164(3) });
      await addNumber(sql, id, { phone: far(2), phone_e164: far(2), ...zone });
      const alone = await insertLead(sql, campaign, known(5));
      await sql.query("update campaigns set status = 'ACTIVE'");
      await untilAttempts(sql, 1, ended);
      expect(await dialled(sql)).toEqual([far(2)]);
      const [person] = await leads(sql, "id = $1", [id]);
      expect(person).toMatchObject({
        status: "DONE",
        dial_timezone: elsewhere,
      });
      const [other] = await leads(sql, "id = $1", [alone]);
      expect(other).toMatchObject({ status: "NEW", next_attempt_at: null });
    },
  );

  test("where all its numbers are in closed zones waits for the first that opens, and is not looked at again and again", async () => {
    const { sql } = await shared.fresh();
    await setAccount(sql);
    await insertTrunk(sql);
    const campaign = await insertCampaign(sql, {
      timezone: elsewhere,
      ...hoursOfTheOther(),
    });
    const id = await insertLead(sql, campaign, known(1));
    await addNumber(sql, id, { phone: e164(2), dial_timezone: here });
    await addNumber(sql, id, { phone: e164(3) });
    const resting = await waitFor("the lead to rest", async () => {
      const [row] = await leads(sql);
      return row?.next_attempt_at ? row : null;
    });
    const hours =
      (must(resting.next_attempt_at).getTime() - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(22);
    expect(hours).toBeLessThan(24);
    expect(resting).toMatchObject({
      status: "NEW",
      status_reason: "OUTSIDE_WINDOW",
    });
    for (let pass = 0; pass < 3; pass++) await untilPass(sql, campaign);
    expect(await leads(sql)).toEqual([resting]);
  });

  test("stays on the number on which the person was reached, and on that of a callback", async () => {
    const { sql } = await shared.fresh();
    await setAccount(sql);
    await insertTrunk(sql);
    const campaign = await insertCampaign(sql, {
      status: "PAUSED",
      timezone: elsewhere,
      auto_complete: false,
      ...hoursOfTheOther(),
    });
    const reached = await insertLead(sql, campaign, {
      ...known(1),
      status: "RETRY",
      last_outcome: "ANSWERED",
    });
    await addNumber(sql, reached, { phone: far(1), dial_timezone: elsewhere });
    const asked = await insertLead(sql, campaign, {
      ...known(2),
      status: "RETRY",
      status_reason: "CALLBACK",
    });
    await addNumber(sql, asked, { phone: far(2), dial_timezone: elsewhere });
    const free = await insertLead(sql, campaign, known(3));
    await addNumber(sql, free, { phone: far(3), dial_timezone: elsewhere });
    await sql.query("update campaigns set status = 'ACTIVE'");
    await untilAttempts(sql, 1, ended);
    for (let pass = 0; pass < 3; pass++) await untilPass(sql, campaign);
    expect(await dialled(sql)).toEqual([far(3)]);
  });

  const aLine = { max_channels: 1, number_pattern: "^\\+5511" };

  test.each([
    ["for a line that is full", aLine],
    ["for a line that is out", { ...aLine, health: "OUT" }],
    ["because nobody takes it", { number_pattern: "^\\+5521" }],
  ])("%s goes on with one that has a trunk", async (what, line) => {
    const { sql } = await shared.fresh({ talkMs: 60_000 });
    await setAccount(sql);
    const near = await insertTrunk(sql, { name: "near", ...line });
    await insertTrunk(sql, { name: "far", number_pattern: "^\\+5592" });
    const campaign = await insertCampaign(sql);
    if (what.endsWith("full")) {
      await insertLead(sql, campaign, { phone: e164(9) });
      await untilAttempts(sql, 1, "trunk_id = $1 and answer_at is not null", [
        near,
      ]);
    }
    // All of its numbers are there when a pass looks at it.
    await sql.query("update campaigns set status = 'PAUSED'");
    const id = await insertLead(sql, campaign, known(1));
    await addNumber(sql, id, { phone: e164(2) });
    await addNumber(sql, id, { phone: far(3) });
    await sql.query("update campaigns set status = 'ACTIVE'");
    await untilAttempts(sql, 1, "lead_id = $1 and answer_at is not null", [id]);
    const calls = await attempts(sql, "lead_id = $1", [id]);
    expect(calls.map((call) => call["phone_e164"])).toEqual([far(3)]);
    const { rows } = await sql.query(
      `select number.phone_e164 as next, lead.dial_timezone as zone, lead.status
       from leads as lead left join lead_phones as number on number.id = lead.dial_phone_id where lead.id = $1`,
      [id],
    );
    expect(rows).toEqual([
      { next: far(3), zone: elsewhere, status: "IN_PROGRESS" },
    ]);
  });

  test("waits when the person may be on that telephone, or the other must not be called", async () => {
    const { sql } = await shared.fresh({ talkMs: 60_000 });
    await setAccount(sql);
    const near = await insertTrunk(sql, { name: "near", ...aLine });
    await insertTrunk(sql, { name: "far", number_pattern: "^\\+5592" });
    const campaign = await insertCampaign(sql, {
      auto_complete: false,
      status: "DRAFT",
    });
    const second = await insertCampaign(sql, { auto_complete: false });
    await insertLead(sql, second, { phone: e164(1) });
    await untilAttempts(sql, 1, "trunk_id = $1 and answer_at is not null", [
      near,
    ]);
    await insertRow(sql, "dnc_entries", { phone_e164: far(4) });
    const busy = await insertLead(sql, campaign, known(1));
    await addNumber(sql, busy, { phone: far(3) });
    const barred = await insertLead(sql, campaign, known(2));
    await addNumber(sql, barred, { phone: far(4) });
    await sql.query("update campaigns set status = 'ACTIVE'");
    for (let pass = 0; pass < 4; pass++) await untilPass(sql, campaign);
    expect(await dialled(sql)).toEqual([e164(1)]);
  });
});
