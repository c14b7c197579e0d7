import { describe, expect, it } from "vitest";

import { hasCollapsed } from "../../../dialing/answer-rate.ts";

const calls = (dialled: number, answered: number) => ({ dialled, answered });
const usual = calls(6_000, 2_000);

describe("a collapse of the answer rate", () => {
  it("is less than half of what it was, over calls enough to tell", () => {
    expect(hasCollapsed(calls(500, 20), usual)).toBe(true);
    expect(hasCollapsed(calls(100, 0), usual)).toBe(true);
    expect(hasCollapsed(calls(500, 120), usual)).toBe(false);
    expect(hasCollapsed(calls(500, 300), usual)).toBe(false);
  });

  it("is not derived from a handful of calls, nor where few were answered before", () => {
    expect(hasCollapsed(calls(30, 0), usual)).toBe(false);
    expect(hasCollapsed(calls(500, 0), calls(20, 8))).toBe(false);
    expect(hasCollapsed(calls(400, 0), calls(6_000, 30))).toBe(false);
    expect(hasCollapsed(calls(0, 0), calls(0, 0))).toBe(false);
  });

  it("is not seen in what chance does to a steady rate, over two thousand looks", () => {
    // A linear congruential generator: the same numbers every time.
    let seed = 12_345;
    const chance = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    let alarms = 0;
    for (let look = 0; look < 2_000; look++) {
      let answered = 0;
      for (let call = 0; call < 60; call++) if (chance() < 0.3) answered++;
      if (hasCollapsed(calls(60, answered), calls(660, 198))) alarms++;
    }
    expect(alarms).toBe(0);
  });
});
