/** Ids seen recently, bounded. Kept in two generations, because finding the oldest entry of a large Set takes long. */
export class RecentIds {
  readonly #limit: number;
  #young = new Set<string>();
  #old = new Set<string>();

  /** @param limit at least half as many are remembered, never more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  add(id: string): void {
    this.#young.add(id);
    if (this.#young.size < this.#limit / 2) return;
    this.#old = this.#young;
    this.#young = new Set();
  }

  /** @returns whether it was there */
  delete(id: string): boolean {
    const wasYoung = this.#young.delete(id);
    return this.#old.delete(id) || wasYoung;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
