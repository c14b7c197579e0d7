/**
 * One call as FreeSWITCH's events show it: facts gathered, call events emitted once each, its end decided.
 *
 *   sent ─(any event of its channel)─▶ rung / early media ─▶ answered ─▶ agent phase ─(HANGUP_COMPLETE)─▶ over
 *     └─(job failed, no channel)─▶ refused: nothing was dialled
 *
 * FreeSWITCH guarantees no order: CREATE may come after ANSWER, the job's result before or after the hang-up, and
 * ANSWER may be missing. So times are read from the events' own headers (`Caller-Channel-…-Time`), and HANGUP_COMPLETE,
 * which carries all of them, ends the call by itself. The job's result does not show whether the call was answered
 * (`-ERR` for calls that were, `+OK` for some that were not); it ends a call only if no event of its channel arrives
 * within the grace time.
 */
import { agentPhases, TrackedCall } from "../calls/tracked-call.ts";
import type { AgentLeg, AgentPhase, CallStart } from "../calls/tracked-call.ts";
import type { CallEvent, EndCause, RefusalReason } from "../port.ts";
import { amdResultOf } from "./amd.ts";
import { hadNowhereToGo } from "./broken-hand-over.ts";
import { isTimeout, sourceOf } from "./end-cause.ts";
import { timeOf } from "./event.ts";
import type { EslEvent } from "./event.ts";

/** A job that failed. */
export interface JobFailure {
  readonly at: string;
  readonly end: EndCause;
  /** What the failure means when there never was a channel. */
  readonly refusal: RefusalReason;
  readonly message: string;
}

/** A leg that is hung up because its talk is over ends within a few milliseconds. */
const AT_ONCE_MS = 500;

export class EslCall extends TrackedCall {
  readonly #emit: (event: CallEvent) => void;
  #phaseAt = "";
  /** When the agent's leg of a talk ended first. */
  #agentLeftAt: string | null = null;
  #failure: JobFailure | null = null;
  /** An agent's phone stopped ringing; the caller waits again unless the call is over too. */
  #givenBackAt: string | null = null;

  constructor(start: CallStart, emit: (event: CallEvent) => void) {
    super(start);
    this.#emit = emit;
  }

  /** Records the times that any event of its own channel carries. */
  noteTimes(event: EslEvent): void {
    const answerAt = timeOf(event.get("Caller-Channel-Answered-Time"));
    // A talk gives this leg the agent's progress time: only a time before the answer is the callee's.
    const isOwn = (at: string | null): at is string =>
      at !== null && (answerAt === null || at <= answerAt);
    const ringAt = timeOf(event.get("Caller-Channel-Progress-Time"));
    const mediaAt = timeOf(event.get("Caller-Channel-Progress-Media-Time"));
    if (isOwn(ringAt) && !this.isAnswered) this.rang(ringAt);
    if (isOwn(mediaAt) && !this.isAnswered) this.progressed(mediaAt);
    if (answerAt !== null) this.answered(answerAt);
  }

  override answered(given: string): void {
    // The switch's clock may have been set back a little since it rang.
    super.answered(latestOf(given, this.history.ringAt));
  }

  override waitsForAgent(at: string): void {
    if (this.phase === "WAITING_AGENT" && at >= this.#phaseAt) return;
    const { waitingAgentAt } = this.history;
    if (waitingAgentAt === null || at < waitingAgentAt)
      this.history.waitingAgentAt = at;
    if (this.#enters("WAITING_AGENT", at)) {
      this.partner = null;
      this.agentIs(null);
    }
    this.emitWaiting(at);
  }

  /** Events come in any order, so their own time decides; at equal times the later phase wins. */
  #enters(phase: AgentPhase, at: string): boolean {
    const isOlder =
      at < this.#phaseAt ||
      (at === this.#phaseAt &&
        this.phase !== null &&
        agentPhases.indexOf(phase) < agentPhases.indexOf(this.phase));
    if (isOlder) return false;
    this.phase = phase;
    this.#phaseAt = at;
    this.#givenBackAt = null;
    this.#agentLeftAt = null;
    return true;
  }

  agentRings(leg: AgentLeg, at: string): void {
    if (this.ringing.has(leg.id) || this.partner !== null) return;
    this.ringing.add(leg.id);
    if (this.#enters("AGENT_RINGING", at)) this.agentIs(leg);
    this.emitAgentRinging(leg, at);
  }

  /**
   * The agent did not pick up: the caller waits again, unless another phone still rings or another agent has the call.
   * @param cancelled the phone stopped because somebody else ended the ringing, perhaps the caller
   */
  agentDeclined(legId: string, at: string, cancelled: boolean): void {
    if (!this.stopsRinging(legId)) return;
    if (cancelled) this.#givenBackAt = at;
    else this.waitsForAgent(at);
  }

  bridged(leg: AgentLeg, at: string): void {
    const isRepeat = this.phase === "BRIDGED" && at <= this.#phaseAt;
    if (this.partner === leg.id || isRepeat) return;
    this.answered(at);
    this.history.bridgeAt ??= at;
    if (this.#enters("BRIDGED", at)) {
      this.partner = leg.id;
      this.ringing.clear();
      this.agentIs(leg);
    }
    this.emitBridged(leg, leg.id.slice(0, 60), at);
  }

  /** @param callerIsGone this leg had been hung up before the talk ended */
  unbridged(callerIsGone: boolean, at: string): void {
    if (this.partner === null) return;
    this.partner = null;
    this.#agentLeftAt = callerIsGone ? null : at;
  }

  override hasGap(): void {
    this.followed = false;
    this.ringing.clear();
    this.#givenBackAt = null;
  }

  failed(failure: JobFailure): void {
    this.#failure ??= failure;
  }

  /** Ends the call. @param event CHANNEL_HANGUP_COMPLETE, or CHANNEL_DESTROY, which carries the same later */
  ended(event: EslEvent, end: EndCause, given: string): void {
    this.#fillFrom(event);
    const { ringAt, answerAt, bridgeAt } = this.history;
    const at = latestOf(given, ringAt, answerAt, bridgeAt);
    const timedOut = !this.isAnswered && isTimeout(end);
    this.emit(at, "ENDED", {
      kind: "ENDED",
      complete: this.followed,
      history: { ...this.history },
      source: sourceOf(event, end, this.#agentEndedIt(at)),
      timedOut,
      sipCallId: event.get("variable_sip_call_id")?.slice(0, 250) ?? null,
      ...(this.phase === null &&
      this.history.bridgeAt === null &&
      hadNowhereToGo(event)
        ? { refusal: "NO_SUCH_EXTENSION" as const }
        : {}),
      ...end,
    });
  }

  /** A caller whom the dialplan keeps after the talk was not hung up by the agent. */
  #agentEndedIt(at: string): boolean {
    return (
      this.#agentLeftAt !== null &&
      Date.parse(at) - Date.parse(this.#agentLeftAt) < AT_ONCE_MS
    );
  }

  /** Adds times whose own events were not received. */
  #fillFrom(event: EslEvent): void {
    this.noteTimes(event);
    const history = this.history;
    history.amdResult ??= amdResultOf(event);
    const bridgeAt = timeOf(event.get("Caller-Channel-Bridged-Time"));
    if (history.bridgeAt !== null || bridgeAt === null) return;
    history.bridgeAt = bridgeAt;
    const channel = event.get("variable_bridge_channel") ?? null;
    history.agentChannel ??= channel;
    history.agentId ??= event.get("variable_cc_agent") ?? channel;
  }

  override settle(nowMs: number, graceMs: number): boolean {
    if (this.#failure === null && this.#givenBackAt === null) return false;
    if (!this.graceIsOver(nowMs)) {
      this.dueMs ??= nowMs + graceMs;
      return false;
    }
    this.dueMs = null;
    if (this.#givenBackAt !== null) this.waitsForAgent(this.#givenBackAt);
    return this.#failure !== null && this.#concludeFailure(this.#failure);
  }

  #concludeFailure({ at, end, refusal, message }: JobFailure): boolean {
    this.#failure = null;
    const timedOut = isTimeout(end);
    const refused = { reason: refusal, message };
    return this.emitFailure(at, refused, { timedOut, ...end });
  }

  protected override deliver(event: CallEvent): void {
    this.#emit(event);
  }
}

/** Of times as `toISOString` writes them. */
function latestOf(at: string, ...others: readonly (string | null)[]): string {
  return others.reduce<string>(
    (latest, one) => (one !== null && one > latest ? one : latest),
    at,
  );
}
