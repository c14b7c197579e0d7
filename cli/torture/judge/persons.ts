/**
 * A person is one lead, whichever of its numbers is called: never called on two at once, and no more often than the
 * campaign allows.
 */
import type { AttemptRow, Evidence } from "../evidence.ts";
import { describe, isLiveAt } from "./calls.ts";
import type { Finding } from "./finding.ts";
import type { MatchedCall } from "./match.ts";

/** For these ends the row certainly showed at the next pass whether the telephone had rung. */
const HEARD_TO_THE_END: ReadonlySet<string> = new Set([
  ...["ANSWERED", "ABANDONED", "MACHINE", "NO_ANSWER", "DECLINED"],
]);
const ROUNDING_MS = 20;

/** PERSON_TWICE, ATTEMPTS and GAP. */
export function judgePersons(
  evidence: Evidence,
  matched: readonly MatchedCall[],
): Finding[] {
  const { leads, campaigns } = evidence.rows;
  const ofLead = Map.groupBy(matched, ({ attempt }) => attempt?.leadId ?? "");
  const most = new Map(campaigns.map((row) => [row.id, row.maxAttempts]));
  const findings: Finding[] = [];
  for (const { id, campaignId } of leads) {
    const calls = ofLead.get(id) ?? [];
    findings.push(...atOnce(calls));
    const counted = calls.filter(({ attempt }) => attempt?.counts === true);
    const limit = most.get(campaignId) ?? Infinity;
    if (counted.length > limit)
      findings.push({
        rule: "ATTEMPTS",
        text: `lead ${id}: ${counted.length} of ${limit}: ${counted.map(describe).join(" | ")}`,
      });
  }
  return [...findings, ...withinGap(evidence, matched)];
}

function atOnce(calls: readonly MatchedCall[]): Finding[] {
  return calls.flatMap((match, index): Finding[] => {
    const live = calls
      .slice(0, index)
      .find(({ call }) => isLiveAt(call, match.call.at));
    if (live === undefined || live.call.number === match.call.number) return [];
    const text = `${describe(live)} | ${describe(match)}`;
    return [{ rule: "PERSON_TWICE", text }];
  });
}

/** By telephone, across leads and campaigns. */
function withinGap(
  { rows }: Evidence,
  matched: readonly MatchedCall[],
): Finding[] {
  const byNumber = Map.groupBy(matched, ({ call }) => call.number);
  return [...byNumber.values()].flatMap((calls) =>
    calls.flatMap((match, index): Finding[] => {
      const last = calls[index - 1];
      const rangUntil = last?.attempt && knownRing(last.attempt);
      if (last === undefined || typeof rangUntil !== "number") return [];
      const earliest = rangUntil + rows.minGapSeconds * 1_000 - ROUNDING_MS;
      if (match.isSecond || match.call.at >= earliest) return [];
      const text = `${describe(last)} | ${describe(match)}`;
      return [{ rule: "GAP", text }];
    }),
  );
}

/** Until when it rang or talked, by the row; null: not known. */
function knownRing({ hasRung, outcome, endAt }: AttemptRow): number | null {
  return hasRung && HEARD_TO_THE_END.has(outcome ?? "") ? endAt : null;
}
