/** Since when a PBX has been away when its line ends, with a clock of the test's own. */
import fc from "fast-check";
import { expect, test } from "vitest";

import { SilenceWatch } from "../../../../adapters/connection/silence-watch.ts";

function opened() {
  const clock = { ms: 1_000 };
  return { clock, silence: new SilenceWatch(() => clock.ms) };
}

test("a PBX that does not answer has been away since something was last received from it", () => {
  const { clock, silence } = opened();
  silence.received();
  clock.ms += 10_000;
  silence.asked();
  clock.ms += 5_000;
  expect(silence.awaySinceMs).toBe(1_000);
});

test("one that closes the connection was there until then, without a request and with a recent request", () => {
  const { clock, silence } = opened();
  clock.ms += 10_000;
  expect(silence.awaySinceMs).toBe(11_000);
  silence.asked();
  clock.ms += 199;
  expect(silence.awaySinceMs).toBe(11_199);
});

test("one that speaks without answering was there when it last spoke", () => {
  const { clock, silence } = opened();
  silence.asked();
  clock.ms += 3_000;
  silence.received();
  silence.asked();
  clock.ms += 2_000;
  expect(silence.awaySinceMs).toBe(4_000);
});

test("never before something was last received, never in the future, and never later than an unanswered request", () => {
  const step = fc.record({
    what: fc.constantFrom("heard", "asked"),
    ms: fc.integer({ min: 0, max: 20_000 }),
  });
  fc.assert(
    fc.property(fc.array(step), fc.nat(20_000), (steps, restMs) => {
      const { clock, silence } = opened();
      let [heardMs, askedMs] = [clock.ms, Infinity];
      for (const { what, ms } of steps) {
        clock.ms += ms;
        if (what === "heard") {
          silence.received();
          [heardMs, askedMs] = [clock.ms, Infinity];
        } else {
          silence.asked();
          askedMs = Math.min(askedMs, clock.ms);
        }
      }
      clock.ms += restMs;
      const away = silence.awaySinceMs;
      expect(away).toBeGreaterThanOrEqual(heardMs);
      expect(away).toBeLessThanOrEqual(clock.ms);
      if (clock.ms - askedMs >= 200) expect(away).toBe(heardMs);
    }),
  );
});
