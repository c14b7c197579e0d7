/**
 * How one account's statements affect another: lead → Originate of a quiet account, alone and beside a hostile
 * neighbour. The quiet value is measured first, with the same engine.
 */
import type pg from "pg";

import { inArena } from "./arena.ts";
import type { Arena, BenchContext } from "./arena.ts";
import { activate, addCampaign, addFreshLeads, addTrunks } from "./leads.ts";
import { atMost, percentile, until, wait } from "./measurement.ts";
import type { Result, Row } from "./measurement.ts";

const neighbour = "b0b00000-0000-4000-8000-00000000000b";
const warmUps = 3;
/** More than a pass's least interval after the last call's end: the value is that of an idle account. */
const pauseMs = 700;
/** Another account's p99 may be so many times its quiet value. */
const tolerated = 3;

interface Hostility {
  readonly name: string;
  /** Rows that stay in the tables from then on. */
  readonly begin?: (pool: pg.Pool) => Promise<void>;
  /** A statement that is repeated while the quiet account is measured. */
  readonly again?: string;
}

const hostilities: readonly Hostility[] = [
  {
    name: "1,000 ACTIVE campaigns that wait for a full trunk",
    begin: async (pool) => {
      await pool.query(
        `insert into campaigns (account_id, name, status, priority, max_concurrent_calls, start_time, end_time, work_days)
         select $1, 'neighbour ' || n, 'ACTIVE', -2147483648, 1000, '00:00', '24:00', '{1,2,3,4,5,6,7}'
         from generate_series(1, 1000) as n`,
        [neighbour],
      );
      await pool.query(
        `insert into leads (campaign_id, phone)
         select id, '118' || (80000000 + 10 * row_number() over () + n) from campaigns, generate_series(1, 3) as n
         where account_id = $1`,
        [neighbour],
      );
    },
  },
  {
    name: "and its account_settings change ten times a second",
    again: `insert into account_settings (account_id, min_gap_seconds) values ('${neighbour}', 0)
      on conflict (account_id) do update set min_gap_seconds = (account_settings.min_gap_seconds + 1) % 100`,
  },
  {
    name: "and 20 of them have 50 windows each and leads in 100 zones",
    begin: async (pool) => {
      await pool.query(
        `insert into campaign_windows (campaign_id, weekday, opens, closes)
         select id, 1 + n % 7, time '00:00' + n * interval '20 min', time '00:19' + n * interval '20 min'
         from (select id from campaigns where account_id = $1 limit 20) as chosen, generate_series(0, 49) as n`,
        [neighbour],
      );
      await pool.query(
        `insert into leads (campaign_id, phone, timezone)
         select chosen.id, '117' || (80000000 + row_number() over ()), zone.name
         from (select id from campaigns where account_id = $1 limit 20) as chosen,
           (select name from pg_timezone_names where name ~ '^(America|Europe)/[A-Z][a-z]+$' limit 100) as zone`,
        [neighbour],
      );
    },
  },
  {
    name: "and 5,000 leads of one have a priority each",
    begin: async (pool) => {
      await pool.query(
        `insert into leads (campaign_id, phone, priority)
         select chosen.id, '116' || (80000000 + n), n
         from (select id from campaigns where account_id = $1 limit 1) as chosen, generate_series(1, 5000) as n`,
        [neighbour],
      );
    },
  },
];

export async function measureHostileNeighbour(
  context: BenchContext,
): Promise<Result> {
  const count = context.quick ? 15 : 60;
  let campaignId = "";
  const rows = await inArena(
    context,
    "engine",
    {
      scenario: { shares: { busy: 1 }, setupMs: 20, chaos: 0 },
      journal: "full",
      prepare: async (pool) => {
        await addTrunks(pool, { count: 1, cps: 20, channels: 20 });
        await pool.query("insert into accounts (id, name) values ($1, 'b')", [
          neighbour,
        ]);
        campaignId = await addCampaign(pool, { concurrent: 50 });
      },
    },
    async (arena) => {
      await activate(arena.pool, campaignId);
      context.say("hostile neighbour: quiet");
      const lead = counter();
      const quiet = await latencies(arena, campaignId, count, lead);
      const found: Row[] = [];
      for (const hostility of hostilities) {
        context.say(`hostile neighbour: ${hostility.name}`);
        await hostility.begin?.(arena.pool);
        const stop = repeat(arena.pool, hostility.again);
        const loud = await latencies(arena, campaignId, count, lead);
        await stop();
        found.push(...rowsOf(hostility.name, quiet, loud));
      }
      return found;
    },
  );
  return {
    name: "hostile-neighbour",
    title: `Lead inserted → Originate beside a hostile account on the same trunk, ${String(count)} leads one at a time`,
    baseline: "quiet",
    notes: [
      "Both accounts use one trunk of 20 calls/s; each hostility comes on top of those before it.",
      `The must is ${String(tolerated)} times the quiet value of the same run.`,
    ],
    rows,
  };
}

function rowsOf(
  what: string,
  quiet: readonly number[],
  loud: readonly number[],
): Row[] {
  const row = (share: number): Row => ({
    what: `${what}: p${String(share * 100)}`,
    unit: "ms",
    engine: percentile(loud, share),
    baseline: percentile(quiet, share),
  });
  const worst = row(0.99);
  return [
    row(0.5),
    { ...worst, must: atMost(Math.round(tolerated * (worst.baseline ?? 0))) },
  ];
}

function counter(): () => number {
  let n = 0;
  return () => n++;
}

/** Runs the statement ten times a second until it is stopped. */
function repeat(pool: pg.Pool, sql: string | undefined): () => Promise<void> {
  let stopped = sql === undefined;
  const run = async () => {
    while (!stopped) {
      await pool.query(sql ?? "");
      await wait(100);
    }
  };
  const running = run();
  return () => {
    stopped = true;
    return running;
  };
}

async function latencies(
  { pool, pbx, contestant }: Arena,
  campaignId: string,
  count: number,
  lead: () => number,
): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < warmUps + count; n++) {
    await wait(pauseMs);
    const nth = lead();
    await addFreshLeads(pool, campaignId, 1, nth);
    const committedMs = performance.now();
    const number = `55119${String(80_000_001 + nth)}`;
    const received = () =>
      pbx.journal().find((entry) => entry.number === number)?.receivedAtMs;
    await until(
      "the quiet account's lead is dialled",
      () => {
        contestant.assertAlive();
        return received() !== undefined;
      },
      30_000,
      5,
    );
    if (n >= warmUps)
      found.push(Math.max(0, (received() ?? NaN) - committedMs));
  }
  return found;
}
