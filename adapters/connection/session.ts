/**
 * One connection to a PBX, from its greeting to its end: used until it closes, then thrown away. A ping that is not
 * answered ends it, because nothing else shows a PBX that is frozen or behind a black hole.
 */
import { SilenceWatch } from "./silence-watch.ts";

export interface SessionOptions {
  /** Between the answer to one ping and the next ping, milliseconds. */
  readonly pingIntervalMs: number;
  /** Once, after which nothing is delivered any more. `reason` is for an operator. */
  onClose(reason: string): void;
}

export abstract class PbxSession {
  /** E.g. `Asterisk`. */
  readonly #pbx: string;
  readonly #options: SessionOptions;
  readonly #silence = new SilenceWatch();
  #lastAnswerMs = performance.now();
  #pingTimer: NodeJS.Timeout | undefined;
  #closeReason: string | null = null;

  constructor(pbx: string, options: SessionOptions) {
    this.#pbx = pbx;
    this.#options = options;
  }

  /** Asks the PBX for anything that it answers. @throws AdapterError when it does not */
  abstract ping(): Promise<void>;

  /** The session has ended: closes what it runs over and fails whatever still waits for an answer. */
  protected abstract release(reason: string): void;

  /** Why the session ended; null: it has not. */
  protected get closeReason(): string | null {
    return this.#closeReason;
  }

  get isOpen(): boolean {
    return this.#closeReason === null;
  }

  /** As {@link SilenceWatch.awaySinceMs}. */
  get awaySinceMs(): number {
    return this.#silence.awaySinceMs;
  }

  /** Of the monotonic clock, milliseconds: when the PBX last answered something. */
  get lastAnswerMs(): number {
    return this.#lastAnswerMs;
  }

  /** Ends the session and everything that waits for an answer. Idempotent. */
  close(reason: string): void {
    if (this.#closeReason !== null) return;
    this.#closeReason = reason;
    clearTimeout(this.#pingTimer);
    this.release(reason);
    this.#options.onClose(reason);
  }

  /** Something was written that is to be answered. */
  protected asked(): void {
    this.#silence.asked();
  }

  /** Something came, whatever it was. */
  protected received(): void {
    this.#silence.received();
  }

  /** What came was an answer. */
  protected answered(): void {
    this.#lastAnswerMs = performance.now();
  }

  protected startPings(): void {
    this.#pingTimer = setTimeout(() => {
      void this.#keepAlive();
    }, this.#options.pingIntervalMs);
  }

  async #keepAlive(): Promise<void> {
    try {
      await this.ping();
      if (this.#closeReason === null) this.startPings();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.close(`${this.#pbx} is silent: ${why}`);
    }
  }
}
