/**
 * A queue that takes accounts in turn: however many items one account adds, another account's next item comes after one
 * of them.
 */
export class AccountQueue<T> {
  readonly #accounts = new Map<string, T[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(accountId: string, item: T): void {
    const items = this.#accounts.get(accountId) ?? [];
    items.push(item);
    this.#accounts.set(accountId, items);
    this.#length += 1;
  }

  /** The next; its account goes behind the others. */
  shift(): T | undefined {
    for (const [accountId, items] of this.#accounts) {
      this.#accounts.delete(accountId);
      const item = items.shift();
      if (items.length > 0) this.#accounts.set(accountId, items);
      if (item === undefined) continue;
      this.#length -= 1;
      return item;
    }
    return undefined;
  }

  /** Removes what has waited for too long; of each account the oldest come first. */
  takeWhile(isOver: (item: T) => boolean): T[] {
    const taken: T[] = [];
    for (const [accountId, items] of this.#accounts) {
      while (items[0] !== undefined && isOver(items[0])) {
        taken.push(items[0]);
        items.shift();
      }
      if (items.length === 0) this.#accounts.delete(accountId);
    }
    this.#length -= taken.length;
    return taken;
  }
}
