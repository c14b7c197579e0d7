/**
 * When a person may be called.
 *
 * A moment is open when the wall clock of the zone reads inside a window of that local date. This one
 * rule also decides the days on which clocks change: an hour that does not exist is never open, an hour
 * that comes twice is open twice. A window that closes past midnight belongs to the day it opens on.
 *
 * To find the next change, time is cut into stretches of constant UTC offset; inside one a local window
 * is an interval of instants by mere subtraction. Stretches are found per UTC day and remembered, because
 * asking Intl for an offset costs about 14 µs.
 */
import { IANAZone } from "luxon";

export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** `weekday` is ISO (1 Monday … 7 Sunday); times are `HH:MM` (seconds allowed), `closes` up to `24:00`, exclusive. */
export interface CallingWindow {
  readonly weekday: Weekday;
  readonly opens: string;
  readonly closes: string;
}

/** `closesAtMs`: epoch ms; for windows that never close it is the end of the search, over two weeks ahead. */
export type WindowState =
  | { readonly open: true; readonly closesAtMs: number }
  /** `opensAtMs` null: these windows never open. */
  | { readonly open: false; readonly opensAtMs: number | null };

/** A campaign's simple hours; a missing time or an empty list of days means "never". */
export interface CampaignHours {
  readonly startTime: string | null;
  readonly endTime: string | null;
  readonly workDays: readonly Weekday[];
}

export class CallingWindowError extends Error {
  override readonly name = "CallingWindowError";
  readonly code: "UNKNOWN_ZONE" | "BAD_TIME" | "EMPTY_WINDOW";
  constructor(code: CallingWindowError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A weekly window may fall into the hour that a clock change skips, so its next opening is two weeks away. */
const SEARCH_DAYS = 16;

/** The windows that hold for a campaign: rows of `campaign_windows` replace its simple hours. */
export function windowsOf(
  hours: CampaignHours,
  rows: readonly CallingWindow[],
): readonly CallingWindow[] {
  if (rows.length > 0) return rows;
  const { startTime, endTime } = hours;
  if (startTime === null || endTime === null) return [];
  return hours.workDays.map((weekday) => ({
    weekday,
    opens: startTime,
    closes: endTime,
  }));
}

/**
 * Whether `nowMs` (epoch ms) is inside a window, and when that changes next. Windows that touch or
 * overlap count as one.
 *
 * @param zone IANA name, e.g. `America/Sao_Paulo`.
 * @throws CallingWindowError for an unknown zone, a time that is none, or opens = closes.
 */
export function isOpen(
  windows: readonly CallingWindow[],
  zone: string,
  nowMs: number,
): WindowState {
  const found = nextOpenInterval(windows.map(toSpan), zoneClock(zone), nowMs);
  if (found === null) return { open: false, opensAtMs: null };
  return found.startMs <= nowMs
    ? { open: true, closesAtMs: found.endMs }
    : { open: false, opensAtMs: found.startMs };
}

interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** The first open interval that ends after `nowMs`, from `nowMs` on; pieces that touch are joined. */
function nextOpenInterval(
  spans: readonly Span[],
  clock: ZoneClock,
  nowMs: number,
): Interval | null {
  const today = Math.floor(nowMs / DAY_MS);
  let joined: Interval | null = null;
  for (let day = today; day < today + SEARCH_DAYS; day += 1) {
    for (const stretch of clock.stretchesOf(day)) {
      const fromMs = Math.max(stretch.startMs, nowMs);
      for (const piece of openPieces(spans, stretch, fromMs)) {
        if (joined !== null && piece.startMs > joined.endMs) return joined;
        joined = joinedWith(joined, piece);
      }
      if (joined !== null && joined.endMs < stretch.endMs) return joined;
    }
  }
  return joined;
}

function joinedWith(joined: Interval | null, piece: Interval): Interval {
  if (joined === null) return piece;
  return {
    startMs: joined.startMs,
    endMs: Math.max(joined.endMs, piece.endMs),
  };
}

/** Milliseconds of the local day; `closesMs` exceeds a day for a window past midnight. */
interface Span {
  readonly weekday: Weekday;
  readonly opensMs: number;
  readonly closesMs: number;
}

function toSpan(window: CallingWindow): Span {
  const opensMs = timeOfDayMs(window.opens);
  const closesMs = timeOfDayMs(window.closes);
  if (opensMs === closesMs || opensMs === DAY_MS) {
    throw new CallingWindowError(
      "EMPTY_WINDOW",
      `a calling window opens at ${window.opens} and closes at ${window.closes}; write 00:00 to 24:00 for a whole day`,
    );
  }
  return {
    weekday: window.weekday,
    opensMs,
    closesMs: closesMs < opensMs ? closesMs + DAY_MS : closesMs,
  };
}

function timeOfDayMs(text: string): number {
  const match = /^(\d{2}):([0-5]\d)(?::([0-5]\d)(?:\.0+)?)?$/.exec(text);
  const minutes = Number(match?.[1]) * 60 + Number(match?.[2]);
  const ms = minutes * MINUTE_MS + Number(match?.[3] ?? 0) * 1000;
  if (match === null || ms > DAY_MS) {
    throw new CallingWindowError(
      "BAD_TIME",
      `"${text}" is not a time of day; write HH:MM from 00:00 to 24:00`,
    );
  }
  return ms;
}

/** The open intervals of instants within one stretch from `fromMs` on, by their start. */
function openPieces(
  spans: readonly Span[],
  stretch: Stretch,
  fromMs: number,
): Interval[] {
  if (fromMs >= stretch.endMs) return [];
  const pieces: Interval[] = [];
  const { offsetMs } = stretch;
  const lastDate = Math.floor((stretch.endMs + offsetMs - 1) / DAY_MS);
  // From the day before: its last window may reach past midnight.
  let date = Math.floor((fromMs + offsetMs) / DAY_MS) - 1;
  for (; date <= lastDate; date += 1) {
    const midnightMs = date * DAY_MS - offsetMs;
    for (const span of spans) {
      if (span.weekday !== isoWeekday(date)) continue;
      const startMs = Math.max(midnightMs + span.opensMs, fromMs);
      const endMs = Math.min(midnightMs + span.closesMs, stretch.endMs);
      if (startMs < endMs) pieces.push({ startMs, endMs });
    }
  }
  return pieces.sort((a, b) => a.startMs - b.startMs);
}

/** `date` counts days since 1970-01-01, which was a Thursday. */
function isoWeekday(date: number): number {
  return ((((date + 3) % 7) + 7) % 7) + 1;
}

/** A time during which the zone's clock differs from UTC by the same amount. */
interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly offsetMs: number;
}

interface ZoneClock {
  stretchesOf(utcDay: number): readonly Stretch[];
}

const clocks = new Map<string, ZoneClock>();
const MAX_CLOCKS = 200;
const MAX_REMEMBERED_DAYS = 100;

/** Whether a name is that of a zone whose rules are known here; Postgres knows others too. */
export function isKnownZone(name: string): boolean {
  return clocks.has(name) || isZone(name, IANAZone.create(name));
}

function isZone(name: string, zone: IANAZone): boolean {
  return zone.isValid && !/^[+-]/.test(name);
}

/** The rules of a zone never change while a process lives, so remembering them keeps `isOpen` pure. */
function zoneClock(name: string): ZoneClock {
  const known = clocks.get(name);
  if (known !== undefined) return known;
  const zone = IANAZone.create(name);
  if (!isZone(name, zone)) {
    throw new CallingWindowError(
      "UNKNOWN_ZONE",
      `"${name}" is not a time zone; write an IANA name such as America/Sao_Paulo`,
    );
  }
  const days = new Map<number, readonly Stretch[]>();
  const clock: ZoneClock = {
    stretchesOf(utcDay) {
      let stretches = days.get(utcDay);
      if (stretches === undefined) {
        if (days.size >= MAX_REMEMBERED_DAYS) days.clear();
        stretches = readStretches(zone, utcDay * DAY_MS);
        days.set(utcDay, stretches);
      }
      return stretches;
    },
  };
  if (clocks.size >= MAX_CLOCKS) clocks.clear();
  clocks.set(name, clock);
  return clock;
}

/** No zone changes twice within a UTC day, so halving finds the one moment of change. */
function readStretches(zone: IANAZone, startMs: number): readonly Stretch[] {
  const endMs = startMs + DAY_MS;
  const before = zone.offset(startMs) * MINUTE_MS;
  const after = zone.offset(endMs) * MINUTE_MS;
  if (before === after) return [{ startMs, endMs, offsetMs: before }];
  let low = startMs;
  let high = endMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offset(middle) * MINUTE_MS === before) low = middle;
    else high = middle;
  }
  const first = { startMs, endMs: high, offsetMs: before };
  if (high === endMs) return [first];
  return [first, { startMs: high, endMs, offsetMs: after }];
}
