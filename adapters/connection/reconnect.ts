/**
 * When to reconnect: the delay doubles with each failure, has jitter, and is longer after a refusal, which somebody
 * must resolve.
 */

export interface ReconnectTimings {
  /** First delay, milliseconds; default 200. */
  readonly minMs?: number;
  /** Longest delay; default 5,000. */
  readonly maxMs?: number;
  /** After a refusal (login, permissions): default 15,000, so that fail2ban does not lock us out. */
  readonly refusedMs?: number;
  /** Uniform in [0, 1); takes up to half of each delay off. Default `Math.random`. */
  readonly random?: () => number;
}

export class ReconnectDelay {
  readonly #timings: ReconnectTimings;
  #failures = 0;

  constructor(timings: ReconnectTimings = {}) {
    this.#timings = timings;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** @returns milliseconds until the next try */
  failed(isRefusal: boolean): number {
    const {
      minMs = 200,
      maxMs = 5_000,
      refusedMs = 15_000,
      random = Math.random,
    } = this.#timings;
    const doubledMs = minMs * 2 ** Math.min(this.#failures, 20);
    this.#failures += 1;
    const fullMs = isRefusal ? refusedMs : Math.min(maxMs, doubledMs);
    return fullMs * (1 - random() / 2);
  }
}
