/** Events of a session that somebody waits for. */

interface Expected<Event> {
  readonly isIt: (event: Event) => boolean;
  readonly settle: (event: Event | null) => void;
}

export class ExpectedEvents<Event> {
  readonly #expected = new Set<Expected<Event>>();
  #isClosed = false;

  /** @returns the first such event; null when none arrived within `timeoutMs` or before the session ended */
  next(
    isIt: (event: Event) => boolean,
    timeoutMs: number,
  ): Promise<Event | null> {
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      const expected: Expected<Event> = {
        isIt,
        settle: (event) => {
          clearTimeout(timer);
          this.#expected.delete(expected);
          resolve(event);
        },
      };
      const timer = setTimeout(expected.settle, timeoutMs, null);
      this.#expected.add(expected);
    });
  }

  received(event: Event): void {
    for (const { isIt, settle } of this.#expected)
      if (isIt(event)) settle(event);
  }

  /** The session has ended. */
  close(): void {
    this.#isClosed = true;
    for (const { settle } of this.#expected) settle(null);
  }
}
