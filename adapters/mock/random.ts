/** Seeded randomness of the mock PBX: the same seed and the same calls give the same fates. */

/** @returns uniform numbers in [0, 1), as `Math.random` */
export type Random = () => number;

/** FNV-1a over UTF-16 units, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The mulberry32 generator: small, fast, and good enough for a telephone network. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of `choices`, each as likely as the other. */
export function pick<T>(
  random: Random,
  choices: readonly [T, ...(readonly T[])],
): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** A lognormal value with the given median; Box–Muller. */
export function lognormal(
  random: Random,
  median: number,
  sigma: number,
): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * random()));
}
