/** What the mock PBX keeps of calls that are over, for engines that were away when they ended. */

import type { LastWord } from "../port.ts";

/** Beyond this the oldest are forgotten. */
const MAX_PAST = 20_000;

export class PastCalls {
  readonly #words = new Map<
    string,
    { readonly installationId: string; readonly word: LastWord }
  >();

  keep(installationId: string, word: LastWord): void {
    this.#words.set(word.attemptId, { installationId, word });
    if (this.#words.size <= MAX_PAST) return;
    const [oldest] = this.#words.keys();
    if (oldest !== undefined) this.#words.delete(oldest);
  }

  /** @returns null for what it never knew, and for calls of others */
  of(installationId: string, attemptId: string): LastWord | null {
    const past = this.#words.get(attemptId);
    return past?.installationId === installationId ? past.word : null;
  }
}
