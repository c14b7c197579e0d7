/**
 * What becomes of a lead when an attempt has ended, and whether the same dial may go on through another
 * trunk. Ceilings come first: no outcome, rule or callback gets past `max_dials`.
 */
import { outcomeTraits, type Outcome } from "./outcome.ts";

/** A row of `retry_rules`. `maxTries`: how often a lead may be tried again after this outcome; 0 means never. */
export interface RetryRule {
  readonly delaySeconds: number;
  readonly maxTries: number;
}

export interface RetryFacts {
  readonly outcome: Outcome;
  /** When the attempt ended, epoch ms. */
  readonly endMs: number;
  /** Counted attempts of the lead, this one included if it counts. */
  readonly attemptsCounted: number;
  /** All Originates for the lead, this one included if it was sent. */
  readonly dials: number;
  readonly maxAttempts: number;
  readonly maxDials: number;
  /** Earlier attempts of this lead with the same outcome (or disposition, where `dispositionRule` is given): the retries made. */
  readonly triesOfThisOutcome: number;
  /** The rule for the outcome; null when there is none. */
  readonly rule: RetryRule | null;
  /** The rule for the disposition that an agent or bot has given this call; it takes the outcome rule's place. */
  readonly dispositionRule: RetryRule | null;
  /** When the person asked to be called back, epoch ms. */
  readonly callbackAtMs: number | null;
  /** The phone is on a do-not-call list for good, or the disposition put it there. */
  readonly doNotCall: boolean;
  /** 0 to 1, random: spreads leads that failed together. */
  readonly jitter: number;
}

export type RetryDecision =
  | {
      readonly status: "RETRY";
      readonly nextAttemptAtMs: number;
      /** The outcome, or `CALLBACK`. */
      readonly reason: string;
    }
  | {
      readonly status: "DONE" | "FAILED" | "INVALID" | "DNC";
      /** The outcome, or what ended the tries: `MAX_ATTEMPTS`, `MAX_DIALS`, `MAX_TRIES`, `NO_RULE`, `DNC`. */
      readonly reason: string;
    };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** At most this share of the delay is added as jitter, and never more than five minutes. */
const JITTER_SHARE = 0.1;
const MAX_JITTER_MS = 300_000;
/** A machine that answered at ten will answer at ten tomorrow: closer than this is the same time of day. */
const SAME_TIME_OF_DAY_MS = 2 * HOUR_MS;
const OTHER_TIME_OF_DAY_MS = 3 * HOUR_MS;

/**
 * Decides the lead's next status after an attempt with `facts.outcome` by its rule.
 *
 * The time of a retry is the earliest moment by the rules; the window, the phone's gap and the daily
 * maximum are applied when the lead is claimed.
 */
export function decideRetry(facts: RetryFacts): RetryDecision {
  const { outcome } = facts;
  if (facts.doNotCall) return { status: "DNC", reason: "DNC" };
  if (outcome === "INVALID_NUMBER" || outcome === "FAX") {
    return { status: "INVALID", reason: outcome };
  }
  const callbackAtMs = dueCallback(facts);
  const settled = outcome === "ANSWERED" && facts.dispositionRule === null;
  if (settled && callbackAtMs === null) {
    return { status: "DONE", reason: outcome };
  }
  const ceiling = reachedCeiling(facts);
  if (ceiling !== null) return { status: "FAILED", reason: ceiling };
  if (callbackAtMs !== null) {
    return {
      status: "RETRY",
      nextAttemptAtMs: callbackAtMs,
      reason: "CALLBACK",
    };
  }
  if (outcome === "CANCELLED") {
    return { status: "RETRY", nextAttemptAtMs: facts.endMs, reason: outcome };
  }
  return byRule(facts, facts.dispositionRule ?? facts.rule);
}

/** A callback that lies in the past was served by this very attempt. */
function dueCallback(facts: RetryFacts): number | null {
  const { callbackAtMs, endMs } = facts;
  return callbackAtMs !== null && callbackAtMs > endMs ? callbackAtMs : null;
}

/** A cancelled attempt reached nobody, so only the dials can have run out. */
function reachedCeiling(facts: RetryFacts): string | null {
  const attemptsUsedUp = facts.attemptsCounted >= facts.maxAttempts;
  if (attemptsUsedUp && facts.outcome !== "CANCELLED") return "MAX_ATTEMPTS";
  return facts.dials >= facts.maxDials ? "MAX_DIALS" : null;
}

function byRule(facts: RetryFacts, rule: RetryRule | null): RetryDecision {
  if (rule === null) return { status: "FAILED", reason: "NO_RULE" };
  if (facts.triesOfThisOutcome >= rule.maxTries) {
    return { status: "FAILED", reason: "MAX_TRIES" };
  }
  const delayMs = rule.delaySeconds * 1000;
  const shiftMs = facts.outcome === "MACHINE" ? otherTimeOfDay(delayMs) : 0;
  const jitterMs =
    facts.jitter * Math.min(delayMs * JITTER_SHARE, MAX_JITTER_MS);
  return {
    status: "RETRY",
    nextAttemptAtMs: Math.round(facts.endMs + delayMs + shiftMs + jitterMs),
    reason: facts.outcome,
  };
}

/** What to add to a delay of about whole days, so that it does not end at the same time of day. */
function otherTimeOfDay(delayMs: number): number {
  const awayMs = delayMs % DAY_MS;
  if (delayMs < DAY_MS - SAME_TIME_OF_DAY_MS) return 0;
  const same =
    awayMs < SAME_TIME_OF_DAY_MS || awayMs > DAY_MS - SAME_TIME_OF_DAY_MS;
  return same ? OTHER_TIME_OF_DAY_MS : 0;
}

export interface TrunkMoveFacts {
  readonly outcome: Outcome;
  /** 180 or 183 was seen: the person's phone has rung. */
  readonly rung: boolean;
  /** Moves that this dial has made already. */
  readonly movesSoFar: number;
  readonly otherTrunkAvailable: boolean;
}

/** Whether this dial goes on through another trunk: at most once, and never when the person was rung. */
export function mayMoveTrunk(facts: TrunkMoveFacts): boolean {
  return (
    outcomeTraits[facts.outcome].mayMoveTrunk &&
    !facts.rung &&
    facts.movesSoFar < 1 &&
    facts.otherTrunkAvailable
  );
}
