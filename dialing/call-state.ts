/**
 * The life of one attempt as a pure reducer.
 *
 *   QUEUED ── claimed ──▶ ORIGINATING ─▶ RINGING ─▶ EARLY_MEDIA      dialling
 *                              └───────────┴──────────┴─▶ ANSWERED ⇄ AMD_PROCESSING      answered
 *                                                            └─▶ WAITING_AGENT ⇄ AGENT_RINGING ⇄ BRIDGED
 *   any ── ended ──▶ ENDED | NO_ANSWER | BUSY | FAILED | ABANDONED | CANCELLED            final
 *
 * Facts (times, AMD verdict, agent) only accumulate: a time keeps its earliest value, so repeats and
 * late events change nothing. The state is read off the facts and its phase never falls. Inside the
 * agent phase the later PBX time wins, because an agent who does not pick up gives the caller back.
 *
 * The end is entered by an authoritative event (a complete ENDED, REFUSED, NOT_SENT). A lesser word
 * (ORIGINATE_FAILED, an ENDED of a call not followed from its start, LOST) is kept in `pendingEnd`
 * and decides only when SETTLE has passed without a better one. A complete ENDED carries the whole
 * history, which is why the same events in any order end in the same row.
 */
import type {
  AmdResult,
  CallEvent,
  HangupSource,
  RefusalReason,
} from "../adapters/port.ts";
import { decideOutcome, outcomeTraits } from "./outcome.ts";
import type { EndFacts, EndState, Outcome } from "./outcome.ts";

export type LiveState =
  | "QUEUED"
  | "ORIGINATING"
  | "RINGING"
  | "EARLY_MEDIA"
  | "ANSWERED"
  | "AMD_PROCESSING"
  | "WAITING_AGENT"
  | "AGENT_RINGING"
  | "BRIDGED";
export type CallState = LiveState | EndState;

export type DeadlineType =
  | "QUEUE"
  | "ORIGINATE"
  | "RING"
  | "AMD"
  | "AGENT_ASSIGN"
  | "AGENT_RING"
  | "MAX_DURATION"
  | "SETTLE";

/** Who of us asked for the hang-up that is under way. */
export type HangupRequest =
  "SETUP" | "RING" | "AMD" | "AGENT" | "MAX_DURATION" | "OPERATOR" | "CAMPAIGN";

/** The PBX does not know the channel and never told us of its end. Made by reconciliation and timers. */
export interface LostEvent {
  readonly kind: "LOST";
  readonly attemptId: string;
  readonly at: string;
  readonly dedupKey: string;
}
export type AttemptEvent = CallEvent | LostEvent;

/** A lesser terminal event that waits for SETTLE. Higher rank replaces lower. */
export interface PendingEnd {
  readonly rank: number;
  readonly at: string;
  readonly cause: number | null;
  readonly causeName: string | null;
  readonly sipStatus: number | null;
  readonly sipReason: string | null;
  readonly sipCallId: string | null;
  readonly source: HangupSource | null;
  readonly timedOut: boolean;
  readonly orphaned: boolean;
}

/** What the reducer reads and writes of a `call_attempts` row; times are ISO 8601 UTC. */
export interface AttemptFacts {
  readonly id: string;
  readonly state: CallState;
  readonly outcome: Outcome | null;
  readonly ringAt: string | null;
  readonly earlyMediaAt: string | null;
  readonly answerAt: string | null;
  readonly bridgeAt: string | null;
  readonly endAt: string | null;
  /** Time of the newest agent-phase event; null before that phase. */
  readonly agentPhaseAt: string | null;
  readonly agentId: string | null;
  readonly agentChannel: string | null;
  readonly amdResult: AmdResult | null;
  readonly disposition: string | null;
  readonly hangupRequested: HangupRequest | null;
  readonly pendingEnd: PendingEnd | null;
  readonly hangupCause: string | null;
  readonly hangupCauseCode: number | null;
  readonly sipFinalCode: number | null;
  readonly sipFinalReason: string | null;
  readonly sipCallId: string | null;
  readonly hangupSource: HangupSource | null;
  readonly refusal: RefusalReason | null;
}

const phaseOf: Readonly<Record<CallState, number>> = {
  QUEUED: 0,
  ORIGINATING: 1,
  RINGING: 1,
  EARLY_MEDIA: 1,
  ANSWERED: 2,
  AMD_PROCESSING: 2,
  WAITING_AGENT: 3,
  AGENT_RINGING: 3,
  BRIDGED: 3,
  ENDED: 4,
  NO_ANSWER: 4,
  BUSY: 4,
  FAILED: 4,
  ABANDONED: 4,
  CANCELLED: 4,
};

export function isEnded(state: CallState): state is EndState {
  return phaseOf[state] === 4;
}

/** True from the Originate to the answer: these are the calls that `MAX_CONCURRENT_ORIGINATES` counts. */
export function isDialling(state: CallState): boolean {
  return phaseOf[state] === 1;
}

/** Folds events into an attempt. The result does not depend on their order or on repeats. */
export function foldEvents(
  attempt: AttemptFacts,
  events: readonly AttemptEvent[],
): AttemptFacts {
  return events.reduce(transition, attempt);
}

/** One event into one attempt; an ended attempt is final. */
export function transition(
  attempt: AttemptFacts,
  event: AttemptEvent,
): AttemptFacts {
  if (isEnded(attempt.state)) return attempt;
  switch (event.kind) {
    case "RINGING":
      return settleState({
        ...attempt,
        ringAt: earlier(attempt.ringAt, event.at),
      });
    case "EARLY_MEDIA":
      return settleState({
        ...attempt,
        earlyMediaAt: earlier(attempt.earlyMediaAt, event.at),
      });
    case "ANSWERED":
      return settleState({
        ...attempt,
        answerAt: earlier(attempt.answerAt, event.at),
      });
    case "AMD_STARTED":
      return settleState(attempt, "AMD_PROCESSING");
    case "AMD_RESULT":
      return settleState({ ...attempt, amdResult: event.result });
    case "WAITING_AGENT":
    case "AGENT_RINGING":
    case "BRIDGED":
      return enterAgentPhase(attempt, event);
    case "DISPOSITION":
      return { ...attempt, disposition: event.disposition };
    case "NOTED":
      return attempt;
    case "ORIGINATE_FAILED":
      return awaitSettle(attempt, {
        ...endOf(event),
        rank: 1,
        sipCallId: null,
        source: null,
      });
    case "LOST":
      return awaitSettle(attempt, lostEnd(event.at));
    case "ENDED":
      return applyEnded(attempt, event);
    case "REFUSED":
      return finish(
        { ...attempt, refusal: event.reason },
        refusedEnd(event.at),
        false,
      );
    case "NOT_SENT":
      return finish(attempt, refusedEnd(event.at), true);
  }
}

/** SETTLE has passed: what was pending decides. Without a pending end the attempt is unchanged. */
export function settle(attempt: AttemptFacts): AttemptFacts {
  return attempt.pendingEnd === null || isEnded(attempt.state)
    ? attempt
    : finish(attempt, attempt.pendingEnd, false);
}

/** Ends an attempt that was never sent: dropped by a pause, a closed window or its QUEUE deadline. */
export function cancelQueued(attempt: AttemptFacts, at: string): AttemptFacts {
  return finish(attempt, refusedEnd(at), true);
}

type AgentEvent = Extract<
  AttemptEvent,
  { kind: "WAITING_AGENT" | "AGENT_RINGING" | "BRIDGED" }
>;

function enterAgentPhase(
  attempt: AttemptFacts,
  event: AgentEvent,
): AttemptFacts {
  const newest =
    attempt.agentPhaseAt === null || event.at >= attempt.agentPhaseAt;
  const named = event.kind === "WAITING_AGENT" ? {} : agentOf(event);
  const next: AttemptFacts = {
    ...attempt,
    answerAt: attempt.answerAt ?? event.at,
    bridgeAt:
      event.kind === "BRIDGED"
        ? earlier(attempt.bridgeAt, event.at)
        : attempt.bridgeAt,
    ...(newest ? { agentPhaseAt: event.at, ...named } : {}),
  };
  return newest ? settleState(next, event.kind) : settleState(next);
}

function agentOf(event: Exclude<AgentEvent, { kind: "WAITING_AGENT" }>) {
  return { agentId: event.agentId, agentChannel: event.agentChannel };
}

/** The state that the facts show, unless a higher or equal-phase one was named or is already there. */
function settleState(attempt: AttemptFacts, named?: LiveState): AttemptFacts {
  if (named !== undefined && phaseOf[named] === 3)
    return { ...attempt, state: named };
  if (phaseOf[attempt.state] === 3) return attempt;
  const amdRuns =
    attempt.amdResult === null &&
    (named === "AMD_PROCESSING" || attempt.state === "AMD_PROCESSING");
  if (amdRuns) return { ...attempt, state: "AMD_PROCESSING" };
  if (attempt.answerAt !== null || phaseOf[attempt.state] === 2)
    return { ...attempt, state: "ANSWERED" };
  if (attempt.earlyMediaAt !== null)
    return { ...attempt, state: "EARLY_MEDIA" };
  if (attempt.ringAt !== null) return { ...attempt, state: "RINGING" };
  return attempt;
}

type EndedEvent = Extract<AttemptEvent, { kind: "ENDED" }>;

function applyEnded(attempt: AttemptFacts, event: EndedEvent): AttemptFacts {
  const { history } = event;
  const merged: AttemptFacts = {
    ...attempt,
    ringAt: earlier(attempt.ringAt, history.ringAt),
    earlyMediaAt: earlier(attempt.earlyMediaAt, history.earlyMediaAt),
    answerAt: earlier(attempt.answerAt, history.answerAt),
    bridgeAt: earlier(attempt.bridgeAt, history.bridgeAt),
    agentPhaseAt:
      attempt.agentPhaseAt ?? history.waitingAgentAt ?? history.bridgeAt,
    agentId: history.agentId ?? attempt.agentId,
    agentChannel: history.agentChannel ?? attempt.agentChannel,
    amdResult: history.amdResult ?? attempt.amdResult,
  };
  const end = {
    ...endOf(event),
    rank: 2,
    sipCallId: event.sipCallId,
    source: event.source,
  };
  return event.complete
    ? finish(merged, end, false)
    : awaitSettle(settleState(merged), end);
}

function awaitSettle(attempt: AttemptFacts, end: PendingEnd): AttemptFacts {
  const held = attempt.pendingEnd;
  if (held === null) return { ...attempt, pendingEnd: end };
  const better = preferred(held, end);
  return {
    ...attempt,
    pendingEnd: { ...better, timedOut: held.timedOut || end.timedOut },
  };
}

/** Higher rank, then the earlier time: a choice that does not depend on which came first. */
function preferred(a: PendingEnd, b: PendingEnd): PendingEnd {
  if (a.rank !== b.rank) return a.rank > b.rank ? a : b;
  return a.at <= b.at ? a : b;
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

function finish(
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
    hangupSource: sourceOf(requested, end, outcome),
  };
}

function sourceOf(
  requested: HangupRequest | null,
  end: PendingEnd,
  outcome: Outcome,
): HangupSource | null {
  if (requested === "OPERATOR" || requested === "CAMPAIGN") return "SYSTEM";
  if (requested !== null || end.timedOut) return "TIMEOUT";
  if (end.orphaned) return "ERROR";
  return end.source ?? (outcome === "CANCELLED" ? "SYSTEM" : null);
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a <= b ? a : b;
}

type CauseEvent = Extract<AttemptEvent, { kind: "ENDED" | "ORIGINATE_FAILED" }>;

function endOf(event: CauseEvent) {
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

function lostEnd(at: string): PendingEnd {
  return { ...noCause, rank: 0, at, orphaned: true };
}

function refusedEnd(at: string): PendingEnd {
  return { ...noCause, rank: 3, at, orphaned: false };
}
