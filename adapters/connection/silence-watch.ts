/**
 * Finds out, when a connection ends, since when its other end has been away. An end that falls silent (network gone,
 * process frozen) is noticed only by an unanswered request, and has been away since something was last received from
 * it. An end that closes the connection was there until then, even if it had sent nothing for a while.
 */

/** A younger request proves no silence when the connection ends: its answer may have been on its way. */
const ANSWERS_WITHIN_MS = 200;

export class SilenceWatch {
  readonly #nowMs: () => number;
  #receivedMs: number;
  /** The first request since something was last received. */
  #askedMs: number | null = null;

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#receivedMs = nowMs();
  }

  /** Something was received, whatever it was. */
  received(): void {
    this.#receivedMs = this.#nowMs();
    this.#askedMs = null;
  }

  /** A request was written. */
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
