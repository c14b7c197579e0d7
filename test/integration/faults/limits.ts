/** Whether calls were ever started faster, or were ever more at once, than somebody allowed. */
import type pg from "pg";
import { expect } from "vitest";

/** @param trunks by name, the most calls that reached the PBX within one second */
export async function expectLimitsKept(
  pool: pg.Pool,
  trunks: Readonly<Record<string, { worstRollingSecond: number }>>,
): Promise<void> {
  await expectRates(pool, trunks);
  expect(
    await mostAtOnce(pool, "campaign_id", "max_concurrent_calls", "campaigns"),
  ).toEqual([]);
  expect(
    await mostAtOnce(pool, "trunk_id", "max_channels", "trunk_config"),
  ).toEqual([]);
}

async function expectRates(
  pool: pg.Pool,
  trunks: Readonly<Record<string, { worstRollingSecond: number }>>,
): Promise<void> {
  const { rows } = await pool.query<{ name: string; limit: number }>(
    `select name, cps_limit::int as "limit" from trunk_config`,
  );
  for (const { name, limit } of rows)
    expect(
      trunks[name]?.worstRollingSecond ?? 0,
      `calls of ${name} in a second`,
    ).toBeLessThanOrEqual(limit);
}

/** Owners whose calls, from queued to ended, were ever more at once than their limit. */
async function mostAtOnce(
  pool: pg.Pool,
  owner: "campaign_id" | "trunk_id",
  limit: "max_concurrent_calls" | "max_channels",
  table: "campaigns" | "trunk_config",
): Promise<unknown[]> {
  const { rows } = await pool.query<{
    owner: string;
    most: number;
    allowed: number;
  }>(
    `with steps as (
       select ${owner} as owner, queued_at as at, 1 as step from call_attempts
       union all
       select ${owner}, greatest(end_at, queued_at), -1 from call_attempts where end_at is not null
     ), running as (
       select owner, sum(step) over (partition by owner order by at, step) as live from steps
     )
     select owner, max(live)::int as most, max(${limit}) as allowed from running join ${table} on id = owner
     group by owner having max(live) > max(${limit})`,
  );
  return rows;
}
