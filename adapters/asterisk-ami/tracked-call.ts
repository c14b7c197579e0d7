/**
 * One call as Asterisk's events show it: facts gathered, call events told once each, its end decided.
 *
 *   sent ─(Newchannel)─▶ has a channel ─▶ rung / early media ─▶ answered ─▶ agent phase ─(Hangup)─▶ over
 *     └─(OriginateResponse Failure, no channel)─▶ refused: there was no way out
 *
 * Hangup and OriginateResponse come in either order, and either may be missing, so an end before the
 * answer waits a grace for the other one. A Local channel (`Local/…/n`) is three legs: our own `;1`
 * says nothing about the carrier, so its end also waits for those of `;2` and of the trunk's leg, and
 * takes its cause from them. Until there is a trunk's leg nothing is told of it: what rings, plays and answers is
 * the dialplan itself (an announcement), and a call that ends so had no way out, as if its endpoint did not exist.
 */
import { noHistory } from "../port.ts";
import type {
  AmdResult,
  CallEvent,
  CallHistory,
  EndCause,
  HangupSource,
} from "../port.ts";
import {
  causeOf,
  endOfTalk,
  FarLegs,
  isOurTimeout,
  noWayOut,
  timedOutBy,
} from "./call-ending.ts";
import type { Failure, Progress } from "./call-ending.ts";
import { shiftedBy } from "../calls/call-times.ts";
import { NO_CAUSE } from "./end-cause.ts";
import type { Leg } from "./legs.ts";

/** FreeSWITCH's name for what Asterisk has none for. */
const SYSTEM_SHUTDOWN = "SYSTEM_SHUTDOWN";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type WithoutBase<E> = E extends CallEvent
  ? Omit<E, "attemptId" | "at" | "dedupKey">
  : never;

export interface TrackedCallHooks {
  readonly emit: (event: CallEvent) => void;
  readonly onNoWayOut: (attemptId: string) => void;
}

export class TrackedCall {
  readonly attemptId: string;
  /** Of the Originate that we wrote; null for a call of another engine, or from before. */
  readonly actionId: string | null;
  /** Seen from its start without a gap. */
  followed: boolean;
  hasChannel = false;
  isLocal = false;
  /** Ids of its legs that are still there. */
  readonly legIds = new Set<string>();
  /** Of a Local channel: those between it and the carrier. */
  readonly farLegs = new FarLegs();
  /** When the grace ends, epoch ms; null when nothing is waited for. */
  dueMs: number | null = null;
  readonly #hooks: TrackedCallHooks;
  readonly #stepsMs: number;
  /** Told once a trunk's leg shows that somebody outside was called. */
  #held: CallEvent[] = [];
  #hasExtension = false;
  #saidNoWayOut = false;
  readonly #history: Mutable<CallHistory> = { ...noHistory };
  readonly #ringing = new Set<Leg>();
  #phase: "WAITING_AGENT" | "AGENT_RINGING" | "BRIDGED" | null = null;
  #partner: string | null = null;
  #failure: Failure | null = null;
  #hangup: { readonly at: string; readonly end: EndCause } | null = null;
  #source: HangupSource | null = null;
  /** The trunk's leg that is the callee's, and the one whose far end hung up. */
  #answeredBy: Leg | null = null;
  #endedBy: Leg | null = null;
  #isShutDown = false;
  #amdStarted = false;

  constructor(
    attemptId: string,
    given: {
      readonly actionId: string | null;
      readonly followed: boolean;
      /** Of the PBX's clock before this call: its times are of the clock at its start. */
      readonly stepsMs: number;
    },
    hooks: TrackedCallHooks,
  ) {
    this.attemptId = attemptId;
    this.actionId = given.actionId;
    this.followed = given.followed;
    this.#stepsMs = given.stepsMs;
    this.#hooks = hooks;
  }

  get isAnswered(): boolean {
    return this.#history.answerAt !== null;
  }

  get hasHungUp(): boolean {
    return this.#hangup !== null;
  }

  /** A Local channel, seen from its start, of which nobody outside was dialled so far. */
  get #isInside(): boolean {
    return this.isLocal && this.followed && !this.farLegs.hasTrunkLeg;
  }

  /** The dialplan has an extension for it. */
  foundExtension(): void {
    this.#hasExtension = true;
  }

  farLegOpened(leg: Leg): void {
    this.farLegs.opened(leg);
    // Another one is tried: that the one before refused was not the callee's word.
    if (!leg.isLocal && this.#answeredBy === null) this.#endedBy = null;
    this.#release();
  }

  #release(): void {
    if (this.#isInside) return;
    for (const event of this.#held.splice(0)) this.#hooks.emit(event);
  }

  get #isRung(): boolean {
    return this.#history.ringAt !== null || this.#history.earlyMediaAt !== null;
  }

  heardFromCarrier(word: Progress, at: string): void {
    const time = word === "RINGING" ? "ringAt" : "earlyMediaAt";
    if (this.#history[time] !== null) return;
    this.#history[time] = at;
    this.#tell(at, word, { kind: word });
  }

  answered(at: string): void {
    if (this.isAnswered) return;
    this.#history.answerAt = at;
    this.#tell(at, "ANSWERED", { kind: "ANSWERED" });
  }

  amdStarted(at: string): void {
    if (this.#amdStarted || this.#history.amdResult !== null) return;
    this.#amdStarted = true;
    this.#tell(at, "AMD_STARTED", { kind: "AMD_STARTED" });
  }

  amdDecided(result: AmdResult, at: string): void {
    if (this.#history.amdResult !== null) return;
    this.#history.amdResult = result;
    this.#tell(at, `AMD_RESULT:${result}`, { kind: "AMD_RESULT", result });
  }

  noted(note: string, at: string): void {
    this.#tell(at, `NOTED:${at}:${note}`, { kind: "NOTED", note });
  }

  waitsForAgent(at: string): void {
    if (this.#phase === "WAITING_AGENT") return;
    this.#phase = "WAITING_AGENT";
    this.#partner = null;
    this.#history.waitingAgentAt ??= at;
    this.#history.agentId = null;
    this.#history.agentChannel = null;
    this.#tell(at, `WAITING_AGENT:${at}`, { kind: "WAITING_AGENT" });
  }

  agentRings(leg: Leg, at: string): void {
    if (this.#ringing.has(leg) || this.#partner !== null) return;
    this.#ringing.add(leg);
    // It rang before a gap, and rings on.
    const isKnown = this.#history.agentChannel === leg.channel;
    if (this.#phase === "AGENT_RINGING" && isKnown) return;
    this.#phase = "AGENT_RINGING";
    const who = this.#agentIs(leg.agentId, leg.channel);
    const key = `AGENT_RINGING:${at}:${leg.id.slice(0, 60)}`;
    this.#tell(at, key, { kind: "AGENT_RINGING", ...who });
  }

  /** Did not pick up: the caller is given back, unless somebody else still rings or has the call. */
  agentDeclined(leg: Leg, at: string): void {
    const was = this.#ringing.delete(leg);
    const isLast = was && this.#ringing.size === 0;
    const isOver = this.#sourceNow !== null || this.#hangup !== null;
    if (isLast && this.#phase === "AGENT_RINGING" && !isOver) {
      this.waitsForAgent(at);
    }
  }

  /** @param partner who is in a bridge with our own channel; null when unknown */
  bridged(
    partner: { id: string; channel: string; agentId: string } | null,
    at: string,
  ): void {
    const id = partner?.id ?? "";
    const channel = partner?.channel ?? null;
    if (this.#partner === id && this.#history.agentChannel === channel) return;
    this.#partner = id;
    this.#phase = "BRIDGED";
    this.#ringing.clear();
    this.answered(at);
    this.#history.bridgeAt ??= at;
    const who = this.#agentIs(partner?.agentId ?? null, channel);
    const key = `BRIDGED:${at}:${(channel ?? "").slice(-60)}`;
    this.#tell(at, key, { kind: "BRIDGED", ...who });
  }

  unbridged(): void {
    this.#partner = null;
  }

  isBridgedWith(legId: string): boolean {
    return this.#partner === legId;
  }

  /** Our own channel was ended by its far end, which goes before all else. */
  farEndHungUp(): void {
    this.#source = "CALLEE";
  }

  /**
   * A trunk's leg was ended by its far end. Of several that were dialled, one after the other or at once, the one that
   * answered is the callee's; before an answer, the last.
   */
  trunkHungUp(leg: Leg): void {
    if (this.#answeredBy === null || this.#answeredBy === leg)
      this.#endedBy = leg;
  }

  trunkAnswered(leg: Leg): void {
    this.#answeredBy = leg;
    if (this.#endedBy !== leg) this.#endedBy = null;
  }

  get #sourceNow(): HangupSource | null {
    return this.#endedBy === null ? this.#source : "CALLEE";
  }

  agentHungUp(): void {
    this.#source ??= "AGENT";
  }

  /** The dialplan, or a command. @param isShutDown Asterisk goes down and takes its calls along */
  systemHungUp(isShutDown: boolean): void {
    this.#source ??= "SYSTEM";
    this.#isShutDown ||= isShutDown;
  }

  failed(failure: Failure): void {
    this.#failure ??= failure;
  }

  hungUp(end: EndCause, at: string): void {
    if (this.#hangup !== null) return;
    // Another engine's call that is first heard of at its end was not followed.
    if (!this.hasChannel && this.actionId === null) this.followed = false;
    this.hasChannel = true;
    this.#hangup = { at, end };
    this.dueMs = null;
  }

  /** Events were missed: what the far legs did is no longer known. */
  hasGap(): void {
    this.followed = false;
    this.farLegs.clear();
    this.#ringing.clear();
    this.#release();
  }

  /**
   * Decides what can be decided.
   * @param graceMs how long the other half of an end is waited for
   * @returns true when the call is over and may be forgotten
   */
  settle(nowMs: number, graceMs: number): boolean {
    if (this.#hangup !== null) {
      if (this.#isShutDown && !this.isAnswered && !this.#isRung) return true;
      const isWhole =
        this.isAnswered || (this.#failure !== null && this.farLegs.areOver);
      if (isWhole || this.#graceIsOver(nowMs)) return this.#tellEnd();
    } else if (this.#failure === null) {
      return this.#watchAnswer(nowMs, graceMs);
    } else if (this.#graceIsOver(nowMs)) {
      return this.#tellFailure(this.#failure);
    }
    this.dueMs ??= nowMs + graceMs;
    return false;
  }

  /** The word of a trunk's leg may be late; after the grace it was the dialplan that answered. */
  #watchAnswer(nowMs: number, graceMs: number): false {
    const isAstray =
      this.isAnswered && this.#isInside && this.actionId !== null;
    if (!isAstray || this.#saidNoWayOut) this.dueMs = null;
    else if (!this.#graceIsOver(nowMs)) this.dueMs ??= nowMs + graceMs;
    else {
      this.dueMs = null;
      this.#saidNoWayOut = true;
      this.#hooks.onNoWayOut(this.attemptId);
    }
    return false;
  }

  #graceIsOver(nowMs: number): boolean {
    return this.dueMs !== null && nowMs >= this.dueMs;
  }

  #tellFailure(failure: Failure): boolean {
    this.dueMs = null;
    this.#failure = null;
    if (!this.hasChannel && this.followed) {
      this.#tell(failure.at, "REFUSED", {
        kind: "REFUSED",
        reason: "TRUNK_FAULT",
        message:
          "Asterisk could not make a channel: unknown endpoint or technology, or its qualify finds it unreachable",
      });
      return true;
    }
    // Of another engine's Originate while the channel lives: a duplicate that Asterisk refused.
    if (this.hasChannel && !failure.isOurs) return false;
    this.#tell(failure.at, "ORIGINATE_FAILED", {
      kind: "ORIGINATE_FAILED",
      timedOut: isOurTimeout(failure),
      ...NO_CAUSE,
    });
    return !this.hasChannel;
  }

  #tellEnd(): boolean {
    if (this.#hangup === null) return false;
    const { at, end } = this.#hangup;
    const known = {
      own: end,
      failure: this.#failure,
      source: this.#sourceNow,
      isLocal: this.isLocal,
      far: this.farLegs,
    };
    const timedOut = !this.isAnswered && timedOutBy(known);
    const wasEnded = timedOut || this.#sourceNow === "SYSTEM";
    if (this.#isInside && (this.isAnswered || !wasEnded))
      return this.#tellNoWayOut(at);
    const cause = this.isAnswered ? endOfTalk(end) : causeOf(known);
    this.#tell(at, "ENDED", {
      kind: "ENDED",
      complete: this.followed,
      history: { ...this.#history },
      source: this.#sourceNow,
      timedOut,
      sipCallId: null,
      ...cause,
      // On its own time-out Asterisk gives 480, a number that the carrier never sent.
      ...(timedOut ? { sipStatus: null, sipReason: null } : {}),
      // It gives no cause to what goes down with it.
      ...(this.#isShutDown ? { causeName: SYSTEM_SHUTDOWN } : {}),
    });
    return true;
  }

  #tellNoWayOut(at: string): true {
    const message = noWayOut(this.#hasExtension, this.isAnswered);
    const what = { kind: "REFUSED", reason: "TRUNK_FAULT", message } as const;
    this.#tell(at, "REFUSED", what);
    return true;
  }

  #agentIs(agentId: string | null, agentChannel: string | null) {
    this.#history.agentId = agentId;
    this.#history.agentChannel = agentChannel;
    return { agentId, agentChannel };
  }

  #tell(at: string, dedupKey: string, what: WithoutBase<CallEvent>): void {
    const told = { attemptId: this.attemptId, at, dedupKey, ...what };
    const event = shiftedBy(told, this.#stepsMs);
    const isLast = what.kind === "REFUSED" || what.kind === "ENDED";
    if (this.#isInside && !isLast) this.#held.push(event);
    else this.#hooks.emit(event);
  }
}
