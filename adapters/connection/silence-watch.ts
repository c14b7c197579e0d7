/**
 * Since when the other end of a connection has been away, told when the connection ends. One that falls silent (a black
 * hole, a frozen process) is noticed only by a request that it does not answer, and has been away since something was
 * last received from it. One that closes the connection was there until then: it had merely nothing to say.
 */

/** A request that is younger when the connection ends says nothing: its answer may have been on its way. */
const ANSWERS_WITHIN_MS = 200;

export class SilenceWatch {
  readonly #nowMs: () => number;
  #receivedMs: number;
  /** The first request since then. */
  #askedMs: number | null = null;

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#receivedMs = nowMs();
  }

  /** Something came, whatever it was. */
  received(): void {
    this.#receivedMs = this.#nowMs();
    this.#askedMs = null;
  }

  /** Something was written that is to be answered. */
  asked(): void {
    this.#askedMs ??= this.#nowMs();
  }

  /** Monotonic milliseconds: since when the other end has been away, if the connection ends now. */
  get awaySinceMs(): number {
    const nowMs = this.#nowMs();
    const isSilent =
      this.#askedMs !== null && nowMs - this.#askedMs >= ANSWERS_WITHIN_MS;
    return isSilent ? this.#receivedMs : nowMs;
  }
}
