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
