import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import {
  CallingWindowError,
  isOpen,
  windowsOf,
  type CallingWindow,
} from "../../../dialing/calling-windows.ts";

const SAO_PAULO = "America/Sao_Paulo";
const NEW_YORK = "America/New_York";
const LONDON = "Europe/London";

function at(local: string, zone: string): number {
  return DateTime.fromISO(local, { zone, setZone: true }).toMillis();
}

function daily(opens: string, closes: string): CallingWindow[] {
  return ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({
    weekday,
    opens,
    closes,
  }));
}

/** The state with its moment as UTC text, which reads better in a failure. */
function stateAt(windows: readonly CallingWindow[], zone: string, now: string) {
  const state = isOpen(windows, zone, at(now, zone));
  const ms = state.open ? state.closesAtMs : state.opensAtMs;
  const change = ms === null ? null : new Date(ms).toISOString().slice(0, 16);
  return [state.open ? "open until" : "opens", change];
}

const office: CallingWindow[] = [
  ...([1, 2, 3, 4, 5] as const).flatMap((weekday) => [
    { weekday, opens: "08:00", closes: "12:00" },
    { weekday, opens: "13:30", closes: "20:00" },
  ]),
  { weekday: 6, opens: "08:00", closes: "14:00" },
];

describe("a week with lunch gaps in São Paulo (UTC-3)", () => {
  // 2026-03-09 is a Monday.
  it.each([
    ["2026-03-09T07:59:59.999", "opens", "2026-03-09T11:00"],
    ["2026-03-09T08:00", "open until", "2026-03-09T15:00"],
    ["2026-03-09T11:59:59.999", "open until", "2026-03-09T15:00"],
    ["2026-03-09T12:00", "opens", "2026-03-09T16:30"],
    ["2026-03-09T20:00", "opens", "2026-03-10T11:00"],
    ["2026-03-13T21:00", "opens", "2026-03-14T11:00"],
    ["2026-03-14T13:00", "open until", "2026-03-14T17:00"],
    ["2026-03-14T14:00", "opens", "2026-03-16T11:00"],
  ])("%s: %s %s", (now, verdict, change) => {
    expect(stateAt(office, SAO_PAULO, now)).toEqual([verdict, change]);
  });
});

describe("windows past midnight", () => {
  const friday: CallingWindow[] = [
    { weekday: 5, opens: "22:00", closes: "02:00" },
  ];

  it.each([
    ["2026-03-13T23:00", "open until", "2026-03-14T05:00"],
    ["2026-03-14T01:59", "open until", "2026-03-14T05:00"],
    ["2026-03-14T02:00", "opens", "2026-03-21T01:00"],
    ["2026-03-13T01:00", "opens", "2026-03-14T01:00"],
  ])("belong to the day they open on: %s %s %s", (now, verdict, change) => {
    expect(stateAt(friday, SAO_PAULO, now)).toEqual([verdict, change]);
  });

  it("may end at midnight, written 00:00 or 24:00", () => {
    for (const closes of ["00:00", "24:00"]) {
      const windows: CallingWindow[] = [{ weekday: 5, opens: "22:00", closes }];
      expect(stateAt(windows, SAO_PAULO, "2026-03-13T23:00")).toEqual([
        "open until",
        "2026-03-14T03:00",
      ]);
    }
  });
});

describe("windows that touch or overlap", () => {
  it("count as one", () => {
    const windows: CallingWindow[] = [
      { weekday: 1, opens: "10:00", closes: "12:00" },
      { weekday: 1, opens: "08:00", closes: "10:00" },
      { weekday: 1, opens: "11:00", closes: "24:00" },
      { weekday: 2, opens: "00:00", closes: "01:00" },
    ];
    expect(stateAt(windows, SAO_PAULO, "2026-03-09T08:00")).toEqual([
      "open until",
      "2026-03-10T04:00",
    ]);
  });

  it("that fill the week are open, with a far moment to look again", () => {
    const nowMs = at("2026-03-09T08:00", SAO_PAULO);
    const state = isOpen(daily("00:00", "24:00"), SAO_PAULO, nowMs);
    expect(state.open && state.closesAtMs - nowMs).toBeGreaterThan(
      14 * 86_400_000,
    );
  });
});

describe("clock changes", () => {
  it.each([
    // New York springs forward on 2026-03-08 at 02:00 and falls back on 2026-11-01 at 02:00.
    [
      NEW_YORK,
      "09:00",
      "21:00",
      "2026-03-07T22:00",
      "opens",
      "2026-03-08T13:00",
    ],
    [
      NEW_YORK,
      "09:00",
      "21:00",
      "2026-03-06T22:00",
      "opens",
      "2026-03-07T14:00",
    ],
    [
      NEW_YORK,
      "02:15",
      "02:45",
      "2026-03-08T01:00",
      "opens",
      "2026-03-09T06:15",
    ],
    [
      NEW_YORK,
      "01:30",
      "02:30",
      "2026-03-08T01:45",
      "open until",
      "2026-03-08T07:00",
    ],
    [
      NEW_YORK,
      "02:30",
      "04:00",
      "2026-03-08T01:45",
      "opens",
      "2026-03-08T07:00",
    ],
    [
      NEW_YORK,
      "22:00",
      "03:00",
      "2026-10-31T23:00",
      "open until",
      "2026-11-01T08:00",
    ],
    [
      NEW_YORK,
      "01:15",
      "01:45",
      "2026-11-01T00:00",
      "opens",
      "2026-11-01T05:15",
    ],
    [
      NEW_YORK,
      "01:15",
      "01:45",
      "2026-11-01T01:50-04:00",
      "opens",
      "2026-11-01T06:15",
    ],
    // London: 2026-03-29 at 01:00 and 2026-10-25 at 02:00.
    [LONDON, "08:00", "20:00", "2026-03-28T21:00", "opens", "2026-03-29T07:00"],
    [LONDON, "08:00", "20:00", "2026-10-24T21:00", "opens", "2026-10-25T08:00"],
    // Brazil changed at midnight, so that 00:00 to 01:00 did not exist (2018-11-04), or came twice (2019-02-16).
    [
      SAO_PAULO,
      "00:00",
      "06:00",
      "2018-11-03T23:00",
      "opens",
      "2018-11-04T03:00",
    ],
    [
      SAO_PAULO,
      "09:00",
      "21:00",
      "2018-11-03T22:00",
      "opens",
      "2018-11-04T11:00",
    ],
    [
      SAO_PAULO,
      "22:00",
      "23:30",
      "2019-02-16T23:40-02:00",
      "opens",
      "2019-02-17T02:00",
    ],
    [
      SAO_PAULO,
      "09:00",
      "21:00",
      "2019-02-16T22:00",
      "opens",
      "2019-02-17T12:00",
    ],
  ])("%s %s-%s at %s: %s %s", (zone, opens, closes, now, verdict, change) => {
    expect(stateAt(daily(opens, closes), zone, now)).toEqual([verdict, change]);
  });

  it("find the next opening two weeks ahead when the clock skips the only one", () => {
    const sunday: CallingWindow[] = [
      { weekday: 7, opens: "02:15", closes: "02:45" },
    ];
    expect(stateAt(sunday, NEW_YORK, "2026-03-01T03:00")).toEqual([
      "opens",
      "2026-03-15T06:15",
    ]);
  });
});

describe("a campaign's windows", () => {
  const hours = { startTime: "09:00", endTime: "21:00", workDays: [1, 3] };

  it("are its hours on its work days", () => {
    expect(windowsOf({ ...hours, workDays: [1, 3] }, [])).toEqual([
      { weekday: 1, opens: "09:00", closes: "21:00" },
      { weekday: 3, opens: "09:00", closes: "21:00" },
    ]);
  });

  it("are the rows alone where there are any", () => {
    expect(windowsOf({ ...hours, workDays: [1, 3] }, office)).toEqual(office);
  });

  it("never mean any hour when nothing is given", () => {
    const never = { open: false, opensAtMs: null };
    const noDays = windowsOf({ ...hours, workDays: [] }, []);
    const noTimes = windowsOf(
      { startTime: null, endTime: null, workDays: [1] },
      [],
    );
    expect(isOpen(noDays, SAO_PAULO, 0)).toEqual(never);
    expect(isOpen(noTimes, SAO_PAULO, 0)).toEqual(never);
  });

  it("may carry seconds, as Postgres prints a time", () => {
    expect(
      stateAt(daily("09:00:00", "21:00:00"), SAO_PAULO, "2026-03-09T10:00"),
    ).toEqual(["open until", "2026-03-10T00:00"]);
  });
});

describe("what cannot be", () => {
  it.each([
    ["America/Sao_Paolo", "09:00", "21:00", "UNKNOWN_ZONE"],
    ["", "09:00", "21:00", "UNKNOWN_ZONE"],
    ["-03:00", "09:00", "21:00", "UNKNOWN_ZONE"],
    [SAO_PAULO, "9:00", "21:00", "BAD_TIME"],
    [SAO_PAULO, "09:00", "24:01", "BAD_TIME"],
    [SAO_PAULO, "09:60", "21:00", "BAD_TIME"],
    [SAO_PAULO, "09:00", "09:00", "EMPTY_WINDOW"],
  ])("zone %s, %s-%s is refused: %s", (zone, opens, closes, code) => {
    const open = () => isOpen(daily(opens, closes), zone, 0);
    expect(open).toThrow(CallingWindowError);
    expect(open).toThrow(expect.objectContaining({ code }));
  });
});
