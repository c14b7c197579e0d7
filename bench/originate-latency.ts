/** From a lead that is inserted into an idle campaign to its Originate at the PBX. */
import { createRandom } from "../adapters/mock/random.ts";
import { inArena } from "./arena.ts";
import type { Arena, BenchContext } from "./arena.ts";
import { measureBoth, percentileRows } from "./comparison.ts";
import type { Times } from "./comparison.ts";
import type { ContestantName } from "./contestant.ts";
import { activate, addCampaign, addFreshLeads, addTrunks } from "./leads.ts";
import { atMost, until, wait } from "./measurement.ts";
import type { Result } from "./measurement.ts";

/** Between two leads, ms: more than a pass's least interval, and another phase of every polling loop each time. */
const pauseMs = 700;
const pauseSpreadMs = 500;
const warmUps = 3;

/** From the commit's answer, and from before the insert was sent. */
type Timed = "afterCommit" | "afterSend";

export async function measureOriginateLatency(
  context: BenchContext,
): Promise<Result> {
  const count = context.quick ? 25 : 100;
  const row = percentileRows(
    await measureBoth(
      context,
      `originate latency, ${String(count)} leads`,
      (name) => measure(context, name, count),
    ),
  );
  return {
    name: "originate-latency",
    title: `Lead inserted → Originate, idle engine, ${String(count)} leads one at a time`,
    notes: [
      "Ends when the mock PBX has received the Originate over its line; starts when the insert's commit was answered, or before the insert was sent.",
    ],
    rows: [
      {
        ...row("committed → Originate, p50", "afterCommit", 0.5),
        must: atMost(15),
        aim: atMost(5),
      },
      {
        ...row("committed → Originate, p99", "afterCommit", 0.99),
        must: atMost(60),
      },
      row("insert sent → Originate, p50", "afterSend", 0.5),
      row("insert sent → Originate, p99", "afterSend", 0.99),
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
      scenario: { shares: { busy: 1 }, setupMs: 20, chaos: 0 },
      journal: "full",
      prepare: async (pool) => {
        await addTrunks(pool, { count: 1, cps: 50, channels: 50 });
        campaignId = await addCampaign(pool, { concurrent: 50 });
      },
    },
    async (arena) => {
      await activate(arena.pool, campaignId);
      const afterCommit: number[] = [];
      const afterSend: number[] = [];
      const random = createRandom(context.seed);
      for (let n = 0; n < warmUps + count; n++) {
        await wait(pauseMs + random() * pauseSpreadMs);
        const times = await insertOne(arena, campaignId, n);
        if (n < warmUps) continue;
        afterCommit.push(times.afterCommit);
        afterSend.push(times.afterSend);
      }
      return { afterCommit, afterSend };
    },
  );
}

async function insertOne(
  { pool, pbx, contestant }: Arena,
  campaignId: string,
  n: number,
): Promise<{ afterCommit: number; afterSend: number }> {
  const known = pbx.journal().length;
  const sentMs = performance.now();
  await addFreshLeads(pool, campaignId, 1, n);
  const committedMs = performance.now();
  await until(
    "the lead is dialled",
    () => {
      contestant.assertAlive();
      return pbx.journal().length > known;
    },
    10_000,
    10,
  );
  const receivedMs = pbx.journal()[known]?.receivedAtMs ?? NaN;
  return {
    // The notice of the commit can overtake its answer.
    afterCommit: Math.max(0, receivedMs - committedMs),
    afterSend: receivedMs - sentMs,
  };
}
