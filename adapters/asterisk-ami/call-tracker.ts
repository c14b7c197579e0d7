/**
 * AMI events in, call events out. Pure: no clock, no timer, no socket. What is a stranger's is ignored
 * (`call-registry.ts`), the pseudo channel OutgoingSpoolFailed of failed Originates with it.
 *
 * OriginateResponse is matched by ActionID alone: for a duplicate that Asterisk refused its Uniqueid
 * is that of the live call.
 */
import { PbxClock } from "../calls/pbx-clock.ts";
import type { CallEvent } from "../port.ts";
import { CallBook } from "./call-registry.ts";
import { CallProgress } from "./call-progress.ts";
import { endCauseOf } from "./end-cause.ts";
import { isLocalChannel } from "./legs.ts";
import { timestampOf } from "./message.ts";
import type { AmiMessage } from "./message.ts";
import { attemptOf } from "./originate-action.ts";
import type { TrackedCall } from "./tracked-call.ts";

export interface CallTrackerOptions {
  readonly installationId: string;
  readonly emit: (event: CallEvent) => void;
  /** The call's own leg to the carrier is dialled. */
  readonly onDialled?: (attemptId: string) => void;
  /** A Local channel that we sent was answered, and nobody outside was ever dialled: nobody is to talk to it. */
  readonly onNoWayOut?: (attemptId: string) => void;
  /** How long one half of an end waits for the other; default 1,000. */
  readonly graceMs?: number;
}

const CHANNEL_UP = "6";

export class CallTracker {
  readonly #options: CallTrackerOptions;
  readonly graceMs: number;
  readonly #book: CallBook;
  readonly #progress: CallProgress;
  readonly #waiting = new Set<TrackedCall>();
  readonly #clock = new PbxClock();
  /** The PBX's clock less ours: what carries no time of its own must still fit among what does. */
  #aheadMs = 0;

  constructor(options: CallTrackerOptions) {
    this.#options = options;
    this.graceMs = options.graceMs ?? 1_000;
    this.#book = new CallBook({
      ...options,
      clock: this.#clock,
      onNoWayOut: options.onNoWayOut ?? (() => undefined),
      onDropped: (call) => this.#waiting.delete(call),
    });
    this.#progress = new CallProgress(this.#book, options);
  }

  /** How much is remembered. */
  get sizes() {
    return {
      calls: this.#book.calls.size,
      waiting: this.#waiting.size,
      bridges: this.#progress.bridges.size,
      ...this.#book.sizes,
    };
  }

  /** When {@link flush} has something to decide, epoch ms. */
  get nextDueMs(): number | null {
    let next: number | null = null;
    for (const { dueMs } of this.#waiting) {
      if (dueMs !== null && (next === null || dueMs < next)) next = dueMs;
    }
    return next;
  }

  /** Whether that call is followed, so that its channel is ours. */
  knows(attemptId: string): boolean {
    return this.#book.calls.has(attemptId);
  }

  /** Whether that call has a channel and was seen since its start, so that its end will be heard. */
  follows(attemptId: string): boolean {
    const call = this.#book.calls.get(attemptId);
    return call?.followed === true && call.hasChannel;
  }

  /** Ids of the calls followed now. */
  ids(): ReadonlySet<string> {
    return new Set(this.#book.calls.keys());
  }

  /**
   * An Originate is about to be written.
   * @returns false when there was one for this attempt already
   */
  sent(attemptId: string, actionId: string): boolean {
    if (this.#book.remembers(attemptId)) return false;
    this.#book.begin(attemptId, { actionId, followed: true });
    return true;
  }

  /** That Originate made no call: not written after all, or refused at once. */
  withdrawn(attemptId: string): void {
    this.#book.remove(attemptId);
  }

  /**
   * @param nowMs epoch milliseconds of the message's arrival
   * @param steadyMs the same by a clock that has no steps
   */
  handle(message: AmiMessage, nowMs: number, steadyMs = nowMs): void {
    const event = message.get("event") ?? "";
    const progress = this.#progress.handlerOf(event);
    const isTerminal = event === "Hangup" || event === "OriginateResponse";
    // Most of what Asterisk tells is of no use, and there is a lot of it.
    if (progress === undefined && !isTerminal) return;
    const givenMs = timestampOf(message);
    if (givenMs !== null) {
      this.#clock.note(givenMs, steadyMs);
      this.#aheadMs = givenMs - nowMs;
    }
    const at = this.#timeAt(nowMs);
    if (event === "Hangup") this.#onHangup(message, at, nowMs);
    else if (isTerminal) this.#onOriginateResponse(message, at, nowMs);
    else progress?.(message, at);
  }

  /** Decides what has waited long enough. */
  flush(nowMs: number): void {
    for (const call of this.#waiting) this.#settle(call, nowMs);
  }

  /** The line is gone: whatever happens until the next one is not heard. */
  lineBroke(nowMs: number): void {
    this.#clock.forget();
    this.#progress.bridges.clear();
    for (const call of this.#book.calls.values()) {
      if (call.hasHungUp) {
        this.#settle(call, Infinity);
        continue;
      }
      call.hasGap();
      this.#settle(call, nowMs);
    }
    this.#book.forgetLegs();
    this.flush(Infinity);
  }

  /** Asterisk restarted: none of the calls exists any more. */
  forgetAll(): void {
    this.#progress.bridges.clear();
    for (const call of this.#book.calls.values()) this.#book.end(call);
    this.#book.forgetLegs();
  }

  /**
   * What CoreShowChannels lists after a gap.
   * @param knownBefore calls followed before the list was asked for: one with a gap that is not in
   *   the list has ended unheard, which reconciliation will find
   */
  adopt(
    rows: readonly AmiMessage[],
    knownBefore: ReadonlySet<string>,
    nowMs: number,
  ): void {
    const at = this.#timeAt(nowMs);
    for (const row of rows) this.#progress.newstate(row, at);
    for (const row of rows) this.#book.appeared(row);
    // Once more for the legs, which are known only now.
    for (const row of rows) this.#progress.newstate(row, at);
    for (const row of rows) this.#progress.ringsStill(row, at);
    for (const row of rows) {
      const bridgeId = row.get("bridgeid") ?? "";
      if (bridgeId !== "") this.#progress.enter(bridgeId, row, at);
    }
    const listed = new Set(rows.map((row) => row.get("uniqueid")));
    for (const id of knownBefore) {
      const call = this.#book.calls.get(id);
      if (call?.followed !== false || listed.has(id)) continue;
      this.#book.lose(call);
    }
  }

  #onHangup(message: AmiMessage, at: string, nowMs: number): void {
    const place = this.#book.find(message);
    if (place === null) return;
    const { call, leg } = place;
    const end = endCauseOf(message);
    if (leg === null) {
      // The answer itself may have been in a gap.
      if (message.get("channelstate") === CHANNEL_UP) call.answered(at);
      call.hungUp(end, at);
    } else {
      this.#book.removeLeg(leg);
      if (leg.side === "far") call.farLegs.ended(leg, end);
      else call.agentDeclined(leg, at);
    }
    this.#settle(call, nowMs);
  }

  #onOriginateResponse(message: AmiMessage, at: string, nowMs: number): void {
    const { installationId } = this.#options;
    const actionId = message.get("actionid") ?? "";
    const attemptId = attemptOf(actionId, installationId);
    if (attemptId === null || this.#book.hasEnded(attemptId)) return;
    const isFailure = message.get("response") === "Failure";
    let call = this.#book.calls.get(attemptId);
    if (call === undefined) {
      if (!isFailure) return;
      // Another engine's, refused before it had a channel to be known by.
      const followed = !this.#book.isLost(attemptId);
      call = this.#book.begin(attemptId, { actionId: null, followed });
    }
    if (call.actionId !== null && call.actionId !== actionId) return;
    // It may come before all events of the channel.
    if (isLocalChannel(message.get("channel") ?? "")) call.isLocal = true;
    if (isFailure) {
      const reason = Number(message.get("reason") ?? "0");
      call.failed({ at, reason, isOurs: call.actionId === actionId });
    } else call.answered(at);
    this.#settle(call, nowMs);
  }

  /** ISO 8601 by the PBX's clock without its steps; each call adds those from before its start. */
  #timeAt(nowMs: number): string {
    return new Date(nowMs + this.#aheadMs - this.#clock.stepsMs).toISOString();
  }

  #settle(call: TrackedCall, nowMs: number): void {
    if (call.settle(nowMs, this.graceMs)) this.#book.end(call);
    else if (call.dueMs === null) this.#waiting.delete(call);
    else this.#waiting.add(call);
  }
}
