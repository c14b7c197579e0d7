/**
 * Signals of calls that are expected but not yet received, and the code that waits for them.
 *
 * Departures: "Originate successfully queued" arrives before the dialling thread has started, which on a busy machine
 * takes tens of milliseconds. A carrier counts calls, so the rate is measured from the departure.
 *
 * Ends: Asterisk's answers bypass the queues in which its events wait, so it may answer "No such channel" before it has
 * sent the event of the end.
 */
export class PendingSignals {
  readonly #pending = new Map<string, PromiseWithResolvers<void>>();

  /** From now on the call's signal is expected. */
  expect(attemptId: string): void {
    if (this.#pending.has(attemptId)) return;
    this.#pending.set(attemptId, Promise.withResolvers());
  }

  /** The signal was received, or is no longer expected. */
  came(attemptId: string): void {
    const signal = this.#pending.get(attemptId);
    this.#pending.delete(attemptId);
    signal?.resolve();
  }

  /** No signal of any expected call will arrive any more. */
  noneWillCome(): void {
    for (const attemptId of [...this.#pending.keys()]) this.came(attemptId);
  }

  /** Settles when the signal of the call is received, at the latest after `limitMs`; at once if none is expected. */
  async until(attemptId: string, limitMs: number): Promise<void> {
    const signal = this.#pending.get(attemptId);
    if (signal === undefined) return;
    const timer = setTimeout(() => {
      this.came(attemptId);
    }, limitMs);
    await signal.promise;
    clearTimeout(timer);
  }
}
