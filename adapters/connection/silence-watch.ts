/**
 * Since when the other end of a line has been away, told when the line ends. One that falls silent (a black hole, a
 * process that is frozen) is noticed only by a question that it does not answer, and has been away since it was last
 * heard. One that closes the line was there until then: it had merely nothing to say.
 */

/** A question that is younger when the line ends says nothing: its answer may have been on its way. */
const ANSWERS_WITHIN_MS = 200;

export class SilenceWatch {
  readonly #nowMs: () => number;
  #heardMs: number;
  /** The first question since then. */
  #askedMs: number | null = null;

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#heardMs = nowMs();
  }

  /** Something came, whatever it was. */
  heard(): void {
    this.#heardMs = this.#nowMs();
    this.#askedMs = null;
  }

  /** Something was written that is to be answered. */
  asked(): void {
    this.#askedMs ??= this.#nowMs();
  }

  /** Monotonic milliseconds: since when the other end has been away, if the line ends now. */
  get awaySinceMs(): number {
    const nowMs = this.#nowMs();
    const isSilent =
      this.#askedMs !== null && nowMs - this.#askedMs >= ANSWERS_WITHIN_MS;
    return isSilent ? this.#heardMs : nowMs;
  }
}
