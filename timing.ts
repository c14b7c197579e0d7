/** Monotonic milliseconds since the process started: for everything that must not jump with the wall clock. */
export function monotonicMs(): number {
  return performance.now();
}

/** A pause that doubles with each refusal and is forgotten with the first success. */
export class BackOff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #nextMs: number;
  #untilMs = -Infinity;

  constructor(firstMs: number, longestMs: number) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#nextMs = firstMs;
  }

  /** End of the pause, on the clock that `refused` was given; -Infinity before the first. */
  get untilMs(): number {
    return this.#untilMs;
  }

  refused(nowMs: number): void {
    this.#untilMs = nowMs + this.#nextMs;
    this.#nextMs = Math.min(this.#longestMs, this.#nextMs * 2);
  }

  succeeded(): void {
    this.#nextMs = this.#firstMs;
  }
}

/** Waits for a promise, but not longer than so many milliseconds; its failure is not ours any more. */
export async function settledWithin(
  promise: Promise<unknown>,
  deadlineMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  const over = () => undefined;
  await Promise.race([promise.then(over, over), late]);
  clearTimeout(timer);
}
