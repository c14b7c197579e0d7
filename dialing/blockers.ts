/** Collects why a pass did not dial more; becomes the campaign's rows in `dialing_blockers`. */
/** One blocker of a pass, as `dialing_blockers` shows it. */
export interface Blocker {
  readonly reason: string;
  readonly count: number;
  /** ISO 8601, or null if no time ends it. */
  readonly next_at: string | null;
}

export class Blockers {
  readonly #reasons = new Map<
    string,
    { count: number; nextAtMs: number | null }
  >();

  /** @param nextAtMs when this reason may be over, epoch ms */
  note(reason: string, count = 1, nextAtMs: number | null = null): void {
    const held = this.#reasons.get(reason);
    if (held === undefined) {
      this.#reasons.set(reason, { count, nextAtMs });
      return;
    }
    held.count += count;
    if (nextAtMs !== null)
      held.nextAtMs = Math.min(held.nextAtMs ?? Infinity, nextAtMs);
  }

  get isEmpty(): boolean {
    return this.#reasons.size === 0;
  }

  has(reason: string): boolean {
    return this.#reasons.has(reason);
  }

  toRows(): Blocker[] {
    return [...this.#reasons].map(([reason, { count, nextAtMs }]) => ({
      reason,
      count,
      next_at: nextAtMs === null ? null : new Date(nextAtMs).toISOString(),
    }));
  }
}
