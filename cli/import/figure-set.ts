/** A set of whole numbers from 1 to 2^53 in 8 bytes each and as many free: a million take 16 to 32 MB, in one piece. */
export class FigureSet {
  #slots = new Float64Array(1 << 12);
  #size = 0;

  has(figure: number): boolean {
    return this.#slots[this.#slotOf(figure)] === figure;
  }

  add(figure: number): void {
    const slot = this.#slotOf(figure);
    if (this.#slots[slot] === figure) return;
    this.#slots[slot] = figure;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
  }

  /** Where it is, or would be: the first free slot from its own on. */
  #slotOf(figure: number): number {
    const last = this.#slots.length - 1;
    const mixed = Math.imul(
      (figure % 4_294_967_291) ^ Math.floor(figure / 65_536),
      2_654_435_761,
    );
    let slot = (mixed ^ (mixed >>> 15)) & last;
    while (this.#slots[slot] !== 0 && this.#slots[slot] !== figure)
      slot = (slot + 1) & last;
    return slot;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(old.length * 2);
    for (const figure of old)
      if (figure !== 0) this.#slots[this.#slotOf(figure)] = figure;
  }
}
