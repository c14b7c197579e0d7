/** Calls per second are one figure, wherever it is told. */
import { expect, onTestFinished, test } from "vitest";

import { createStatePool } from "../../../database/pools.ts";
import { publishRates } from "../../../database/trunk-rates.ts";
import { RateLimiters } from "../../../engine/originating/rate-limiters.ts";
import {
  insertTrunk,
  startRig,
  testDatabase,
} from "../../support/running-engine.ts";

const token = "a-token-of-the-tests";
const headers = { Authorization: `Bearer ${token}` };

interface Picture {
  readonly callsPerSecond: number;
  readonly perSecond: readonly number[];
  readonly cpsLimit: number;
  readonly trunks: readonly { name: string; callsPerSecond: number }[];
}

/** The first picture of a stream. */
async function pictureOf(httpUrl: string): Promise<Picture> {
  const response = await fetch(`${httpUrl}/wallboard/stream`, { headers });
  let text = "";
  for await (const chunk of response.body!.pipeThrough(
    new TextDecoderStream(),
  )) {
    text += chunk;
    if (text.includes("\n\n")) break;
  }
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "") as Picture;
}

test("board, plot, /status, /metrics and SQL tell the same calls per second", async () => {
  const { sql, httpUrl } = await startRig({ env: { STATUS_TOKEN: token } });
  const north = await insertTrunk(sql, { name: "north", cps_limit: 5 });
  const south = await insertTrunk(sql, { name: "south", cps_limit: 4 });
  // As if published at this very moment, for as long as the test takes: nothing is dialled, so the engine publishes nothing.
  for (const [trunk, recent] of [
    [north, [3, 1, 4]],
    [south, [2, 2]],
  ] as const)
    await sql.query(
      `update rate_limit_buckets set last_refill_at = clock_timestamp() + interval '1 hour',
         sent_last_second = ($2::int[])[1], recent_seconds = $2 where trunk_id = $1`,
      [trunk, recent],
    );
  const picture = await pictureOf(httpUrl);
  expect(picture.callsPerSecond).toBe(5);
  expect(picture.perSecond.slice(-4)).toEqual([0, 4, 3, 5]);
  expect(picture.cpsLimit).toBe(9);
  const named = new Map([
    ["north", 3],
    ["south", 2],
  ]);
  const figures = (rows: readonly { name: string; callsPerSecond: number }[]) =>
    new Map(rows.map(({ name, callsPerSecond }) => [name, callsPerSecond]));
  expect(figures(picture.trunks)).toEqual(named);
  const status = (await (
    await fetch(`${httpUrl}/status`, { headers })
  ).json()) as Picture;
  expect(figures(status.trunks)).toEqual(named);
  const metrics = await (await fetch(`${httpUrl}/metrics`, { headers })).text();
  expect(
    new Map(
      [
        ...metrics.matchAll(
          /^dialer_calls_per_second\{trunk="(\w+)"[^}]*\} (\d+)$/gm,
        ),
      ].map(([, name, calls]) => [name, Number(calls)]),
    ),
  ).toEqual(named);
  const { rows } = await sql.query<{ name: string; callsPerSecond: number }>(
    `select trunk.name, rate.calls_per_second as "callsPerSecond"
     from trunk_config as trunk join trunk_calls_per_second as rate on rate.trunk_id = trunk.id`,
  );
  expect(figures(rows)).toEqual(named);
});

test("what the sender counted is published whole, and is nothing once it is old", async () => {
  const database = await testDatabase();
  const trunk = await insertTrunk(database.pool, { cps_limit: 5 });
  const pool = createStatePool(
    {
      url: database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "calls per second test",
    },
    1,
    () => undefined,
  );
  onTestFinished(() => pool.end());
  const lines = new RateLimiters(-10_000);
  lines.setLimits([{ id: trunk, name: "a", rateGroup: "a", cpsLimit: 5 }], 0);
  for (const atMs of [100, 1_200, 1_300, 1_999, 2_100])
    lines.noteSent(trunk, atMs);
  await publishRates(pool, lines.takeRates(2_500));
  const read = async () => {
    const { rows } = await pool.query<{
      now: number;
      worst: number;
      recent: number[];
    }>(
      "select calls_per_second as now, worst_second as worst, recent_seconds as recent from trunk_calls_per_second",
    );
    expect(rows).toHaveLength(1);
    return rows[0]!;
  };
  const age = async (seconds: number) => {
    await pool.query(
      "update rate_limit_buckets set last_refill_at = clock_timestamp() - $1::float8 * interval '1 second'",
      [seconds],
    );
    return read();
  };
  expect(await read()).toEqual({ now: 3, worst: 4, recent: [3, 1] });
  expect((await age(2.5)).now).toBe(3);
  expect(await age(4.5)).toEqual({
    now: 0,
    worst: 4,
    recent: [0, 0, 0, 0, 3, 1],
  });
  const old = await age(118.5);
  expect(old.recent).toHaveLength(120);
  expect(old.recent.slice(-2)).toEqual([3, 1]);
  expect(await age(500)).toEqual({ now: 0, worst: 4, recent: [] });
});
