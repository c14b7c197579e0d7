/** What is known of one attempt: the events and the row that the reducer in `call-state.ts` works on. */
import type {
  AmdResult,
  CallEvent,
  HangupSource,
  RefusalReason,
} from "../adapters/port.ts";
import type { EndState, Outcome } from "./outcome.ts";

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

/** Which part of the engine asked for the hang-up under way. */
export const hangupRequests = [
  "SETUP",
  "RING",
  "AMD",
  "AGENT",
  "MAX_DURATION",
  "OPERATOR",
  "CAMPAIGN",
] as const;
export type HangupRequest = (typeof hangupRequests)[number];

/** The PBX does not know the channel and never reported its end. Made by reconciliation and timers. */
export interface LostEvent {
  readonly kind: "LOST";
  readonly attemptId: string;
  readonly at: string;
  readonly dedupKey: string;
}
export type AttemptEvent = CallEvent | LostEvent;

/** A provisional end that waits for SETTLE. A higher rank replaces a lower one. */
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
  /** Time of the newest agent-phase event, in an ended call of the first; null before that phase. */
  readonly agentPhaseAt: string | null;
  /** The agent who has the call, or has it ringing; in an ended call who had it last, as the PBX reports it. */
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

/** The phase: 0 queued, 1 dialling, 2 answered, 3 agent, 4 ended. */
export const phaseOf: Readonly<Record<CallState, number>> = {
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
