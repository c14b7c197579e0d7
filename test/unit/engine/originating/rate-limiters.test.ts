import { describe, expect, it } from "vitest";

import { RateLimiters } from "../../../../engine/originating/rate-limiters.ts";

const limit = (id: string, rateGroup: string, cpsLimit: number) => ({
  id,
  name: id,
  rateGroup,
  cpsLimit,
});

function ready(...limits: ReturnType<typeof limit>[]): RateLimiters {
  const limiters = new RateLimiters(-10_000);
  limiters.setLimits(limits, 0);
  return limiters;
}

/** How many of ten tries at this moment are granted. */
const granted = (limiters: RateLimiters, rateGroup: string, nowMs: number) =>
  Array.from({ length: 10 }).filter(
    () => limiters.tryAcquire(rateGroup, nowMs).granted,
  ).length;

describe("the rate limiters of a node", () => {
  it("take the second before a takeover as spent, once", () => {
    const limiters = new RateLimiters(500);
    limiters.setLimits([limit("a", "a", 10)], 1_000);
    expect(limiters.tryAcquire("a", 1_519)).toEqual({
      granted: false,
      retryAtMs: 1_520,
    });
    expect(limiters.tryAcquire("a", 1_520).granted).toBe(true);
    limiters.setLimits([limit("a", "a", 10), limit("b", "b", 10)], 1_520);
    expect(limiters.tryAcquire("b", 1_520).granted).toBe(true);
  });

  it("share one limiter in a limit group", () => {
    const limiters = ready(limit("a", "g", 1), limit("b", "g", 1));
    expect(limiters.groupOf("a")).toBe("g");
    expect(limiters.groupOf("b")).toBe("g");
    expect(granted(limiters, "g", 0)).toBe(1);
  });

  it("fail closed for a trunk that is gone, and for a rate group that never was", () => {
    const limiters = ready(limit("a", "a", 10));
    limiters.setLimits([], 0);
    expect(limiters.groupOf("a")).toBeNull();
    expect(limiters.tryAcquire("never", 0)).toEqual({
      granted: false,
      retryAtMs: null,
    });
  });

  it("take a new limit at once, and still count what was sent under the old one", () => {
    const limiters = ready(limit("a", "a", 1));
    const first = limiters.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    limiters.acknowledged("a", first.permit, 10);
    expect(granted(limiters, "a", 500)).toBe(0);
    limiters.setLimits([limit("a", "a", 2)], 500);
    expect(granted(limiters, "a", 500)).toBe(1);
    limiters.setLimits([limit("a", "a", 0)], 500);
    expect(granted(limiters, "a", 90_000)).toBe(0);
  });

  it("share what the switch itself allows over all of them", () => {
    const limiters = ready(limit("a", "a", 10), limit("b", "b", 10));
    limiters.setNodeLimit(2);
    const first = limiters.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    expect(granted(limiters, "b", 0)).toBe(1);
    expect(granted(limiters, "a", 400)).toBe(0);
    limiters.acknowledged("a", first.permit, 5);
    expect(limiters.tryAcquire("a", 1_024).granted).toBe(false);
    expect(limiters.tryAcquire("a", 1_025).granted).toBe(true);
    limiters.setNodeLimit(null);
    expect(granted(limiters, "b", 1_026)).toBeGreaterThan(0);
  });

  it("give the node's permit back with the rate group's, and when the rate group has none", () => {
    const limiters = ready(limit("a", "a", 1), limit("b", "b", 10));
    limiters.setNodeLimit(2);
    const first = limiters.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    expect(granted(limiters, "a", 600)).toBe(0);
    limiters.returned("a", first.permit);
    expect(granted(limiters, "b", 600)).toBe(2);
  });

  it("take what a trunk sent through another rate group as spent when it joins or leaves a limit group", () => {
    const limiters = ready(limit("a", "a", 1), limit("b", "b", 1));
    const first = limiters.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    limiters.acknowledged("a", first.permit, 5);
    limiters.setLimits([limit("a", "g", 1), limit("b", "g", 1)], 10);
    expect(granted(limiters, "g", 1_029)).toBe(0);
    expect(granted(limiters, "g", 1_030)).toBe(1);
    limiters.setLimits([limit("a", "a", 1), limit("b", "g", 1)], 1_040);
    expect(granted(limiters, "a", 2_059)).toBe(0);
    expect(granted(limiters, "a", 2_060)).toBe(1);
  });

  it("name the trunks that were asked for and have no limiter, until the limits are read again", () => {
    const limiters = ready(limit("a", "a", 10));
    limiters.groupOf("a");
    expect(limiters.trunksWithoutLimiter).toEqual([]);
    limiters.groupOf("new");
    expect(limiters.trunksWithoutLimiter).toEqual(["new"]);
    limiters.setLimits([limit("a", "a", 10), limit("new", "new", 10)], 0);
    expect(limiters.trunksWithoutLimiter).toEqual([]);
    expect(limiters.groupOf("new")).toBe("new");
  });

  it("give a returned permit to the next call", () => {
    const limiters = ready(limit("a", "a", 1));
    const first = limiters.tryAcquire("a", 0);
    if (!first.granted) throw new Error("the first call must be granted");
    expect(granted(limiters, "a", 1)).toBe(0);
    limiters.returned("a", first.permit);
    expect(granted(limiters, "a", 1)).toBe(1);
  });

  it("publish what was sent in each whole second, the newest first, and the worst rolling one", () => {
    const limiters = ready(limit("a", "a", 10));
    expect(limiters.takeRates(0)).toEqual([]);
    for (const sentMs of [100, 600, 999, 1_050]) limiters.noteSent("a", sentMs);
    expect(limiters.takeRates(1_060)).toEqual([
      { trunk_id: "a", sent: 3, worst: 4, recent: [3] },
    ]);
    expect(limiters.takeRates(2_000)).toEqual([
      { trunk_id: "a", sent: 1, worst: 4, recent: [1, 3] },
    ]);
    expect(limiters.takeRates(4_999)).toEqual([
      { trunk_id: "a", sent: 0, worst: 4, recent: [0, 0, 1, 3] },
    ]);
  });

  it("publish two minutes at most, and nothing more once they were quiet", () => {
    const limiters = ready(limit("a", "a", 10));
    for (let second = 0; second < 200; second++)
      limiters.noteSent("a", second * 1_000 + 500);
    const [rate] = limiters.takeRates(200_000);
    expect(rate?.recent).toEqual(Array.from({ length: 120 }, () => 1));
    expect(limiters.takeRates(319_999)[0]?.recent).toHaveLength(120);
    expect(limiters.takeRates(320_000)).toEqual([
      { trunk_id: "a", sent: 0, worst: 1, recent: [] },
    ]);
    expect(limiters.takeRates(321_000)).toEqual([]);
  });
});
