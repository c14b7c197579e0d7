/**
 * What this adapter itself received of each call, for a PBX whose `ENDED` carries no history (as AMI). A call counts as
 * complete when the first event of its channel was received on the connection that is still up.
 */

import type { CallEvent } from "../port.ts";
import { CallMemory } from "./call-memory.ts";

type EndedEvent = Extract<CallEvent, { readonly kind: "ENDED" }>;

interface SeenCall {
  readonly isWhole: boolean;
  readonly memory: CallMemory;
}

/** Calls whose end was not received yet, and ended ones kept for a repeat of their final event. */
const MAX_PARTIAL = 10_000;
const MAX_ENDED = 2_000;

export class SeenCalls {
  readonly #calls = new Map<string, SeenCall>();
  readonly #ended = new Map<string, SeenCall>();

  appeared(attemptId: string): void {
    this.#calls.set(attemptId, { isWhole: true, memory: new CallMemory() });
  }

  /** Once the connection is lost, no call seen before is complete any more. */
  connectionLost(): void {
    for (const [attemptId, { memory }] of this.#calls) {
      this.#calls.set(attemptId, { isWhole: false, memory });
    }
  }

  /** Records the event; an `ENDED` without history gets what was received before. */
  observe(event: CallEvent): CallEvent {
    if (event.kind === "ENDED") {
      const seen = this.#finish(event.attemptId);
      return event.complete ? event : withHistory(event, seen);
    }
    if (event.kind === "REFUSED") this.#calls.delete(event.attemptId);
    else this.#memoryOf(event.attemptId)?.note(event);
    return event;
  }

  /** @returns null for a call whose final event was received: its history stays as it is */
  #memoryOf(attemptId: string): CallMemory | null {
    if (this.#ended.has(attemptId)) return null;
    let seen = this.#calls.get(attemptId);
    if (seen === undefined) {
      seen = { isWhole: false, memory: new CallMemory() };
      this.#calls.set(attemptId, seen);
      dropOldest(this.#calls, MAX_PARTIAL);
    }
    return seen.memory;
  }

  #finish(attemptId: string): SeenCall {
    const seen = this.#ended.get(attemptId) ??
      this.#calls.get(attemptId) ?? {
        isWhole: false,
        memory: new CallMemory(),
      };
    this.#calls.delete(attemptId);
    this.#ended.set(attemptId, seen);
    dropOldest(this.#ended, MAX_ENDED);
    return seen;
  }
}

function withHistory(event: EndedEvent, seen: SeenCall): CallEvent {
  return { ...event, complete: seen.isWhole, history: seen.memory.history() };
}

function dropOldest(calls: Map<string, SeenCall>, limit: number): void {
  if (calls.size <= limit) return;
  const [oldest] = calls.keys();
  if (oldest !== undefined) calls.delete(oldest);
}
