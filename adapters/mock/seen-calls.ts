/**
 * What this adapter itself saw of each call, for a PBX whose `ENDED` tells no history (AMI's kind).
 * A call counts as seen whole when its channel was seen to appear on the line that is still up.
 */

import type { CallEvent, CallHistory } from "../port.ts";
import { NO_HISTORY } from "./live-calls.ts";

type EndedEvent = Extract<CallEvent, { readonly kind: "ENDED" }>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface SeenCall {
  readonly isWhole: boolean;
  readonly history: Mutable<CallHistory>;
}

/** Calls of which no end was seen (yet), and ended ones kept for a repeated last word. */
const MAX_PARTIAL = 10_000;
const MAX_ENDED = 2_000;

export class SeenCalls {
  readonly #calls = new Map<string, SeenCall>();
  readonly #ended = new Map<string, SeenCall>();

  appeared(attemptId: string): void {
    this.#calls.set(attemptId, { isWhole: true, history: { ...NO_HISTORY } });
  }

  /** After the line broke nothing seen before is whole any more. */
  lineBroke(): void {
    for (const [attemptId, { history }] of this.#calls) {
      this.#calls.set(attemptId, { isWhole: false, history });
    }
  }

  /** Files the event; an `ENDED` without history gets what was seen. */
  observe(event: CallEvent): CallEvent {
    if (event.kind === "ENDED") {
      const seen = this.#finish(event.attemptId);
      return event.complete ? event : withHistory(event, seen);
    }
    if (event.kind === "REFUSED") this.#calls.delete(event.attemptId);
    else note(this.#historyOf(event.attemptId), event);
    return event;
  }

  #historyOf(attemptId: string): Mutable<CallHistory> {
    const ended = this.#ended.get(attemptId);
    if (ended !== undefined) return { ...ended.history };
    let seen = this.#calls.get(attemptId);
    if (seen === undefined) {
      seen = { isWhole: false, history: { ...NO_HISTORY } };
      this.#calls.set(attemptId, seen);
      dropOldest(this.#calls, MAX_PARTIAL);
    }
    return seen.history;
  }

  #finish(attemptId: string): SeenCall {
    const seen = this.#ended.get(attemptId) ??
      this.#calls.get(attemptId) ?? { isWhole: false, history: NO_HISTORY };
    this.#calls.delete(attemptId);
    this.#ended.set(attemptId, seen);
    dropOldest(this.#ended, MAX_ENDED);
    return seen;
  }
}

function withHistory(event: EndedEvent, seen: SeenCall): CallEvent {
  return { ...event, complete: seen.isWhole, history: { ...seen.history } };
}

function note(history: Mutable<CallHistory>, event: CallEvent): void {
  if (event.kind === "RINGING") history.ringAt ??= event.at;
  if (event.kind === "EARLY_MEDIA") history.earlyMediaAt ??= event.at;
  if (event.kind === "ANSWERED") history.answerAt ??= event.at;
}

function dropOldest(calls: Map<string, SeenCall>, limit: number): void {
  if (calls.size <= limit) return;
  const [oldest] = calls.keys();
  if (oldest !== undefined) calls.delete(oldest);
}
