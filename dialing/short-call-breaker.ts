/**
 * The short-call circuit breaker: a campaign whose hand-over is broken is paused before it uses up its list.
 *
 * Each answered call is one piece of evidence, in the order in which the answers became known by the database's clock.
 * It counts as "held" while it talks and once it has lasted 3 s, and as "short" if it ended sooner. Of the calls
 * answered a moment ago only short ones have ended, so those that still talk are counted with them: judged by ended
 * calls alone, every healthy campaign would look broken as long as its first conversations last.
 *
 * A call that ended early for an unrelated reason is left out. One that had lasted before that stays, whatever ended
 * it: otherwise only the short ones would remain after a restart of the PBX.
 */
import type { AttemptFacts } from "./call-facts.ts";
import { isEnded } from "./call-facts.ts";
import { codeClassOf } from "./end-codes.ts";

/** Nobody listens to an announcement in less; a shorter call means a broken hand-over. */
const shortCallMs = 3_000;
/** An answer known for this long was no short call, whatever the PBX's clock did meanwhile. */
const knownToLastMs = shortCallMs + 1_000;
const callsLookedAt = 20;
/**
 * If one person in ten hangs up at once, 11 of 20 happen by chance about once a day at 50 answers a second; 15 of 25
 * once in two years. So once there are 25 calls, more than half of 20 is not enough.
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
  /** The end was not received in full: SETTLE decided by a provisional end, or by none. */
  readonly endIsAssumed: boolean;
}

/** What a call says about the hand-over, now that its facts are these. */
export function handOverOf(facts: AttemptFacts, times: NotedTimes): HandOver {
  if (facts.answerAt === null) return { atMs: null, isShort: false };
  const atMs = times.answerNotedMs ?? times.nowMs;
  const held = { atMs, isShort: false };
  if (!isEnded(facts.state) || facts.endAt === null) return held;
  if (times.nowMs - atMs >= knownToLastMs) return held;
  // Both are the PBX's times. They are not compared with the database's: the clocks may differ by hours.
  const lastedMs = Date.parse(facts.endAt) - Date.parse(facts.answerAt);
  if (!times.endIsAssumed && lastedMs >= shortCallMs) return held;
  if (times.endIsAssumed || endedForItsOwnReason(facts))
    return { atMs: null, isShort: false };
  return { atMs, isShort: true };
}

/** We hung up, the PBX went down, a machine had answered, or the agents were missing: the hand-over may be in order. */
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

/** One answered call, as the circuit breaker sees it. */
export interface AnsweredCall {
  /** Since its answer became known. */
  readonly ageMs: number;
  readonly isShort: boolean;
}

/**
 * Whether a campaign must be paused: of the last 20 calls that were answered more than 3 s ago more than half were
 * short, and of the last 25, if there are as many, at least 15.
 *
 * A younger call that still talks may become short; counted as held it can only delay the pause. So the calls of the
 * last 3 s are judged as well: if they are broken already, nothing that comes can correct it, and at many calls per
 * second the list would be used up for 3 s more.
 *
 * @param calls since the campaign was last started, newest first: all of the last 3 s, and 25 more
 */
export function shortCallBreakerTrips(calls: readonly AnsweredCall[]): boolean {
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
