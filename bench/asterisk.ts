/** Calls through a real Asterisk to a carrier on the same machine, beside a loop that only fires Originates. */
import pg from "pg";

import { FAR_END, startAsterisk } from "../test/support/asterisk-lab.ts";
import type { AsteriskLab } from "../test/support/asterisk-lab.ts";
import { keepStatements, profileFlags } from "./arena.ts";
import type { BenchContext } from "./arena.ts";
import { startBareLoop } from "./bare-ami-loop.ts";
import { readFamilyCpuMs, startContestant } from "./contestant.ts";
import { activate, addCampaign } from "./leads.ts";
import {
  atLeast,
  atMost,
  percentile,
  perCall,
  until,
  wait,
} from "./measurement.ts";
import type { Result, Row } from "./measurement.ts";

const outstanding = 60;
const warmUpMs = 5_000;

/** Of the measured seconds. CPU in ms per call; null where there is no /proc, or no such program. */
interface Measured {
  readonly perSecond: number;
  readonly ringsMs: readonly number[];
  readonly program: number | null;
  readonly postgres: number | null;
  readonly asterisk: number | null;
}

export async function measureAsterisk(context: BenchContext): Promise<Result> {
  const seconds = context.quick ? 10 : 40;
  const lab = await startAsterisk();
  try {
    context.say(`asterisk, ${String(seconds)} s: bare loop`);
    const bare = await measureBareLoop(lab, seconds);
    context.say(`asterisk, ${String(seconds)} s: engine`);
    const engine = await measureEngine(context, lab, seconds);
    return {
      name: "asterisk",
      baseline: "bare loop",
      title: `Calls through a real Asterisk, ${String(seconds)} s`,
      notes: [
        `${String(outstanding)} calls outstanding; each rings for 0.3 s at the carrier (sipp) and is declined. Engine, Postgres, Asterisk and sipp share the machine; ${String(warmUpMs / 1_000)} s of warm-up not counted.`,
        "Baseline: a bare AMI loop in place of the engine, with as many calls outstanding and no database.",
      ],
      rows: rowsOf(engine, bare),
    };
  } finally {
    await lab.stop();
  }
}

function rowsOf(engine: Measured, bare: Measured): Row[] {
  const row = (
    what: string,
    unit: string,
    figure: (measured: Measured) => number | null,
  ): Row => ({ what, unit, engine: figure(engine), baseline: figure(bare) });
  return [
    row("calls", "per s", (m) => m.perSecond),
    {
      ...row(
        "calls, of what the bare loop makes",
        "%",
        (m) => (m.perSecond / bare.perSecond) * 100,
      ),
      must: atLeast(50),
      aim: atLeast(80),
    },
    row("Originate → ringing, p50", "ms", (m) => percentile(m.ringsMs, 0.5)),
    row("Originate → ringing, p99", "ms", (m) => percentile(m.ringsMs, 0.99)),
    row("CPU of the engine", "ms per call", (m) => m.program),
    row("CPU of Postgres", "ms per call", (m) => m.postgres),
    row("CPU of Asterisk", "ms per call", (m) => m.asterisk),
    {
      ...row("engine and Postgres, of Asterisk's CPU", "×", (m) =>
        m.program === null || m.postgres === null || m.asterisk === null
          ? null
          : (m.program + m.postgres) / m.asterisk,
      ),
      must: atMost(2),
      aim: atMost(1),
    },
  ];
}

async function measureBareLoop(
  lab: AsteriskLab,
  seconds: number,
): Promise<Measured> {
  let n = 0;
  const loop = await startBareLoop({
    account: lab.ami,
    outstanding,
    nextChannel: () => `PJSIP/${numberOf(n++)}@carrier`,
  });
  await wait(warmUpMs);
  const asteriskBefore = readFamilyCpuMs(lab.pid());
  const before = loop.ended();
  const ringsBefore = loop.ringsMs().length;
  const startedMs = performance.now();
  await wait(seconds * 1_000);
  const calls = loop.ended() - before;
  const tookMs = performance.now() - startedMs;
  const asterisk = perCall(asteriskBefore, readFamilyCpuMs(lab.pid()), calls);
  const ringsMs = loop.ringsMs().slice(ringsBefore);
  await loop.stop();
  const perSecond = (calls / tookMs) * 1_000;
  return { perSecond, ringsMs, program: null, postgres: null, asterisk };
}

async function measureEngine(
  context: BenchContext,
  lab: AsteriskLab,
  seconds: number,
): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const { server } = context;
  const url = await server.createDatabase("bench_asterisk");
  stack.defer(() => server.dropDatabase("bench_asterisk"));
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // A socket that is closing may still receive the notice that its database is dropped.
  pool.on("error", () => undefined);
  stack.defer(() => pool.end());
  const campaignId = await prepare(pool, 400 * (seconds + warmUpMs / 1_000));
  const engine = startContestant(
    "engine",
    {
      DATABASE_URL: url,
      VOICE_ADAPTER: "asterisk_ami",
      ASTERISK_HOST: lab.ami.host,
      ASTERISK_AMI_PORT: String(lab.ami.port),
      ASTERISK_AMI_USER: lab.ami.user,
      ASTERISK_AMI_SECRET: lab.ami.secret,
      MAX_CONCURRENT_ORIGINATES: String(outstanding),
      PORT: "0",
      LOG_LEVEL: "error",
    },
    profileFlags(context, "engine"),
  );
  stack.defer(() => engine.stop());
  await activate(pool, campaignId);
  await until(
    "the first call has ended",
    async () => {
      engine.assertAlive();
      return (await countEnded(pool, new Date(0))) > 0;
    },
    30_000,
  );
  await wait(warmUpMs);
  await server.takeStatements();
  const cpu = () =>
    [engine.cpuMs(), server.cpuMs(), readFamilyCpuMs(lab.pid())] as const;
  const before = cpu();
  const startedMs = performance.now();
  const begin = await now(pool);
  await wait(seconds * 1_000);
  const calls = await countEnded(pool, begin);
  const tookMs = performance.now() - startedMs;
  const after = cpu();
  engine.assertAlive();
  await keepStatements(context, "asterisk");
  return {
    perSecond: (calls / tookMs) * 1_000,
    ringsMs: await readRings(pool, begin),
    program: perCall(before[0], after[0], calls),
    postgres: perCall(before[1], after[1], calls),
    asterisk: perCall(before[2], after[2], calls),
  };
}

/** Nine digits of a mobile number whose ending selects the carrier's behaviour. */
function numberOf(n: number): string {
  return `55119${String(80_000 + (n % 9_999)).padStart(5, "0")}${FAR_END.declines}`;
}

/** @returns the campaign's id */
async function prepare(pool: pg.Pool, leads: number): Promise<string> {
  await pool.query(
    `insert into trunk_config (name, dial_string, cps_limit, max_channels)
     values ('carrier', 'PJSIP/{number}@carrier', 1000, 1000)`,
  );
  const campaignId = await addCampaign(pool, { concurrent: outstanding });
  // One DDD has room for ten thousand numbers that end alike.
  await pool.query(
    `insert into leads (campaign_id, phone)
     select $1, (array[11, 21, 31, 41, 51, 61, 71])[1 + n / 10000]::text || '98' || lpad((n % 10000)::text, 4, '0') || $3
     from generate_series(0, $2::int - 1) as n`,
    [campaignId, leads, FAR_END.declines],
  );
  await pool.query("vacuum analyze leads");
  return campaignId;
}

async function now(pool: pg.Pool): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>(
    "select clock_timestamp() as now",
  );
  return rows[0]?.now ?? new Date();
}

/** By the time at which our row said that it was over. */
async function countEnded(pool: pg.Pool, since: Date): Promise<number> {
  const { rows } = await pool.query<{ calls: number }>(
    "select count(*)::int as calls from call_attempts where end_at is not null and updated_at >= $1 and outcome = 'DECLINED'",
    [since],
  );
  return rows[0]?.calls ?? 0;
}

async function readRings(pool: pg.Pool, since: Date): Promise<number[]> {
  const { rows } = await pool.query<{ ms: number }>(
    `select extract(epoch from ring_at - originate_at)::float8 * 1000 as ms from call_attempts
     where ring_at is not null and originate_at >= $1`,
    [since],
  );
  return rows.map(({ ms }) => ms);
}
