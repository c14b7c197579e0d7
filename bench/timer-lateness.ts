/** How late deadlines fire: 500 calls that talk for ever, each to be hung up when its longest duration is over. */
import { inArena } from "./arena.ts";
import type { BenchContext } from "./arena.ts";
import { measureBoth, percentileRows } from "./comparison.ts";
import type { Times } from "./comparison.ts";
import type { ContestantName } from "./contestant.ts";
import { activate, addCampaign, addFreshLeads, addTrunks } from "./leads.ts";
import { atMost, until } from "./measurement.ts";
import type { Result } from "./measurement.ts";

const overSeconds = 10;
/** The shortest that a campaign may set. */
const maxCallSeconds = 10;

/** From the deadline to the firing, and to the end of the call by the PBX. */
type Timed = "fired" | "ended";

interface LatenessRow {
  readonly fired: number;
  readonly ended: number;
}

export async function measureTimerLateness(
  context: BenchContext,
): Promise<Result> {
  const count = context.quick ? 200 : 500;
  const row = percentileRows(
    await measureBoth(
      context,
      `timer lateness, ${String(count)} timers`,
      (name) => measure(context, name, count),
    ),
  );
  return {
    name: "timer-lateness",
    title: `Timer lateness, ${String(count)} timers over ${String(overSeconds)} s`,
    notes: [
      `Answered calls without an end, started over ${String(overSeconds)} s; each has the deadline MAX_DURATION ${String(maxCallSeconds)} s after its answer. All by the database's clock but the end of the call, which is the PBX's on the same machine.`,
    ],
    rows: [
      row("deadline → fired, p50", "fired", 0.5),
      {
        ...row("deadline → fired, p99", "fired", 0.99),
        must: atMost(60),
        aim: atMost(20),
      },
      row("deadline → call hung up, p50", "ended", 0.5),
      row("deadline → call hung up, p99", "ended", 0.99),
    ],
  };
}

function measure(
  context: BenchContext,
  name: ContestantName,
  count: number,
): Promise<Times<Timed>> {
  let campaignId = "";
  return inArena(
    context,
    name,
    {
      scenario: {
        shares: { answered: 1 },
        setupMs: 20,
        ringMs: 50,
        talkMs: 600_000,
        chaos: 0,
        // The PBX's own limit must be later.
        timeoutScale: 50,
      },
      env: { MAX_CONCURRENT_ORIGINATES: "500" },
      prepare: async (pool) => {
        const cps = count / overSeconds;
        await addTrunks(pool, { count: 1, cps, channels: count });
        campaignId = await addCampaign(pool, {
          concurrent: count,
          maxCallSeconds,
        });
        await addFreshLeads(pool, campaignId, count);
      },
    },
    async ({ pool, pbx, contestant }) => {
      await activate(pool, campaignId);
      const allOver = async (): Promise<boolean> => {
        contestant.assertAlive();
        if (pbx.stats().ended < count) return false;
        const { rows } = await pool.query<LatenessRow>(latenessSql);
        return rows.length >= count;
      };
      await until("all calls are hung up", allOver, 90_000, 500);
      const { rows } = await pool.query<LatenessRow>(latenessSql);
      return {
        fired: rows.map(({ fired }) => fired),
        ended: rows.map(({ ended }) => ended),
      };
    },
  );
}

const latenessSql = `
  select extract(epoch from event.at - (event.detail ->> 'firesAt')::timestamptz)::float8 * 1000 as fired,
    extract(epoch from attempt.end_at - (event.detail ->> 'firesAt')::timestamptz)::float8 * 1000 as ended
  from call_attempt_events as event
  join call_attempts as attempt on attempt.id = event.attempt_id and attempt.end_at is not null
  where event.kind = 'TIMER_FIRED' and event.detail ->> 'timerType' = 'MAX_DURATION'`;
