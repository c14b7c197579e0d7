/**
 * Detects steps of the PBX's clock in its events, so that all times of one call are by one clock: a step of an hour in
 * mid-call made durations of 0 and of an hour.
 *
 * Events arrive in the order in which the PBX wrote them, and may be late. The offset of the PBX's time from our
 * monotonic clock falls with the delay of an event and never rises without a step. So an offset far above all earlier
 * ones is a step forward, and a time before that of the previous event is a step back. Slow drift is no step.
 */

/**
 * Smaller steps forward cannot be distinguished from a PBX that sends old events quickly. Such a step, and a step back
 * that falls into a pause of all events, makes a duration wrong by at most its own size, never negative by more than
 * {@link LEAST_BACK_MS} (and written as 0). It does not affect the short-call circuit breaker for a call that lasted 4
 * s, whose age is by the database's clock (`test/unit/adapters/asterisk-ami/clock-steps.test.ts`,
 * `test/unit/dialing/short-call-breaker.test.ts`).
 */
const LEAST_FORWARD_MS = 30_000;
/** Two events of the same moment may come in either order. */
const LEAST_BACK_MS = 1_000;
/** How many steps are remembered; no call lasts through more. */
const MOST_RUNS = 20;

export class PbxClock {
  #stepsMs = 0;
  #aheadMs: number | null = null;
  #lastMs = -Infinity;
  /** The latest since the last step. */
  #latestMs = -Infinity;
  /** The steps so far, in milliseconds, each with the PBX's time from which it counts; oldest first. */
  #runs: {
    readonly fromMs: number;
    readonly stepsMs: number;
    /** The last of them. */
    readonly stepMs: number;
  }[] = [];

  readonly #leastBackMs: number;

  /** @param leastBackMs by how much events may be out of order: smaller steps back cannot be distinguished from that */
  constructor(leastBackMs = LEAST_BACK_MS) {
    this.#leastBackMs = leastBackMs;
  }

  /** The clock has had no step. */
  get isEven(): boolean {
    return this.#runs.length === 0;
  }

  /** The sum of all steps so far. The PBX's time minus this sum has no steps. */
  get stepsMs(): number {
    return this.#stepsMs;
  }

  /**
   * @param givenMs the PBX's time of an event, epoch ms
   * @param steadyMs when it arrived, by a monotonic clock
   */
  note(givenMs: number, steadyMs: number): void {
    const aheadMs = givenMs - steadyMs;
    const before = this.#aheadMs;
    if (before !== null) {
      const isStep =
        aheadMs > before + LEAST_FORWARD_MS ||
        givenMs < this.#lastMs - this.#leastBackMs;
      if (isStep) {
        // In whole milliseconds, as times are emitted: a fraction would put two events of one moment a millisecond
        // apart.
        const stepMs = Math.round(aheadMs - before);
        this.#stepsMs += stepMs;
        const { stepsMs } = this;
        // The step may have followed right after the previous event.
        const fromMs = Math.min(givenMs, this.#lastMs + stepMs);
        this.#runs.push({ fromMs, stepsMs, stepMs });
        if (this.#runs.length > MOST_RUNS) this.#runs.shift();
      }
      if (isStep) this.#latestMs = -Infinity;
      this.#aheadMs = isStep ? aheadMs : Math.max(before, aheadMs);
    } else this.#aheadMs = aheadMs;
    this.#lastMs = givenMs;
    this.#latestMs = Math.max(this.#latestMs, givenMs);
  }

  /**
   * The sum of steps before an earlier time that an event carries, e.g. the answer in an end: that time is by the clock
   * that the PBX had then. After a step back the same time occurs twice: it is taken for the later occurrence, unless
   * that is still in the future.
   *
   * @param givenMs by the PBX's clock when it happened, epoch ms
   */
  stepsBefore(givenMs: number): number {
    const isLater = givenMs > this.#latestMs + LEAST_BACK_MS;
    const run = this.#runs.findLast(
      ({ fromMs }, index) =>
        // The clock may have been set back since, by less than can be distinguished from a late event.
        givenMs >= fromMs - this.#leastBackMs &&
        !(isLater && index === this.#runs.length - 1),
    );
    const first = this.#runs[0];
    return (
      run?.stepsMs ?? (first === undefined ? 0 : first.stepsMs - first.stepMs)
    );
  }

  /** Events were missed: a step among them cannot be found. */
  forget(): void {
    this.#aheadMs = null;
    this.#lastMs = -Infinity;
  }
}
