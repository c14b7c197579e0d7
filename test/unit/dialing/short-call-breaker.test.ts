import fc from "fast-check";
import { expect, it } from "vitest";

import {
  shortCallBreakerTrips,
  handOverOf,
} from "../../../dialing/short-call-breaker.ts";
import type { AttemptFacts } from "../../../dialing/call-facts.ts";
import { originating } from "./attempt.ts";

const calls = (count: number, isShort: boolean, ageMs = 60_000) =>
  Array.from({ length: count }, () => ({ ageMs, isShort }));

it.each([
  [11, 9, true],
  [10, 10, false],
  [20, 0, true],
  [0, 20, false],
])(
  "of 20 calls with %i under 3 s and %i longer: %s",
  (short, long, tripped) => {
    expect(
      shortCallBreakerTrips([...calls(short, true), ...calls(long, false)]),
    ).toBe(tripped);
  },
);

it("is not tripped by fewer than 20 answered calls, however short", () => {
  expect(shortCallBreakerTrips(calls(19, true))).toBe(false);
  expect(shortCallBreakerTrips([])).toBe(false);
});

it("looks at no calls older than those of its rule", () => {
  const newest = [...calls(9, true), ...calls(11, false)];
  expect(shortCallBreakerTrips([...newest, ...calls(30, true)])).toBe(false);
});

it("wants 15 of 25 once there are 25, so that chance does not stop a long day", () => {
  const after = (short: number) => [...calls(short, true), ...calls(40, false)];
  expect(shortCallBreakerTrips(after(14))).toBe(false);
  expect(shortCallBreakerTrips(after(15))).toBe(true);
});

it("does not wait for calls that were answered a moment ago where those before them were short already", () => {
  const young = calls(8, false, 400);
  expect(shortCallBreakerTrips([...young, ...calls(20, true, 900)])).toBe(true);
  expect(shortCallBreakerTrips([...young, ...calls(20, false)])).toBe(false);
});

const answerMs = Date.parse("2030-01-01T12:00:00.000Z");
const iso = (ms: number) => new Date(ms).toISOString();
/** Answered at noon by the PBX's clock, and ended so much later. */
const ended = (lastedMs: number, facts: Partial<AttemptFacts> = {}) =>
  originating({
    state: "ENDED",
    outcome: "ANSWERED",
    answerAt: iso(answerMs),
    endAt: iso(answerMs + lastedMs),
    ...facts,
  });
/** The database heard of the answer, and of the end so much later. */
const noted = (forMs: number, endIsAssumed = false) => ({
  answerNotedMs: 1_000,
  nowMs: 1_000 + forMs,
  endIsAssumed,
});
const short = { atMs: 1_000, isShort: true };
const held = { atMs: 1_000, isShort: false };
const nothing = { atMs: null, isShort: false };

it("an answered call is held while it talks, and short if it ended within 3 s", () => {
  expect(handOverOf(originating({ state: "RINGING" }), noted(0))).toEqual(
    nothing,
  );
  const talking = originating({ state: "ANSWERED", answerAt: iso(answerMs) });
  expect(handOverOf(talking, noted(100))).toEqual(held);
  expect(handOverOf(ended(2_999), noted(2_999))).toEqual(short);
  expect(handOverOf(ended(3_000), noted(2_999))).toEqual(held);
});

it("counts from now where answer and end arrived together", () => {
  const together = { answerNotedMs: null, nowMs: 7_000, endIsAssumed: false };
  expect(handOverOf(ended(500), together)).toEqual({
    atMs: 7_000,
    isShort: true,
  });
  expect(handOverOf(ended(90_000), together)).toEqual({
    atMs: 7_000,
    isShort: false,
  });
});

it.each<[string, Partial<AttemptFacts>]>([
  ["hung up by us", { hangupRequested: "OPERATOR" }],
  ["hung up by a limit of ours", { hangupRequested: "MAX_DURATION" }],
  ["abandoned", { state: "ABANDONED", outcome: "ABANDONED" }],
  ["a machine", { outcome: "MACHINE" }],
  ["a fax", { outcome: "FAX" }],
  ["ended by the PBX going down", { hangupCause: "SYSTEM_SHUTDOWN" }],
  ["ended by an error", { hangupSource: "ERROR" }],
])(
  "a short call that was %s says nothing; one that had lasted is held",
  (_what, facts) => {
    expect(handOverOf(ended(1_000, facts), noted(1_000))).toEqual(nothing);
    expect(handOverOf(ended(30_000, facts), noted(30_000))).toEqual(held);
  },
);

it("an end that nobody received says nothing, unless the answer had been known for long enough", () => {
  // The time of an adopted call's answer is that of the reconnect, the end's is that of the comparison.
  expect(handOverOf(ended(60_000), noted(2_500, true))).toEqual(nothing);
  expect(handOverOf(ended(0), noted(2_500, true))).toEqual(nothing);
  expect(handOverOf(ended(0), noted(4_000, true))).toEqual(held);
});

it("a clock of the PBX that is set back in the middle of a talk makes no short call of it", () => {
  expect(handOverOf(ended(-3_600_000), noted(30_000))).toEqual(held);
});

it("a step of the PBX's clock in mid-call decides about no call that lasted 4 s, and hides only short ones that were live at it", () => {
  const lasted = fc.oneof(
    fc.integer({ min: 0, max: 10_000 }),
    fc.integer({ min: 0, max: 3_600_000 }),
  );
  const step = fc.integer({ min: -3_600_000, max: 3_600_000 });
  fc.assert(
    fc.property(lasted, step, (trueMs, stepMs) => {
      const found = handOverOf(ended(trueMs + stepMs), noted(trueMs));
      if (trueMs >= 4_000) expect(found).toEqual(held);
      if (trueMs < 3_000 && stepMs <= 0) expect(found).toEqual(short);
    }),
    { numRuns: 2_000 },
  );
});

it("one step, while a broken hand-over is dialled, delays the breaker by no more calls than were live at it", () => {
  const scene = fc.record({
    /** Each answered so long after the one before, and ended by the dialplan so long after its answer. */
    gapMs: fc.integer({ min: 20, max: 2_000 }),
    lastsMs: fc.integer({ min: 0, max: 2_500 }),
    stepAtMs: fc.integer({ min: 0, max: 40_000 }),
    stepMs: fc.integer({ min: -29_000, max: 29_000 }),
  });
  fc.assert(
    fc.property(scene, ({ gapMs, lastsMs, stepAtMs, stepMs }) => {
      const isLiveAtStep = (answeredMs: number) =>
        answeredMs <= stepAtMs && answeredMs + lastsMs > stepAtMs;
      const answers = Array.from({ length: 400 }, (_, n) => n * gapMs);
      const live = answers.filter(isLiveAtStep).length;
      const found = answers.map((answeredMs) => {
        const byPbxMs = lastsMs + (isLiveAtStep(answeredMs) ? stepMs : 0);
        return handOverOf(ended(byPbxMs), noted(lastsMs)).isShort;
      });
      const trippedAt = answers.findIndex((_, last) =>
        shortCallBreakerTrips(
          found
            .slice(0, last + 1)
            .reverse()
            .map((isShort) => ({ ageMs: 60_000, isShort })),
        ),
      );
      expect(trippedAt).toBeGreaterThanOrEqual(0);
      expect(trippedAt).toBeLessThan(25 + live);
    }),
  );
});
