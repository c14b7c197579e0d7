/**
 * How long an attempt may stay in each state. The deadline is counted on the engine's clock from the
 * moment the state was seen, never on the PBX's: the two clocks need not agree.
 */
import { isEnded } from "./call-facts.ts";
import type { AttemptFacts, DeadlineType } from "./call-facts.ts";

/** Milliseconds each; from the campaign, or the engine's configuration. */
export interface DeadlinePolicy {
  readonly setupTimeoutMs: number;
  readonly ringTimeoutMs: number;
  readonly maxCallDurationMs: number;
  readonly settleMs: number;
  /** Waiting for an agent, and one agent's phone ringing. A backstop behind the dialplan's own, shorter limits. */
  readonly agentTimeoutMs: number;
}

export interface Deadline {
  readonly type: DeadlineType;
  readonly atMs: number;
}

/** An attempt this late behind its slot is dropped: a later pass serves the person better. */
export const queueDeadlineMs = 15_000;
/** Asterisk's AMD() with its defaults decides within 5 s of the answer (total_analysis_time). */
const amdDeadlineMs = 8_000;
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
  return liveDeadline(before, after, policy, nowMs);
}

/**
 * How long ago the answer was, ms. Between two moments of the PBX its own clock decides. AMD's verdict has no moment in
 * the facts: our clock decides, but by no more than detection may take, because the PBX's may be hours off.
 */
function sinceAnswerMs(
  before: AttemptFacts,
  after: AttemptFacts,
  nowMs: number,
): number {
  if (after.answerAt === null) return 0;
  const answerMs = Date.parse(after.answerAt);
  if (after.agentPhaseAt !== null)
    return Math.max(0, Date.parse(after.agentPhaseAt) - answerMs);
  return before.state === "AMD_PROCESSING"
    ? Math.min(amdDeadlineMs, Math.max(0, nowMs - answerMs))
    : 0;
}

function liveDeadline(
  before: AttemptFacts,
  after: AttemptFacts,
  policy: DeadlinePolicy,
  nowMs: number,
): Deadline | null {
  const leftMs = Math.max(
    0,
    policy.maxCallDurationMs - sinceAnswerMs(before, after, nowMs),
  );
  // The longest duration is counted from the answer; AMD and agents only shorten what is left of it.
  const within = (type: DeadlineType, ms: number): Deadline =>
    ms < leftMs
      ? { type, atMs: nowMs + ms }
      : { type: "MAX_DURATION", atMs: nowMs + leftMs };
  switch (after.state) {
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
      return within("AMD", amdDeadlineMs);
    case "WAITING_AGENT":
    case "AGENT_RINGING":
      // The person is being transferred: a conversation is not cut.
      if (after.bridgeAt !== null) return within("MAX_DURATION", leftMs);
      return within(
        after.state === "WAITING_AGENT" ? "AGENT_ASSIGN" : "AGENT_RING",
        policy.agentTimeoutMs,
      );
    default:
      return within("MAX_DURATION", leftMs);
  }
}
