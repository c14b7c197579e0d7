import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CommandError } from "../../../../cli/command.ts";
import { faultKinds, lasts } from "../../../../cli/torture/fault-kinds.ts";
import { readTortureOptions } from "../../../../cli/torture/options.ts";
import { describeFaults, planRound } from "../../../../cli/torture/plan.ts";

const seeds = fc.integer({ min: 0, max: 1_000_000_000 });
const rounds = fc.integer({ min: 1, max: 1_000_000_000 });

describe("the plan of a round", () => {
  it("is the same for the same seed and round, whatever was planned before", () => {
    fc.assert(
      fc.property(seeds, rounds, rounds, (seed, round, other) => {
        const first = planRound(seed, round);
        planRound(seed, other);
        expect(planRound(seed, round)).toEqual(first);
      }),
    );
  });

  it("differs from round to round and from seed to seed", () => {
    const plans = [1, 2, 3].flatMap((seed) =>
      [1, 2, 3].map((round) => describeFaults(planRound(seed, round).faults)),
    );
    expect(new Set(plans).size).toBe(plans.length);
  });

  it("lets the PBX be asked about past calls in some rounds of any seed, and not in others", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const asked = faultKinds.map(
          (_, index) => planRound(seed, index + 1).pbxRemembers,
        );
        expect(new Set(asked).size).toBe(2);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps faults in their order and within their times", () => {
    fc.assert(
      fc.property(seeds, rounds, (seed, round) => {
        const { faults } = planRound(seed, round);
        const begins = faults.map(({ atMs }) => atMs);
        expect(begins).toEqual(begins.toSorted((a, b) => a - b));
        for (const { kind, forMs, size } of faults) {
          const [shortest, longest] = lasts(kind);
          expect(forMs).toBeGreaterThanOrEqual(shortest);
          expect(forMs).toBeLessThanOrEqual(longest);
          expect(size).toBeGreaterThanOrEqual(0);
          expect(size).toBeLessThan(1);
        }
      }),
    );
  });

  it("knows sixteen kinds of fault or more, and of any seed's first rounds no kind is missing", () => {
    expect(faultKinds.length).toBeGreaterThanOrEqual(16);
    fc.assert(
      fc.property(seeds, (seed) => {
        const kinds = faultKinds.flatMap((_, index) =>
          planRound(seed, index + 1).faults.map(({ kind }) => kind),
        );
        expect(new Set(kinds)).toEqual(new Set(faultKinds));
      }),
      { numRuns: 20 },
    );
  });
});

describe("the command line of the torture", () => {
  it("has defaults", () => {
    expect(readTortureOptions({})).toEqual({
      ...{ rounds: 20, seed: 1, from: 1, pbx: "mock", beside: 1 },
      ...{ evidence: null, keepGoing: false },
    });
  });

  it.each([
    [{ rounds: "0" }, "--rounds is"],
    [{ rounds: "many" }, "--rounds is"],
    [{ seed: "-1" }, "--seed is"],
    [{ seed: "1.5" }, "--seed is"],
    [{ from: "0" }, "--from is"],
    [{ pbx: "freeswitch" }, "mock or asterisk"],
    [{ beside: "17" }, "from 1 to 16"],
    [{ evidence: " " }, "a folder"],
  ])("refuses %j and says what is right", (values, words) => {
    const read = () => readTortureOptions(values);
    expect(read).toThrow(CommandError);
    expect(read).toThrow(words);
  });
});
