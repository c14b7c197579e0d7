/** Resident memory of the program with 500 live calls. */
import { inArena } from "./arena.ts";
import type { BenchContext } from "./arena.ts";
import { figureRows, measureBoth } from "./comparison.ts";
import type { ContestantName } from "./contestant.ts";
import { activate, addCampaign, addFreshLeads, addTrunks } from "./leads.ts";
import { atMost, median, until, wait } from "./measurement.ts";
import type { Result } from "./measurement.ts";

const liveCalls = 500;

interface Measured {
  readonly idle: number | null;
  readonly live: number | null;
  readonly most: number | null;
}

export async function measureMemory(context: BenchContext): Promise<Result> {
  const seconds = context.quick ? 10 : 60;
  const row = figureRows(
    await measureBoth(context, "memory", (name) =>
      measure(context, name, seconds),
    ),
  );
  return {
    name: "memory",
    title: `Resident memory with ${String(liveCalls)} live calls`,
    notes: [
      `Sampled each second for ${String(seconds)} s in which calls end and others take their place; Node as it comes, no flags.`,
    ],
    rows: [
      row("before the first call", "MB", (m) => m.idle),
      {
        ...row("with live calls, median", "MB", (m) => m.live),
        must: atMost(200),
        aim: atMost(150),
      },
      {
        ...row("with live calls, most", "MB", (m) => m.most),
        must: atMost(200),
      },
    ],
  };
}

function measure(
  context: BenchContext,
  name: ContestantName,
  seconds: number,
): Promise<Measured> {
  let campaignId = "";
  return inArena(
    context,
    name,
    {
      scenario: {
        shares: { answered: 1 },
        setupMs: 50,
        ringMs: 200,
        talkMs: [20_000, 60_000],
        chaos: 0,
      },
      env: { MAX_CONCURRENT_ORIGINATES: "500" },
      prepare: async (pool) => {
        await addTrunks(pool, { count: 2, cps: 100, channels: 1_000 });
        campaignId = await addCampaign(pool, { concurrent: liveCalls });
        await addFreshLeads(pool, campaignId, 20_000);
      },
    },
    async ({ pool, pbx, contestant }) => {
      const idle = contestant.residentMb();
      await activate(pool, campaignId);
      await until(
        "500 calls are live",
        () => pbx.stats().live >= liveCalls * 0.98,
        60_000,
      );
      const samples: number[] = [];
      for (let n = 0; n < seconds; n++) {
        await wait(1_000);
        samples.push(contestant.residentMb() ?? NaN);
      }
      contestant.assertAlive();
      const known = samples.filter((mb) => !Number.isNaN(mb));
      return {
        idle,
        live: median(known),
        most: known.length === 0 ? null : Math.max(...known),
      };
    },
  );
}
