/**
 * Keeps short-lived states for a test: blockers that the next pass overwrites, and calls that are queued for a second.
 */
import type pg from "pg";
import { onTestFinished } from "vitest";

import { attempts, setAccountRow } from "./dialing-rows.ts";
import type { AttemptRow, Blocker, Sql } from "./dialing-rows.ts";
import { waitFor } from "./wait-for.ts";

const NIL = "00000000-0000-0000-0000-000000000000";

/** From now on each verdict of a pass is kept, for `untilWasBlocked`. */
export async function keepVerdicts(sql: Sql): Promise<void> {
  await sql.query(`
    create schema test_history;
    create table test_history.verdicts (
      campaign_id uuid not null, reason text not null, count integer not null, next_at timestamptz);
    create function test_history.keep() returns trigger language plpgsql security definer as $$
    begin
      insert into test_history.verdicts select new.campaign_id, said.*
      from jsonb_to_recordset(new.verdict) as said (reason text, count integer, next_at timestamptz);
      return null;
    end $$;
    create trigger keep_verdict after insert or update of verdict on campaign_passes
      for each row execute function test_history.keep()`);
}

/**
 * Waits until a pass of the campaign has given this reason, though a later one may not any more: leads that were set aside
 * are counted by the pass that met them only.
 *
 * @returns the first of them
 */
export async function untilWasBlocked(
  sql: Sql,
  campaignId: string,
  reason: string,
): Promise<Blocker> {
  return waitFor(`a pass that says ${reason}`, async () => {
    const { rows } = await sql.query<Blocker>(
      `select reason, count, next_at as "nextAt" from test_history.verdicts
       where campaign_id = $1 and reason = $2 limit 1`,
      [campaignId, reason],
    );
    return rows[0];
  });
}

/**
 * Keeps every queued call of an account from being sent, however long the test takes, until `release`: as another engine
 * does that claims for it. The account has a limit then that no test reaches.
 *
 * @returns safe to call twice; called at the end of the test at the latest
 */
export async function holdClaims(
  sql: pg.Pool,
  accountId = NIL,
): Promise<() => Promise<void>> {
  await setAccountRow(sql, accountId, { max_concurrent_calls: 10_000 });
  const client = await sql.connect();
  await client.query(
    "select pg_advisory_lock(hashtextextended(current_schema() || '.claims.' || $1, 0))",
    [accountId],
  );
  let released: Promise<void> | null = null;
  const release = () =>
    (released ??= (async () => {
      await client.query("select pg_advisory_unlock_all()");
      client.release();
      await setAccountRow(sql, accountId, { max_concurrent_calls: null });
    })());
  onTestFinished(release);
  return release;
}

/** A call that rings has rung for as long as it may: its deadline and the job for it come forward. */
export async function ringOut(sql: Sql): Promise<void> {
  await sql.query("update call_attempts set deadline_at = clock_timestamp()");
  await sql.query(
    "update graphile_worker._private_jobs set run_at = clock_timestamp() where key like 'timer:%'",
  );
  await sql.query("select pg_notify('jobs:insert', '{}')");
}

/** Waits until a call to this number is queued, which it stays while the claims are held. */
export async function untilQueued(
  sql: Sql,
  number: string,
): Promise<AttemptRow> {
  return waitFor(`a queued call to ${number}`, async () => {
    const where = "state = 'QUEUED' and phone_e164 = $1";
    return (await attempts(sql, where, [number]))[0];
  });
}
