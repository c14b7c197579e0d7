import { describe, expect, it } from "vitest";
import { outcomeTraits, type Outcome } from "../../../dialing/outcome.ts";
import { mayMoveTrunk } from "../../../dialing/trunk-move.ts";

const outcomes = Object.keys(outcomeTraits) as Outcome[];

describe("a move to another trunk", () => {
  const move = { rung: false, movesSoFar: 0, otherTrunkAvailable: true };

  it("is allowed for faults of the trunk only", () => {
    const allowed = outcomes.filter((outcome) =>
      mayMoveTrunk({ ...move, outcome }),
    );
    expect(allowed.sort()).toEqual(["NETWORK_CONGESTION", "TRUNK_FAULT"]);
  });

  it.each([{ rung: true }, { movesSoFar: 1 }, { otherTrunkAvailable: false }])(
    "is refused with %o",
    (given) => {
      const facts = { ...move, outcome: "TRUNK_FAULT", ...given } as const;
      expect(mayMoveTrunk(facts)).toBe(false);
    },
  );
});
