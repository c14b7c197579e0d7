/** An engine's health, watched with a clock of the test's own and nobody asking. */
import { beforeEach, expect, test } from "vitest";

import type { HealthMeasures } from "../../../health/faults.ts";
import { HealthWatch } from "../../../health/watch.ts";
import { createLogger } from "../../../logging.ts";

let nowMs = 0;
let measures: HealthMeasures;
let lines: { level: number; msg: string; source: string; outageMs: number }[];
let watch: HealthWatch;

const connected = { status: "CONNECTED", since: new Date(0) } as const;
const well: HealthMeasures = {
  pbx: connected,
  databaseAnswerAgeMs: 0,
  databaseAgeMs: 0,
  refusal: null,
  idleness: null,
  node: "default",
  term: { isRunning: true, queueAgeMs: 0 },
  uptimeMs: 1_000_000,
  staleMs: 3_000,
};

beforeEach(() => {
  nowMs = 1_000_000;
  measures = well;
  lines = [];
  watch = new HealthWatch({
    measure: () => measures,
    unhealthyAfterMs: 30_000,
    nowMs: () => nowMs,
    log: createLogger(
      { level: "info", phoneNumbers: false },
      { write: (line: string) => void lines.push(JSON.parse(line) as never) },
    ),
  });
});

/** Lets so many seconds pass, with an observation each. */
function pass(seconds: number, change: (second: number) => HealthMeasures) {
  for (let second = 1; second <= seconds; second++) {
    nowMs += 1_000;
    measures = change(second);
    watch.observe();
  }
}

const logged = () => lines.map(({ msg }) => msg);

test("a PBX that is gone, with reconnect attempts in between and nobody asking: a line at each change and one a minute, 503 after 30 s", () => {
  pass(180, (second) => ({
    ...well,
    pbx: {
      status: second % 3 === 0 ? "CONNECTING" : "DISCONNECTED",
      since: new Date(nowMs),
      reason: "connect ECONNREFUSED 10.0.0.5:5038",
    },
  }));
  expect(logged()).toEqual([
    "PBX: outage began",
    "PBX: outage lasts, /health answers 503 now",
    "Still away: PBX",
    "Still away: PBX",
  ]);
  const [view] = watch.observe();
  expect(view).toMatchObject({ isUnhealthy: true });
  expect(view?.fault.publicReason).not.toContain("10.0.0.5");
  pass(10, () => well);
  expect(logged().at(-1)).toBe("PBX: outage over");
  expect(lines).toHaveLength(5);
  expect(watch.observe()).toEqual([]);
});

test("a PBX that fell silent is away since its last answer, however late that is noticed", () => {
  pass(15, () => well);
  const awaySinceMs = nowMs - 15_000;
  pass(16, () => ({
    ...well,
    pbx: {
      status: "DISCONNECTED",
      since: new Date(0),
      awaySinceMs,
      reason: "Asterisk is silent",
    },
  }));
  expect(watch.observe()).toMatchObject([{ ms: 31_000, isUnhealthy: true }]);
  expect(lines[0]).toMatchObject({ outageMs: 16_000 });
});

test("a first connection has its moments; one that never comes is missed since the start", () => {
  const away = {
    ...well,
    pbx: {
      status: "DISCONNECTED",
      since: new Date(nowMs),
      reason: "connect() has not been called",
    },
  } as const;
  pass(4, () => away);
  expect(watch.observe()).toEqual([]);
  expect(logged()).toEqual([]);
  pass(3, () => away);
  expect(logged()).toEqual(["PBX: outage began"]);
  expect(watch.observe()).toMatchObject([{ ms: 6_000 }]);
});

test("a connection that was up is missed at once, but not by an engine that stops", () => {
  const closed = {
    ...well,
    pbx: {
      status: "DISCONNECTED",
      since: new Date(nowMs),
      reason: "The engine closed the connection",
    },
  } as const;
  pass(1, () => well);
  watch.stop();
  pass(1, () => closed);
  expect(logged()).toEqual([]);
});

test("a database that is away is away since its last answer", () => {
  nowMs += 40_000;
  measures = { ...well, databaseAnswerAgeMs: 40_000, databaseAgeMs: 40_000 };
  expect(watch.observe()).toMatchObject([{ ms: 40_000, isUnhealthy: true }]);
});

test("one that has never answered is away for as long as the engine runs, not for ever", () => {
  measures = {
    ...well,
    uptimeMs: 7_000,
    databaseAnswerAgeMs: Infinity,
    databaseAgeMs: Infinity,
  };
  expect(watch.observe()).toMatchObject([
    {
      ms: 7_000,
      fault: { reason: "The database has not answered for 7 s." },
    },
  ]);
});

test("one that answers and refuses to write is reported in its own words, but not to everybody", () => {
  measures = {
    ...well,
    databaseAnswerAgeMs: 500,
    databaseAgeMs: 40_000,
    refusal: {
      operation: "heartbeat",
      code: "42501",
      message: 'permission denied for table "engines" of user dialer_eu',
      sinceMs: nowMs - 39_000,
    },
  };
  const [view] = watch.observe();
  expect(view).toMatchObject({ ms: 39_000, isUnhealthy: true });
  expect(view?.fault.reason).toContain(
    "does not write (heartbeat): permission denied for table",
  );
  expect(view?.fault.publicReason).toBe(
    "The database answers but does not write: the database refuses a right (permission denied) (42501).",
  );
});

test("a lease under which nothing works counts from when the work stopped, through every new try", () => {
  pass(40, (second) => ({
    ...well,
    // Each try runs for a second and falls over.
    ...(second % 7 === 0
      ? {}
      : {
          idleness: {
            ms: second * 1_000,
            reason: "password of user dialer refused at db.internal:5432",
            publicReason: "see the log",
          },
          term: null,
        }),
  }));
  expect(watch.observe().some(({ isUnhealthy }) => isUnhealthy)).toBe(true);
  expect(logged()).toEqual([
    "Dialling: outage began",
    "Dialling: outage lasts, /health answers 503 now",
  ]);
});

test("a runner that is rebuilt again and again, and a queue that nobody looks at, turn it unhealthy", () => {
  pass(40, (second) => ({
    ...well,
    term: { isRunning: second % 4 === 0, queueAgeMs: 0 },
  }));
  expect(watch.observe()).toMatchObject([{ isUnhealthy: true }]);
  pass(10, () => well);
  expect(watch.observe()).toEqual([]);
  pass(1, () => ({ ...well, term: { isRunning: true, queueAgeMs: 31_000 } }));
  expect(watch.observe()).toMatchObject([{ ms: 31_000, isUnhealthy: true }]);
});

test("a take-over's moments, and a standby, are no outage", () => {
  pass(2, () => ({
    ...well,
    idleness: { ms: 900, reason: "-", publicReason: "-" },
    term: null,
  }));
  pass(60, () => ({ ...well, term: null }));
  expect(lines).toEqual([]);
  expect(watch.observe()).toEqual([]);
});
