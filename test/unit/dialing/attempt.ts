import { noHistory } from "../../../adapters/port.ts";
import type {
  AttemptEvent,
  AttemptFacts,
} from "../../../dialing/call-facts.ts";

const attemptId = "0b8f3f5e-7c39-4f0e-9d5a-6d2f1c1f0a11";
const startMs = Date.UTC(2026, 0, 5, 13);

/** The PBX's time so many milliseconds after the Originate. */
export function at(ms: number): string {
  return new Date(startMs + ms).toISOString();
}

/** An attempt whose Originate has just been claimed. */
export function originating(given: Partial<AttemptFacts> = {}): AttemptFacts {
  return {
    id: attemptId,
    state: "ORIGINATING",
    outcome: null,
    ringAt: null,
    earlyMediaAt: null,
    answerAt: null,
    bridgeAt: null,
    endAt: null,
    agentPhaseAt: null,
    agentId: null,
    agentChannel: null,
    amdResult: null,
    disposition: null,
    hangupRequested: null,
    pendingEnd: null,
    hangupCause: null,
    hangupCauseCode: null,
    sipFinalCode: null,
    sipFinalReason: null,
    sipCallId: null,
    hangupSource: null,
    refusal: null,
    ...given,
  };
}

type Distribute<E> = E extends unknown
  ? Omit<E, "attemptId" | "at" | "dedupKey">
  : never;
/** What an event says besides its attempt, time and key. */
export type Said = Distribute<AttemptEvent>;

export function eventAt(ms: number, said: Said): AttemptEvent {
  const base = { attemptId, at: at(ms), dedupKey: `${said.kind}:${ms}` };
  return { ...base, ...said };
}

/** The end of a call, a normal clearing unless told otherwise. */
export function ended(
  ms: number,
  given: Partial<Extract<Said, { kind: "ENDED" }>> = {},
): AttemptEvent {
  return eventAt(ms, {
    kind: "ENDED",
    complete: true,
    history: noHistory,
    source: "CALLEE",
    timedOut: false,
    sipCallId: "call@pbx",
    cause: 16,
    causeName: "NORMAL_CLEARING",
    sipStatus: null,
    sipReason: null,
    ...given,
  });
}

export function originateFailed(
  ms: number,
  given: Partial<Extract<Said, { kind: "ORIGINATE_FAILED" }>> = {},
): AttemptEvent {
  return eventAt(ms, {
    kind: "ORIGINATE_FAILED",
    timedOut: false,
    cause: 17,
    causeName: "USER_BUSY",
    sipStatus: null,
    sipReason: null,
    ...given,
  });
}
