/**
 * One call as Asterisk's events show it: facts gathered, call events emitted once each, its end decided.
 *
 *   sent ─(Newchannel)─▶ has a channel ─▶ rung / early media ─▶ answered ─▶ agent phase ─(Hangup)─▶ over
 *     └─(OriginateResponse Failure, no channel)─▶ refused: the trunk could not be called
 *
 * Hangup and OriginateResponse come in either order, and either may be missing, so an end before the answer waits a
 * grace time for the other one. A Local channel (`Local/…/n`) is three legs: our own `;1` says nothing about the
 * carrier, so its end also waits for those of `;2` and of the trunk's leg, and takes its cause from them. Until there
 * is a leg of the trunk, no event is emitted: what rings, plays and answers is the dialplan itself (an announcement),
 * and a call that ends like this is refused as if its endpoint did not exist.
 */
import { TrackedCall } from "../calls/tracked-call.ts";
import type { AgentLeg, CallStart } from "../calls/tracked-call.ts";
import type { CallEvent, EndCause, HangupSource } from "../port.ts";
import { NO_CAUSE } from "./end-cause.ts";
import { FarLegs } from "./legs.ts";
import type { Leg } from "./legs.ts";

/** FreeSWITCH's name for a cause that Asterisk has no name for. */
const SYSTEM_SHUTDOWN = "SYSTEM_SHUTDOWN";
const OUR_TIMEOUT = 3;
/** Q.850 19, which Asterisk gives a leg that it stopped dialling. */
const NO_ANSWER = 19;
const NORMAL_CLEARING = 16;

/** OriginateResponse Failure; `reason` 3 is our own time-out, every other value carries no information. */
export interface Failure {
  readonly at: string;
  readonly reason: number;
  /** It belongs to the Originate that we wrote, not to another engine's. */
  readonly isOurs: boolean;
}

export interface AmiCallOutlets {
  readonly emit: (event: CallEvent) => void;
  /** A Local channel that we sent was answered, and nobody outside was ever dialled: nobody is to talk to it. */
  readonly onNoWayOut: (attemptId: string) => void;
}

export interface AmiCallStart extends CallStart {
  /** Of the Originate that we wrote; null for a call of another engine, or an earlier one. */
  readonly actionId: string | null;
}

export class AmiCall extends TrackedCall {
  readonly actionId: string | null;
  isLocal = false;
  /** Of a Local channel: those between it and the carrier. */
  readonly farLegs = new FarLegs();
  readonly #outlets: AmiCallOutlets;
  /** Emitted once a trunk's leg shows that somebody outside was called. */
  #held: CallEvent[] = [];
  #hasExtension = false;
  #saidNoWayOut = false;
  #failure: Failure | null = null;
  #hangup: { readonly at: string; readonly end: EndCause } | null = null;
  #source: HangupSource | null = null;
  /** The trunk's leg that is the callee's, and the one whose far end hung up. */
  #answeredBy: Leg | null = null;
  #endedBy: Leg | null = null;
  #isShutDown = false;

  constructor(start: AmiCallStart, outlets: AmiCallOutlets) {
    super(start);
    this.actionId = start.actionId;
    this.#outlets = outlets;
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
    // Another trunk is tried: the refusal of the one before was not the callee's.
    if (!leg.isLocal && this.#answeredBy === null) this.#endedBy = null;
    this.#release();
  }

  #release(): void {
    if (this.#isInside) return;
    for (const event of this.#held.splice(0)) this.#outlets.emit(event);
  }

  get #isRung(): boolean {
    return this.history.ringAt !== null || this.history.earlyMediaAt !== null;
  }

  override waitsForAgent(at: string): void {
    if (this.phase === "WAITING_AGENT") return;
    this.phase = "WAITING_AGENT";
    this.partner = null;
    this.history.waitingAgentAt ??= at;
    this.agentIs(null);
    this.emitWaiting(at);
  }

  agentRings(leg: Leg, at: string): void {
    if (this.ringing.has(leg.id) || this.partner !== null) return;
    this.ringing.add(leg.id);
    // It rang before a gap and still rings.
    const isKnown = this.history.agentChannel === leg.channel;
    if (this.phase === "AGENT_RINGING" && isKnown) return;
    this.phase = "AGENT_RINGING";
    this.agentIs(leg);
    this.emitAgentRinging(leg, at);
  }

  /**
   * The agent did not pick up: the caller waits again, unless another phone still rings or another agent has the call.
   */
  agentDeclined(leg: Leg, at: string): void {
    const isOver = this.#sourceNow !== null || this.#hangup !== null;
    if (this.stopsRinging(leg.id) && !isOver) this.waitsForAgent(at);
  }

  /** @param partner who is in a bridge with our own channel; null when unknown */
  bridged(partner: AgentLeg | null, at: string): void {
    const id = partner?.id ?? "";
    const channel = partner?.channel ?? null;
    if (this.partner === id && this.history.agentChannel === channel) return;
    this.partner = id;
    this.phase = "BRIDGED";
    this.ringing.clear();
    this.answered(at);
    this.history.bridgeAt ??= at;
    this.agentIs(partner);
    this.emitBridged(partner, (channel ?? "").slice(-60), at);
  }

  unbridged(): void {
    this.partner = null;
  }

  isBridgedWith(legId: string): boolean {
    return this.partner === legId;
  }

  /** Our own channel was ended by its far end, which takes precedence over all else. */
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

  /** The dialplan or a command ended it. @param isShutDown Asterisk shuts down and ends its calls */
  systemHungUp(isShutDown: boolean): void {
    this.#source ??= "SYSTEM";
    this.#isShutDown ||= isShutDown;
  }

  failed(failure: Failure): void {
    this.#failure ??= failure;
  }

  hungUp(end: EndCause, at: string): void {
    if (this.#hangup !== null) return;
    // Another engine's call whose first event is its end was not followed.
    if (!this.hasChannel && this.actionId === null) this.followed = false;
    this.hasChannel = true;
    this.#hangup = { at, end };
    this.dueMs = null;
  }

  /** Events were missed: what the far legs did is no longer known. */
  override hasGap(): void {
    this.followed = false;
    this.farLegs.clear();
    this.ringing.clear();
    this.#release();
  }

  override settle(nowMs: number, graceMs: number): boolean {
    if (this.#hangup !== null) {
      if (this.#isShutDown && !this.isAnswered && !this.#isRung) return true;
      const isWhole =
        this.isAnswered || (this.#failure !== null && this.farLegs.areOver);
      if (isWhole || this.graceIsOver(nowMs)) return this.#emitEnd();
    } else if (this.#failure === null) {
      return this.#watchAnswer(nowMs, graceMs);
    } else if (this.graceIsOver(nowMs)) {
      return this.#concludeFailure(this.#failure);
    }
    this.dueMs ??= nowMs + graceMs;
    return false;
  }

  /** The events of a trunk's leg may be late; after the grace time it was the dialplan that answered. */
  #watchAnswer(nowMs: number, graceMs: number): false {
    const isAstray =
      this.isAnswered && this.#isInside && this.actionId !== null;
    if (!isAstray || this.#saidNoWayOut) this.dueMs = null;
    else if (!this.graceIsOver(nowMs)) this.dueMs ??= nowMs + graceMs;
    else {
      this.dueMs = null;
      this.#saidNoWayOut = true;
      this.#outlets.onNoWayOut(this.attemptId);
    }
    return false;
  }

  #concludeFailure(failure: Failure): boolean {
    this.dueMs = null;
    this.#failure = null;
    // It belongs to another engine's Originate while the channel lives: a duplicate that Asterisk refused.
    if (this.hasChannel && !failure.isOurs) return false;
    const refusal = {
      reason: "TRUNK_FAULT",
      message:
        "Asterisk could not make a channel: unknown endpoint or technology, or its qualify finds it unreachable",
    } as const;
    const timedOut = isOurTimeout(failure);
    return this.emitFailure(failure.at, refusal, { timedOut, ...NO_CAUSE });
  }

  #emitEnd(): boolean {
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
      return this.#emitNoWayOut(at);
    const cause = this.isAnswered ? endOfTalk(end) : causeOf(known);
    this.emit(at, "ENDED", {
      kind: "ENDED",
      complete: this.followed,
      history: { ...this.history },
      source: this.#sourceNow,
      timedOut,
      sipCallId: null,
      ...cause,
      // On its own time-out Asterisk gives 480, a status that the carrier never sent.
      ...(timedOut ? { sipStatus: null, sipReason: null } : {}),
      // It gives no cause to calls that its shutdown ends.
      ...(this.#isShutDown ? { causeName: SYSTEM_SHUTDOWN } : {}),
    });
    return true;
  }

  #emitNoWayOut(at: string): true {
    const message = noWayOut(this.#hasExtension, this.isAnswered);
    const what = { kind: "REFUSED", reason: "TRUNK_FAULT", message } as const;
    this.emit(at, "REFUSED", what);
    return true;
  }

  protected override deliver(event: CallEvent): void {
    const isLast = event.kind === "REFUSED" || event.kind === "ENDED";
    if (this.#isInside && !isLast) this.#held.push(event);
    else this.#outlets.emit(event);
  }
}

/** What is known when a call ends. */
interface Ending {
  /** Of our own channel. */
  readonly own: EndCause;
  readonly failure: Failure | null;
  readonly source: HangupSource | null;
  readonly isLocal: boolean;
  readonly far: FarLegs;
}

function isOurTimeout({ reason }: Failure): boolean {
  return reason === OUR_TIMEOUT;
}

/** Whether an unanswered call ended by the time-out that we gave it. */
function timedOutBy(ending: Ending): boolean {
  const { failure, source, own } = ending;
  if (failure !== null && isOurTimeout(failure)) return true;
  if (ending.isLocal && ending.far.dialplanGaveUp) return true;
  // Without an OriginateResponse: nobody asked for the end, and Asterisk gave its own number.
  return failure === null && source === null && own.cause === NO_ANSWER;
}

/** The cause of an unanswered call; for a Local channel, that of the most specific leg. */
function causeOf({ own, isLocal, far }: Ending): EndCause {
  if (!isLocal) return own;
  const { trunkEnd, secondHalf } = far;
  if (trunkEnd !== null && trunkEnd.cause !== null) return trunkEnd;
  return saysMore(secondHalf) && !saysMore(own) ? secondHalf : own;
}

/** The end of an answered call. Its final status was 200; Asterisk's is made up from the cause of the BYE. */
function endOfTalk(own: EndCause): EndCause {
  return { ...own, sipStatus: null, sipReason: null };
}

function saysMore(end: EndCause | null): end is EndCause {
  return end !== null && end.cause !== null && end.cause !== NORMAL_CLEARING;
}

/** Why a Local channel reached nobody, for an operator. */
function noWayOut(hasExtension: boolean, isAnswered: boolean): string {
  if (!hasExtension)
    return "The dialplan has no extension for the number of the Local channel: its context does not exist, or none of its patterns fits";
  const ending = isAnswered
    ? "it answered by itself, which is an announcement or an application"
    : "it dialled nobody: no route for this number, or none of its trunks could be called";
  return `The dialplan behind the Local channel called no trunk: ${ending}`;
}
