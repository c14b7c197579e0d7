/** What the program costs while nothing happens: an ACTIVE campaign without leads, a PBX without calls. */
import { inArena } from "./arena.ts";
import type { BenchContext } from "./arena.ts";
import { figureRows, measureBoth } from "./comparison.ts";
import type { ContestantName } from "./contestant.ts";
import { activate, addCampaign, addTrunks } from "./leads.ts";
import { atMost, wait } from "./measurement.ts";
import type { Result } from "./measurement.ts";
import { startQueryCounter } from "./query-counter.ts";

const settleMs = 5_000;

interface Measured {
  readonly queriesPerSecond: number;
  readonly cpuPercent: number | null;
}

export async function measureIdle(context: BenchContext): Promise<Result> {
  const seconds = context.quick ? 15 : 60;
  const row = figureRows(
    await measureBoth(context, `idle, ${String(seconds)} s`, (name) =>
      measure(context, name, seconds),
    ),
  );
  return {
    name: "idle",
    title: `Idle, ${String(seconds)} s`,
    notes: [
      "Queries are counted on the way to Postgres; begin and commit count as queries. CPU time as the system accounts it.",
    ],
    rows: [
      {
        ...row("queries", "per s", (m) => m.queriesPerSecond),
        must: atMost(5),
        aim: atMost(2),
      },
      {
        ...row("CPU", "% of a core", (m) => m.cpuPercent),
        must: atMost(1),
      },
    ],
  };
}

async function measure(
  context: BenchContext,
  name: ContestantName,
  seconds: number,
): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const counter = await startQueryCounter(context.server);
  stack.defer(() => counter.close());
  let campaignId = "";
  return await inArena(
    context,
    name,
    {
      scenario: {},
      databasePort: counter.port,
      prepare: async (pool) => {
        await addTrunks(pool, { count: 1, cps: 10, channels: 10 });
        campaignId = await addCampaign(pool, { concurrent: 10 });
      },
    },
    async ({ pool, contestant }) => {
      await activate(pool, campaignId);
      await wait(settleMs);
      const queriesBefore = counter.count();
      const cpuBefore = contestant.cpuMs();
      const startedMs = performance.now();
      await wait(seconds * 1_000);
      const tookMs = performance.now() - startedMs;
      const cpuAfter = contestant.cpuMs();
      contestant.assertAlive();
      return {
        queriesPerSecond: ((counter.count() - queriesBefore) / tookMs) * 1_000,
        cpuPercent:
          cpuBefore === null || cpuAfter === null
            ? null
            : ((cpuAfter - cpuBefore) / tookMs) * 100,
      };
    },
  );
}
