/** What has to be so before each example of docs/sql.md, and what each has to give. */
import type pg from "pg";
import { expect } from "vitest";
import { one } from "../schema/rows.ts";
import { variables, type Row } from "./run-block.ts";

const id = (name: string) => `'${variables[name] ?? ""}'`;
const campaign = (pool: pg.Pool) =>
  one(
    pool,
    `select status, completed_by, max_concurrent_calls from campaigns where id = ${id("campaign_id")}`,
  );
const trunk = (pool: pg.Pool) =>
  one(
    pool,
    `select cps_limit::int, is_active, disabled_until <= clock_timestamp() as due,
         (select refill_rate::int from rate_limit_buckets where trunk_id = trunk.id) as rate
       from trunk_config as trunk where id = ${id("trunk_id")}`,
  );

/** What the engine would have written by the time these questions are asked. */
async function workAsTheEngine(pool: pg.Pool): Promise<void> {
  await pool.query(`
    insert into engines (id, voice_node, adapter, version, host, is_standby, pbx_connected)
    values ('e0000000-0000-4000-8000-000000000001', 'default', 'mock', '0.1.0', 'engine-1', false, true);
    update voice_nodes set adapter = 'mock', lease_holder = 'e0000000-0000-4000-8000-000000000001', lease_epoch = 1,
      lease_expires_at = clock_timestamp() + interval '1 hour', pbx_connected = true where name = 'default';
    insert into campaign_passes (campaign_id, pass_at, verdict)
    values (${id("campaign_id")}, clock_timestamp(), '[{"reason": "OUTSIDE_WINDOW", "count": 2, "next_at": "2031-01-06T12:00:00Z"}]');
    update leads set phone_e164 = '+551135550101', dial_timezone = 'America/Sao_Paulo', status = 'IN_PROGRESS', dials = 2,
      attempts = 1 where id = ${id("lead_id")};
    update leads set phone_e164 = '+552135550102', dial_timezone = 'America/Sao_Paulo', status = 'IN_PROGRESS'
    where external_id = 'crm-2';
    update leads set status = 'INVALID', status_reason = 'NO_AREA_CODE' where external_id = 'crm-3';
    insert into call_attempts (campaign_id, account_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id,
      voice_node, originate_at, ring_at, end_at)
    select campaign_id, account_id, id, 1, phone_e164, 'NO_ANSWER', 'NO_ANSWER', ${id("trunk_id")}, 'default',
      clock_timestamp() - interval '2 minutes', clock_timestamp() - interval '2 minutes', clock_timestamp() - interval '1 minute'
    from leads where id = ${id("lead_id")};
    insert into call_attempts (id, campaign_id, account_id, lead_id, attempt_number, phone_e164, state, trunk_id, voice_node,
      slot_at, originate_at, ring_at, deadline_at, deadline_type)
    select ${id("attempt_id")}, campaign_id, account_id, id, 2, phone_e164, 'RINGING', ${id("trunk_id")}, 'default',
      clock_timestamp(), clock_timestamp(), clock_timestamp(), clock_timestamp() - interval '1 ms', 'RING'
    from leads where id = ${id("lead_id")};
    insert into call_attempts (campaign_id, account_id, lead_id, attempt_number, phone_e164, trunk_id, voice_node, slot_at,
      deadline_at, deadline_type)
    select campaign_id, account_id, id, 1, phone_e164, ${id("trunk_id")}, 'default', clock_timestamp(),
      clock_timestamp() + interval '15 seconds', 'QUEUE'
    from leads where external_id = 'crm-2';
    insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key, detail)
    select id, account_id, clock_timestamp(), kind, kind, detail
    from call_attempts, (values ('RINGING', '{}'::jsonb), ('TIMER_FIRED', '{"timerType": "ORIGINATE"}')) as event (kind, detail)
    where id = ${id("attempt_id")};
    update rate_limit_buckets set sent_last_second = 1, worst_second = 4;
    update graphile_worker._private_jobs set attempts = 1, last_error = 'payload of schedule_campaign: campaignId'
    where id = (select min(id) from graphile_worker._private_jobs);`);
}

/** By heading: what has to be so before the statements are run. */
export const before: Record<string, (pool: pg.Pool) => Promise<unknown>> = {
  "Why is nothing dialling?": workAsTheEngine,
  "Give a trunk back its row of calls per second": (pool) =>
    pool.query("delete from rate_limit_buckets"),
  "Cancel a campaign": (pool) =>
    pool.query(
      `update campaigns set status = 'ACTIVE' where id = ${id("campaign_id")}`,
    ),
};

/** By heading: what the last statement has to give, or to have changed. */
export const after: Record<
  string,
  (rows: Row[], pool: pg.Pool) => Promise<void> | void
> = {
  "Create a campaign": async (_rows, pool) =>
    expect(await campaign(pool)).toMatchObject({ status: "DRAFT" }),
  "Give it hours by weekday": async (_rows, pool) =>
    expect(
      await one(
        pool,
        "select count(*)::int as windows, count(distinct weekday)::int as days from campaign_windows",
      ),
    ).toEqual({ windows: 11, days: 6 }),
  "See which rule holds for each outcome": (rows) => {
    expect(rows).toContainEqual(
      expect.objectContaining({
        outcome: "BUSY",
        delay_seconds: 300,
        rule_of: "campaign",
      }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ outcome: "MACHINE", rule_of: "installation" }),
    );
    expect(rows).toHaveLength(16);
  },
  "Add leads": async (_rows, pool) =>
    expect(await one(pool, "select count(*)::int as leads from leads")).toEqual(
      {
        leads: 3,
      },
    ),
  "Give a lead further numbers": async (_rows, pool) =>
    expect(
      await one(
        pool,
        "select array_agg(phone_e164 order by position) as numbers from lead_phones",
      ),
    ).toEqual({ numbers: ["+5511980000101", "+552135550104"] }),
  "See a lead's numbers, and which is next": (rows) =>
    expect(
      rows.map(({ kind, state, is_next }) => [kind, state, is_next]),
    ).toEqual([
      ["first", "NEW", true],
      ["mobile", "NEW", false],
      ["work", "NEW", false],
    ]),
  "Say when the next number is tried": async (_rows, pool) =>
    expect(
      await one(
        pool,
        "select count(*)::int as rules from retry_rules where next_number is not null",
      ),
    ).toEqual({ rules: 2 }),
  "Start it": async (_rows, pool) =>
    expect(
      await one(
        pool,
        "select count(*)::int as jobs from dialer_jobs where task = 'schedule_campaign'",
      ),
    ).toEqual({ jobs: 1 }),
  "Why is nothing dialling?": (rows) =>
    expect(rows).toEqual([
      {
        detail: null,
        changed_by: null,
        changed_at: null,
        reason: "OUTSIDE_WINDOW",
        count: "2",
        next_at: new Date("2031-01-06T12:00:00Z"),
      },
    ]),
  "How far is it?": (rows) =>
    expect(rows).toEqual([
      expect.objectContaining({
        leads: "3",
        leads_in_progress: "2",
        live_dialling: "1",
        live_queued: "1",
      }),
    ]),
  "What happens at this moment?": (rows) =>
    expect(rows.map(({ state, trunk: name }) => [state, name])).toEqual([
      ["RINGING", "carrier-a"],
      ["QUEUED", "carrier-a"],
    ]),
  "Pause it, and go on": async (_rows, pool) => {
    expect(await campaign(pool)).toMatchObject({ status: "ACTIVE" });
    expect(
      await one(
        pool,
        "select count(*)::int as dropped from call_attempts where state = 'CANCELLED'",
      ),
    ).toEqual({ dropped: 1 });
  },
  "Dial more or fewer at once": async (_rows, pool) =>
    expect(await campaign(pool)).toMatchObject({ max_concurrent_calls: 20 }),
  "Leave a list out": async (_rows, pool) =>
    expect(await one(pool, "select is_active from lists")).toEqual({
      is_active: true,
    }),
  "Call a person back at a given time": async (_rows, pool) =>
    expect(
      await one(
        pool,
        `select status, callback_at > clock_timestamp() as later from leads where id = ${id("lead_id")}`,
      ),
    ).toEqual({ status: "IN_PROGRESS", later: true }),
  "Note the business result of a call": async (_rows, pool) =>
    expect(
      await one(
        pool,
        `select disposition, disposition_at is not null as noted from call_attempts where id = ${id("attempt_id")}`,
      ),
    ).toEqual({ disposition: "PROMISED_TO_PAY", noted: true }),
  "Hang up one call": async (rows, pool) => {
    expect(rows).toEqual([{ hangup_attempt: true }]);
    expect(
      await one(
        pool,
        "select attempt_id from dialer_jobs where task = 'hangup_call:default'",
      ),
    ).toEqual({ attempt_id: variables["attempt_id"] });
  },
  "Correct a wrong number": async (_rows, pool) =>
    expect(
      await one(
        pool,
        "select status, status_reason from leads where external_id = 'crm-3'",
      ),
    ).toEqual({ status: "NEW", status_reason: null }),
  "All calls to a lead": (rows) =>
    expect(rows.map(({ outcome, state }) => [outcome, state])).toEqual([
      ["NO_ANSWER", "NO_ANSWER"],
      [null, "RINGING"],
    ]),
  "The history of one call": (rows) =>
    expect(rows.map(({ kind }) => kind)).toEqual(["RINGING", "TIMER_FIRED"]),
  "Outcomes by hour": (rows) =>
    expect(rows).toContainEqual(
      expect.objectContaining({
        outcome: "NO_ANSWER",
        calls: "1",
        hour: expect.any(Date),
      }),
    ),
  "What each outcome means": (rows) => expect(rows).toHaveLength(16),
  "What is queued, and why?": (rows) =>
    expect(rows).toContainEqual(
      expect.objectContaining({
        task: "schedule_campaign",
        campaign_id: variables["campaign_id"],
      }),
    ),
  "Which jobs fail?": (rows) =>
    expect(rows).toEqual([
      expect.objectContaining({
        task: "schedule_campaign",
        tries: 1,
        last_error: expect.stringContaining("campaignId"),
      }),
    ]),
  "Which timers are armed, and which fired?": (rows) =>
    expect(rows.map(({ timer_type: type, fired }) => [type, fired])).toEqual([
      ["ORIGINATE", true],
      ["RING", false],
    ]),
  "Deadlines that should have fired": (rows) =>
    expect(rows.map((row) => row["id"])).toEqual([variables["attempt_id"]]),
  "Which engine dials?": (rows) =>
    expect(rows).toEqual([
      expect.objectContaining({
        name: "default",
        host: "engine-1",
        epoch: "1",
        lease_valid: true,
        pbx_connected: true,
      }),
    ]),
  "Change the calls per second of a trunk": async (_rows, pool) =>
    expect(await trunk(pool)).toMatchObject({ cps_limit: 10, rate: 10 }),
  "The worst second of each trunk, against its limit": (rows) =>
    expect(rows).toEqual([
      expect.objectContaining({ cps_limit: "10", worst_second: 4 }),
    ]),
  "Lines in use on each trunk": (rows) =>
    expect(rows).toEqual([
      { name: "carrier-a", live: "1", max_channels: 20, answered: "0" },
    ]),
  "Try a trunk again that the engine took out": async (_rows, pool) =>
    expect(await trunk(pool)).toMatchObject({ due: true }),
  "Switch a trunk off": async (_rows, pool) =>
    expect(await trunk(pool)).toMatchObject({ is_active: false }),
  "Give a trunk back its row of calls per second": async (_rows, pool) =>
    expect(await trunk(pool)).toMatchObject({ rate: 10 }),
  "Complete a campaign": async (_rows, pool) =>
    expect(await campaign(pool)).toMatchObject({
      status: "COMPLETED",
      completed_by: "USER",
    }),
  "Cancel a campaign": async (_rows, pool) =>
    expect(await campaign(pool)).toMatchObject({ status: "CANCELLED" }),
};
