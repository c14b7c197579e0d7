/**
 * Figures of trunks that are not in their rows: for how long each has been full, and how many calls all may start in a
 * second.
 */

interface Trunk {
  readonly id: string;
  readonly isActive: boolean;
  readonly liveChannels: number;
  readonly maxChannels: number;
}

interface LimitedTrunk {
  readonly isActive: boolean;
  readonly cpsLimit: number;
  readonly limitGroup: string | null;
}

export class TrunkGauge {
  readonly #seesAll: boolean;
  readonly #nowMs: () => number;
  readonly #fullSinceMs = new Map<string, number>();

  /**
   * @param seesAll false: only an account's own calls are visible, from which neither can be derived
   * @param nowMs monotonic milliseconds
   */
  constructor(seesAll: boolean, nowMs: () => number) {
    this.#seesAll = seesAll;
    this.#nowMs = nowMs;
  }

  /**
   * Takes an observation of a trunk. @returns whole seconds since the first one that found it full, 0 while it is not
   */
  fullForSeconds({ id, isActive, liveChannels, maxChannels }: Trunk): number {
    if (!this.#seesAll || !isActive || liveChannels < maxChannels) {
      this.#fullSinceMs.delete(id);
      return 0;
    }
    const nowMs = this.#nowMs();
    const sinceMs = this.#fullSinceMs.get(id) ?? nowMs;
    this.#fullSinceMs.set(id, sinceMs);
    return Math.floor((nowMs - sinceMs) / 1_000);
  }

  /** Trunks of one limit group share the smallest limit, as read_trunk_limits has it. */
  cpsLimitOf(trunks: readonly LimitedTrunk[]): number | null {
    const active = trunks.filter(({ isActive }) => isActive);
    if (!this.#seesAll || active.length === 0) return null;
    const groups = new Map<string, number>();
    let sum = 0;
    for (const { cpsLimit, limitGroup } of active)
      if (limitGroup === null) sum += cpsLimit;
      else
        groups.set(
          limitGroup,
          Math.min(cpsLimit, groups.get(limitGroup) ?? Infinity),
        );
    for (const limit of groups.values()) sum += limit;
    return sum;
  }
}
