/**
 * Many timers on one: a binary heap by due time. Two thousand live calls cost one `setTimeout`, and
 * with a clock of the test's own the whole PBX runs on made-up time.
 */

/** Time as the PBX sees it; all in milliseconds. */
export interface MockClock {
  /** Since the epoch, for times in events. */
  wallMs(): number;
  /** From any origin, never going back, for what is measured. */
  monotonicMs(): number;
  /** @returns cancels the timer */
  setTimer(run: () => void, delayMs: number): () => void;
}

export const systemClock: MockClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(run, delayMs) {
    const timer = setTimeout(run, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

interface Entry {
  readonly dueMs: number;
  /** Keeps entries of the same instant in the order they were added. */
  readonly order: number;
  readonly run: () => void;
}

export class TimerHeap {
  readonly #clock: MockClock;
  readonly #entries: Entry[] = [];
  #order = 0;
  #armedForMs = Infinity;
  #disarm: () => void = () => undefined;

  constructor(clock: MockClock) {
    this.#clock = clock;
  }

  /** Runs `run` at `dueMs` of the monotonic clock, or as soon as possible when that has passed. */
  at(dueMs: number, run: () => void): void {
    this.#order += 1;
    this.#push({ dueMs, order: this.#order, run });
    this.#arm();
  }

  clear(): void {
    this.#entries.length = 0;
    this.#disarm();
    this.#armedForMs = Infinity;
  }

  #arm(): void {
    const first = this.#entries[0];
    if (first === undefined || first.dueMs >= this.#armedForMs) return;
    this.#disarm();
    this.#armedForMs = first.dueMs;
    const delayMs = Math.max(0, first.dueMs - this.#clock.monotonicMs());
    // Rounded up: Node drops fractions, and a timer that fires early would only be armed again.
    this.#disarm = this.#clock.setTimer(() => {
      this.#armedForMs = Infinity;
      this.#runDue();
    }, Math.ceil(delayMs));
  }

  #runDue(): void {
    const nowMs = this.#clock.monotonicMs();
    try {
      for (;;) {
        const first = this.#entries[0];
        if (first === undefined || first.dueMs > nowMs) return;
        this.#shift();
        first.run();
      }
    } finally {
      this.#arm();
    }
  }

  #push(entry: Entry): void {
    const entries = this.#entries;
    let index = entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  #shift(): void {
    const entries = this.#entries;
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let child = left;
      const [leftEntry, rightEntry] = [entries[left], entries[right]];
      if (leftEntry === undefined) break;
      if (rightEntry !== undefined && isBefore(rightEntry, leftEntry)) {
        child = right;
      }
      const below = entries[child];
      if (below === undefined || !isBefore(below, last)) break;
      entries[index] = below;
      index = child;
    }
    entries[index] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.dueMs === other.dueMs
    ? one.order < other.order
    : one.dueMs < other.dueMs;
}
