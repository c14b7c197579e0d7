/** Finds every violation in a round. Pure: facts in, findings out. */
import type { Evidence } from "./evidence.ts";
import {
  judgeCounters,
  judgeOutcomes,
  judgeRepeats,
  judgeWho,
} from "./judge/calls.ts";
import { judgeCommands } from "./judge/commands.ts";
import type { Finding } from "./judge/finding.ts";
import { judgeKeptCounts } from "./judge/kept-counts.ts";
import { judgeLeftovers } from "./judge/leftovers.ts";
import { judgePersons } from "./judge/persons.ts";
import { judgeAtOnce, judgeRates } from "./judge/limits.ts";
import { matchCalls } from "./judge/match.ts";
import {
  judgeConnections,
  judgeHealth,
  judgeLives,
} from "./judge/processes.ts";

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly calls: number;
  /** How many calls were live when each fault began. */
  readonly liveAtFaults: readonly number[];
  /**
   * Counts of allowed differences: ORPHANED where no engine could know better, and how many of these calls had been
   * answered.
   */
  readonly orphaned: number;
  readonly orphanedAnswered: number;
  /** The row says less than the carrier, and no engine could know better. */
  readonly unheard: number;
  /** Either of them, where the standby knew more and could not hand it in in time. */
  readonly standbyAlone: number;
  /** The fullest second of each trunk. */
  readonly worst: Readonly<Record<string, number>>;
}

export function judge(evidence: Evidence): Verdict {
  const matched = matchCalls(evidence);
  const { findings: outcomes, ...named } = judgeOutcomes(evidence, matched);
  const { findings: rates, worst } = judgeRates(evidence, matched);
  const findings = [
    ...judgeWho(evidence, matched),
    ...judgeRepeats(evidence, matched),
    ...judgePersons(evidence, matched),
    ...outcomes,
    ...judgeCounters(evidence),
    ...judgeKeptCounts(evidence),
    ...rates,
    ...judgeAtOnce(evidence, matched),
    ...judgeCommands(evidence, matched),
    ...judgeLeftovers(evidence),
    ...judgeLives(evidence),
    ...judgeConnections(evidence),
    ...judgeHealth(evidence),
  ];
  return {
    findings,
    ...named,
    worst,
    calls: evidence.calls.length,
    liveAtFaults: evidence.faults.map(
      ({ from }) =>
        evidence.calls.filter(
          (call) => call.at <= from && (call.endedAt ?? call.at) > from,
        ).length,
    ),
  };
}
