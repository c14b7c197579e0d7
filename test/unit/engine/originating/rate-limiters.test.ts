import { describe, expect, it } from "vitest";

import { RateLines } from "../../../../engine/originating/rate-limiters.ts";

const limit = (id: string, rateGroup: string, cpsLimit: number) => ({
  id,
  name: id,
  rateGroup,
  cpsLimit,
});

function ready(...limits: ReturnType<typeof limit>[]): RateLines {
  const lines = new RateLines(-10_000);
  lines.setLimits(limits, 0);
  return lines;
}

/** How many of ten tries at this moment are granted. */
const granted = (lines: RateLines, line: string, nowMs: number) =>
  Array.from({ length: 10 }).filter(() => lines.tryAcquire(line, nowMs).granted)
    .length;

describe("the rate lines of a node", () => {
  it("take the second before a takeover as spent, once", () => {
    const lines = new RateLines(500);
    lines.setLimits([limit("a", "a", 10)], 1_000);
    expect(lines.tryAcquire("a", 1_519)).toEqual({
      granted: false,
      retryAtMs: 1_520,
    });
    expect(lines.tryAcquire("a", 1_520).granted).toBe(true);
    lines.setLimits([limit("a", "a", 10), limit("b", "b", 10)], 1_520);
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
    lines.setLimits([], 0);
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
    lines.setLimits([limit("a", "a", 2)], 500);
    expect(granted(lines, "a", 500)).toBe(1);
    lines.setLimits([limit("a", "a", 0)], 500);
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

  it("take what a trunk sent through another line as spent when it joins or leaves a limit group", () => {
    const lines = ready(limit("a", "a", 1), limit("b", "b", 1));
    const first = lines.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    lines.acknowledged("a", first.permit, 5);
    lines.setLimits([limit("a", "g", 1), limit("b", "g", 1)], 10);
    expect(granted(lines, "g", 1_029)).toBe(0);
    expect(granted(lines, "g", 1_030)).toBe(1);
    lines.setLimits([limit("a", "a", 1), limit("b", "g", 1)], 1_040);
    expect(granted(lines, "a", 2_059)).toBe(0);
    expect(granted(lines, "a", 2_060)).toBe(1);
  });

  it("name the trunks that were asked for and have no line, until the limits are read again", () => {
    const lines = ready(limit("a", "a", 10));
    lines.lineOf("a");
    expect(lines.lacks).toEqual([]);
    lines.lineOf("new");
    expect(lines.lacks).toEqual(["new"]);
    lines.setLimits([limit("a", "a", 10), limit("new", "new", 10)], 0);
    expect(lines.lacks).toEqual([]);
    expect(lines.lineOf("new")).toBe("new");
  });

  it("give a returned permit to the next call", () => {
    const lines = ready(limit("a", "a", 1));
    const first = lines.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    expect(granted(lines, "a", 1)).toBe(0);
    lines.returned("a", first.permit);
    expect(granted(lines, "a", 1)).toBe(1);
  });

  it("publish what was sent in each whole second, the newest first, and the worst rolling one", () => {
    const lines = ready(limit("a", "a", 10));
    expect(lines.takeRates(0)).toEqual([]);
    for (const sentMs of [100, 600, 999, 1_050]) lines.noteSent("a", sentMs);
    expect(lines.takeRates(1_060)).toEqual([
      { trunk_id: "a", sent: 3, worst: 4, recent: [3] },
    ]);
    expect(lines.takeRates(2_000)).toEqual([
      { trunk_id: "a", sent: 1, worst: 4, recent: [1, 3] },
    ]);
    expect(lines.takeRates(4_999)).toEqual([
      { trunk_id: "a", sent: 0, worst: 4, recent: [0, 0, 1, 3] },
    ]);
  });

  it("publish two minutes at most, and nothing more once they were quiet", () => {
    const lines = ready(limit("a", "a", 10));
    for (let second = 0; second < 200; second++)
      lines.noteSent("a", second * 1_000 + 500);
    const [rate] = lines.takeRates(200_000);
    expect(rate?.recent).toEqual(Array.from({ length: 120 }, () => 1));
    expect(lines.takeRates(319_999)[0]?.recent).toHaveLength(120);
    expect(lines.takeRates(320_000)).toEqual([
      { trunk_id: "a", sent: 0, worst: 1, recent: [] },
    ]);
    expect(lines.takeRates(321_000)).toEqual([]);
  });
});
