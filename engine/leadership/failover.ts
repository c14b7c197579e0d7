/**
 * Which of two engines dials when one of them is cut off from the PBX. Pure: times are arguments, in monotonic
 * milliseconds.
 *
 *   leader, connection down for `patienceMs`, a standby could dial ──▶ FAIL_OVER: gives the node up
 *   node free, own connection down, a standby could dial           ──▶ LEAVE it to that one, for `patienceMs`
 *   node free otherwise                                            ──▶ TAKE
 *
 * No standby, or none with a connection: the leader keeps the node, so an outage of the PBX itself moves nothing. The
 * standby's database is slow: its heartbeat is old, so the standby does not count. The standby falls silent after the
 * hand-over: nobody takes the free node; its previous leader takes it back after `patienceMs` and hands over less
 * often. The connection comes back in the same second: the node was given up and the standby has it; this engine takes
 * it again only after `patienceMs`, if it is still free. Both connections flap: a connection counts as up only after it
 * has stayed up for `steadyMs`, which doubles each time this engine gave the node up, so that the node cannot move to
 * and fro.
 */

/** What the last heartbeat read. */
export interface NodeView {
  /** This engine works under the lease. */
  readonly works: boolean;
  /** The node has no leader. */
  readonly takeable: boolean;
  /** A standby with the same adapter said within a lease's length that it could dial at once. */
  readonly successor: boolean;
}

export type FailoverStep = "NONE" | "FAIL_OVER" | "TAKE" | "LEAVE";

const steadyFactor = 2;
const longestSteadyFactor = 24;
/** After staying up for this many times `steadyMs`, a connection's earlier outages no longer count. */
const forgivenAfter = 60;

export class Failover {
  readonly #patienceMs: number;
  #steadyFactor = steadyFactor;
  #isUp = false;
  #upSinceMs = Number.NEGATIVE_INFINITY;
  /** Null until the connection was lost for the first time. */
  #outageSinceMs: number | null;
  #wasUp = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #failoverNotBeforeMs = Number.NEGATIVE_INFINITY;
  #leftSinceMs: number | null = null;

  /**
   * @param patienceMs how long a connection may be down before another engine is better, and how long a node that was
   *   given up waits for that engine; a lease's length, as for an engine that is cut off from the database
   * @param nowMs the connection is down until {@link noteConnection} says otherwise
   */
  constructor(patienceMs: number, nowMs: number) {
    this.#patienceMs = patienceMs;
    this.#outageSinceMs = nowMs;
  }

  /** The connection to the PBX is up, or not; called at each change, and repeated calls are harmless. */
  noteConnection(isUp: boolean, nowMs: number): void {
    if (isUp === this.#isUp) return;
    if (isUp) {
      this.#upSinceMs = nowMs;
      if (!this.#wasUp) this.#outageSinceMs = null;
      this.#wasUp = true;
    } else if (this.#outageSinceMs === null || this.isSteady(nowMs)) {
      this.#outageSinceMs = nowMs;
    } // A connection that was up only for a moment was down all the while.
    this.#isUp = isUp;
  }

  /** The connection has been up for long enough that the node may be handed to this engine. */
  isSteady(nowMs: number): boolean {
    if (!this.#isUp) return false;
    const upMs = nowMs - this.#upSinceMs;
    if (upMs >= forgivenAfter * this.#patienceMs)
      this.#steadyFactor = steadyFactor;
    return upMs >= this.#steadyFactor * this.#patienceMs;
  }

  /** What to do with the node now. */
  next({ works, takeable, successor }: NodeView, nowMs: number): FailoverStep {
    if (!takeable || works) this.#leftSinceMs = null;
    if (works) return this.#isDue(successor, nowMs) ? "FAIL_OVER" : "NONE";
    if (!takeable) return "NONE";
    if (nowMs < this.#notBeforeMs) return "LEAVE";
    if (this.#isUp || !successor) return "TAKE";
    this.#leftSinceMs ??= nowMs;
    return nowMs - this.#leftSinceMs < this.#patienceMs ? "LEAVE" : "TAKE";
  }

  /** This engine gave the node up. */
  noteFailedOver(nowMs: number): void {
    this.#notBeforeMs = nowMs + this.#patienceMs;
    this.#leftSinceMs = nowMs;
    this.#failoverNotBeforeMs =
      nowMs + 2 * this.#steadyFactor * this.#patienceMs;
    this.#steadyFactor = Math.min(longestSteadyFactor, 2 * this.#steadyFactor);
  }

  #isDue(successor: boolean, nowMs: number): boolean {
    return (
      !this.#isUp &&
      successor &&
      this.#outageSinceMs !== null &&
      nowMs - this.#outageSinceMs >= this.#patienceMs &&
      nowMs >= this.#failoverNotBeforeMs
    );
  }
}
