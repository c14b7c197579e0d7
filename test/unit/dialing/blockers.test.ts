import { describe, expect, it } from "vitest";

import { PassVerdict } from "../../../dialing/blockers.ts";

describe("the verdict of a pass", () => {
  it("counts each reason, and keeps the first moment at which it may be over", () => {
    const verdict = new PassVerdict();
    verdict.note("CPS");
    verdict.note("PHONE_GAP", 2, 5_000);
    verdict.note("PHONE_GAP", 3, 1_000);
    verdict.note("PHONE_GAP", 1);
    expect(verdict.toRows()).toEqual([
      { reason: "CPS", count: 1, next_at: null },
      { reason: "PHONE_GAP", count: 6, next_at: "1970-01-01T00:00:01.000Z" },
    ]);
  });

  it("takes a moment that is told later than the reason", () => {
    const verdict = new PassVerdict();
    verdict.note("OUTSIDE_WINDOW");
    verdict.note("OUTSIDE_WINDOW", 1, 60_000);
    expect(verdict.toRows()[0]?.next_at).toBe("1970-01-01T00:01:00.000Z");
    expect(verdict.has("OUTSIDE_WINDOW")).toBe(true);
    expect(verdict.has("CPS")).toBe(false);
  });
});
