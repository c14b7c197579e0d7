/**
 * How long something has been away, derived from observations. Pure: the time comes with each observation.
 *
 *   WELL ── a fault is seen ──▶ AWAY ── well again ──▶ RETURNING ── well for `steadyMs` ──▶ WELL
 *                                ▲                        │
 *                                └───── a fault again ────┘
 *
 * An outage begins when the fault began, not when somebody asks. A reconnect attempt or a short recovery belongs to the
 * same outage.
 */

export interface OutageLimits {
  /** During an outage longer than this `/health` answers 503. */
  readonly unhealthyAfterMs: number;
  /** The outage is over once everything has been well for this long. */
  readonly steadyMs: number;
  /** It is reported once it has lasted this long: a failover takes a moment. */
  readonly quietMs: number;
}

/** What is wrong, for the log and whoever has the token, and for whoever asks: no address, no name. */
export interface Fault {
  readonly reason: string;
  readonly publicReason: string;
  /** When it began, if known more precisely than by the first observation. */
  readonly sinceMs?: number;
}

export type OutageChange =
  | { readonly kind: "BEGAN" | "UNHEALTHY"; readonly ms: number }
  | { readonly kind: "ENDED"; readonly ms: number };

/** The state of an outage. */
export interface OutageView {
  readonly ms: number;
  readonly isUnhealthy: boolean;
  /** It is well now, but not for long enough. */
  readonly isReturning: boolean;
  readonly fault: Fault;
}

interface Ongoing {
  sinceMs: number;
  /** Since when it has been well again, or null while it is away. */
  wellSinceMs: number | null;
  fault: Fault;
  reported: "NOTHING" | "BEGAN" | "UNHEALTHY";
}

export class Outage {
  readonly #limits: OutageLimits;
  #ongoing: Ongoing | null = null;

  constructor(limits: OutageLimits) {
    this.#limits = limits;
  }

  /**
   * Processes an observation.
   *
   * @param fault null: all is well
   * @returns what is to be reported of it, oldest first
   */
  note(nowMs: number, fault: Fault | null): OutageChange[] {
    const ended = this.#endIfSteady(fault?.sinceMs ?? nowMs);
    if (fault === null) {
      if (this.#ongoing !== null) this.#ongoing.wellSinceMs ??= nowMs;
      return [...ended, ...this.#endIfSteady(nowMs)];
    }
    const sinceMs = Math.min(nowMs, fault.sinceMs ?? nowMs);
    this.#ongoing ??= {
      sinceMs,
      wellSinceMs: null,
      fault,
      reported: "NOTHING",
    };
    this.#ongoing.sinceMs = Math.min(this.#ongoing.sinceMs, sinceMs);
    this.#ongoing.wellSinceMs = null;
    this.#ongoing.fault = fault;
    return [...ended, ...this.#report(this.#ongoing, nowMs)];
  }

  /** Whether its beginning was reported. */
  get isReported(): boolean {
    return this.#ongoing !== null && this.#ongoing.reported !== "NOTHING";
  }

  /** The outage under way, or null. */
  view(nowMs: number): OutageView | null {
    const outage = this.#ongoing;
    if (outage === null) return null;
    const ms = lengthOf(outage, nowMs);
    return {
      ms,
      isUnhealthy: ms > this.#limits.unhealthyAfterMs,
      isReturning: outage.wellSinceMs !== null,
      fault: outage.fault,
    };
  }

  #endIfSteady(nowMs: number): OutageChange[] {
    const outage = this.#ongoing;
    const wellSinceMs = outage?.wellSinceMs ?? Infinity;
    if (outage === null || nowMs - wellSinceMs < this.#limits.steadyMs)
      return [];
    this.#ongoing = null;
    return outage.reported === "NOTHING"
      ? []
      : [{ kind: "ENDED", ms: lengthOf(outage, nowMs) }];
  }

  #report(outage: Ongoing, nowMs: number): OutageChange[] {
    const { quietMs, unhealthyAfterMs } = this.#limits;
    const ms = lengthOf(outage, nowMs);
    const changes: OutageChange[] = [];
    const isUnhealthy = ms > unhealthyAfterMs;
    if (outage.reported === "NOTHING" && (ms >= quietMs || isUnhealthy)) {
      changes.push({ kind: "BEGAN", ms });
      outage.reported = "BEGAN";
    }
    if (outage.reported === "BEGAN" && isUnhealthy) {
      changes.push({ kind: "UNHEALTHY", ms });
      outage.reported = "UNHEALTHY";
    }
    return changes;
  }
}

/** How long it was away; a recovery that is not yet confirmed does not count. */
function lengthOf(outage: Ongoing, nowMs: number): number {
  return Math.max(0, (outage.wellSinceMs ?? nowMs) - outage.sinceMs);
}
