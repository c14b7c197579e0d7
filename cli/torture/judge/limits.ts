/** Rates and numbers of simultaneous calls, by the carrier's own count and by the rows. */
import type { Evidence, TrunkRow } from "../evidence.ts";
import { clock } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { overlaps } from "./who-received.ts";
import type { MatchedCall } from "./match.ts";

const SECOND_MS = 1_000;
/** Calls that were permitted under the old limit may still be under way when a new one is committed. */
const PERMITTED_BEFORE_MS = 1_000;
/**
 * The limit applies where the PBX dials. From there to the carrier's record an INVITE takes some milliseconds, with
 * variations that grow on a slow machine.
 */
const INVITES_DIFFER_MS = 15;

export interface Rates {
  readonly findings: readonly Finding[];
  /** The fullest second of each trunk, by its name. */
  readonly worst: Readonly<Record<string, number>>;
}

/** RATE: the calls that reached the carrier in any `(t − 1 s, t]`. */
export function judgeRates(
  evidence: Evidence,
  matched: readonly MatchedCall[],
): Rates {
  const findings: Finding[] = [];
  const worst: Record<string, number> = {};
  for (const trunk of evidence.rows.trunks) {
    const times = matched
      .filter(({ attempt }) => attempt?.trunkId === trunk.id)
      .map(({ call }) => call.at);
    let first = 0;
    let most = 0;
    for (const [last, at] of times.entries()) {
      const windowMs = SECOND_MS - unevenMs(evidence, at);
      while ((times[first] ?? at) <= at - windowMs) first += 1;
      const count = last - first + 1;
      const limit = limitIn(evidence, trunk, times[first] ?? at, at);
      most = Math.max(most, count);
      if (count > limit)
        findings.push({
          rule: "RATE",
          text: `${trunk.name}: ${count} calls in the second before ${clock(at)}, limit ${limit}`,
        });
    }
    worst[trunk.name] = most;
  }
  return { findings, worst };
}

/** By how much the calls of the second before `at` may have been compressed on their way to the record. */
function unevenMs({ recordedBy, lag }: Evidence, at: number): number {
  if (recordedBy === "PBX") return 0;
  const lately = { from: at - 2 * SECOND_MS, to: at };
  const late = lag
    .filter((span) => overlaps(span, lately))
    .map(({ byMs }) => byMs);
  return Math.min(SECOND_MS / 2, INVITES_DIFFER_MS + Math.max(0, ...late));
}

/** The highest limit that may have been in force for a call between the two moments. */
function limitIn(
  { commands }: Evidence,
  trunk: TrunkRow,
  from: number,
  to: number,
): number {
  const changes = commands.flatMap((command) =>
    command.what === "CPS" && command.trunkId === trunk.id ? [command] : [],
  );
  let limit = 0;
  let begins = -Infinity;
  let inForce = changes[0]?.before ?? trunk.cpsLimit;
  for (const change of changes) {
    if (begins <= to && change.to + PERMITTED_BEFORE_MS >= from)
      limit = Math.max(limit, inForce);
    begins = change.from;
    inForce = change.after;
  }
  return begins <= to ? Math.max(limit, inForce) : limit;
}

/** CHANNELS and CONCURRENCY, at the carrier and in the rows. */
export function judgeAtOnce(
  { rows }: Evidence,
  matched: readonly MatchedCall[],
): Finding[] {
  const atCarrier = matched.flatMap(({ call, attempt }) =>
    attempt === null || call.endedAt === null
      ? []
      : [{ attempt, from: call.at, to: call.endedAt }],
  );
  const inRows = rows.attempts.map((attempt) => ({
    attempt,
    from: attempt.queuedAt,
    to: Math.max(attempt.endAt ?? Infinity, attempt.queuedAt),
  }));
  const findings: Finding[] = [];
  for (const [where, all] of [
    ["at the carrier", atCarrier],
    ["in the rows", inRows],
  ] as const) {
    for (const { id, name, maxChannels } of rows.trunks) {
      const most = mostAtOnce(all.filter((c) => c.attempt.trunkId === id));
      if (most > maxChannels)
        findings.push({
          rule: "CHANNELS",
          text: `${name}: ${most} ${where}, limit ${maxChannels}`,
        });
    }
    for (const { id, name, maxConcurrentCalls } of rows.campaigns) {
      const most = mostAtOnce(all.filter((c) => c.attempt.campaignId === id));
      if (most > maxConcurrentCalls)
        findings.push({
          rule: "CONCURRENCY",
          text: `${name}: ${most} ${where}, limit ${maxConcurrentCalls}`,
        });
    }
  }
  return findings;
}

/** A call that ends in the moment in which another begins has made room for it. */
function mostAtOnce(
  spans: readonly { readonly from: number; readonly to: number }[],
): number {
  const steps = spans.flatMap(({ from, to }) => [
    { at: from, step: 1 },
    { at: to, step: -1 },
  ]);
  steps.sort((a, b) => a.at - b.at || a.step - b.step);
  let now = 0;
  let most = 0;
  for (const { step } of steps) {
    now += step;
    most = Math.max(most, now);
  }
  return most;
}
