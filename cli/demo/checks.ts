/**
 * What must hold after a demo. The PBX is the witness: it counted every Originate that reached it and knows what it did
 * with each, so the tables are compared with its count.
 */
import type {
  JournalEntry,
  MockPbxStats,
} from "../../adapters/mock/journal.ts";
import type { MockOutcome } from "../../adapters/mock/scenario.ts";
import type { DemoPlan, DemoResults } from "./queries.ts";
import type { Language } from "../language.ts";
import { playedOutcome } from "./played-outcome.ts";

export interface Check {
  readonly holds: boolean;
  readonly text: string;
}

export interface Witness {
  readonly stats: MockPbxStats;
  readonly journal: readonly JournalEntry[];
}

export function checkDemo(
  plan: DemoPlan,
  results: DemoResults,
  { stats, journal }: Witness,
  language: Language = "en",
): Check[] {
  const pt = language === "pt-BR";
  const { totals } = results;
  const sent = results.outcomes.reduce((sum, { sent: n }) => sum + n, 0);
  // What the PBX refuses is not a dial.
  const dialled = results.outcomes
    .filter(({ outcome }) => outcome !== "SWITCH_REFUSED")
    .reduce((sum, { sent: n }) => sum + n, 0);
  const channels = new Set(journal.map(({ attemptId }) => attemptId)).size;
  return [
    {
      holds: totals.leadsOpen === 0,
      text: pt
        ? `todo lead tem um status final (${totals.leadsOpen} não têm)`
        : `every lead has a final status (${totals.leadsOpen} have not)`,
    },
    {
      holds: totals.status === "COMPLETED" && totals.completedBy === "ENGINE",
      text: `${pt ? "o engine concluiu a campanha" : "the engine completed the campaign"} (${totals.status}${stuck(results)})`,
    },
    {
      holds: stats.duplicates === 0 && channels === stats.originates,
      text: pt
        ? `nenhuma tentativa foi originada duas vezes (${stats.duplicates} foram)`
        : `no attempt was originated twice (${stats.duplicates} were)`,
    },
    {
      holds: stats.originates === sent && totals.dials >= dialled,
      text: pt
        ? `o PABX recebeu um Originate por tentativa enviada (${stats.originates} e ${sent})`
        : `the PBX got one Originate per attempt sent (${stats.originates} and ${sent})`,
    },
    {
      holds: totals.live === 0 && stats.live === 0,
      text: pt
        ? `nenhuma ligação está mais em curso (${totals.live} na tabela, ${stats.live} no PABX)`
        : `no call is live any more (${totals.live} in the table, ${stats.live} at the PBX)`,
    },
    cpsCheck(results, stats, pt),
    channelsCheck(plan, results, stats, pt),
    outcomesCheck(results, stats, pt),
    {
      holds: totals.forbiddenDials === 0 && totals.forbiddenNotSetAside === 0,
      text: pt
        ? `números em não perturbe, repetidos e inválidos nunca foram discados (${totals.forbiddenDials} foram)`
        : `do-not-call, duplicate and invalid numbers were never dialled (${totals.forbiddenDials} were)`,
    },
  ];
}

function stuck({ totals, blockers }: DemoResults): string {
  if (totals.status === "COMPLETED" || blockers.length === 0) return "";
  return `: ${blockers.join(", ")}`;
}

function cpsCheck(
  results: DemoResults,
  stats: MockPbxStats,
  pt: boolean,
): Check {
  const of = pt ? "de" : "of";
  const worst = results.trunks.map(({ name, cpsLimit }) => ({
    seen: stats.trunks[name]?.worstRollingSecond ?? 0,
    cpsLimit,
  }));
  const figures = worst.map(
    ({ seen, cpsLimit }) => `${seen} ${of} ${cpsLimit}`,
  );
  return {
    holds: worst.every(({ seen, cpsLimit }) => seen <= cpsLimit),
    text: pt
      ? `nenhum segundo corrido teve mais ligações que o limite do tronco (pior: ${figures.join(", ")})`
      : `no rolling second had more calls than its trunk's limit (worst: ${figures.join(", ")})`,
  };
}

function channelsCheck(
  plan: DemoPlan,
  { trunks }: DemoResults,
  stats: MockPbxStats,
  pt: boolean,
): Check {
  const of = pt ? "de" : "of";
  const figures = trunks.map((t) => `${t.mostLive} ${of} ${t.maxChannels}`);
  return {
    holds:
      trunks.every((trunk) => trunk.mostLive <= trunk.maxChannels) &&
      stats.mostLive <= plan.maxConcurrentCalls,
    text: pt
      ? `troncos e campanha respeitaram os seus canais (máximo ao mesmo tempo: ${figures.join(", ")}; campanha ${stats.mostLive} de ${plan.maxConcurrentCalls})`
      : `trunks and campaign kept to their channels (most at once: ${figures.join(", ")}; campaign ${stats.mostLive} of ${plan.maxConcurrentCalls})`,
  };
}

function outcomesCheck(
  results: DemoResults,
  stats: MockPbxStats,
  pt: boolean,
): Check {
  const played = new Map<string, number>();
  for (const [name, count] of Object.entries(stats.byOutcome)) {
    const outcome = playedOutcome[name as MockOutcome];
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
        `${name}: ${pt ? "PABX" : "PBX"} ${played.get(name) ?? 0}, ${pt ? "tabela" : "table"} ${written.get(name) ?? 0}`,
    );
  const text = pt
    ? "a tabela tem os resultados que o PABX simulou"
    : "the table has the outcomes that the PBX played";
  return {
    holds: different.length === 0,
    text: different.length === 0 ? text : `${text} (${different.join("; ")})`,
  };
}
