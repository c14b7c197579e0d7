/**
 * The life of one attempt as a pure reducer.
 *
 *   QUEUED ── claimed ──▶ ORIGINATING ─▶ RINGING ─▶ EARLY_MEDIA      dialling
 *                              └───────────┴──────────┴─▶ ANSWERED ⇄ AMD_PROCESSING      answered
 *                                                            └─▶ WAITING_AGENT ⇄ AGENT_RINGING ⇄ BRIDGED
 *   any ── ended ──▶ ENDED | NO_ANSWER | BUSY | FAILED | ABANDONED | CANCELLED            final
 *
 * Facts only accumulate, each by a rule that depends neither on order nor on repeats: a time keeps its earliest value,
 * and of AMD's verdicts the one that says most stands. The state is derived from the facts, and its phase never falls.
 * Inside the agent phase the later PBX time wins, with its agent, because an agent who does not pick up gives the
 * caller back.
 *
 * An authoritative event ends the attempt (a complete ENDED, REFUSED, NOT_SENT). A provisional end (ORIGINATE_FAILED,
 * an ENDED of a call not followed from its start, LOST) is kept in `pendingEnd` and decides only when SETTLE has passed
 * without a better one. The history of a complete ENDED takes precedence over the events received before, so the same
 * events in any order end in the same row. Only one thing may come after the end: the first disposition.
 */
import type { AmdResult, CallHistory } from "../adapters/port.ts";
import { awaitSettle, endOf, finish, lostEnd, refusedEnd } from "./call-end.ts";
import { isEnded, phaseOf } from "./call-facts.ts";
import type { AttemptEvent, AttemptFacts } from "./call-facts.ts";

/** Folds events into an attempt. The result does not depend on their order or on repeats. */
export function foldEvents(
  attempt: AttemptFacts,
  events: readonly AttemptEvent[],
): AttemptFacts {
  return events.reduce(transition, attempt);
}

/** One event into one attempt; an ended attempt is final, except for a disposition it did not have. */
export function transition(
  attempt: AttemptFacts,
  event: AttemptEvent,
): AttemptFacts {
  if (event.kind === "DISPOSITION")
    return {
      ...attempt,
      disposition: attempt.disposition ?? event.disposition,
    };
  if (isEnded(attempt.state)) return attempt;
  switch (event.kind) {
    case "RINGING":
      return settleState(since(attempt, "ringAt", event.at));
    case "EARLY_MEDIA":
      return settleState(since(attempt, "earlyMediaAt", event.at));
    case "ANSWERED":
      return settleState(since(attempt, "answerAt", event.at));
    case "AMD_STARTED":
      return settleState(
        since(attempt, "answerAt", event.at),
        "AMD_PROCESSING",
      );
    case "AMD_RESULT":
      return settleState({
        ...attempt,
        amdResult: surer(attempt.amdResult, event.result),
      });
    case "WAITING_AGENT":
    case "AGENT_RINGING":
    case "BRIDGED":
      return enterAgentPhase(attempt, event);
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

/** One moment of the agent phase; `WAITING_AGENT` has no agent. */
interface AgentMoment {
  readonly kind: "WAITING_AGENT" | "AGENT_RINGING" | "BRIDGED";
  readonly at: string;
  readonly agentId?: string | null;
  readonly agentChannel?: string | null;
}

function enterAgentPhase(
  attempt: AttemptFacts,
  moment: AgentMoment,
): AttemptFacts {
  const bridgedAt = moment.kind === "BRIDGED" ? moment.at : null;
  const next: AttemptFacts = {
    ...attempt,
    answerAt: earlier(attempt.answerAt, moment.at),
    bridgeAt: earlier(attempt.bridgeAt, bridgedAt),
  };
  if (!isNewest(attempt, moment)) return next;
  return {
    ...next,
    state: moment.kind,
    agentPhaseAt: moment.at,
    agentId: moment.agentId ?? null,
    agentChannel: moment.agentChannel ?? null,
  };
}

/** Of the same millisecond the further state goes first, then any fixed order: never that of arrival. */
function isNewest(attempt: AttemptFacts, moment: AgentMoment): boolean {
  if (attempt.agentPhaseAt === null) return true;
  const given = rankOf(moment.at, moment.kind, moment);
  return given > rankOf(attempt.agentPhaseAt, attempt.state, attempt);
}

function rankOf(
  at: string,
  state: string,
  who: Pick<AgentMoment, "agentId" | "agentChannel">,
): string {
  const order = agentOrder.indexOf(state);
  return `${at} ${order} ${JSON.stringify([who.agentId ?? null, who.agentChannel ?? null])}`;
}

const agentOrder = ["WAITING_AGENT", "AGENT_RINGING", "BRIDGED"];

/** The state that the facts show before the agent phase. */
function settleState(
  attempt: AttemptFacts,
  named?: "AMD_PROCESSING",
): AttemptFacts {
  if (phaseOf[attempt.state] === 3) return attempt;
  const amdRuns =
    attempt.amdResult === null &&
    (named !== undefined || attempt.state === "AMD_PROCESSING");
  return { ...attempt, state: amdRuns ? "AMD_PROCESSING" : shownBy(attempt) };
}

function shownBy(attempt: AttemptFacts): AttemptFacts["state"] {
  if (attempt.answerAt !== null) return "ANSWERED";
  if (phaseOf[attempt.state] >= 2) return attempt.state;
  if (attempt.earlyMediaAt !== null) return "EARLY_MEDIA";
  return attempt.ringAt === null ? attempt.state : "RINGING";
}

type EndedEvent = Extract<AttemptEvent, { kind: "ENDED" }>;

function applyEnded(given: AttemptFacts, event: EndedEvent): AttemptFacts {
  const attempt = { ...given, refusal: event.refusal ?? given.refusal };
  const end = {
    ...endOf(event),
    rank: 2,
    sipCallId: event.sipCallId,
    source: event.source,
  };
  return event.complete
    ? finish(withFullHistory(attempt, event.history), end, false)
    : awaitSettle(withPartialHistory(attempt, event.history, event.at), end);
}

/** The facts of a call that the adapter followed to its end; earlier events fill only what it left out. */
function withFullHistory(
  attempt: AttemptFacts,
  history: CallHistory,
): AttemptFacts {
  const { agentId, agentChannel } = history;
  const agentAt =
    earlier(history.waitingAgentAt, history.bridgeAt) ??
    (agentId === null && agentChannel === null ? null : history.answerAt);
  return {
    ...attempt,
    ringAt: history.ringAt ?? attempt.ringAt,
    earlyMediaAt: history.earlyMediaAt ?? attempt.earlyMediaAt,
    answerAt: history.answerAt ?? attempt.answerAt,
    bridgeAt: history.bridgeAt ?? attempt.bridgeAt,
    agentPhaseAt: agentAt ?? attempt.agentPhaseAt,
    agentId,
    agentChannel,
    amdResult: history.amdResult ?? attempt.amdResult,
  };
}

/** A history with gaps is as good as the events it speaks of. */
function withPartialHistory(
  attempt: AttemptFacts,
  history: CallHistory,
  endAt: string,
): AttemptFacts {
  const { waitingAgentAt, bridgeAt, agentId, agentChannel } = history;
  const moments: AgentMoment[] = [];
  if (waitingAgentAt !== null)
    moments.push({ kind: "WAITING_AGENT", at: waitingAgentAt });
  if (bridgeAt !== null)
    moments.push({ kind: "BRIDGED", at: bridgeAt, agentId, agentChannel });
  else if (agentId !== null || agentChannel !== null)
    moments.push({
      kind: "AGENT_RINGING",
      at: waitingAgentAt ?? history.answerAt ?? endAt,
      agentId,
      agentChannel,
    });
  const { amdResult } = history;
  const known = {
    ...attempt,
    ringAt: earlier(attempt.ringAt, history.ringAt),
    earlyMediaAt: earlier(attempt.earlyMediaAt, history.earlyMediaAt),
    answerAt: earlier(attempt.answerAt, history.answerAt),
    amdResult:
      amdResult === null
        ? attempt.amdResult
        : surer(attempt.amdResult, amdResult),
  };
  return moments.reduce(enterAgentPhase, settleState(known));
}

/** In doubt it was a person. */
const amdOrder: readonly AmdResult[] = [
  "UNKNOWN",
  "NOTSURE",
  "MACHINE",
  "FAX",
  "HUMAN",
];

/** Detection decides once; but our own timer may have said NOTSURE before it. */
function surer(held: AmdResult | null, given: AmdResult): AmdResult {
  return held !== null && amdOrder.indexOf(held) > amdOrder.indexOf(given)
    ? held
    : given;
}

function since(
  attempt: AttemptFacts,
  what: "ringAt" | "earlyMediaAt" | "answerAt",
  at: string,
): AttemptFacts {
  return { ...attempt, [what]: earlier(attempt[what], at) };
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a <= b ? a : b;
}
