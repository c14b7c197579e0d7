/**
 * The calls of the last hour as the wallboard counts them. It asks the database for the last moments only and keeps the
 * rest; now and then everything is read again, because events may have been saved late.
 */
import type {
  EndedSlice,
  Since,
  StartedSecond,
} from "../database/wallboard.ts";
import type { CallCounts, CallWindow } from "../health/wallboard-source.ts";

const windowMinutes = [1, 5, 30, 60] as const;
/** How far back the plot goes. */
const plotSeconds = 120;

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
/** An event reaches the table well within this, while the database is there. */
const endedAgainMs = 40 * secondMs;
const startedAgainMs = 10 * secondMs;
const everythingAgainMs = 5 * minuteMs;
const sliceMs = 10 * secondMs;

export const noCalls: { -readonly [key in keyof CallCounts]: number } = {
  dialled: 0,
  answered: 0,
  people: 0,
  abandoned: 0,
};

export class RecentCalls {
  #slices: EndedSlice[] = [];
  #seconds = new Map<number, number>();
  #nowMs = 0;
  #everythingAtMs = -Infinity;

  /** From when on calls are to be read; whole slices and seconds, so that none is counted in part. */
  since(nowMs: number): Since {
    const everything = nowMs - this.#everythingAtMs >= everythingAgainMs;
    const endedMs = nowMs - (everything ? hourMs : endedAgainMs);
    const startedMs =
      nowMs - (everything ? plotSeconds * secondMs : startedAgainMs);
    return {
      ended: new Date(endedMs - (endedMs % sliceMs)),
      started: new Date(startedMs - (startedMs % secondMs)),
    };
  }

  /** Takes what was read for `since`. */
  note(
    since: Since,
    ended: readonly EndedSlice[],
    started: readonly StartedSecond[],
    now: Date,
  ): void {
    this.#nowMs = now.getTime();
    const oldestMs = this.#nowMs - hourMs - sliceMs;
    if (since.ended.getTime() <= this.#nowMs - hourMs + minuteMs)
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

  /** Of all campaigns together. A window begins at a slice of ten seconds. */
  windows(): CallWindow[] {
    return windowMinutes.map((minutes) => ({
      minutes,
      ...this.#sum(minutes, this.#slices),
    }));
  }

  /** The last hour, by campaign; a campaign without a call has no entry. */
  hours(): Map<string, CallCounts> {
    const slices = Map.groupBy(this.#slices, ({ campaignId }) => campaignId);
    return new Map(
      [...slices].map(([id, own]) => [id, this.#sum(60, own)] as const),
    );
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
    const fromMs = this.#nowMs - minutes * minuteMs - sliceMs;
    const sum = { ...noCalls };
    for (const slice of slices) {
      if (slice.at.getTime() <= fromMs) continue;
      sum.dialled += slice.dialled;
      sum.answered += slice.answered;
      sum.people += slice.people;
      sum.abandoned += slice.abandoned;
    }
    return sum;
  }
}
