/** One event of FreeSWITCH, as `event json` sends it. */
import type { PbxClock } from "../calls/pbx-clock.ts";

export interface EslEvent {
  /** The header's value; of a repeated one the first. Names as FreeSWITCH spells them. */
  get(name: string): string | undefined;
  /** All values of a header, in their order. */
  all(name: string): readonly string[];
}

/**
 * Every call of the switch runs applications by the dozen, and only AMD's matter. The others are recognised by their
 * bytes, at a fiftieth of the cost of parsing them.
 */
const EXECUTE = Buffer.from('{"Event-Name":"CHANNEL_EXECUTE');
const AMD = '"Application":"amd"';
const AMD_SPACED = '"Application": "amd"';

/** @returns whether an event's bytes may be worth parsing */
export function isOfUse(body: Buffer): boolean {
  const isExecute =
    body.length > EXECUTE.length &&
    body.compare(EXECUTE, 0, EXECUTE.length, 0, EXECUTE.length) === 0;
  return !isExecute || body.includes(AMD) || body.includes(AMD_SPACED);
}

/**
 * @param body JSON; bytes that are no UTF-8 (a Latin-1 name in a header) are read as U+FFFD
 * @returns null when it is no JSON object
 */
export function readEvent(body: Buffer): EslEvent | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return null;
  }
  return eventOf(parsed as Readonly<Record<string, unknown>>);
}

/** Reads own headers only: one named `constructor` or `__proto__` is a header like any other. */
export function eventOf(headers: Readonly<Record<string, unknown>>): EslEvent {
  const given = (name: string): unknown =>
    Object.hasOwn(headers, name) ? headers[name] : undefined;
  const all = (name: string): readonly string[] => {
    const value = given(name);
    return (Array.isArray(value) ? value : [value]).filter(
      (one): one is string => typeof one === "string",
    );
  };
  return {
    get: (name) => {
      const value = given(name);
      return typeof value === "string" ? value : all(name)[0];
    },
    all,
  };
}

/**
 * A time of FreeSWITCH's own clock.
 *
 * @param micros microseconds since 1970 as text; `0` and nothing for "did not happen"
 * @returns ISO 8601 with milliseconds, or null
 */
export function timeOf(micros: string | undefined): string | null {
  if (micros === undefined || !/^[1-9]\d{12,16}$/.test(micros)) return null;
  return new Date(Math.floor(Number(micros) / 1_000)).toISOString();
}

const TIMES = /^(?:Event-Date-Timestamp|Caller-Channel-[A-Za-z-]+-Time)$/;

/**
 * The times inside an event, corrected for steps of the switch's clock (`fsctl sync_clock`). An end carries the times
 * of all earlier events, each by the clock at that moment.
 *
 * @param event whose own time the clock has noted
 */
export function evenTimes(
  event: EslEvent,
  clock: Pick<PbxClock, "stepsBefore" | "isEven">,
): EslEvent {
  if (clock.isEven) return event;
  const even = (micros: string): string => {
    const at = timeOf(micros);
    if (at === null) return micros;
    const steps = clock.stepsBefore(Date.parse(at)) * 1_000;
    return String(Math.round(Number(micros) - steps));
  };
  const given = (name: string): string | undefined => {
    const value = event.get(name);
    return value === undefined || !TIMES.test(name) ? value : even(value);
  };
  return { get: given, all: (name) => event.all(name) };
}
