/**
 * How long an attempt may stay in each state. The deadline is counted on the engine's clock from the
 * moment the state was seen, never on the PBX's: the two clocks need not agree.
 */
import { isEnded } from "./call-state.ts";
import type { AttemptFacts, CallState, DeadlineType } from "./call-state.ts";

/** Milliseconds each; from the campaign, or the engine's configuration. */
export interface DeadlinePolicy {
  readonly setupTimeoutMs: number;
  readonly ringTimeoutMs: number;
  readonly maxCallDurationMs: number;
  readonly settleMs: number;
}

export interface Deadline {
  readonly type: DeadlineType;
  readonly atMs: number;
}

/** A slot plus this much and the attempt is dropped: the person is better called by a later pass. */
export const queueDeadlineMs = 15_000;
/** Asterisk's AMD() with its defaults decides within 5 s of the answer (total_analysis_time). */
const amdDeadlineMs = 8_000;
const agentAssignDeadlineMs = 120_000;
const agentRingDeadlineMs = 20_000;
/** After a hang-up was asked for, the PBX gets this long to say that the leg is gone. */
export const hangupGraceMs = 5_000;

/**
 * The deadline of an attempt that has just changed.
 *
 * @param before what it was before the change; its deadline stays when the state did not move
 * @returns null when the present deadline stands (or the attempt has ended)
 */
export function deadlineAfter(
  before: AttemptFacts,
  after: AttemptFacts,
  policy: DeadlinePolicy,
  nowMs: number,
): Deadline | null {
  if (isEnded(after.state)) return null;
  if (after.pendingEnd !== null)
    return before.pendingEnd === null
      ? { type: "SETTLE", atMs: nowMs + policy.settleMs }
      : null;
  if (before.state === after.state) return null;
  // The dead-man limit is counted from the answer; AMD and agents only shorten what is left of it.
  const elapsed =
    after.answerAt === null
      ? 0
      : Math.max(0, nowMs - Date.parse(after.answerAt));
  return liveDeadline(after.state, policy, nowMs, before, elapsed);
}

function liveDeadline(
  state: CallState,
  policy: DeadlinePolicy,
  nowMs: number,
  before: AttemptFacts,
  answeredMs: number,
): Deadline | null {
  switch (state) {
    case "QUEUED":
      return { type: "QUEUE", atMs: nowMs + queueDeadlineMs };
    case "ORIGINATING":
      return { type: "ORIGINATE", atMs: nowMs + policy.setupTimeoutMs };
    case "RINGING":
    case "EARLY_MEDIA":
      // 183 after 180 is the same ringing: the person's patience does not start again.
      return before.ringAt !== null || before.earlyMediaAt !== null
        ? null
        : { type: "RING", atMs: nowMs + policy.ringTimeoutMs };
    case "AMD_PROCESSING":
      return { type: "AMD", atMs: nowMs + amdDeadlineMs };
    case "WAITING_AGENT":
      return { type: "AGENT_ASSIGN", atMs: nowMs + agentAssignDeadlineMs };
    case "AGENT_RINGING":
      return { type: "AGENT_RING", atMs: nowMs + agentRingDeadlineMs };
    default:
      return {
        type: "MAX_DURATION",
        atMs: nowMs + Math.max(0, policy.maxCallDurationMs - answeredMs),
      };
  }
}
