/** How an attempt enters its end: which of several ends decides, and what it makes of the facts. */
import type { HangupSource } from "../adapters/port.ts";
import type {
  AttemptEvent,
  AttemptFacts,
  HangupRequest,
  PendingEnd,
} from "./call-facts.ts";
import { codeClassOf } from "./end-codes.ts";
import { decideOutcome, isFarEnds, outcomeTraits } from "./outcome.ts";
import type { EndFacts, Outcome } from "./outcome.ts";

/** Keeps a provisional end until SETTLE; of several the best, whichever came first. */
export function awaitSettle(
  attempt: AttemptFacts,
  end: PendingEnd,
): AttemptFacts {
  const held = attempt.pendingEnd;
  if (held === null) return { ...attempt, pendingEnd: end };
  const better = preferred(held, end);
  return {
    ...attempt,
    pendingEnd: { ...better, timedOut: held.timedOut || end.timedOut },
  };
}

/** Higher rank, then the earlier time, then any fixed order: never that of arrival. */
function preferred(a: PendingEnd, b: PendingEnd): PendingEnd {
  if (a.rank !== b.rank) return a.rank > b.rank ? a : b;
  if (a.at !== b.at) return a.at < b.at ? a : b;
  return textOf(a) >= textOf(b) ? a : b;
}

function textOf(end: PendingEnd): string {
  const { cause, causeName, sipStatus, sipReason, sipCallId, source } = end;
  return JSON.stringify([
    cause,
    causeName,
    sipStatus,
    sipReason,
    sipCallId,
    source,
  ]);
}

const requestedBy: Readonly<Record<HangupRequest, EndFacts["endedBy"]>> = {
  SETUP: "SETUP_TIMEOUT",
  RING: "RING_TIMEOUT",
  AMD: "AMD_TIMEOUT",
  AGENT: "AGENT_TIMEOUT",
  MAX_DURATION: "MAX_DURATION",
  OPERATOR: "OPERATOR",
  CAMPAIGN: "CAMPAIGN",
};

/**
 * Enters the ended state with this end.
 *
 * @param notSent known never to have been written
 */
export function finish(
  attempt: AttemptFacts,
  end: PendingEnd,
  notSent: boolean,
): AttemptFacts {
  const requested = attempt.hangupRequested;
  const endedBy =
    requested === null
      ? end.timedOut
        ? "PBX_TIMEOUT"
        : "REMOTE"
      : requestedBy[requested];
  const outcome = decideOutcome({
    rung: attempt.ringAt !== null || attempt.earlyMediaAt !== null,
    answered: attempt.answerAt !== null,
    waitedForAgent: attempt.agentPhaseAt !== null,
    bridged: attempt.bridgeAt !== null,
    amdResult: attempt.amdResult,
    cause: end.cause,
    causeName: end.causeName,
    sipStatus: end.sipStatus,
    endedBy,
    refusal: attempt.refusal,
    notSent,
    orphaned: end.orphaned,
  });
  return {
    ...attempt,
    state: outcomeTraits[outcome].endState,
    outcome,
    endAt: end.at,
    pendingEnd: null,
    hangupCause: end.causeName,
    hangupCauseCode: end.cause,
    sipFinalCode: end.sipStatus,
    sipFinalReason: end.sipReason,
    sipCallId: end.sipCallId ?? attempt.sipCallId,
    hangupSource: sourceOf(attempt, end, outcome),
  };
}

function sourceOf(
  { hangupRequested: requested, answerAt }: AttemptFacts,
  end: PendingEnd,
  outcome: Outcome,
): HangupSource | null {
  if (requested === "OPERATOR" || requested === "CAMPAIGN") return "SYSTEM";
  if (requested !== null || end.timedOut)
    return answerAt === null ? (refusedBy(end) ?? "TIMEOUT") : "TIMEOUT";
  if (end.orphaned) return "ERROR";
  return end.source ?? (outcome === "CANCELLED" ? "SYSTEM" : null);
}

/** Who was quicker than the time-out by which we asked for the end; null if nobody was. */
function refusedBy(end: PendingEnd): HangupSource | null {
  const code = codeClassOf(end);
  if (!isFarEnds(code)) return null;
  // A gateway that is down is not a refusal by anybody.
  return code === "TRUNK" ? (end.source ?? "CALLEE") : "CALLEE";
}

type CauseEvent = Extract<AttemptEvent, { kind: "ENDED" | "ORIGINATE_FAILED" }>;

/** What an event itself says of the end. */
export function endOf(event: CauseEvent) {
  return {
    at: event.at,
    cause: event.cause,
    causeName: event.causeName,
    sipStatus: event.sipStatus,
    sipReason: event.sipReason,
    timedOut: event.timedOut,
    orphaned: false,
  };
}

const noCause = {
  cause: null,
  causeName: null,
  sipStatus: null,
  sipReason: null,
  sipCallId: null,
  source: null,
  timedOut: false,
};

/** The PBX does not know the call any more. */
export function lostEnd(at: string): PendingEnd {
  return { ...noCause, rank: 0, at, orphaned: true };
}

/** It was never a call: refused, not sent, dropped from the queue. */
export function refusedEnd(at: string): PendingEnd {
  return { ...noCause, rank: 3, at, orphaned: false };
}
