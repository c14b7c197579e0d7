/** Each thing that the judge must find is planted in a good round. */
import { describe, expect, it } from "vitest";

import { judge } from "../../../../cli/torture/judge.ts";
import { rules } from "../../../../cli/torture/judge/finding.ts";
import { plantedCalls } from "./planted-calls.ts";
import { plantedLimits } from "./planted-limits.ts";
import { call, found, goodRound, round, T0 } from "./round-evidence.ts";
import type { Change } from "./round-evidence.ts";

const planted = [...plantedCalls, ...plantedLimits];
const good = goodRound();

describe("the judge", () => {
  it("finds nothing in a good round", () => {
    expect(judge(good).findings).toEqual([]);
    expect(found({})).toEqual([]);
  });

  it.each(planted)("finds %s: %s", (rule, _, change) => {
    expect(found(change)).toContain(rule);
  });

  it("has no rule that no test fires", () => {
    const fired = new Set(planted.map(([rule]) => rule));
    expect([...fired].toSorted()).toEqual(Object.keys(rules).toSorted());
  });
  it("gives a carrier behind the PBX some milliseconds, more on a machine that hesitated, and the PBX itself none", () => {
    const spread = (recordedBy: "PBX" | "CARRIER", overMs: number) => ({
      recordedBy,
      calls: [0, 1, 2].map((n) =>
        call(n, { at: T0 + n * (overMs / 2), endedAt: T0 + 3_000 }),
      ),
      rows: { trunks: good.rows.trunks.map((t) => ({ ...t, cpsLimit: 2 })) },
    });
    const lag = [{ from: T0 + 400, to: T0 + 500, byMs: 100 }];
    const rates = (change: Change) =>
      found(change).filter((rule) => rule === "RATE");
    expect(rates(spread("PBX", 990))).toEqual(["RATE"]);
    expect(rates({ ...spread("PBX", 990), lag })).toEqual(["RATE"]);
    expect(rates(spread("CARRIER", 990))).toEqual([]);
    expect(rates(spread("CARRIER", 950))).toEqual(["RATE"]);
    expect(rates({ ...spread("CARRIER", 950), lag })).toEqual([]);
    expect(rates({ ...spread("CARRIER", 800), lag })).toEqual(["RATE"]);
  });

  it("says how many calls were live when each fault struck, and which second was the fullest", () => {
    const fault = (from: number) => ({
      ...{ kind: "HOLDER_KILLED" as const, from, to: from, note: "" },
    });
    const verdict = judge(
      round({ faults: [fault(T0 + 100), fault(T0 + 500)] }),
    );
    expect(verdict).toMatchObject({
      ...{ liveAtFaults: [1, 0], worst: { north: 1 }, calls: 3 },
    });
  });
});
