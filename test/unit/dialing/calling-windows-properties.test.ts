import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import {
  isOpen,
  type CallingWindow,
  type Weekday,
} from "../../../dialing/calling-windows.ts";

const SAO_PAULO = "America/Sao_Paulo";
const NEW_YORK = "America/New_York";
const LONDON = "Europe/London";

/** The rule itself, read off the wall clock by luxon: what the search for intervals must agree with. */
function wallClockOpen(windows: readonly CallingWindow[], now: DateTime) {
  const time = now.toFormat("HH:mm");
  const yesterday = now.weekday === 1 ? 7 : now.weekday - 1;
  return windows.some(({ weekday, opens, closes }) =>
    closes > opens
      ? weekday === now.weekday && time >= opens && time < closes
      : (weekday === now.weekday && time >= opens) ||
        (weekday === yesterday && time < closes),
  );
}

const time = fc
  .integer({ min: 0, max: 95 })
  .map((q) =>
    [Math.floor(q / 4), (q % 4) * 15]
      .map((part) => String(part).padStart(2, "0"))
      .join(":"),
  );
const anyWindow = fc
  .record({
    weekday: fc.integer({ min: 1, max: 7 }).map((day) => day as Weekday),
    opens: time,
    closes: time,
  })
  .filter(({ opens, closes }) => opens !== closes);

/** Zones with the night of one of their clock changes, so that half the moments fall near one. */
const anyMoment = fc
  .constantFrom(
    [NEW_YORK, "2026-03-08T07:00Z"],
    [NEW_YORK, "2026-11-01T06:00Z"],
    [LONDON, "2026-03-29T01:00Z"],
    [LONDON, "2026-10-25T01:00Z"],
    [SAO_PAULO, "2018-11-04T03:00Z"],
    [SAO_PAULO, "2019-02-17T02:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
    ["Asia/Kathmandu", "2026-04-04T15:00Z"],
  )
  .chain(([zone = "", change = ""]) =>
    fc.record({
      zone: fc.constant(zone),
      nowMs: fc
        .integer({ min: -2 * 86_400_000, max: 2 * 86_400_000 })
        .map((ms) => Date.parse(change) + ms),
    }),
  );

describe("for all windows and moments", () => {
  it("open means that the wall clock reads inside a window", () => {
    fc.assert(
      fc.property(
        fc.array(anyWindow, { maxLength: 5 }),
        anyMoment,
        (windows, { zone, nowMs }) => {
          const wallClock = DateTime.fromMillis(nowMs, { zone });
          expect(isOpen(windows, zone, nowMs).open).toBe(
            wallClockOpen(windows, wallClock),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("the state stays until the moment named, and is the other from then on", () => {
    fc.assert(
      fc.property(
        fc.array(anyWindow, { minLength: 1, maxLength: 5 }),
        anyMoment,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (windows, { zone, nowMs }, share) => {
          const state = isOpen(windows, zone, nowMs);
          const changeMs = state.open ? state.closesAtMs : state.opensAtMs;
          if (changeMs === null) throw new Error("some window must open");
          expect(changeMs).toBeGreaterThan(nowMs);
          const between = nowMs + Math.floor((changeMs - nowMs) * share);
          expect(isOpen(windows, zone, between)).toEqual(state);
          expect(isOpen(windows, zone, changeMs - 1)).toEqual(state);
          expect(isOpen(windows, zone, changeMs).open).toBe(!state.open);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
