/**
 * Requested passes: of each campaign the earliest, in memory only.
 *
 * Nothing is lost with them: a new leader requests a pass of every ACTIVE campaign, and so does the sweep, each minute.
 */
export class PassRequests {
  readonly #dueMs = new Map<string, number>();
  readonly #nowMs: () => number;
  readonly #onDue: (campaignIds: readonly string[]) => void;
  #timer: NodeJS.Timeout | null = null;
  #timerAtMs = Infinity;
  #stopped = false;

  /** @param nowMs monotonic milliseconds */
  constructor(
    nowMs: () => number,
    onDue: (campaignIds: readonly string[]) => void,
  ) {
    this.#nowMs = nowMs;
    this.#onDue = onDue;
  }

  /** @param atMs monotonic ms; an earlier request for the campaign stays */
  add(campaignId: string, atMs: number): void {
    if (this.#stopped || (this.#dueMs.get(campaignId) ?? Infinity) <= atMs)
      return;
    this.#dueMs.set(campaignId, atMs);
    this.#wakeAt(atMs);
  }

  /** The campaign had its pass, or needs none. */
  drop(campaignId: string): void {
    this.#dueMs.delete(campaignId);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueMs.clear();
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#timerAtMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#timerAtMs = Infinity;
        this.#fire();
      },
      Math.max(0, Math.ceil(atMs - this.#nowMs())),
    );
  }

  #fire(): void {
    const nowMs = this.#nowMs();
    const due: string[] = [];
    let nextMs = Infinity;
    for (const [id, atMs] of this.#dueMs)
      if (atMs <= nowMs) due.push(id);
      else nextMs = Math.min(nextMs, atMs);
    for (const id of due) this.#dueMs.delete(id);
    if (nextMs < Infinity) this.#wakeAt(nextMs);
    if (due.length > 0) this.#onDue(due);
  }
}
