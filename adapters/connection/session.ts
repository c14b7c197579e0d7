/**
 * One connection to a PBX, from its greeting to its end; it is discarded once it closes. An unanswered ping ends it,
 * because nothing else shows a PBX that is frozen or unreachable.
 */
import { SilenceWatch } from "./silence-watch.ts";

export interface SessionOptions {
  /** Between the answer to one ping and the next ping, milliseconds. */
  readonly pingIntervalMs: number;
  /** Called once; nothing is delivered afterwards. `reason` is for an operator. */
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

  /** Sends any request that the PBX answers. @throws AdapterError when it does not answer */
  abstract ping(): Promise<void>;

  /** The session has ended: closes the underlying connection and rejects requests without an answer. */
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

  /** Ends the session and rejects requests without an answer. Idempotent. */
  close(reason: string): void {
    if (this.#closeReason !== null) return;
    this.#closeReason = reason;
    clearTimeout(this.#pingTimer);
    this.release(reason);
    this.#options.onClose(reason);
  }

  /** A request was written. */
  protected asked(): void {
    this.#silence.asked();
  }

  /** Something was received, whatever it was. */
  protected received(): void {
    this.#silence.received();
  }

  /** An answer was received. */
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
