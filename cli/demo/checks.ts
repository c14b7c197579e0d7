/**
 * What must hold after a demo. The PBX is the witness: it counted every Originate that reached it and
 * knows what it did with each, so the tables are held against what it says.
 */
import type {
  JournalEntry,
  MockPbxStats,
} from "../../adapters/mock/journal.ts";
import type { MockOutcome } from "../../adapters/mock/scenario.ts";
import type { DemoPlan, DemoResults } from "../../database/demo.ts";

export interface Check {
  readonly holds: boolean;
  readonly text: string;
}

export interface Witness {
  readonly stats: MockPbxStats;
  readonly journal: readonly JournalEntry[];
}

/** How `dialing/outcome.ts` names what the mock PBX played. */
const outcomeOf: Readonly<Record<MockOutcome, string>> = {
  answered: "ANSWERED",
  no_answer: "NO_ANSWER",
  early_media_no_answer: "NO_ANSWER",
  busy: "BUSY",
  declined: "DECLINED",
  invalid: "INVALID_NUMBER",
  unreachable: "UNREACHABLE",
  rejected: "REJECTED",
  congestion: "NETWORK_CONGESTION",
  silent: "NETWORK_CONGESTION",
  mute: "NETWORK_CONGESTION",
  trunk_fault: "TRUNK_FAULT",
  switch_refused: "SWITCH_REFUSED",
};

export function checkDemo(
  plan: DemoPlan,
  results: DemoResults,
  { stats, journal }: Witness,
): Check[] {
  const { totals } = results;
  const sent = results.outcomes.reduce((sum, { sent: n }) => sum + n, 0);
  const channels = new Set(journal.map(({ attemptId }) => attemptId)).size;
  return [
    {
      holds: totals.leadsOpen === 0,
      text: `every lead has a final status (${totals.leadsOpen} have not)`,
    },
    {
      holds: totals.status === "COMPLETED" && totals.completedBy === "ENGINE",
      text: `the engine completed the campaign (${totals.status}${stuck(results)})`,
    },
    {
      holds: stats.duplicates === 0 && channels === stats.originates,
      text: `no attempt was originated twice (${stats.duplicates} were)`,
    },
    {
      holds: stats.originates === sent && totals.dials >= sent,
      text: `the PBX got one Originate per attempt sent (${stats.originates} and ${sent})`,
    },
    {
      holds: totals.live === 0 && stats.live === 0,
      text: `no call is live any more (${totals.live} in the table, ${stats.live} at the PBX)`,
    },
    cpsCheck(results, stats),
    channelsCheck(plan, results, stats),
    outcomesCheck(results, stats),
    {
      holds: totals.forbiddenDials === 0 && totals.forbiddenNotSetAside === 0,
      text: `do-not-call, duplicate and invalid numbers were never dialled (${totals.forbiddenDials} were)`,
    },
  ];
}

function stuck({ totals, blockers }: DemoResults): string {
  if (totals.status === "COMPLETED" || blockers.length === 0) return "";
  return `: ${blockers.join(", ")}`;
}

function cpsCheck(results: DemoResults, stats: MockPbxStats): Check {
  const worst = results.trunks.map(({ name, cpsLimit }) => ({
    seen: stats.trunks[name]?.worstRollingSecond ?? 0,
    cpsLimit,
  }));
  const figures = worst.map(({ seen, cpsLimit }) => `${seen} of ${cpsLimit}`);
  return {
    holds: worst.every(({ seen, cpsLimit }) => seen <= cpsLimit),
    text: `no rolling second had more calls than its trunk's limit (worst: ${figures.join(", ")})`,
  };
}

function channelsCheck(
  plan: DemoPlan,
  { trunks }: DemoResults,
  stats: MockPbxStats,
): Check {
  const figures = trunks.map((t) => `${t.mostLive} of ${t.maxChannels}`);
  return {
    holds:
      trunks.every((trunk) => trunk.mostLive <= trunk.maxChannels) &&
      stats.mostLive <= plan.maxConcurrentCalls,
    text: `trunks and campaign kept to their channels (most at once: ${figures.join(", ")}; campaign ${stats.mostLive} of ${plan.maxConcurrentCalls})`,
  };
}

function outcomesCheck(results: DemoResults, stats: MockPbxStats): Check {
  const played = new Map<string, number>();
  for (const [name, count] of Object.entries(stats.byOutcome)) {
    const outcome = outcomeOf[name as MockOutcome];
    played.set(outcome, (played.get(outcome) ?? 0) + count);
  }
  const written = new Map(
    results.outcomes.flatMap(({ outcome, sent }) =>
      sent === 0 ? [] : [[outcome, sent] as const],
    ),
  );
  const names = [...new Set([...played.keys(), ...written.keys()])];
  const different = names
    .filter((name) => played.get(name) !== written.get(name))
    .map(
      (name) =>
        `${name}: PBX ${played.get(name) ?? 0}, table ${written.get(name) ?? 0}`,
    );
  const text = "the table has the outcomes that the PBX played";
  return {
    holds: different.length === 0,
    text: different.length === 0 ? text : `${text} (${different.join("; ")})`,
  };
}
