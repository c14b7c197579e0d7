/**
 * A semaphore with accounts in turn: a limited number runs at once, the others wait, and the account that has used the
 * least time goes next. So one account's thousand passes, or its slow ones, delay another's by one at most.
 */

interface Account {
  readonly waiting: (() => void)[];
  running: number;
  /** Time that its work has taken, on a scale on which all waiting accounts advance together. */
  usedMs: number;
  lastMs: number;
}

/** For an account that worked within this time a place is kept. */
const recentlyMs = 10_000;

export class Semaphore {
  readonly #atOnce: number;
  readonly #nowMs: () => number;
  readonly #accounts = new Map<string, Account>();
  #running = 0;
  /**
   * Where the accounts stand that were served last: an account that comes after a pause does not keep its unused time.
   */
  #servedMs = 0;

  /** @param nowMs monotonic milliseconds */
  constructor(atOnce: number, nowMs: () => number) {
    this.#atOnce = atOnce;
    this.#nowMs = nowMs;
  }

  /** How many of an account's pieces of work wait. */
  waitingOf(accountId: string): number {
    return this.#accounts.get(accountId)?.waiting.length ?? 0;
  }

  /** Settles as `work` does. */
  async run<T>(accountId: string, work: () => Promise<T>): Promise<T> {
    const account = this.#accountOf(accountId);
    await new Promise<void>((resolve) => {
      account.waiting.push(resolve);
      this.#serve();
    });
    const startedMs = this.#nowMs();
    try {
      return await work();
    } finally {
      this.#running -= 1;
      account.running -= 1;
      account.lastMs = this.#nowMs();
      account.usedMs += Math.max(1, account.lastMs - startedMs);
      this.#serve();
    }
  }

  #accountOf(id: string): Account {
    const nowMs = this.#nowMs();
    const account = this.#accounts.get(id) ?? {
      waiting: [],
      running: 0,
      usedMs: 0,
      lastMs: nowMs,
    };
    if (account.running === 0 && account.waiting.length === 0)
      account.usedMs = Math.max(account.usedMs, this.#servedMs);
    account.lastMs = nowMs;
    this.#accounts.set(id, account);
    return account;
  }

  #serve(): void {
    while (this.#running < this.#atOnce) {
      const next = this.#next();
      const begin = next?.waiting.shift();
      if (next === null || begin === undefined) return;
      this.#running += 1;
      next.running += 1;
      this.#servedMs = Math.max(this.#servedMs, next.usedMs);
      begin();
    }
  }

  #next(): Account | null {
    this.#forget();
    // While several accounts work, none has every place: the next of another need not wait for its slow ones.
    const most =
      this.#accounts.size > 1 ? Math.max(1, this.#atOnce - 1) : this.#atOnce;
    let best: Account | null = null;
    for (const account of this.#accounts.values()) {
      if (account.waiting.length === 0 || account.running >= most) continue;
      if (best === null || account.usedMs < best.usedMs) best = account;
    }
    return best;
  }

  #forget(): void {
    const nowMs = this.#nowMs();
    for (const [id, account] of this.#accounts)
      if (
        account.running === 0 &&
        account.waiting.length === 0 &&
        nowMs - account.lastMs > recentlyMs
      )
        this.#accounts.delete(id);
  }
}
