/** What the fault tests share: a campaign under load, and the questions that must be answered the same after any fault. */
import type pg from "pg";
import { expect } from "vitest";
import type { MockPbxControl } from "../../../adapters/mock/control.ts";
import type { MockOutcome } from "../../../adapters/mock/scenario.ts";
import type { JournalEntry } from "../../../adapters/mock/journal.ts";
import { playedOutcome } from "../../../cli/demo/played-outcome.ts";
import { SHORTEST_TALK_MS } from "../../support/short-calls.ts";
import { waitFor } from "../../support/wait-for.ts";
import { expectLimitsKept } from "./limits.ts";

export { SHORT_CALLS } from "../../support/short-calls.ts";

export interface TrunkPlan {
  readonly name: string;
  readonly cps?: number;
  readonly channels?: number;
  readonly node?: string;
}

/** No gap between attempts, retries after a second, and trunks `mock/<name>`. */
export async function setTheScene(
  pool: pg.Pool,
  trunks: readonly TrunkPlan[],
): Promise<void> {
  await pool.query(
    "insert into account_settings (min_gap_seconds, max_dials_per_phone_per_day) values (0, 100)",
  );
  await pool.query(
    "update retry_rules set delay_seconds = 1 where max_tries > 0",
  );
  for (const { name, cps = 20, channels = 60, node = "default" } of trunks) {
    await pool.query(
      "insert into voice_nodes (name) values ($1) on conflict do nothing",
      [node],
    );
    await pool.query(
      `insert into trunk_config (name, dial_string, cps_limit, max_channels, voice_node)
       values ($1, 'mock/' || $1 || '/{number}', $2, $3, $4)`,
      [name, cps, channels, node],
    );
  }
}

/** A campaign that may dial at any hour. @returns its id */
export async function addCampaign(
  pool: pg.Pool,
  options: {
    concurrent?: number;
    maxAttempts?: number;
    autoComplete?: boolean;
  } = {},
): Promise<string> {
  const { concurrent = 60, maxAttempts = 3, autoComplete = true } = options;
  const { rows } = await pool.query<{ id: string }>(
    `insert into campaigns (name, status, start_time, end_time, work_days, max_concurrent_calls, max_attempts, auto_complete,
       setup_timeout_seconds)
     values ('Fault test', 'ACTIVE', '00:00', '24:00', '{1,2,3,4,5,6,7}', $1, $2, $3, 5) returning id`,
    [concurrent, maxAttempts, autoComplete],
  );
  return only(rows).id;
}

let numbersGiven = 0;

/** Leads with numbers that no other call of this function has given. */
export async function addLeads(
  pool: pg.Pool,
  campaignId: string,
  count: number,
): Promise<void> {
  await pool.query(
    `insert into leads (campaign_id, phone)
     select $1, '119' || (80000000 + $2::int + g) from generate_series(1, $3::int) as g`,
    [campaignId, numbersGiven, count],
  );
  numbersGiven += count;
}

/** One number: the first column of the only row. */
export async function count(
  pool: pg.Pool,
  sql: string,
  values: unknown[] = [],
): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select (${sql})::int as n`,
    values,
  );
  return only(rows).n;
}

export function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined || rows.length !== 1)
    throw new Error(`Expected one row, got ${String(rows.length)}`);
  return row;
}

/** Waits until no lead waits or is being called. */
export async function waitUntilDialled(
  pool: pg.Pool,
  timeoutMs: number,
): Promise<void> {
  let open: unknown;
  await waitFor(
    "all leads to be final",
    async () => {
      const { rows } = await pool.query(
        `select (select jsonb_object_agg(status, n) from (
             select status, count(*) as n from leads where status in ('NEW', 'IN_PROGRESS', 'RETRY') group by status) as s) as leads,
           (select jsonb_object_agg(state, n) from (
             select state, count(*) as n from call_attempts where end_at is null group by state) as a) as attempts,
           (select jsonb_agg(distinct reason) from dialing_blockers) as blockers,
           (select jsonb_agg(distinct (task, attempts, left(last_error, 100))) from dialer_jobs where attempts > 0) as jobs`,
      );
      open = only(rows);
      const { leads, attempts } = open as { leads: unknown; attempts: unknown };
      return leads === null && attempts === null;
    },
    { timeoutMs, intervalMs: 100 },
  ).catch((error: unknown) => {
    throw new Error(`Still open: ${JSON.stringify(open)}`, { cause: error });
  });
}

/**
 * Nothing was dialled twice, nothing at the PBX is unknown to the database, nothing is left over, and no limit was
 * exceeded at any moment.
 *
 * @param concurrent the campaign's limit; the PBX must never have had more calls at once
 */
export async function expectNothingTwiceNothingLost(
  pool: pg.Pool,
  control: MockPbxControl,
  concurrent: number,
): Promise<void> {
  const stats = await control.stats();
  const journal = await control.journal();
  expect(stats.duplicates).toBe(0);
  expect(stats.live).toBe(0);
  expect(stats.mostLive).toBeLessThanOrEqual(concurrent);
  await expectKnown(pool, journal);
  await expectLimitsKept(pool, stats.trunks);
  await waitForIdleQueue(pool);
  expect(await leftovers(pool)).toEqual({
    live: 0,
    open: 0,
    failing: 0,
  });
}

/** Every call that reached the PBX ended in its row as it ended there, and no conversation was cut short. */
export async function expectOutcomesAsAtPbx(
  pool: pg.Pool,
  control: MockPbxControl,
): Promise<void> {
  const { byOutcome } = await control.stats();
  const ids = (await control.journal()).map(({ attemptId }) => attemptId);
  const { rows } = await pool.query<{ outcome: string; n: number }>(
    "select outcome, count(*)::int as n from call_attempts where id = any($1::uuid[]) group by outcome",
    [ids],
  );
  const inRows = Object.fromEntries(rows.map(({ outcome, n }) => [outcome, n]));
  const atPbx = Object.fromEntries(
    Object.entries(byOutcome).map(([name, n]) => [
      playedOutcome[name as MockOutcome],
      n,
    ]),
  );
  expect(inRows).toEqual(atPbx);
  expect(
    await count(
      pool,
      "select count(*) from call_attempts where outcome = 'ANSWERED' and answered_duration_ms < $1",
      [SHORTEST_TALK_MS - 100],
    ),
  ).toBe(0);
}

/** Every Originate at the PBX is exactly one attempt that counts as dialled, with the number of its lead. */
async function expectKnown(
  pool: pg.Pool,
  journal: readonly JournalEntry[],
): Promise<void> {
  const ids = journal.map(({ attemptId }) => attemptId);
  expect(new Set(ids).size).toBe(ids.length);
  const { rows } = await pool.query<{ id: string; number: string }>(
    `select id, ltrim(phone_e164, '+') as number from call_attempts where originate_at is not null`,
  );
  const known = new Map(rows.map((row) => [row.id, row.number]));
  const strange = journal.filter(
    (entry) => known.get(entry.attemptId) !== entry.number,
  );
  expect(strange).toEqual([]);
  const miscounted = await count(
    pool,
    `select count(*) from leads where dials <> (
       select count(*) from call_attempts where lead_id = leads.id and originate_at is not null)`,
  );
  expect(miscounted).toBe(0);
}

/** A keyed job that is replaced while it runs is put at its last attempt by Graphile; those are not failures. */
async function leftovers(pool: pg.Pool): Promise<unknown> {
  const { rows } = await pool.query(
    `select (select count(*)::int from call_attempts where end_at is null) as live,
       (select count(*)::int from leads where status in ('NEW', 'IN_PROGRESS', 'RETRY')) as open,
       (select count(*)::int from dialer_jobs where attempts >= 25 and last_error is not null
          and task <> 'schedule_campaign' and task not like 'fire_call_timer:%') as failing`,
  );
  return only(rows);
}

/**
 * Waits until no job is overdue: one that a dead worker had locked would stay so. (A timer whose attempt ended while
 * it was being moved may wait for its old time, and does nothing then.)
 */
async function waitForIdleQueue(pool: pg.Pool): Promise<void> {
  let overdue: unknown[] = [];
  await waitFor(
    "overdue jobs to be done",
    async () => {
      const { rows } = await pool.query(
        `select task, attempts, run_at, locked_at, locked_by, left(last_error, 200) as error from dialer_jobs
         where attempts < max_attempts and run_at < clock_timestamp() - interval '2 seconds' limit 5`,
      );
      overdue = rows;
      return rows.length === 0;
    },
    { timeoutMs: 60_000, intervalMs: 100 },
  ).catch((error: unknown) => {
    throw new Error(`Overdue: ${JSON.stringify(overdue)}`, { cause: error });
  });
}
