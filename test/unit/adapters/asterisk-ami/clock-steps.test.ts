import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { AmiCallTracker } from "../../../../adapters/asterisk-ami/call-tracker.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import { installationId } from "./recordings.ts";
import { call, epochMs, success } from "./tracker-scene.ts";

const own = { uniqueid: call, channel: "PJSIP/trunk-00000001" };
/** What happens to the call, and how long after what was before, by a good clock. */
const life = [
  ["Newchannel", {}],
  ["Newstate", { channelstate: "5" }],
  ["Newstate", { channelstate: "6" }],
  ["OriginateResponse", success],
  ["HangupRequest", { cause: "16" }],
  ["Hangup", { cause: "16", channelstate: "6" }],
] as const;

function play(
  pausesMs: readonly number[],
  delaysMs: readonly number[],
  step: { readonly before: number; readonly ms: number },
) {
  const events: CallEvent[] = [];
  const tracker = new AmiCallTracker({
    installationId,
    emit: (event) => events.push(event),
  });
  // Something before it: the clock is known.
  const tell = (
    name: string,
    headers: object,
    atMs: number,
    delayMs = 0,
    aheadMs = 0,
  ) => {
    const timestamp = ((epochMs + atMs + aheadMs) / 1_000).toFixed(6);
    const all = { event: name, timestamp, ...headers };
    tracker.handle(
      new Map(Object.entries(all)),
      epochMs + atMs + delayMs,
      atMs + delayMs,
    );
  };
  tell("Newchannel", { uniqueid: "x" }, 0);
  tracker.sent(call, success.actionid);
  let atMs = 0;
  let arrivedMs = 0;
  for (const [index, [name, headers]] of life.entries()) {
    atMs += pausesMs[index] ?? 0;
    arrivedMs = Math.max(arrivedMs, atMs + (delaysMs[index] ?? 0));
    const aheadMs = index >= step.before ? step.ms : 0;
    tell(name, { ...own, ...headers }, atMs, arrivedMs - atMs, aheadMs);
  }
  tracker.flush(Infinity);
  const end = events.find((event) => event.kind === "ENDED");
  if (end === undefined) throw new Error("No end was told");
  const ms = (from: string | null, to: string | null) =>
    Date.parse(to ?? "") - Date.parse(from ?? "");
  return {
    ringMs: ms(end.history.ringAt, end.history.answerAt),
    answeredMs: ms(end.history.answerAt, end.at),
    events,
  };
}

const pause = fc.integer({ min: 0, max: 600_000 });
const six = { minLength: 6, maxLength: 6 };
const delays = fc.array(fc.integer({ min: 0, max: 500 }), six);

describe("the durations of a call", () => {
  it("are right without a step, however late events come", () => {
    const late = fc.array(fc.integer({ min: 0, max: 60_000 }), six);
    fc.assert(
      fc.property(fc.array(pause, six), late, (pauses, delaysMs) => {
        const { ringMs, answeredMs } = play(pauses, delaysMs, {
          before: 9,
          ms: 0,
        });
        expect(ringMs).toBe(pauses[2]);
        expect(answeredMs).toBe(
          (pauses[3] ?? 0) + (pauses[4] ?? 0) + (pauses[5] ?? 0),
        );
      }),
    );
  });

  it("stay right to a second when the PBX's clock steps in mid-call, either way", () => {
    const step = fc.record({
      before: fc.integer({ min: 1, max: 5 }),
      ms: fc.oneof(
        fc.integer({ min: 40_000, max: 86_400_000 }),
        fc.integer({ min: -86_400_000, max: -700_000 }),
      ),
    });
    fc.assert(
      fc.property(
        fc.array(pause, six),
        delays,
        step,
        (pauses, delaysMs, given) => {
          const { ringMs, answeredMs } = play(pauses, delaysMs, given);
          const talkMs = (pauses[3] ?? 0) + (pauses[4] ?? 0) + (pauses[5] ?? 0);
          expect(Math.abs(ringMs - (pauses[2] ?? 0))).toBeLessThan(1_001);
          expect(Math.abs(answeredMs - talkMs)).toBeLessThan(1_001);
        },
      ),
    );
  });

  /** Raw, as told; the database clamps them at 0 (`dialer_duration_ms`). */
  const errors = (
    pauses: readonly number[],
    delaysMs: readonly number[],
    step: { readonly before: number; readonly ms: number },
  ) => {
    const { ringMs, answeredMs } = play(pauses, delaysMs, step);
    const talkMs = (pauses[3] ?? 0) + (pauses[4] ?? 0) + (pauses[5] ?? 0);
    return [
      { told: ringMs, error: ringMs - (pauses[2] ?? 0) },
      { told: answeredMs, error: answeredMs - talkMs },
    ];
  };
  const anywhere = fc.integer({ min: 1, max: 5 });

  it("are wrong by no more than a small step itself, which cannot be distinguished from late events", () => {
    const step = fc.record({
      before: anywhere,
      ms: fc.integer({ min: -30_000, max: 30_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(pause, six),
        delays,
        step,
        (pauses, delaysMs, given) => {
          for (const { error } of errors(pauses, delaysMs, given))
            expect(Math.abs(error)).toBeLessThan(Math.abs(given.ms) + 1_001);
        },
      ),
    );
  });

  it("are never below zero by more than a second, nor too long by more than half a minute, whatever the step", () => {
    const step = fc.record({
      before: anywhere,
      ms: fc.oneof(
        fc.integer({ min: -40_000, max: 40_000 }),
        fc.integer({ min: -86_400_000, max: 86_400_000 }),
      ),
    });
    fc.assert(
      fc.property(
        fc.array(pause, six),
        delays,
        step,
        (pauses, delaysMs, given) => {
          for (const { told, error } of errors(pauses, delaysMs, given)) {
            expect(told).toBeGreaterThan(-1_001);
            expect(error).toBeLessThan(31_001);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
