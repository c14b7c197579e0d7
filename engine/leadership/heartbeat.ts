/** A heartbeat at a steady interval, never two at once, and one out of turn when something changed. */

export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly send: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> = Promise.resolve();
  #started = false;
  #stopped = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Writes one heartbeat, then one per interval. */
  async start(): Promise<void> {
    this.#started = true;
    await this.soon();
  }

  /** The engine is stopping: what goes down from now on does so on purpose. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Writes a heartbeat as soon as the one under way is over; does nothing before the start and after the stop. */
  soon(): Promise<void> {
    if (!this.#started || this.#stopped) return Promise.resolve();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#sending = this.#sending
      .then(async () => {
        if (!this.#stopped) await this.#options.send();
      })
      .catch(this.#options.onError)
      .then(() => {
        this.#schedule();
      });
    return this.#sending;
  }

  /** No further heartbeat starts. @returns settles when the one under way is over */
  stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    return this.#sending;
  }

  #schedule(): void {
    if (this.#stopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.soon();
    }, this.#options.intervalMs);
  }
}
