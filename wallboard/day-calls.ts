/**
 * The calls of the last 24 hours by campaign, quarter of an hour and outcome. Calls more than an hour old are read
 * once, an hour at a time, the newest first, and kept; the last hour is read again each minute. Reading takes at most a
 * tenth of the time.
 *
 *   database away   what was read stays; the next turn asks again
 *   late events     an event that is saved more than an hour after its call ended is missed until the board is opened again
 */
import type { HistoryRow } from "./queries.ts";
import type { CallCounts } from "./source.ts";
import { addCounts, noCalls, quarterMs } from "./recent-calls.ts";

const hourMs = 4 * quarterMs;
const quartersOfADay = 96;
const hoursOfADay = 24;
const freshAgainMs = 60_000;
/** One turn reads until this time is used up, but at least one stretch. */
const turnMs = 50;
const restPerWork = 9;

/** Counts of one campaign in one quarter. */
interface Cell {
  readonly counts: { -readonly [key in keyof CallCounts]: number };
  readonly outcomes: Record<string, number>;
}

type Quarter = Map<string, Cell>;

/** Reads the calls that ended from `from` to before `to`. */
type ReadHistory = (from: Date, to: Date) => Promise<readonly HistoryRow[]>;

export class DayCalls {
  readonly #read: ReadHistory;
  readonly #nowMs: () => number;
  /** By the start of the quarter; a quarter that was read and had no call is included. */
  readonly #quarters = new Map<number, Quarter>();
  #freshAtMs = -Infinity;
  #notBeforeMs = -Infinity;

  /** @param nowMs monotonic milliseconds, for the turns */
  constructor(read: ReadHistory, nowMs: () => number) {
    this.#read = read;
    this.#nowMs = nowMs;
  }

  /**
   * Reads what is missing, for the length of a turn.
   *
   * @param now by the database's clock
   * @throws the database's error; what was read is kept
   */
  async refresh(now: Date): Promise<void> {
    const startMs = dayBegin(now);
    for (const quarter of this.#quarters.keys())
      if (quarter < startMs) this.#quarters.delete(quarter);
    const startedMs = this.#nowMs();
    if (startedMs < this.#notBeforeMs) return;
    // Quarters that were not over when they were last read would stay incomplete.
    if (startedMs - this.#freshAtMs > 2 * quarterMs) this.#quarters.clear();
    try {
      for (
        let fromMs = this.#nextStretch(now);
        fromMs !== null && this.#nowMs() - startedMs < turnMs;
        fromMs = this.#nextStretch(now)
      )
        await this.#readFrom(fromMs, now);
    } finally {
      const endedMs = this.#nowMs();
      this.#notBeforeMs = endedMs + (endedMs - startedMs) * restPerWork;
    }
  }

  /** How many of the last 24 hours are known, in whole hours. */
  hoursRead(now: Date): number {
    const startMs = dayBegin(now);
    let known = 0;
    for (const quarter of this.#quarters.keys())
      if (quarter >= startMs) known++;
    return Math.floor((known / quartersOfADay) * hoursOfADay);
  }

  /** By campaign, what ended before `toMs` (the beginning of a quarter) within the day. */
  byCampaign(now: Date, toMs: number): Map<string, CallCounts> {
    const sums = new Map<string, Cell["counts"]>();
    for (const [at, quarter] of this.#quarters) {
      if (at < dayBegin(now) || at >= toMs) continue;
      for (const [id, { counts }] of quarter) {
        const sum = sums.get(id) ?? { ...noCalls };
        sums.set(id, sum);
        addCounts(sum, counts);
      }
    }
    return sums;
  }

  /** Each quarter of the day, the oldest first, the last one not over; of one campaign, or of all together. */
  series(now: Date, campaignId?: string): { from: Date; counts: CallCounts[] } {
    const fromMs = dayBegin(now);
    const counts = Array.from({ length: quartersOfADay }, (_, index) => {
      const sum = { ...noCalls };
      const quarter = this.#quarters.get(fromMs + index * quarterMs);
      for (const [id, cell] of quarter ?? [])
        if (campaignId === undefined || id === campaignId)
          addCounts(sum, cell.counts);
      return sum;
    });
    return { from: new Date(fromMs), counts };
  }

  /** One campaign's calls of the day, by outcome. */
  outcomes(now: Date, campaignId: string): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const [at, quarter] of this.#quarters) {
      if (at < dayBegin(now)) continue;
      const own = quarter.get(campaignId)?.outcomes ?? {};
      for (const [outcome, calls] of Object.entries(own))
        sums[outcome] = (sums[outcome] ?? 0) + calls;
    }
    return sums;
  }

  /** Where the next stretch to be read begins: the last hour where it is stale, else the newest hour that is missing. */
  #nextStretch(now: Date): number | null {
    const lastMs = quarterOf(now.getTime());
    const freshFromMs = lastMs - hourMs;
    const isStale = this.#nowMs() - this.#freshAtMs >= freshAgainMs;
    if (isStale || !this.#quarters.has(lastMs)) return freshFromMs;
    for (let at = lastMs; at >= dayBegin(now); at -= quarterMs)
      if (!this.#quarters.has(at))
        return Math.max(dayBegin(now), at - hourMs + quarterMs);
    return null;
  }

  async #readFrom(fromMs: number, now: Date): Promise<void> {
    const lastMs = quarterOf(now.getTime());
    const isFresh = fromMs === lastMs - hourMs;
    const toMs = isFresh ? lastMs + quarterMs : fromMs + hourMs;
    const askedMs = this.#nowMs();
    const rows = await this.#read(new Date(fromMs), new Date(toMs));
    for (let at = fromMs; at < toMs; at += quarterMs)
      this.#quarters.set(at, new Map());
    for (const row of rows) this.#take(row);
    if (isFresh) this.#freshAtMs = askedMs;
  }

  #take({
    campaignId,
    at,
    outcome,
    isPerson,
    calls,
    answered,
  }: HistoryRow): void {
    const quarter = this.#quarters.get(at.getTime());
    if (quarter === undefined) return;
    const cell = quarter.get(campaignId) ?? {
      counts: { ...noCalls },
      outcomes: {},
    };
    quarter.set(campaignId, cell);
    addCounts(cell.counts, {
      dialled: calls,
      answered,
      people: isPerson ? calls : 0,
      abandoned: outcome === "ABANDONED" ? calls : 0,
    });
    cell.outcomes[outcome] = (cell.outcomes[outcome] ?? 0) + calls;
  }
}

function quarterOf(ms: number): number {
  return ms - (ms % quarterMs);
}

/** The day has 96 quarters, the last of which is not over. */
function dayBegin(now: Date): number {
  return quarterOf(now.getTime()) - (quartersOfADay - 1) * quarterMs;
}
