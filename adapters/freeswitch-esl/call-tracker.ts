/**
 * Events of FreeSWITCH in, call events out. Pure: no clock, no timer, no socket. What is a stranger's is
 * ignored (`call-registry.ts`).
 */
import { PbxClock } from "../calls/pbx-clock.ts";
import type { CallEvent } from "../port.ts";
import { CallBook } from "./call-registry.ts";
import type { Leg } from "./call-registry.ts";
import { CallTalks } from "./call-talks.ts";
import { readDialplanWord } from "./dialplan-words.ts";
import { endCauseOf } from "./end-cause.ts";
import { evenTimes } from "./even-times.ts";
import { timeOf } from "./event.ts";
import type { EslEvent } from "./event.ts";
import { attemptOfJob, failureOf } from "./job.ts";
import { amdResultOf } from "./amd.ts";
import type { TrackedCall } from "./tracked-call.ts";

export interface CallTrackerOptions {
  readonly installationId: string;
  readonly emit: (event: CallEvent) => void;
  /** How long a job's result waits for its channel's events; default 1,000. */
  readonly settleMs?: number;
}

/** The phone stopped ringing because somebody else ended it. */
const cancelled = new Set(["ORIGINATOR_CANCEL", "LOSE_RACE", "PICKED_OFF"]);

/** One event of FreeSWITCH may be overtaken by others for seconds: it dispatches them in several threads. */
const OVERTAKEN_MS = 30_000;

type Handler = (event: EslEvent, at: string, nowMs: number) => void;

export class CallTracker {
  readonly #options: CallTrackerOptions;
  readonly settleMs: number;
  readonly #book: CallBook;
  readonly #talks: CallTalks;
  readonly #waiting = new Set<TrackedCall>();
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #clock = new PbxClock(OVERTAKEN_MS);
  /** The PBX's clock less ours: what carries no time of its own must still fit among what does. */
  #aheadMs = 0;

  constructor(options: CallTrackerOptions) {
    this.#options = options;
    this.settleMs = options.settleMs ?? 1_000;
    this.#book = new CallBook({
      ...options,
      clock: this.#clock,
      onDropped: (call) => this.#waiting.delete(call),
    });
    this.#talks = new CallTalks(this.#book);
    this.#handlers = new Map(Object.entries(this.#handlersByName()));
  }

  /** How much is remembered. */
  get sizes() {
    return {
      calls: this.#book.calls.size,
      waiting: this.#waiting.size,
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
   * An originate is about to be written.
   * @returns false when there was one for this attempt already
   */
  sent(attemptId: string): boolean {
    if (this.#book.remembers(attemptId)) return false;
    this.#book.begin(attemptId, true);
    return true;
  }

  /** That originate made no call: not written after all, or refused at once. */
  withdrawn(attemptId: string): void {
    this.#book.remove(attemptId);
  }

  /**
   * @param nowMs epoch milliseconds of the event's arrival
   * @param steadyMs the same by a clock that has no steps
   */
  handle(given: EslEvent, nowMs: number, steadyMs = nowMs): void {
    const event = this.#even(given, steadyMs);
    const handler = this.#handlers.get(event.get("Event-Name") ?? "");
    if (handler === undefined) return;
    const told = timeOf(event.get("Event-Date-Timestamp"));
    if (told !== null) this.#aheadMs = Date.parse(told) - nowMs;
    const at = told ?? new Date(nowMs + this.#aheadMs).toISOString();
    handler(event, at, nowMs);
  }

  /** The event with times of the switch's clock without its steps; each call adds those from before its start. */
  #even(event: EslEvent, steadyMs: number): EslEvent {
    const at = timeOf(event.get("Event-Date-Timestamp"));
    if (at !== null) this.#clock.note(Date.parse(at), steadyMs);
    return evenTimes(event, this.#clock);
  }

  /** Decides what has waited long enough. */
  flush(nowMs: number): void {
    for (const call of this.#waiting) this.#settle(call, nowMs);
  }

  /** The line is gone: whatever happens until the next one is not heard. */
  lineBroke(nowMs: number): void {
    this.#clock.forget();
    for (const call of this.#book.calls.values()) {
      call.hasGap();
      this.#settle(call, nowMs);
    }
    this.#book.forgetLegs();
    this.flush(Infinity);
  }

  /** FreeSWITCH restarted: none of the calls exists any more. */
  forgetAll(): void {
    for (const call of [...this.#book.calls.values()]) this.#book.lose(call);
    this.#book.forgetLegs();
  }

  /** After a gap FreeSWITCH does not know that call: it ended unheard, which reconciliation will find. */
  lost(attemptId: string): void {
    const call = this.#book.calls.get(attemptId);
    if (call?.followed === false) this.#book.lose(call);
  }

  /** A live channel as `uuid_dump` shows it after a gap. @param steadyMs as of {@link handle} */
  adopt(channel: EslEvent, steadyMs: number): void {
    this.#talks.adopt(this.#even(channel, steadyMs));
  }

  #handlersByName(): Record<string, Handler> {
    const own: Handler = (event, at) => {
      this.#onOwnOrLeg(event, at);
    };
    const note =
      (text: string): Handler =>
      (event, at) => {
        this.#book.ownerOf(event)?.noted(text, at);
      };
    return {
      CHANNEL_CREATE: own,
      CHANNEL_PROGRESS: own,
      CHANNEL_PROGRESS_MEDIA: own,
      CHANNEL_ANSWER: own,
      CHANNEL_EXECUTE: (event, at) => {
        if (event.get("Application") !== "amd") return;
        this.#book.ownerOf(event)?.amdStarted(at);
      },
      CHANNEL_EXECUTE_COMPLETE: (event, at) => {
        if (event.get("Application") !== "amd") return;
        const result = amdResultOf(event);
        if (result !== null) this.#book.ownerOf(event)?.amdDecided(result, at);
      },
      CHANNEL_BRIDGE: (event, at) => {
        this.#talks.onBridge(event, at);
      },
      CHANNEL_UNBRIDGE: (event, at) => {
        this.#talks.onUnbridge(event, at);
      },
      CHANNEL_HOLD: note("hold"),
      CHANNEL_UNHOLD: note("unhold"),
      CHANNEL_HANGUP_COMPLETE: (event, at, nowMs) => {
        this.#onEnd(event, at, nowMs);
      },
      CHANNEL_DESTROY: (event, at, nowMs) => {
        this.#onEnd(event, at, nowMs);
      },
      BACKGROUND_JOB: (event, at, nowMs) => {
        this.#onJob(event, at, nowMs);
      },
      CUSTOM: (event, at, nowMs) => {
        this.#onCustom(event, at, nowMs);
      },
    };
  }

  #onOwnOrLeg(event: EslEvent, at: string): void {
    const call = this.#book.ownerOf(event);
    if (call !== null) {
      call.noteTimes(event);
      return;
    }
    const leg = this.#book.legOf(event);
    leg?.call.agentRings(leg, createdAt(event) ?? at);
  }

  #onEnd(event: EslEvent, at: string, nowMs: number): void {
    const call = this.#book.ownerOf(event);
    if (call !== null) {
      const endedAt = timeOf(event.get("Caller-Channel-Hangup-Time"));
      call.ended(event, endCauseOf(event), endedAt ?? at);
      this.#book.end(call);
      return;
    }
    const leg = this.#book.legOf(event);
    if (leg === null) return;
    // Heard of for the first time, if its other events are late: it rang before it ended.
    leg.call.agentRings(leg, createdAt(event) ?? at);
    this.#onLegEnd(leg, event, at, nowMs);
  }

  #onLegEnd(leg: Leg, event: EslEvent, at: string, nowMs: number): void {
    this.#book.endLeg(leg);
    const cause = event.get("Hangup-Cause") ?? "";
    leg.call.agentDeclined(leg.id, at, cancelled.has(cause));
    this.#settle(leg.call, nowMs);
  }

  #onJob(event: EslEvent, at: string, nowMs: number): void {
    const { installationId } = this.#options;
    const attemptId = attemptOfJob(event.get("Job-UUID") ?? "", installationId);
    if (attemptId === null || this.#book.hasEnded(attemptId)) return;
    const failure = failureOf(event, at);
    if (failure === null) return;
    // Another engine's, refused before it had a channel to be known by.
    const call =
      this.#book.calls.get(attemptId) ??
      this.#book.begin(attemptId, !this.#book.isLost(attemptId));
    call.failed(failure);
    this.#settle(call, nowMs);
  }

  #onCustom(event: EslEvent, at: string, nowMs: number): void {
    const word = readDialplanWord(event);
    if (word === null) return;
    const named = word.attemptId;
    const call = this.#book.calls.get(named) ?? this.#book.ownerOf(event);
    if (word.kind === "DISPOSITION") {
      // An agent may decide after the end, from a channel of its own.
      const attemptId = call?.attemptId ?? named;
      if (!this.#book.remembers(attemptId)) return;
      const { disposition } = word;
      const dedupKey = `DISPOSITION:${at}`;
      const kind = word.kind;
      this.#options.emit({ attemptId, at, dedupKey, kind, disposition });
      return;
    }
    if (call === null) return;
    if (word.kind === "AMD_STARTED") call.amdStarted(at);
    else if (word.kind === "AMD_RESULT") call.amdDecided(word.result, at);
    else call.waitsForAgent(at);
    this.#settle(call, nowMs);
  }

  #settle(call: TrackedCall, nowMs: number): void {
    if (call.settle(nowMs, this.settleMs)) this.#book.end(call);
    else if (call.dueMs === null) this.#waiting.delete(call);
    else this.#waiting.add(call);
  }
}

/** The same for every event of a channel. */
function createdAt(event: EslEvent): string | null {
  return timeOf(event.get("Caller-Channel-Created-Time"));
}
