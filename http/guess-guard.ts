/**
 * Slows clients that guess tokens: per address, and all together, because addresses are cheap. An address that has
 * lately shown a right token is slowed only by its own guesses.
 *
 * Each verification takes a place, which a right token returns, so that concurrent guesses count, too.
 */

export interface GuessLimits {
  /** Wrong tokens at once, and how long until one more may be tried. */
  readonly perAddress: { readonly burst: number; readonly againMs: number };
  readonly overall: { readonly burst: number; readonly againMs: number };
}

const defaults: GuessLimits = {
  perAddress: { burst: 10, againMs: 3_000 },
  overall: { burst: 60, againMs: 500 },
};
const knownForMs = 60 * 60_000;
const mostAddresses = 2_000;

/** Refills by itself; `spent` is how many places are taken at `atMs`. */
interface Bucket {
  spent: number;
  atMs: number;
}

export class GuessGuard {
  readonly #limits: GuessLimits;
  readonly #nowMs: () => number;
  readonly #addresses = new Map<string, Bucket>();
  readonly #known = new Map<string, number>();
  readonly #overall: Bucket = { spent: 0, atMs: -Infinity };

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: () => number, limits: GuessLimits = defaults) {
    this.#nowMs = nowMs;
    this.#limits = limits;
  }

  /**
   * Takes a place for one verification. @returns 0, or the milliseconds after which to try again: then no place was
   * taken
   */
  enter(address: string): number {
    const { perAddress, overall } = this.#limits;
    const own = this.#bucketOf(address);
    const waits = [
      this.#waitMs(own, perAddress),
      this.#isKnown(address) ? 0 : this.#waitMs(this.#overall, overall),
    ];
    const waitMs = Math.max(...waits);
    if (waitMs > 0) return waitMs;
    own.spent += 1;
    this.#overall.spent += 1;
    return 0;
  }

  /** The token was right: returns the place. */
  wasRight(address: string): void {
    const own = this.#bucketOf(address);
    own.spent = Math.max(0, own.spent - 1);
    this.#overall.spent = Math.max(0, this.#overall.spent - 1);
    this.#known.delete(address);
    this.#known.set(address, this.#nowMs());
    forgetOldest(this.#known);
  }

  #isKnown(address: string): boolean {
    const atMs = this.#known.get(address);
    return atMs !== undefined && this.#nowMs() - atMs < knownForMs;
  }

  #bucketOf(address: string): Bucket {
    const bucket = this.#addresses.get(address) ?? {
      spent: 0,
      atMs: this.#nowMs(),
    };
    this.#addresses.delete(address);
    this.#addresses.set(address, bucket);
    forgetOldest(this.#addresses);
    return bucket;
  }

  #waitMs(
    bucket: Bucket,
    { burst, againMs }: { readonly burst: number; readonly againMs: number },
  ): number {
    const nowMs = this.#nowMs();
    const given = Math.max(0, (nowMs - bucket.atMs) / againMs);
    bucket.spent = Math.max(0, bucket.spent - given);
    bucket.atMs = nowMs;
    return bucket.spent + 1 <= burst
      ? 0
      : Math.ceil((bucket.spent + 1 - burst) * againMs);
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next();
  if (map.size > mostAddresses && oldest.done !== true)
    map.delete(oldest.value);
}
