import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  defaultAbandonPolicy as policy,
  judgeAbandon,
} from "../../../dialing/abandon-policy.ts";

const level = (abandoned: number, people: number) =>
  judgeAbandon({ abandoned, people }, policy);

describe("the abandon rate", () => {
  it("is good below two thirds of the cap, near it from there on, and over it above 3 %", () => {
    expect(level(0, 100)).toBe("GOOD");
    expect(level(19, 1_000)).toBe("GOOD");
    expect(level(20, 1_000)).toBe("NEAR");
    expect(level(30, 1_000)).toBe("NEAR");
    expect(level(31, 1_000)).toBe("OVER");
    expect(level(3, 100)).toBe("NEAR");
  });

  it("says nothing of a few people, unless it is glaring", () => {
    expect(level(0, 0)).toBe("NONE");
    expect(level(1, 2)).toBe("FEW");
    expect(level(2, 2)).toBe("FEW");
    expect(level(4, 20)).toBe("FEW");
    expect(level(5, 20)).toBe("OVER");
    expect(level(5, 49)).toBe("FEW");
    expect(level(0, 49)).toBe("FEW");
  });

  it("never gets better by one more person who was abandoned", () => {
    const order = ["GOOD", "NEAR", "OVER"];
    fc.assert(
      fc.property(
        fc.integer({ min: policy.leastPeople, max: 5_000 }),
        fc.nat(5_000),
        (people, some) => {
          const abandoned = Math.min(some, people - 1);
          expect(
            order.indexOf(level(abandoned + 1, people)),
          ).toBeGreaterThanOrEqual(order.indexOf(level(abandoned, people)));
        },
      ),
    );
  });

  it("warns from the target where that is below two thirds of the cap", () => {
    const strict = { ...policy, target: 0.01 };
    expect(judgeAbandon({ abandoned: 1, people: 100 }, strict)).toBe("NEAR");
    const loose = { ...policy, target: 0.03 };
    expect(judgeAbandon({ abandoned: 2, people: 100 }, loose)).toBe("NEAR");
  });
});
