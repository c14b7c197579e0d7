/** How many calls go through their whole life per second: scheduled, originated, rung, answered, ended. */
import type { MockScenarioInput } from "../adapters/mock/scenario.ts";
import { inArena } from "./arena.ts";
import type { Arena, BenchContext } from "./arena.ts";
import { figureRows, measureBoth } from "./comparison.ts";
import { machineBusyMs } from "./contestant.ts";
import type { ContestantName } from "./contestant.ts";
import { activate, addCampaign, addFreshLeads, addTrunks } from "./leads.ts";
import { atLeast, median, perCall, until, wait } from "./measurement.ts";
import type { Result } from "./measurement.ts";

/** Talk of 3.1 s and more, because answered calls of less than 3 s are what the short-call breaker pauses a campaign for. */
const scenario: MockScenarioInput = {
  shares: { answered: 1 },
  setupMs: [30, 70],
  ringMs: [150, 250],
  talkMs: [3_100, 3_500],
  chaos: 0,
};
const trunks = { count: 4, cps: 300, channels: 2_500 };
const concurrentCalls = 10_000;
const warmUpMs = 8_000;

interface Measured {
  readonly perSecond: number;
  readonly medianSecond: number | null;
  readonly worstSecond: number;
  /** CPU ms per life cycle. */
  readonly programCpu: number | null;
  readonly postgresCpu: number | null;
  readonly machineShare: number;
}

export async function measureLifeCycles(
  context: BenchContext,
): Promise<Result> {
  const seconds = context.quick ? 15 : 60;
  const row = figureRows(
    await measureBoth(context, `life cycles, ${String(seconds)} s`, (name) =>
      measure(context, name, seconds),
    ),
  );
  return {
    name: "life-cycles",
    title: `Full life cycles (scheduled, originated, rung, answered, ended), ${String(seconds)} s`,
    notes: [
      `Offered: ${String(trunks.count * trunks.cps)} calls/s on ${String(trunks.count)} trunks; every call answered, set-up 50 ms, ringing 200 ms, talk 3.1 to 3.5 s; leads as a front end inserts them; ${String(warmUpMs / 1_000)} s of warm-up not counted.`,
      "The mock PBX and the program are processes of their own, on the same machine as Postgres.",
    ],
    rows: [
      {
        ...row("life cycles", "per s", (m) => m.perSecond),
        must: atLeast(300),
        aim: atLeast(1_000),
      },
      row("median second", "per s", (m) => m.medianSecond),
      row("worst second", "per s", (m) => m.worstSecond),
      row("CPU of the program", "ms per call", (m) => m.programCpu),
      row("CPU of Postgres", "ms per call", (m) => m.postgresCpu),
      row(
        "CPU of the machine, all programs",
        "% of a core",
        (m) => m.machineShare,
      ),
    ],
  };
}

function measure(
  context: BenchContext,
  name: ContestantName,
  seconds: number,
): Promise<Measured> {
  let campaignId = "";
  const offered = trunks.count * trunks.cps;
  return inArena(
    context,
    name,
    {
      scenario,
      env: { MAX_CONCURRENT_ORIGINATES: "2000" },
      prepare: async (pool) => {
        await addTrunks(pool, trunks);
        campaignId = await addCampaign(pool, { concurrent: concurrentCalls });
        const leads = offered * (seconds + warmUpMs / 1_000);
        await addFreshLeads(pool, campaignId, leads);
        await pool.query("vacuum analyze leads");
      },
    },
    async (arena) => {
      await activate(arena.pool, campaignId);
      await until(
        "the first call has ended",
        () => arena.pbx.stats().ended > 0,
        30_000,
      );
      await wait(warmUpMs);
      return watch(context, arena, seconds);
    },
  );
}

async function watch(
  context: BenchContext,
  arena: Arena,
  seconds: number,
): Promise<Measured> {
  const cpu = () => [arena.contestant.cpuMs(), context.server.cpuMs()] as const;
  const cpuBefore = cpu();
  const busyBefore = machineBusyMs();
  const startedMs = performance.now();
  const { rows: begin } = await arena.pool.query<{ now: Date }>(nowSql);
  await wait(seconds * 1_000);
  const { rows: end } = await arena.pool.query<{ now: Date }>(nowSql);
  const tookMs = performance.now() - startedMs;
  const cpuAfter = cpu();
  const busy = machineBusyMs() - busyBefore;
  arena.contestant.assertAlive();
  const { rows } = await arena.pool.query<{ calls: number }>(countSql, [
    begin[0]?.now,
    end[0]?.now,
  ]);
  const counts = rows.map(({ calls }) => calls);
  const calls = counts.reduce((sum, n) => sum + n, 0);
  return {
    perSecond: calls / counts.length,
    medianSecond: median(counts),
    worstSecond: Math.min(...counts),
    programCpu: perCall(cpuBefore[0], cpuAfter[0], calls),
    postgresCpu: perCall(cpuBefore[1], cpuAfter[1], calls),
    machineShare: (busy / tookMs) * 100,
  };
}

const nowSql = "select clock_timestamp() as now";
/** By the time at which our row said that it was over, not by the PBX's time: a backlog must not count. */
const countSql = `
  select count(call_attempts.id)::int as calls
  from generate_series($1::timestamptz, $2::timestamptz - interval '1 s', interval '1 s') as second (begins)
  left join call_attempts on updated_at >= second.begins and updated_at < second.begins + interval '1 s'
    and end_at is not null and answer_at is not null and coalesce(ring_at, early_media_at) is not null
    and originate_at is not null
  group by second.begins order by second.begins`;
