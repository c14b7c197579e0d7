/**
 * Thirteen defects of a published dialer over the same kind of tables. Each has a check here that it would
 * not pass; most are looked at more closely elsewhere.
 */
import { DateTime } from "luxon";
import { expect, test } from "vitest";

import { outcomeTraits } from "../../../dialing/outcome.ts";
import {
  attempts,
  digitsOf,
  e164,
  insertCampaign,
  insertLead,
  insertLeads,
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
  startEngine,
  testDatabase,
  untilAttempts,
  untilBlocked,
  untilFinal,
  untilPass,
} from "../../support/running-engine.ts";

const shared = shareRig();

async function checkOf(
  sql: Parameters<typeof lead>[0],
  table: string,
  column: string,
): Promise<string> {
  const { rows } = await sql.query<{ text: string }>(
    `select pg_get_constraintdef(oid) as text from pg_constraint
     where conrelid = $1::regclass and contype = 'c' and conname = $2`,
    [table, `${table}_${column}_check`],
  );
  return must(rows[0]).text;
}

test("1: every state the engine can write is one that the table takes", async () => {
  const { sql } = await shared.fresh();
  const check = await checkOf(sql, "call_attempts", "state");
  const written = [
    "QUEUED",
    "ORIGINATING",
    "RINGING",
    "EARLY_MEDIA",
    "ANSWERED",
    "AMD_PROCESSING",
    "WAITING_AGENT",
    "AGENT_RINGING",
    "BRIDGED",
    ...Object.values(outcomeTraits).map(({ endState }) => endState),
  ];
  for (const state of written) expect(check).toContain(`'${state}'`);
  const { rows } = await sql.query<{ code: string; state: string }>(
    "select code, terminal_state as state from outcomes",
  );
  expect(
    Object.fromEntries(rows.map(({ code, state }) => [code, state])),
  ).toEqual(
    Object.fromEntries(
      Object.entries(outcomeTraits).map(([code, { endState }]) => [
        code,
        endState,
      ]),
    ),
  );
});

test("2: timers exist: a live call has its deadline and a job that fires it", async () => {
  const { sql } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 60_000,
    timeoutScale: 10,
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [call] = await untilAttempts(sql, 1, "state = 'RINGING'");
  const { rows } = await sql.query(
    `select timer.timer_type, timer.fired, job.task from call_attempt_timers as timer
     join dialer_jobs as job on job.attempt_id = timer.attempt_id and job.task like 'fire_call_timer%'
     where timer.attempt_id = $1`,
    [must(call).id],
  );
  expect(rows).toEqual([
    { timer_type: "RING", fired: false, task: "fire_call_timer:default" },
  ]);
});

test("3 and 4: rows with nothing but a campaign, a lead and the defaults are dialled", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  const { rows } = await sql.query<{ status: string }>(
    "insert into leads (campaign_id, phone) values ($1, $2) returning status",
    [campaign, phone(1)],
  );
  expect(rows).toEqual([{ status: "NEW" }]);
  await untilFinal(sql, campaign);
  expect(await lead(sql)).toMatchObject({ status: "DONE" });
});

test("5: hours are read from the campaign's columns in its zone, not by the clock of the process", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const zone = "Pacific/Kiritimati";
  const inHours = (hours: number) =>
    DateTime.now().setZone(zone).plus({ hours }).toFormat("HH:mm");
  const campaign = await insertCampaign(sql, {
    timezone: zone,
    priority: 5,
    start_time: inHours(-1),
    end_time: inHours(1),
  });
  await insertLead(sql, campaign, { timezone: zone });
  await insertLead(sql, campaign, { phone: phone(2), timezone: "UTC" });
  await untilBlocked(sql, campaign, "OUTSIDE_WINDOW");
  await untilAttempts(sql, 1, "end_at is not null");
  expect((await leads(sql)).map(({ status }) => status)).toEqual([
    "DONE",
    "NEW",
  ]);
});

test("6: calls that ring already are subtracted, pass after pass", async () => {
  const { sql, pbx } = await shared.fresh({
    shares: { no_answer: 1 },
    noAnswerRingMs: 600_000,
    timeoutScale: 100,
  });
  const before = pbx.journal().length;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 2 });
  await insertLeads(sql, campaign, 4);
  await untilAttempts(sql, 2, "state = 'RINGING'");
  for (let pass = 0; pass < 10; pass++) await untilPass(sql, campaign);
  expect(await attempts(sql)).toHaveLength(2);
  expect(pbx.journal().length - before).toBe(2);
  await ringOut(sql);
  await untilAttempts(sql, 4, "originate_at is not null");
});

test("7: events find their call by the id that the Originate carried", async () => {
  const { sql, pbx } = await shared.fresh();
  const before = pbx.journal().length;
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  const [call] = await attempts(sql);
  expect(pbx.journal()[before]?.attemptId).toBe(must(call).id);
  expect(must(call)["answer_at"]).toBeInstanceOf(Date);
});

test("8: busy is BUSY and no answer NO_ANSWER, and neither hurts the trunk", async () => {
  const { sql } = await shared.fresh({
    numbers: { [digitsOf(1)]: "busy", [digitsOf(2)]: "no_answer" },
  });
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 2);
  await untilAttempts(sql, 2, "end_at is not null");
  expect(
    (await attempts(sql)).map(({ state, outcome }) => [state, outcome]).sort(),
  ).toEqual([
    ["BUSY", "BUSY"],
    ["NO_ANSWER", "NO_ANSWER"],
  ]);
  const { rows } = await sql.query(
    "select health, consecutive_faults from trunk_config",
  );
  expect(rows).toEqual([{ health: "HEALTHY", consecutive_faults: 0 }]);
});

test("9: a missing bucket stops the trunk, and without a caller id none is made up", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { name: "good" });
  const bare = await insertTrunk(sql, { name: "bare", priority: 1 });
  await sql.query("delete from rate_limit_buckets where trunk_id = $1", [bare]);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  await untilFinal(sql, campaign);
  expect(await attempts(sql)).toMatchObject([
    { trunk: "good", caller_id_used: null },
  ]);
});

test("10: signed-in clients neither read nor write the buckets", async () => {
  const { database } = await shared.fresh();
  const alice = { sub: "00000000-0000-0000-0000-00000000a11c" };
  for (const statement of [
    "select from rate_limit_buckets",
    "update rate_limit_buckets set tokens = 1000",
  ])
    await expect(
      database.asUser(alice, (client) => client.query(statement)),
    ).rejects.toThrow("permission denied");
});

test("11: trunk_config has the columns the manual names", async () => {
  const { sql } = await shared.fresh();
  const { rows } = await sql.query(
    `select column_name from information_schema.columns
     where table_schema = 'public' and table_name = 'trunk_config' and column_name in ('cps_limit', 'max_channels')
     order by 1`,
  );
  expect(rows).toEqual([
    { column_name: "cps_limit" },
    { column_name: "max_channels" },
  ]);
});

test("12: do-not-call, the attempt limit and next_attempt_at are looked at, and retries are made", async () => {
  const { sql } = await shared.fresh({ shares: { busy: 1 } });
  await setAccount(sql);
  await setRetry(sql, { delaySeconds: 0 }, "BUSY");
  await insertTrunk(sql);
  await insertRow(sql, "dnc_entries", { phone_e164: e164(1) });
  const campaign = await insertCampaign(sql, { max_attempts: 2 });
  await insertLead(sql, campaign, { phone: phone(1) });
  await insertLead(sql, campaign, { phone: phone(2) });
  await insertLead(sql, campaign, {
    phone: phone(3),
    callback_at: "2099-01-01",
  });
  await untilAttempts(sql, 2, "end_at is not null");
  expect(
    (await leads(sql)).map(({ status, dials }) => [status, dials]),
  ).toEqual([
    ["DNC", 0],
    ["FAILED", 2],
    ["NEW", 0],
  ]);
});

test("13: an engine that starts settles the calls that its predecessor left, and the lead goes on", async () => {
  const database = await testDatabase();
  const { pool: sql } = database;
  const trunk = await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  const { rows } = await sql.query<{ account: string }>(
    "select account_id as account from campaigns",
  );
  for (const [n, state] of [
    [1, "ORIGINATING"],
    [2, "RINGING"],
  ] as const) {
    const id = await insertLead(sql, campaign, {
      phone: phone(n),
      phone_e164: e164(n),
      status: "IN_PROGRESS",
      dials: 1,
    });
    await insertRow(sql, "call_attempts", {
      account_id: must(rows[0]).account,
      campaign_id: campaign,
      lead_id: id,
      attempt_number: 1,
      phone_e164: e164(n),
      state,
      trunk_id: trunk,
      voice_node: "default",
      originate_at: new Date(Date.now() - 60_000),
      ring_at: state === "RINGING" ? new Date(Date.now() - 55_000) : null,
    });
  }
  await startEngine(database);
  const settled = await untilAttempts(sql, 2, "end_at is not null");
  expect(settled.map(({ outcome }) => outcome)).toEqual([
    "ORPHANED",
    "ORPHANED",
  ]);
  // One may have been answered: it had rung. The other is in doubt, and rests a day.
  const after = await leads(sql);
  expect(after.map(({ status }) => status).sort()).toEqual(["DONE", "RETRY"]);
  for (const row of after) expect(row).toMatchObject({ dials: 1, attempts: 1 });
  const { rows: rest } = await sql.query(
    "select next_attempt_at >= now() + interval '23 h' as rests from leads where status = 'RETRY'",
  );
  expect(rest).toEqual([{ rests: true }]);
});
