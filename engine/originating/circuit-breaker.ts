/**
 * The circuit breaker for an unknown result: whether the PBX still reads what is written to it.
 *
 *   CLOSED ── an Originate without an answer ──▶ OPEN ── the PBX answers a question ──▶ CLOSED
 *
 * A PBX that stalls reads everything at once when it wakes up. If its silence counted as an acknowledgement, that would
 * be the calls of many seconds in one. So nothing is written while the breaker is open. It closes only with the answer
 * to a question that was asked after the last unanswered Originate: a PBX reads its connection in order, so by then it
 * has read them all.
 */
import type { Logger } from "pino";

import type { VoiceAdapter } from "../../adapters/port.ts";

const askAgainMs = 500;

export interface CircuitBreakerDependencies {
  readonly adapter: Pick<VoiceAdapter, "isAlive">;
  /** The PBX has answered: by now everything written before has reached it. */
  readonly onClosed: () => void;
  readonly log: Logger;
}

export class CircuitBreaker {
  readonly #deps: CircuitBreakerDependencies;
  /** Rises with each Originate that got no answer. */
  #trips = 0;
  #asking = false;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #isOpen = false;

  constructor(dependencies: CircuitBreakerDependencies) {
    this.#deps = dependencies;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** An Originate of this attempt was written, and nothing came back in time. */
  trip(attemptId: string): void {
    if (!this.#isOpen)
      this.#deps.log.warn(
        "The PBX does not answer: no call is sent until it answers something",
      );
    this.#isOpen = true;
    this.#trips += 1;
    if (!this.#asking && this.#timer === null) void this.#ask(attemptId);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #ask(attemptId: string): Promise<void> {
    const trips = this.#trips;
    this.#asking = true;
    const answered = await this.#deps.adapter.isAlive(attemptId).then(
      () => true,
      () => false,
    );
    this.#asking = false;
    if (this.#stopped) return;
    if (answered && trips === this.#trips) {
      this.#isOpen = false;
      this.#deps.onClosed();
      return;
    }
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        void this.#ask(attemptId);
      },
      answered ? 0 : askAgainMs,
    );
  }
}
