import { describe, expect, it } from "vitest";
import {
  chooseTrunk,
  compilePattern,
  NumberPatternError,
  type NumberToDial,
  type TrunkCandidate,
} from "../../../dialing/trunk-choice.ts";

const NOW_MS = 1_000_000;
const home: NumberToDial = { e164: "+5511999990000", kind: "DEFAULT_COUNTRY" };
const abroad: NumberToDial = { e164: "+12025550100", kind: "FOREIGN" };
const satellite: NumberToDial = { e164: "+881612345678", kind: "NEVER" };

function trunk(
  id: string,
  given: Partial<TrunkCandidate> = {},
): TrunkCandidate {
  return {
    id,
    priority: 100,
    weight: 1,
    numberPattern: null,
    health: "HEALTHY",
    isDemoted: false,
    disabledUntilMs: null,
    isActive: true,
    freeChannels: 5,
    freeSlots: 5,
    limitGroup: null,
    ...given,
  };
}

function chosen(
  trunks: readonly TrunkCandidate[],
  number = home,
  random = 0,
): string {
  const choice = chooseTrunk(trunks, number, NOW_MS, random);
  return choice.trunk === null ? choice.reason : choice.trunk.id;
}

describe("the choice among trunks", () => {
  it("takes the smaller priority first", () => {
    expect(chosen([trunk("b"), trunk("a", { priority: 1 })])).toBe("a");
  });

  it("goes on to the next priority when the first is full", () => {
    const full = trunk("a", { priority: 1, freeChannels: 0 });
    expect(chosen([full, trunk("b")])).toBe("b");
  });

  it("takes a trunk that has just failed only when no other is free", () => {
    const demoted = trunk("a", { priority: 1, isDemoted: true });
    expect(chosen([demoted, trunk("b")])).toBe("b");
    expect(chosen([demoted, trunk("b", { freeSlots: 0 })])).toBe("a");
  });

  it("takes a trunk that is probed in its turn", () => {
    const probed = trunk("a", { priority: 1, health: "DEGRADED" });
    expect(chosen([trunk("b"), probed])).toBe("a");
  });

  it("shares calls among equals by weight", () => {
    const trunks = [trunk("a", { weight: 3 }), trunk("b", { weight: 1 })];
    const tally = { a: 0, b: 0 };
    for (let i = 0; i < 1000; i += 1) {
      tally[chosen(trunks, home, i / 1000) as "a" | "b"] += 1;
    }
    expect(tally).toEqual({ a: 750, b: 250 });
  });

  it("uses a trunk of weight 0 when there is no other", () => {
    const zero = trunk("a", { weight: 0 });
    expect(chosen([zero], home, 0.99)).toBe("a");
    expect(chosen([zero, trunk("b")], home, 0)).toBe("b");
  });

  it("uses a trunk again once its time of disablement is over", () => {
    expect(chosen([trunk("a", { disabledUntilMs: NOW_MS })])).toBe("a");
  });
});

describe("numbers", () => {
  it("abroad need a trunk whose pattern takes them", () => {
    expect(chosen([trunk("a")], abroad)).toBe("NO_TRUNK_FOR_NUMBER");
    const international = trunk("b", {
      numberPattern: compilePattern("^\\+1"),
    });
    expect(chosen([trunk("a"), international], abroad)).toBe("b");
    expect(chosen([international], home)).toBe("NO_TRUNK_FOR_NUMBER");
  });

  it("of a kind that is never dialled find no trunk, whatever the pattern", () => {
    const all = trunk("a", { numberPattern: compilePattern(".*") });
    expect(chosen([all], satellite)).toBe("NO_TRUNK_FOR_NUMBER");
  });
});

describe("the reason for no trunk", () => {
  it.each([
    [[], "NO_TRUNK_FOR_NUMBER"],
    [[{ isActive: false }], "TRUNK_INACTIVE"],
    [[{ health: "OUT" }], "TRUNK_UNHEALTHY"],
    [[{ disabledUntilMs: NOW_MS + 1 }], "TRUNK_UNHEALTHY"],
    [[{ freeChannels: 0 }], "TRUNK_CHANNELS"],
    [[{ freeChannels: Number.NaN }], "TRUNK_CHANNELS"],
    [[{ freeSlots: 0.5 }], "CPS"],
    [[{ isActive: false }, { freeSlots: 0 }, { freeChannels: 0 }], "CPS"],
    [[{ health: "OUT" }, { isActive: false }], "TRUNK_UNHEALTHY"],
  ] as const)("for %o is %s", (given, reason) => {
    const trunks = given.map((one, i) => trunk(String(i), one));
    expect(chosen(trunks)).toBe(reason);
  });
});

describe("a number pattern", () => {
  it.each([
    ["^\\+55(11|21)9\\d{8}$", "+5511999990000", true],
    ["^\\+55(?:1[1-9])?", "+5531333330000", true],
    ["^\\+55[^9]", "+5591333330000", false],
  ])("%s tried on %s", (pattern, e164, matches) => {
    expect(compilePattern(pattern).test(e164)).toBe(matches);
  });

  it.each([
    ["(\\d+)+$", "UNSAFE_PATTERN"],
    ["(1|1){9}", "UNSAFE_PATTERN"],
    ["\\d*\\d*\\d*\\d*\\d*\\d*x", "UNSAFE_PATTERN"],
    ["\\d*\\d*\\d*\\d*$", "UNSAFE_PATTERN"],
    ["(1|1)(1|1)(1|1)(1|1)", "UNSAFE_PATTERN"],
    ["(1)\\1", "UNSAFE_PATTERN"],
    ["(?=1)1", "UNSAFE_PATTERN"],
    ["(?<=1)1", "UNSAFE_PATTERN"],
    ["", "UNSAFE_PATTERN"],
    ["1".repeat(201), "UNSAFE_PATTERN"],
    ["^+55", "BAD_PATTERN"],
    ["(55", "BAD_PATTERN"],
    ["[9-1]", "BAD_PATTERN"],
  ])("%s is refused as %s", (pattern, code) => {
    const error = caught(() => compilePattern(pattern));
    expect(error).toBeInstanceOf(NumberPatternError);
    expect(error).toMatchObject({ code });
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}
