import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EslCallTracker } from "../../../../adapters/freeswitch-esl/call-tracker.ts";
import { eventOf } from "../../../../adapters/freeswitch-esl/event.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import { installationId } from "./recordings.ts";
import { cleared, id, mine } from "./tracker-scene.ts";

const epochMs = 1_795_339_900_000;
/** What happens to the call; the header that keeps its time in every later event. */
const life = [
  ["CHANNEL_CREATE", "Created"],
  ["CHANNEL_PROGRESS", "Progress"],
  ["CHANNEL_ANSWER", "Answered"],
  ["CHANNEL_BRIDGE", "Bridged"],
  ["CHANNEL_UNBRIDGE", null],
  ["CHANNEL_HANGUP_COMPLETE", "Hangup"],
] as const;

interface Step {
  /** Of which of these things it comes before; 9: none. */
  readonly before: number;
  readonly ms: number;
}

/**
 * @param pausesMs before each, by a good clock
 * @param lost which of them is not heard of: its time is told by the later ones alone
 */
function play(
  pausesMs: readonly number[],
  delaysMs: readonly number[],
  { before, ms: stepMs }: Step,
  lost: readonly boolean[] = [],
) {
  const events: CallEvent[] = [];
  const tracker = new EslCallTracker({
    installationId,
    emit: (event) => events.push(event),
  });
  const micros = (atMs: number) => String((epochMs + atMs) * 1_000);
  const say = (
    name: string,
    headers: object,
    atMs: number,
    steadyMs: number,
  ) => {
    const time = { "Event-Name": name, "Event-Date-Timestamp": micros(atMs) };
    const event = eventOf({ ...time, ...headers });
    // The steady clock has fractions.
    tracker.handle(event, epochMs + steadyMs, steadyMs + 0.123);
  };
  // The clock is known before it.
  say("HEARTBEAT", {}, 0, 0.3);
  tracker.sent(id);
  const times: Record<string, string> = {};
  let atMs = 0;
  let arrivedMs = 0;
  for (const [index, [name, moment]] of life.entries()) {
    atMs += pausesMs[index] ?? 0;
    arrivedMs = Math.max(arrivedMs, atMs + (delaysMs[index] ?? 0));
    const aheadMs = index >= before ? stepMs : 0;
    if (moment !== null)
      times[`Caller-Channel-${moment}-Time`] = micros(atMs + aheadMs);
    const isEnd = name === "CHANNEL_HANGUP_COMPLETE";
    if (lost[index] === true && !isEnd) continue;
    const headers = { "Unique-ID": id, ...mine, ...times };
    say(
      name,
      isEnd ? { ...headers, ...cleared } : headers,
      atMs + aheadMs,
      arrivedMs,
    );
  }
  const end = events.find((event) => event.kind === "ENDED");
  if (end === undefined) throw new Error("No end was told");
  const between = (from: string | null, to: string | null) =>
    Date.parse(to ?? "") - Date.parse(from ?? "");
  const { ringAt, answerAt, bridgeAt } = end.history;
  const sum = (from: number, to: number) =>
    pausesMs.slice(from, to).reduce((all, one) => all + one, 0);
  return [
    { told: between(ringAt, answerAt), true: sum(2, 3) },
    { told: between(answerAt, end.at), true: sum(3, 6) },
    { told: between(bridgeAt, end.at), true: sum(4, 6) },
  ];
}

const pause = fc.integer({ min: 0, max: 600_000 });
const six = { minLength: 6, maxLength: 6 };
const pauses = fc.array(pause, six);
const delays = fc.array(fc.integer({ min: 0, max: 500 }), six);
const anyStep = fc.record({
  before: fc.integer({ min: 1, max: 5 }),
  ms: fc.oneof(
    fc.integer({ min: -40_000, max: 40_000 }),
    fc.constantFrom(3_600_000, -3_600_000),
    fc.integer({ min: -86_400_000, max: 86_400_000 }),
  ),
});

describe("the durations of a call of FreeSWITCH", () => {
  it("are right without a step, however late events come and whichever are lost", () => {
    const late = fc.array(fc.integer({ min: 0, max: 60_000 }), six);
    const lost = fc.array(fc.boolean(), six);
    fc.assert(
      fc.property(pauses, late, lost, (given, delaysMs, lostOnes) => {
        const step = { before: 9, ms: 0 };
        for (const one of play(given, delaysMs, step, lostOnes))
          expect(one.told).toBe(one.true);
      }),
    );
  });

  it("stay right to a second when its clock steps in mid-call, an hour or a day, either way", () => {
    const step = fc.record({
      before: fc.integer({ min: 1, max: 5 }),
      ms: fc.oneof(
        fc.constantFrom(3_600_000, -3_600_000),
        fc.integer({ min: 40_000, max: 86_400_000 }),
        fc.integer({ min: -86_400_000, max: -700_000 }),
      ),
    });
    fc.assert(
      fc.property(pauses, delays, step, (given, delaysMs, stepped) => {
        for (const one of play(given, delaysMs, stepped))
          expect(Math.abs(one.told - one.true)).toBeLessThan(1_001);
      }),
    );
  });

  it("stay right to a second when the step is forward and only the end is received", () => {
    const step = fc.record({
      before: fc.integer({ min: 1, max: 5 }),
      // Longer than anything that happens in the call.
      ms: fc.integer({ min: 3_600_000, max: 86_400_000 }),
    });
    const allLost = life.map(() => true);
    fc.assert(
      fc.property(pauses, step, (given, stepped) => {
        for (const one of play(given, [], stepped, allLost))
          expect(Math.abs(one.told - one.true)).toBeLessThan(1_001);
      }),
      // Ringing and answer of one moment, and the clock steps between them.
      { examples: [[[0, 0, 0, 0, 0, 0], { before: 2, ms: 3_600_000 }]] },
    );
  });

  it("are wrong by no more than a small step itself, never below zero, nor too long by more than half a minute", () => {
    fc.assert(
      fc.property(pauses, delays, anyStep, (given, delaysMs, step) => {
        for (const one of play(given, delaysMs, step)) {
          const error = one.told - one.true;
          expect(Math.abs(error)).toBeLessThan(Math.abs(step.ms) + 1_001);
          expect(one.told).toBeGreaterThanOrEqual(0);
          expect(error).toBeLessThan(31_001);
        }
      }),
      { numRuns: 500 },
    );
  });
});
