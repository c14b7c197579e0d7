/**
 * Calls between Asterisk's word that it took an Originate and the moment at which it sends the call out.
 *
 * "Originate successfully queued" comes before the thread that dials has begun, which on a busy machine is tens of
 * milliseconds later. A carrier counts calls, not promises, so the rate is reckoned from the departure.
 */
export class Departures {
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();

  /** Begins to listen for the departure of a call that is about to be written. */
  expect(attemptId: string): void {
    this.#awaited.set(attemptId, Promise.withResolvers());
  }

  /** The call was dialled, or is over. */
  left(attemptId: string): void {
    const awaited = this.#awaited.get(attemptId);
    this.#awaited.delete(attemptId);
    awaited?.resolve();
  }

  /** Of none of them will be heard any more. */
  allLeft(): void {
    for (const attemptId of [...this.#awaited.keys()]) this.left(attemptId);
  }

  /** Settles when the call has left, at the latest after `limitMs`. */
  async until(attemptId: string, limitMs: number): Promise<void> {
    const awaited = this.#awaited.get(attemptId);
    if (awaited === undefined) return;
    const timer = setTimeout(() => {
      this.left(attemptId);
    }, limitMs);
    await awaited.promise;
    clearTimeout(timer);
  }
}
