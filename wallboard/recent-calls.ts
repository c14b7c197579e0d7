/**
 * The calls of the last hour as the wallboard counts them. It reads only the latest moments from the database and keeps
 * the rest; from time to time everything is read again, because events may have been saved late.
 */
import type { EndedSlice, Since, StartedSecond } from "./queries.ts";
import type { CallCounts, CallWindow } from "./source.ts";

const windowMinutes = [1, 5, 30, 60] as const;
/** How far back the plot of calls per second goes. */
export const plotSeconds = 120;

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
export const quarterMs = 15 * minuteMs;
/** An event reaches the table well within this, while the database is there. */
const endedAgainMs = 40 * secondMs;
const startedAgainMs = 10 * secondMs;
const everythingAgainMs = 5 * minuteMs;
const sliceMs = 10 * secondMs;
/** The windows of one and five minutes begin at a slice of ten seconds, longer ones at a minute. */
const fineMs = 6 * minuteMs;

type MutableCounts = { -readonly [key in keyof CallCounts]: number };

export const noCalls: CallCounts = {
  dialled: 0,
  answered: 0,
  people: 0,
  abandoned: 0,
};

/** Adds `counts` to `sum`. */
export function addCounts(sum: MutableCounts, counts: CallCounts): void {
  sum.dialled += counts.dialled;
  sum.answered += counts.answered;
  sum.people += counts.people;
  sum.abandoned += counts.abandoned;
}

export class RecentCalls {
  #slices: EndedSlice[] = [];
  #seconds = new Map<number, number>();
  #nowMs = 0;
  #everythingAtMs = -Infinity;

  /** The time from which calls must be read; whole slices and seconds, so that none is counted in part. */
  since(nowMs: number): Since {
    const everything = nowMs - this.#everythingAtMs >= everythingAgainMs;
    const endedMs = everything ? oldestOf(nowMs) : nowMs - endedAgainMs;
    const fine = everything ? nowMs - fineMs : endedMs;
    const startedMs =
      nowMs - (everything ? plotSeconds * secondMs : startedAgainMs);
    return {
      ended: new Date(endedMs - (endedMs % sliceMs)),
      fine: new Date(fine - (fine % minuteMs)),
      started: new Date(startedMs - (startedMs % secondMs)),
    };
  }

  /** Adds what was read for `since`. */
  note(
    since: Since,
    ended: readonly EndedSlice[],
    started: readonly StartedSecond[],
    now: Date,
  ): void {
    this.#nowMs = now.getTime();
    const oldestMs = oldestOf(this.#nowMs);
    if (since.ended.getTime() <= this.#nowMs - hourMs)
      this.#everythingAtMs = this.#nowMs;
    this.#slices = [
      ...this.#slices.filter(
        ({ at }) => at < since.ended && at.getTime() >= oldestMs,
      ),
      ...ended,
    ];
    for (const second of this.#seconds.keys())
      if (
        second >= since.started.getTime() ||
        second < this.#nowMs - (plotSeconds + 1) * secondMs
      )
        this.#seconds.delete(second);
    for (const { at, calls } of started) this.#seconds.set(at.getTime(), calls);
  }

  /** The time from which the calls are known here; it is the start of a quarter of an hour. */
  get fromMs(): number {
    return oldestOf(this.#nowMs);
  }

  get slices(): readonly EndedSlice[] {
    return this.#slices;
  }

  /** Of all campaigns together. */
  windows(): CallWindow[] {
    return windowMinutes.map((minutes) => ({
      minutes,
      ...this.#sum(minutes, this.#slices),
    }));
  }

  /** The last minutes, by campaign; a campaign without a call has no entry. */
  byCampaign(minutes: 5 | 60): Map<string, CallCounts> {
    const sums = new Map<string, MutableCounts>();
    const fromMs = this.#beginOf(minutes);
    for (const slice of this.#slices) {
      if (slice.at.getTime() <= fromMs) continue;
      const sum = sums.get(slice.campaignId) ?? { ...noCalls };
      sums.set(slice.campaignId, sum);
      addCounts(sum, slice);
    }
    return sums;
  }

  /** Of each of the last sixty minutes, all campaigns together, the oldest first; the last one is not over. */
  minutes(): { from: Date; counts: CallCounts[] } {
    const fromMs = this.#nowMs - (this.#nowMs % minuteMs) - hourMs + minuteMs;
    const counts = Array.from({ length: 60 }, () => ({ ...noCalls }));
    for (const slice of this.#slices) {
      const sum = counts[Math.floor((slice.at.getTime() - fromMs) / minuteMs)];
      if (sum !== undefined) addCounts(sum, slice);
    }
    return { from: new Date(fromMs), counts };
  }

  /** Calls started in each of the last seconds, oldest first; the one that is not over is left out. */
  perSecond(): number[] {
    const lastMs = this.#nowMs - (this.#nowMs % secondMs) - secondMs;
    return Array.from(
      { length: plotSeconds },
      (_, index) =>
        this.#seconds.get(lastMs - (plotSeconds - 1 - index) * secondMs) ?? 0,
    );
  }

  #sum(minutes: number, slices: readonly EndedSlice[]): CallCounts {
    const fromMs = this.#beginOf(minutes);
    const sum = { ...noCalls };
    for (const slice of slices)
      if (slice.at.getTime() > fromMs) addCounts(sum, slice);
    return sum;
  }

  #beginOf(minutes: number): number {
    const step = minutes * minuteMs < fineMs ? sliceMs : minuteMs;
    return this.#nowMs - minutes * minuteMs - step;
  }
}

/** The hour, from the beginning of a quarter on: what is older is read by quarters (`day-calls.ts`). */
function oldestOf(nowMs: number): number {
  const hourAgoMs = nowMs - hourMs - minuteMs;
  return hourAgoMs - (hourAgoMs % quarterMs);
}
