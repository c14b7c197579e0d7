/**
 * Steps of the PBX's clock, found in its events, so that the times of one call are of one clock: an hour's step in
 * mid-call made durations of 0 and of an hour.
 *
 * Events come in the order in which the PBX wrote them, and may be late: its time less our steady clock falls with the
 * delay and never rises above what it was. So a time far ahead of all before it, by that measure, is a step forward; a
 * time before that of the event before it is a step back. Slow drift is no step.
 */

/**
 * Smaller steps forward are not told from a PBX that sends old events quickly. They and a step back that a pause of all events
 * hides make a duration wrong by no more than themselves, never negative by more than {@link LEAST_BACK_MS} (and written as 0),
 * and do not affect the short-call circuit breaker for a call that lasted 4 s, whose age is the database's
 * (`test/unit/adapters/asterisk-ami/clock-steps.test.ts`, `test/unit/dialing/short-call-breaker.test.ts`).
 */
const LEAST_FORWARD_MS = 30_000;
/** Two events of the same moment may come in either order. */
const LEAST_BACK_MS = 1_000;
/** No call lasts through more of them. */
const MOST_RUNS = 20;

export class PbxClock {
  #stepsMs = 0;
  #aheadMs: number | null = null;
  #lastMs = -Infinity;
  /** The latest since the last step. */
  #latestMs = -Infinity;
  /** Since which time of the PBX's clock it has had how many milliseconds of steps, oldest first. */
  #runs: {
    readonly fromMs: number;
    readonly stepsMs: number;
    /** The last of them. */
    readonly stepMs: number;
  }[] = [];

  readonly #leastBackMs: number;

  /** @param leastBackMs by how much one event may come after a later one: smaller steps back are not told from that */
  constructor(leastBackMs = LEAST_BACK_MS) {
    this.#leastBackMs = leastBackMs;
  }

  /** It has had no step. */
  get isEven(): boolean {
    return this.#runs.length === 0;
  }

  /** The sum of all steps so far: the PBX's time less this runs on evenly. */
  get stepsMs(): number {
    return this.#stepsMs;
  }

  /**
   * @param givenMs the PBX's time of an event, epoch ms
   * @param steadyMs when it came, by a clock that has no steps
   */
  note(givenMs: number, steadyMs: number): void {
    const aheadMs = givenMs - steadyMs;
    const before = this.#aheadMs;
    if (before !== null) {
      const isStep =
        aheadMs > before + LEAST_FORWARD_MS ||
        givenMs < this.#lastMs - this.#leastBackMs;
      if (isStep) {
        // In whole milliseconds, as times are told: a fraction would put two events of one moment a millisecond apart.
        const stepMs = Math.round(aheadMs - before);
        this.#stepsMs += stepMs;
        const { stepsMs } = this;
        // It may have stepped right after what was heard before.
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
   * The steps before a time that an event tells of something earlier, e.g. the answer in an end: it is of the clock that the PBX had
   * then. After a step back the same time comes twice: it is taken for the later one, unless that has not been yet.
   *
   * @param givenMs by the PBX's clock when it happened, epoch ms
   */
  stepsBefore(givenMs: number): number {
    const isLater = givenMs > this.#latestMs + LEAST_BACK_MS;
    const run = this.#runs.findLast(
      ({ fromMs }, index) =>
        // It may have been set back since, by less than is told from a late event.
        givenMs >= fromMs - this.#leastBackMs &&
        !(isLater && index === this.#runs.length - 1),
    );
    const first = this.#runs[0];
    return (
      run?.stepsMs ?? (first === undefined ? 0 : first.stepsMs - first.stepMs)
    );
  }

  /** Events were missed: a step among them is not found. */
  forget(): void {
    this.#aheadMs = null;
    this.#lastMs = -Infinity;
  }
}
