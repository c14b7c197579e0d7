/**
 * One call as the PBX's events show it: its history, call events emitted once each, and the agent who has it. The
 * subclass knows what its PBX sends and how an end is decided.
 *
 *   WAITING_AGENT ─▶ AGENT_RINGING ─▶ BRIDGED ─▶ WAITING_AGENT (given back, transferred) …
 */
import { noHistory } from "../port.ts";
import type {
  AmdResult,
  CallEvent,
  CallHistory,
  EndCause,
  RefusalReason,
} from "../port.ts";
import { shiftedBy } from "./call-times.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type WithoutBase<E> = E extends CallEvent
  ? Omit<E, "attemptId" | "at" | "dedupKey">
  : never;

/** In the order in which a call goes through them. */
export const agentPhases = [
  "WAITING_AGENT",
  "AGENT_RINGING",
  "BRIDGED",
] as const;
export type AgentPhase = (typeof agentPhases)[number];

/** An agent's phone that belongs to a call; id and channel are those of the PBX. */
export interface AgentLeg {
  readonly id: string;
  readonly channel: string;
  readonly agentId: string;
}

export interface CallStart {
  readonly attemptId: string;
  /** Followed from its start without a gap. */
  readonly followed: boolean;
  /** Steps of the PBX's clock before this call: its times are by the clock at its start. */
  readonly stepsMs: number;
}

export abstract class TrackedCall {
  readonly attemptId: string;
  /** Followed from its start without a gap. */
  followed: boolean;
  hasChannel = false;
  /** Ids of its legs that are still there. */
  readonly legIds = new Set<string>();
  /** When the grace time ends, epoch ms; null when nothing is expected. */
  dueMs: number | null = null;
  protected readonly history: Mutable<CallHistory> = { ...noHistory };
  /** Ids of the agents' legs that ring. */
  protected readonly ringing = new Set<string>();
  protected phase: AgentPhase | null = null;
  /** Id of who is bridged with the call; empty for somebody unknown, null for nobody. */
  protected partner: string | null = null;
  readonly #stepsMs: number;
  #amdStarted = false;

  constructor({ attemptId, followed, stepsMs }: CallStart) {
    this.attemptId = attemptId;
    this.followed = followed;
    this.#stepsMs = stepsMs;
  }

  /**
   * Decides as much as the received events allow.
   * @param graceMs how long to wait for a missing event
   * @returns true when the call is over and may be forgotten
   */
  abstract settle(nowMs: number, graceMs: number): boolean;

  /** Events were missed. */
  abstract hasGap(): void;

  /** Called for a fact with the PBX's time; the subclass decides whether it may be emitted now. */
  protected abstract deliver(event: CallEvent): void;

  get isAnswered(): boolean {
    return this.history.answerAt !== null;
  }

  rang(at: string): void {
    if (this.history.ringAt !== null) return;
    this.history.ringAt = at;
    this.emit(at, "RINGING", { kind: "RINGING" });
  }

  progressed(at: string): void {
    if (this.history.earlyMediaAt !== null) return;
    this.history.earlyMediaAt = at;
    this.emit(at, "EARLY_MEDIA", { kind: "EARLY_MEDIA" });
  }

  answered(at: string): void {
    if (this.isAnswered) return;
    this.history.answerAt = at;
    this.emit(at, "ANSWERED", { kind: "ANSWERED" });
  }

  amdStarted(at: string): void {
    if (this.#amdStarted || this.history.amdResult !== null) return;
    this.#amdStarted = true;
    this.emit(at, "AMD_STARTED", { kind: "AMD_STARTED" });
  }

  amdDecided(result: AmdResult, at: string): void {
    if (this.history.amdResult !== null) return;
    this.history.amdResult = result;
    this.emit(at, `AMD_RESULT:${result}`, { kind: "AMD_RESULT", result });
  }

  noted(note: string, at: string): void {
    this.emit(at, `NOTED:${at}:${note}`, { kind: "NOTED", note });
  }

  /** The caller waits for an agent, for the first time or again. */
  abstract waitsForAgent(at: string): void;

  protected emitWaiting(at: string): void {
    this.emit(at, `WAITING_AGENT:${at}`, { kind: "WAITING_AGENT" });
  }

  protected emitAgentRinging({ id, agentId, channel }: AgentLeg, at: string) {
    const who = { agentId, agentChannel: channel };
    const key = `AGENT_RINGING:${at}:${id.slice(0, 60)}`;
    this.emit(at, key, { kind: "AGENT_RINGING", ...who });
  }

  /** @param leg null: nobody known @param key distinguishes talks of the same moment */
  protected emitBridged(
    leg: Pick<AgentLeg, "agentId" | "channel"> | null,
    key: string,
    at: string,
  ): void {
    const agentId = leg?.agentId ?? null;
    const agentChannel = leg?.channel ?? null;
    const dedupKey = `BRIDGED:${at}:${key}`;
    this.emit(at, dedupKey, { kind: "BRIDGED", agentId, agentChannel });
  }

  /** @param leg null: the call came to, or returned to, nobody known */
  protected agentIs(leg: Pick<AgentLeg, "agentId" | "channel"> | null): void {
    this.history.agentId = leg?.agentId ?? null;
    this.history.agentChannel = leg?.channel ?? null;
  }

  /** @returns whether the last phone of those that rang for it has stopped ringing */
  protected stopsRinging(legId: string): boolean {
    const was = this.ringing.delete(legId);
    return was && this.ringing.size === 0 && this.phase === "AGENT_RINGING";
  }

  /** Begins the grace time at the first call. @returns whether it is over */
  protected graceIsOver(nowMs: number): boolean {
    return this.dueMs !== null && nowMs >= this.dueMs;
  }

  /**
   * The Originate failed: emits REFUSED if there never was a channel, otherwise a provisional end.
   * @returns true when the call is over
   */
  protected emitFailure(
    at: string,
    refusal: { readonly reason: RefusalReason; readonly message: string },
    end: EndCause & { readonly timedOut: boolean },
  ): boolean {
    if (!this.hasChannel && this.followed) {
      this.emit(at, "REFUSED", { kind: "REFUSED", ...refusal });
      return true;
    }
    const kind = "ORIGINATE_FAILED";
    this.emit(at, kind, { kind, ...end });
    return !this.hasChannel;
  }

  protected emit(
    at: string,
    dedupKey: string,
    what: WithoutBase<CallEvent>,
  ): void {
    const event = { attemptId: this.attemptId, at, dedupKey, ...what };
    this.deliver(shiftedBy(event, this.#stepsMs));
  }
}
