/**
 * Keeps one trunk under its calls per second in **any** rolling second, as counted at the PBX.
 *
 * We only know when we asked and when the PBX acknowledged; the call reached it somewhere between. So a
 * permit is *active* from its acquisition until one period after its acknowledgement, and at most
 * `capacity` permits are active at once. Take the permit acquired last among the arrivals of some
 * half-open second: every other arrival of that second was acknowledged later than a second before that
 * acquisition, so it was active then; hence there are at most `capacity` of them. The argument needs no
 * order among arrivals or acknowledgements. (Pacing the sends alone reached 20 in a second at a limit of
 * 10.)
 *
 * That second is 20 ms longer than a second: between our write and the carrier stand the threads of the PBX,
 * which do not take equally long for each call. It costs 2 % of the rate.
 *
 * On top a pacer (GCRA) spreads permits by 1/cps, so that a second's calls do not leave in one burst.
 * It lets a late caller catch up by one gap, or 5 ms where gaps are shorter, as timers are no finer.
 *
 * All times are milliseconds of one monotonic clock, given by the caller.
 */

export type Permission =
  | { readonly granted: true; readonly permit: number }
  /** `retryAtMs` null: nothing will change before an acknowledgement, a return or a new limit. */
  | { readonly granted: false; readonly retryAtMs: number | null };

interface ActivePermit {
  readonly acquiredMs: number;
  acknowledgedMs: number | null;
}

const SECOND_MS = 1000;
const MARGIN_MS = 20;
const MIN_CATCH_UP_MS = 5;
/** Later than any adapter command's deadline; a permit without acknowledgement must not be lost for good. */
const DEFAULT_ACKNOWLEDGE_WITHIN_MS = 10_000;

/** Calls per second as whole calls per period: 10 is 10 per 1 s, 2.5 is 2 per 1 s, 0.5 is 1 per 2 s, and the margin. */
interface Rate {
  readonly capacity: number;
  readonly periodMs: number;
  readonly gapMs: number;
}

function toRate(cps: number): Rate {
  if (!Number.isFinite(cps) || cps < 0) {
    throw new RangeError(
      `calls per second must be 0 or more, not ${String(cps)}`,
    );
  }
  const secondMs = SECOND_MS + MARGIN_MS;
  if (cps === 0) return { capacity: 0, periodMs: secondMs, gapMs: secondMs };
  // A fraction above 1 is rounded down: no rolling second may hold 2.5 calls, so it holds 2.
  const capacity = Math.max(1, Math.floor(cps));
  const periodMs = cps < 1 ? SECOND_MS / cps + MARGIN_MS : secondMs;
  return { capacity, periodMs, gapMs: periodMs / capacity };
}

/**
 * Milliseconds between two calls at an even pace.
 *
 * @throws RangeError when `cps` is negative or no number
 */
export function gapOf(cps: number): number {
  return toRate(cps).gapMs;
}

/** The limit of one trunk, or of one group of trunks that share a limit. A limit of 0 grants nothing. */
export class RollingSecondLimiter {
  readonly #active = new Map<number, ActivePermit>();
  readonly #acknowledgeWithinMs: number;
  #rate: Rate;
  #nextPermit = 1;
  /** GCRA's theoretical arrival time: when the next call is due at an even pace. */
  #dueMs = Number.NEGATIVE_INFINITY;
  #spentUntilMs = Number.NEGATIVE_INFINITY;

  /**
   * @param cps calls per second, fractions allowed.
   * @param acknowledgeWithinMs an acknowledgement still missing after this counts as received then.
   * @throws RangeError when `cps` is negative or no number.
   */
  constructor(
    cps: number,
    acknowledgeWithinMs: number = DEFAULT_ACKNOWLEDGE_WITHIN_MS,
  ) {
    this.#rate = toRate(cps);
    this.#acknowledgeWithinMs = acknowledgeWithinMs;
  }

  /** Asks to write one call at or after `nowMs`. A granted permit must be acknowledged or returned. */
  tryAcquire(nowMs: number): Permission {
    this.#forgetExpired(nowMs);
    const { capacity, gapMs } = this.#rate;
    if (capacity === 0) return { granted: false, retryAtMs: null };
    const roomMs = this.#roomAt(nowMs);
    if (roomMs === null) return { granted: false, retryAtMs: null };
    const catchUpMs = Math.max(gapMs, MIN_CATCH_UP_MS);
    const earliestMs = Math.max(
      roomMs,
      this.#spentUntilMs,
      this.#dueMs - catchUpMs,
    );
    if (earliestMs > nowMs) return { granted: false, retryAtMs: earliestMs };
    const permit = this.#nextPermit;
    this.#nextPermit += 1;
    this.#active.set(permit, { acquiredMs: nowMs, acknowledgedMs: null });
    this.#dueMs = Math.max(this.#dueMs, nowMs) + gapMs;
    return { granted: true, permit };
  }

  /** The PBX answered the Originate, whatever it said. Unknown and repeated permits are ignored. */
  acknowledged(permit: number, nowMs: number): void {
    const active = this.#active.get(permit);
    if (active !== undefined) active.acknowledgedMs ??= nowMs;
  }

  /** The call was never written: its place is free again. Not to be used when that is in doubt. */
  returned(permit: number): void {
    const active = this.#active.get(permit);
    if (active?.acknowledgedMs !== null) return;
    this.#active.delete(permit);
    this.#dueMs -= this.#rate.gapMs;
  }

  /**
   * Takes effect at once; what was sent already counts against the new limit.
   *
   * @throws RangeError when `cps` is negative or no number; the old limit stays.
   */
  setLimit(cps: number): void {
    const rate = toRate(cps);
    if (rate.gapMs !== this.#rate.gapMs) {
      this.#dueMs = Number.NEGATIVE_INFINITY;
    }
    this.#rate = rate;
  }

  /** A predecessor may have used the whole last period up to now: grants nothing for one period. */
  assumeSpent(nowMs: number): void {
    this.#spentUntilMs = Math.max(
      this.#spentUntilMs,
      nowMs + this.#rate.periodMs,
    );
  }

  #expiresAt(permit: ActivePermit, nowMs: number): number | null {
    const missingMs = permit.acquiredMs + this.#acknowledgeWithinMs;
    const acknowledgedMs =
      permit.acknowledgedMs ?? (missingMs <= nowMs ? missingMs : null);
    return acknowledgedMs === null
      ? null
      : acknowledgedMs + this.#rate.periodMs;
  }

  #forgetExpired(nowMs: number): void {
    for (const [id, permit] of this.#active) {
      // In the order of acquisition; none expires earlier than a period after it, so the rest is younger.
      if (permit.acquiredMs + this.#rate.periodMs > nowMs) return;
      const expiresMs = this.#expiresAt(permit, nowMs);
      if (expiresMs !== null && expiresMs <= nowMs) this.#active.delete(id);
    }
  }

  /** When fewer than `capacity` permits will be active; null when that needs an acknowledgement first. */
  #roomAt(nowMs: number): number | null {
    const mustExpire = this.#active.size - this.#rate.capacity + 1;
    if (mustExpire <= 0) return nowMs;
    const expiries = [...this.#active.values()]
      .map((permit) => this.#expiresAt(permit, nowMs))
      .filter((ms) => ms !== null)
      .sort((a, b) => a - b);
    return expiries[mustExpire - 1] ?? null;
  }
}
