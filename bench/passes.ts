/**
 * One scheduling pass, by the number of leads in the campaign. The pass is called directly, on one connection: its
 * transaction is measured, without what leads to it.
 */
import pg from "pg";

import { jobsTable } from "../database/graphile-internals.ts";
import { createStatePool } from "../database/pools.ts";
import { runSchedulingPass } from "../engine/scheduling/pass.ts";
import type { BenchContext } from "./arena.ts";
import { activate, addCampaign, addImportedLeads, addTrunks } from "./leads.ts";
import { atMost, median } from "./measurement.ts";
import type { Result, Row } from "./measurement.ts";
import { scheduleCampaigns } from "./polling/schedule.ts";
import { loadBenchSql } from "./sql.ts";

/** What each pass may queue; the same for every size. */
const callsPerPass = 20;
const warmUps = 3;
const passes = 20;

interface Measured {
  readonly engine: number | null;
  readonly baseline: number | null;
}

export async function measurePasses(context: BenchContext): Promise<Result> {
  const sizes = context.quick
    ? [1_000, 10_000, 100_000]
    : [1_000, 10_000, 100_000, 1_000_000];
  const measured: Measured[] = [];
  for (const size of sizes) {
    context.say(`passes: ${String(size)} leads`);
    measured.push(await measure(context, size));
  }
  const rows: Row[] = sizes.map((size, index) => ({
    what: `pass with ${size.toLocaleString("en")} leads, median`,
    unit: "ms",
    engine: measured[index]?.engine ?? null,
    baseline: measured[index]?.baseline ?? null,
  }));
  rows.push({
    what: "largest ÷ smallest",
    unit: "×",
    engine: growth(measured.map(({ engine }) => engine)),
    baseline: growth(measured.map(({ baseline }) => baseline)),
    must: atMost(1.5),
    aim: atMost(1.1),
  });
  return {
    name: "passes",
    title: "One scheduling pass by the size of its campaign",
    notes: [
      `Each of ${String(passes)} passes queues ${String(callsPerPass)} calls, whose attempts are ended before the next; leads in three lists and four zones, a quarter never looked at; all triggers on while loading, then vacuum analyze.`,
      "The baseline's pass does less (no zones, no number checks, no phone rules) and has an index of its own.",
    ],
    rows,
  };
}

function growth(times: readonly (number | null)[]): number | null {
  const first = times[0] ?? null;
  const last = times.at(-1) ?? null;
  return first === null || last === null ? null : last / first;
}

async function measure(context: BenchContext, size: number): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const name = `bench_passes_${String(size)}`;
  const url = await context.server.createDatabase(name);
  stack.defer(() => context.server.dropDatabase(name));
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  // A socket that is closing may still receive the notice that its database is dropped.
  pool.on("error", () => undefined);
  stack.defer(() => pool.end());
  const engine = createStatePool(
    {
      url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "bench",
    },
    1,
    () => undefined,
  );
  stack.defer(() => engine.end());
  const campaignId = await prepare(pool, size);
  const engineMs = await repeat(pool, campaignId, async () => {
    await runSchedulingPass(engine, campaignId, {
      intervalMs: 250,
      random: Math.random,
    });
  });
  await pool.query(loadBenchSql("baseline_indexes"));
  await pool.query("analyze leads");
  const baselineMs = await repeat(pool, campaignId, async () => {
    await scheduleCampaigns(engine);
  });
  return { engine: engineMs, baseline: baselineMs };
}

async function prepare(pool: pg.Pool, size: number): Promise<string> {
  await addTrunks(pool, { count: 1, cps: 1_000, channels: 1_000 });
  const campaignId = await addCampaign(pool, { concurrent: callsPerPass });
  await addImportedLeads(pool, campaignId, size);
  await pool.query(loadBenchSql("baseline_hold_node"), ["default"]);
  await pool.query(
    "update voice_nodes set max_concurrent_originates = $1 where name = 'default'",
    [callsPerPass],
  );
  await activate(pool, campaignId);
  return campaignId;
}

/** @returns the median of the passes, ms */
async function repeat(
  pool: pg.Pool,
  campaignId: string,
  pass: () => Promise<void>,
): Promise<number | null> {
  const times: number[] = [];
  for (let n = 0; n < warmUps + passes; n++) {
    const startedMs = performance.now();
    await pass();
    const tookMs = performance.now() - startedMs;
    if (n >= warmUps) times.push(tookMs);
    await endAttempts(pool, campaignId);
  }
  return median(times);
}

/** Ends what the pass has queued, as if the calls had been made, and fails when it has queued something else. */
async function endAttempts(pool: pg.Pool, campaignId: string): Promise<void> {
  const { rowCount } = await pool.query(
    `update call_attempts set state = 'CANCELLED', outcome = 'CANCELLED', end_at = clock_timestamp(),
       deadline_at = null, deadline_type = null
     where campaign_id = $1 and end_at is null`,
    [campaignId],
  );
  if (rowCount !== callsPerPass)
    throw new Error(
      `A pass queued ${String(rowCount)} calls, not ${String(callsPerPass)}`,
    );
  await pool.query(
    "update leads set status = 'DONE' where campaign_id = $1 and status = 'IN_PROGRESS'",
    [campaignId],
  );
  await pool.query(`delete from graphile_worker.${jobsTable}`);
  await pool.query("update rate_limit_buckets set next_slot_at = '-infinity'");
}
