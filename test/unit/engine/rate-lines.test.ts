import { describe, expect, it } from "vitest";

import { RateLines } from "../../../engine/rate-lines.ts";

const limit = (id: string, line: string, cpsLimit: number) => ({
  id,
  name: id,
  line,
  cpsLimit,
});

function ready(...limits: ReturnType<typeof limit>[]): RateLines {
  const lines = new RateLines(-10_000);
  lines.setLimits(limits);
  return lines;
}

/** How many of ten tries at this moment are granted. */
const granted = (lines: RateLines, line: string, nowMs: number) =>
  Array.from({ length: 10 }).filter(() => lines.tryAcquire(line, nowMs).granted)
    .length;

describe("the rate lines of a node", () => {
  it("take the second before a takeover as spent, once", () => {
    const lines = new RateLines(500);
    lines.setLimits([limit("a", "a", 10)]);
    expect(lines.tryAcquire("a", 1_519)).toEqual({
      granted: false,
      retryAtMs: 1_520,
    });
    expect(lines.tryAcquire("a", 1_520).granted).toBe(true);
    lines.setLimits([limit("a", "a", 10), limit("b", "b", 10)]);
    expect(lines.tryAcquire("b", 1_520).granted).toBe(true);
  });

  it("share one line in a limit group", () => {
    const lines = ready(limit("a", "g", 1), limit("b", "g", 1));
    expect(lines.lineOf("a")).toBe("g");
    expect(lines.lineOf("b")).toBe("g");
    expect(granted(lines, "g", 0)).toBe(1);
  });

  it("fail closed for a trunk that is gone, and for a line that never was", () => {
    const lines = ready(limit("a", "a", 10));
    lines.setLimits([]);
    expect(lines.lineOf("a")).toBeNull();
    expect(lines.tryAcquire("never", 0)).toEqual({
      granted: false,
      retryAtMs: null,
    });
  });

  it("take a new limit at once, and still count what was sent under the old one", () => {
    const lines = ready(limit("a", "a", 1));
    const first = lines.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    lines.acknowledged("a", first.permit, 10);
    expect(granted(lines, "a", 500)).toBe(0);
    lines.setLimits([limit("a", "a", 2)]);
    expect(granted(lines, "a", 500)).toBe(1);
    lines.setLimits([limit("a", "a", 0)]);
    expect(granted(lines, "a", 90_000)).toBe(0);
  });

  it("share what the switch itself allows over all of them", () => {
    const lines = ready(limit("a", "a", 10), limit("b", "b", 10));
    lines.setNodeLimit(2);
    const first = lines.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    expect(granted(lines, "b", 0)).toBe(1);
    expect(granted(lines, "a", 400)).toBe(0);
    lines.acknowledged("a", first.permit, 5);
    expect(lines.tryAcquire("a", 1_024).granted).toBe(false);
    expect(lines.tryAcquire("a", 1_025).granted).toBe(true);
    lines.setNodeLimit(null);
    expect(granted(lines, "b", 1_026)).toBeGreaterThan(0);
  });

  it("give the node's permit back with the line's, and when the line has none", () => {
    const lines = ready(limit("a", "a", 1), limit("b", "b", 10));
    lines.setNodeLimit(2);
    const first = lines.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    expect(granted(lines, "a", 600)).toBe(0);
    lines.returned("a", first.permit);
    expect(granted(lines, "b", 600)).toBe(2);
  });

  it("give a returned permit to the next call", () => {
    const lines = ready(limit("a", "a", 1));
    const first = lines.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    expect(granted(lines, "a", 1)).toBe(0);
    lines.returned("a", first.permit);
    expect(granted(lines, "a", 1)).toBe(1);
  });

  it("publish what was sent in the last second and the worst second, until it is nothing", () => {
    const lines = ready(limit("a", "a", 10));
    expect(lines.takeRates(0)).toEqual([]);
    for (const sentMs of [0, 100, 999]) lines.noteSent("a", sentMs);
    expect(lines.takeRates(999)).toEqual([
      { trunk_id: "a", sent: 3, worst: 3 },
    ]);
    lines.noteSent("a", 1_050);
    expect(lines.takeRates(1_050)).toEqual([
      { trunk_id: "a", sent: 3, worst: 3 },
    ]);
    expect(lines.takeRates(9_000)).toEqual([
      { trunk_id: "a", sent: 0, worst: 3 },
    ]);
    expect(lines.takeRates(9_001)).toEqual([]);
  });
});
