/**
 * Signals of calls that are still to be received, and who waits for them.
 *
 * Departures: "Originate successfully queued" comes before the thread that dials has begun, which on a busy machine is
 * tens of milliseconds later. A carrier counts calls, not promises, so the rate is reckoned from the departure.
 *
 * Ends: what Asterisk answers goes round the queues that its events wait in, so that it may say "No such channel"
 * before it has sent the event of the end.
 */
export class PendingSignals {
  readonly #pending = new Map<string, PromiseWithResolvers<void>>();

  /** From now on it is waited for. */
  expect(attemptId: string): void {
    if (this.#pending.has(attemptId)) return;
    this.#pending.set(attemptId, Promise.withResolvers());
  }

  /** It was received, or is waited for no longer. */
  came(attemptId: string): void {
    const signal = this.#pending.get(attemptId);
    this.#pending.delete(attemptId);
    signal?.resolve();
  }

  /** No signal of any of them will be received any more. */
  noneWillCome(): void {
    for (const attemptId of [...this.#pending.keys()]) this.came(attemptId);
  }

  /** Settles when the signal of an expected call was received, at the latest after `limitMs`; at once of any other. */
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
