/** Compares the carrier's calls with the rows: who was called, how often, and with which result. */
import type {
  AttemptRow,
  CarrierCall,
  Command,
  Evidence,
} from "../evidence.ts";
import { excuseOf } from "./excuse.ts";
import { clock } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { digitsOf } from "./match.ts";
import type { MatchedCall } from "./match.ts";

/** Outcomes that imply that the person was called; an Originate that never arrived cannot have them. */
const OF_A_PERSON: ReadonlySet<string> = new Set([
  ...["ANSWERED", "ABANDONED", "MACHINE", "FAX", "NO_ANSWER", "BUSY"],
  ...["DECLINED", "INVALID_NUMBER", "UNREACHABLE", "REJECTED"],
]);
/** The campaigns' `setup_timeout_seconds` is 5: before that no timer of the engine ends an unanswered call. */
const NO_TIMER_BEFORE_MS = 4_500;
const ROUNDING_MS = 20;

export function describe({ call, attempt }: MatchedCall): string {
  const row =
    attempt === null
      ? "no row"
      : `row ${attempt.id} ${attempt.outcome ?? attempt.state}`;
  const ended =
    call.endedAt === null
      ? ""
      : `, over ${clock(call.endedAt)} by ${call.endedBy ?? "nobody"}`;
  return `${call.number} at ${clock(call.at)}: carrier ${call.outcome ?? "nothing"}${call.answeredAt === null ? "" : `, answered ${clock(call.answeredAt)}`}${ended}; ${row}`;
}

/** TWICE, STRANGER, UNKNOWN_CALL, NOT_AT_CARRIER. */
export function judgeWho(
  { rows }: Evidence,
  matched: readonly MatchedCall[],
): Finding[] {
  const phones = new Set(
    rows.leads.flatMap(({ phone, furtherPhones }) =>
      [phone ?? "", ...furtherPhones].map(digitsOf),
    ),
  );
  const arrived = new Set(matched.map(({ attempt }) => attempt));
  const found = matched.flatMap((match): Finding[] => {
    const { call, attempt, isSecond } = match;
    const text = describe(match);
    if (isSecond) return [{ rule: "TWICE", text }];
    if (!phones.has(call.number)) return [{ rule: "STRANGER", text }];
    const sentAt = attempt?.originateAt ?? null;
    const sentTo = attempt === null ? "" : digitsOf(attempt.phone);
    // What the switch refused was not a dial, so its row has no time at which it was sent.
    const isTurnedAway =
      attempt?.outcome === "SWITCH_REFUSED" &&
      call.outcome === "SWITCH_REFUSED";
    const fits = (sentAt !== null || isTurnedAway) && sentTo === call.number;
    return fits ? [] : [{ rule: "UNKNOWN_CALL", text }];
  });
  const missing = rows.attempts
    .filter((row) => !arrived.has(row) && OF_A_PERSON.has(row.outcome ?? ""))
    .map(({ id, outcome, phone }): Finding => ({
      rule: "NOT_AT_CARRIER",
      text: `row ${id} says ${outcome ?? ""} of ${phone}`,
    }));
  return [...found, ...missing];
}

export interface Agreement {
  readonly findings: readonly Finding[];
  /** Rows that are ORPHANED because no engine could know better. */
  readonly orphaned: number;
  /** How many of those calls a person had answered. */
  readonly orphanedAnswered: number;
  /** Rows that say less than the carrier because no engine could know better. */
  readonly unheard: number;
  /** Rows of either kind about which the standby knew more and could not hand it in in time. */
  readonly standbyAlone: number;
}

/** OUTCOME and CUT. */
export function judgeOutcomes(
  evidence: Evidence,
  matched: readonly MatchedCall[],
): Agreement {
  const findings: Finding[] = [];
  let [orphaned, orphanedAnswered, unheard, standbyAlone] = [0, 0, 0, 0];
  for (const match of matched) {
    const { call, attempt, isSecond } = match;
    const hasEnded = (attempt?.endAt ?? null) !== null;
    if (attempt === null || !hasEnded || isSecond) continue;
    const cut = wasCut(evidence, match);
    if (cut) findings.push({ rule: "CUT", text: describe(match) });
    const outcome = attempt.outcome ?? "";
    const agrees =
      agreeing(call).includes(outcome) ||
      (outcome === "CANCELLED" && endedAfterCancel(evidence, match));
    if (cut || agrees) continue;
    const excuse = excuseOf(evidence, match);
    if (excuse === null)
      findings.push({ rule: "OUTCOME", text: describe(match) });
    else if (excuse === "STANDBY_ALONE") standbyAlone += 1;
    else if (outcome !== "ORPHANED") unheard += 1;
    else {
      orphaned += 1;
      if (call.answeredAt !== null) orphanedAnswered += 1;
    }
  }
  return { findings, orphaned, orphanedAnswered, unheard, standbyAlone };
}

/** Outcomes that would show what the carrier did if an engine had been connected all the time. */
function agreeing(call: CarrierCall): readonly string[] {
  const { outcome, endedBy, answeredAt, rangAt } = call;
  switch (endedBy) {
    case "REFUSAL":
    case "CARRIER":
      return outcome === null ? [] : [outcome];
    case "COMMAND":
    case "RESTART":
      if (answeredAt !== null) return ["ANSWERED"];
      return rangAt === null
        ? ["NETWORK_CONGESTION", "CANCELLED"]
        : ["NO_ANSWER", "CANCELLED"];
    case null:
      // The PBX accepted it and never sent an event: only a timer can end it.
      return ["NETWORK_CONGESTION", "ORPHANED"];
  }
}

/** The engine was hanging up, and the carrier was faster. */
function endedAfterCancel(
  evidence: Evidence,
  { call, attempt }: MatchedCall,
): boolean {
  const cancelledAt = cancelOf(evidence, attempt)?.from ?? Infinity;
  return call.answeredAt === null && (call.endedAt ?? 0) >= cancelledAt;
}

function cancelOf(
  { commands }: Evidence,
  attempt: AttemptRow | null,
): Command | undefined {
  return commands.find(
    (command) =>
      command.what === "CANCEL" && command.campaignId === attempt?.campaignId,
  );
}

function wasCut(evidence: Evidence, { call, attempt }: MatchedCall): boolean {
  if (call.endedBy !== "COMMAND" || attempt === null) return false;
  if (cancelOf(evidence, attempt) !== undefined) return false;
  const lastedMs = (call.endedAt ?? call.at) - call.at;
  return call.answeredAt !== null || lastedMs < NO_TIMER_BEFORE_MS;
}

/** TOO_SOON and TWO_LIVE. */
export function judgeRepeats(
  { rows }: Evidence,
  matched: readonly MatchedCall[],
): Finding[] {
  const delays = new Map(rows.retryRules.map((rule) => [rule.outcome, rule]));
  const findings: Finding[] = [];
  const byNumber = Map.groupBy(matched, ({ call }) => call.number);
  for (const calls of byNumber.values()) {
    for (const [index, match] of calls.entries()) {
      const before = calls.slice(0, index);
      const live = before.find(({ call }) => isLiveAt(call, match.call.at));
      if (live !== undefined)
        findings.push({
          rule: "TWO_LIVE",
          text: `${describe(live)} | ${describe(match)}`,
        });
      const last = before.findLast(
        ({ attempt }) =>
          attempt !== null && attempt.leadId === match.attempt?.leadId,
      );
      if (last !== undefined && isTooSoon(last, match, delays))
        findings.push({
          rule: "TOO_SOON",
          text: `${describe(last)} | ${describe(match)}`,
        });
    }
  }
  return findings;
}

export function isLiveAt(call: CarrierCall, at: number): boolean {
  if (call.endedBy === "REFUSAL" || call.outcome === null) return false;
  // A call without any event has no channel.
  if (call.endedAt === null) return call.rangAt !== null;
  return call.endedAt > at;
}

function isTooSoon(
  last: MatchedCall,
  next: MatchedCall,
  rules: ReadonlyMap<string, { delaySeconds: number; maxTries: number }>,
): boolean {
  const [before, after] = [last.attempt, next.attempt];
  const endAt = before?.endAt ?? null;
  if (before === null || endAt === null) return false;
  if (after === null || next.isSecond) return false;
  // A second try on another trunk: allowed once, and only if nobody was rung before.
  if (after.previousAttemptId === before.id) return last.call.rangAt !== null;
  const rule = rules.get(before.outcome ?? "");
  if (before.outcome === "CANCELLED") return false;
  if (rule === undefined || rule.maxTries === 0) return true;
  const earliest = endAt + rule.delaySeconds * 1_000 - ROUNDING_MS;
  return next.call.at < earliest;
}

/** COUNTERS: the counts in `leads` equal the sums over the attempts. */
export function judgeCounters({ rows }: Evidence): Finding[] {
  const byLead = Map.groupBy(rows.attempts, ({ leadId }) => leadId);
  return rows.leads.flatMap(({ id, dials, attempts }): Finding[] => {
    const own: readonly AttemptRow[] = byLead.get(id) ?? [];
    const dialled = own.filter(({ originateAt }) => originateAt !== null);
    const counted = own.filter(({ counts, endAt }) => counts && endAt !== null);
    if (dials === dialled.length && attempts === counted.length) return [];
    const text = `lead ${id}: dials ${dials} of ${dialled.length}, attempts ${attempts} of ${counted.length}`;
    return [{ rule: "COUNTERS", text }];
  });
}
