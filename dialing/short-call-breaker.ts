/**
 * The brake: a campaign whose hand-over is broken is paused before its list burns.
 *
 * Each answered call is one piece of evidence, in the order in which the answers became known by the database's
 * clock. It says "held" while it talks and once it has lasted 3 s, and "short" if it ended sooner. Only short ones
 * have ended of the calls that were answered a moment ago, so those that still talk are counted with them: judged by
 * ended calls alone, every healthy campaign would look broken as long as its first conversations last.
 *
 * A call that ended early for a reason of its own says nothing and is left out. One that had lasted before that
 * stays, whatever ended it: else only the short ones would remain after a restart of the PBX.
 */
import type { AttemptFacts } from "./call-facts.ts";
import { isEnded } from "./call-facts.ts";
import { codeClassOf } from "./end-codes.ts";

/** Nobody hears an announcement out in less; so short a call means a broken hand-over. */
const shortCallMs = 3_000;
/** An answer that has been known for this long was no short call, whatever the PBX's clock did meanwhile. */
const knownToLastMs = shortCallMs + 1_000;
const callsLookedAt = 20;
/**
 * With one person in ten who hangs up at once, 11 of 20 happen by chance about once a day at 50 answers a second; 15 of
 * 25 once in two years. So once there are 25 calls, more than the half of 20 must be short.
 */
export const mostCallsLookedAt = 25;
const shortOfMost = 15;

/** What one call says about the hand-over. */
export interface HandOver {
  /** When its answer became known, by the database's clock, epoch ms; null when it says nothing. */
  readonly atMs: number | null;
  readonly isShort: boolean;
}

/** Times by the database's clock, epoch ms. */
export interface NotedTimes {
  /** When the answer became known; null when it was not before now. */
  readonly answerNotedMs: number | null;
  readonly nowMs: number;
  /** The end was not heard in full: SETTLE decided by a lesser word, or by none. */
  readonly endIsAssumed: boolean;
}

/** What a call says about the hand-over, now that its facts are these. */
export function handOverOf(facts: AttemptFacts, times: NotedTimes): HandOver {
  if (facts.answerAt === null) return { atMs: null, isShort: false };
  const atMs = times.answerNotedMs ?? times.nowMs;
  const held = { atMs, isShort: false };
  if (!isEnded(facts.state) || facts.endAt === null) return held;
  if (times.nowMs - atMs >= knownToLastMs) return held;
  // Both are the PBX's times. The database's are not compared with them: the clocks may differ by hours.
  const lastedMs = Date.parse(facts.endAt) - Date.parse(facts.answerAt);
  if (!times.endIsAssumed && lastedMs >= shortCallMs) return held;
  if (times.endIsAssumed || endedForItsOwnReason(facts))
    return { atMs: null, isShort: false };
  return { atMs, isShort: true };
}

/** We hung up, the PBX went down, a machine had answered, or the agents were missing: the hand-over may be well. */
function endedForItsOwnReason(facts: AttemptFacts): boolean {
  return (
    facts.hangupRequested !== null ||
    facts.hangupSource === "ERROR" ||
    facts.outcome === "ABANDONED" ||
    facts.outcome === "MACHINE" ||
    facts.outcome === "FAX" ||
    codeClassOf({
      sipStatus: null,
      causeName: facts.hangupCause,
      cause: facts.hangupCauseCode,
    }) === "SWITCH"
  );
}

/** One answered call, as the brake looks at it. */
export interface AnsweredCall {
  /** Since its answer became known. */
  readonly ageMs: number;
  readonly isShort: boolean;
}

/**
 * Whether a campaign must be paused: of the last 20 calls that were answered more than 3 s ago more than half were
 * short, and of the last 25, where there are as many, at least 15.
 *
 * A call that is younger and talks may still become short; counted as held it can only delay. So the calls of the
 * last 3 s are judged as well: where they are broken already, nothing that comes can mend it, and at many calls per
 * second the list would burn for 3 s more.
 *
 * @param calls since the campaign was last started, newest first: all of the last 3 s, and 25 more
 */
export function brakeTripped(calls: readonly AnsweredCall[]): boolean {
  // At place n: how many of the n newest were short.
  const shortUpTo = [0];
  for (const { isShort } of calls)
    shortUpTo.push((shortUpTo.at(-1) ?? 0) + (isShort ? 1 : 0));
  const shortAmong = (newest: number, count: number) =>
    (shortUpTo[newest + count] ?? 0) - (shortUpTo[newest] ?? 0);
  const firstOld = calls.findIndex(({ ageMs }) => ageMs > shortCallMs);
  const lastWindow = Math.min(
    firstOld === -1 ? Infinity : firstOld,
    calls.length - callsLookedAt,
  );
  for (let newest = 0; newest <= lastWindow; newest++)
    if (
      shortAmong(newest, callsLookedAt) > callsLookedAt / 2 &&
      (calls.length - newest < mostCallsLookedAt ||
        shortAmong(newest, mostCallsLookedAt) >= shortOfMost)
    )
      return true;
  return false;
}
