import { describe, expect, it } from "vitest";

import { Blockers } from "../../../dialing/blockers.ts";

describe("the blockers of a pass", () => {
  it("counts each reason, and keeps the first moment at which it may be over", () => {
    const blockers = new Blockers();
    blockers.note("CPS");
    blockers.note("PHONE_GAP", 2, 5_000);
    blockers.note("PHONE_GAP", 3, 1_000);
    blockers.note("PHONE_GAP", 1);
    expect(blockers.toRows()).toEqual([
      { reason: "CPS", count: 1, next_at: null },
      { reason: "PHONE_GAP", count: 6, next_at: "1970-01-01T00:00:01.000Z" },
    ]);
  });

  it("takes a time that is noted later than the reason", () => {
    const blockers = new Blockers();
    blockers.note("OUTSIDE_WINDOW");
    blockers.note("OUTSIDE_WINDOW", 1, 60_000);
    expect(blockers.toRows()[0]?.next_at).toBe("1970-01-01T00:01:00.000Z");
    expect(blockers.has("OUTSIDE_WINDOW")).toBe(true);
    expect(blockers.has("CPS")).toBe(false);
  });
});
