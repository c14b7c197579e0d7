/**
 * Calls of which something is still to be heard, and who waits for it.
 *
 * Departures: "Originate successfully queued" comes before the thread that dials has begun, which on a busy machine is
 * tens of milliseconds later. A carrier counts calls, not promises, so the rate is reckoned from the departure.
 *
 * Ends: what Asterisk answers goes round the queues that its events wait in, so that it may say "No such channel"
 * before it has told of the end.
 */
export class PendingSignals {
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();

  /** Begins to listen for it. */
  expect(attemptId: string): void {
    if (this.#awaited.has(attemptId)) return;
    this.#awaited.set(attemptId, Promise.withResolvers());
  }

  /** It was heard, or is waited for no longer. */
  came(attemptId: string): void {
    const awaited = this.#awaited.get(attemptId);
    this.#awaited.delete(attemptId);
    awaited?.resolve();
  }

  /** Of none of them will it be heard any more. */
  noneWillCome(): void {
    for (const attemptId of [...this.#awaited.keys()]) this.came(attemptId);
  }

  /** Settles when it was heard of an expected call, at the latest after `limitMs`; at once of any other. */
  async until(attemptId: string, limitMs: number): Promise<void> {
    const awaited = this.#awaited.get(attemptId);
    if (awaited === undefined) return;
    const timer = setTimeout(() => {
      this.came(attemptId);
    }, limitMs);
    await awaited.promise;
    clearTimeout(timer);
  }
}
