import { describe, expect, it } from "vitest";

import { Capacity } from "../../../dialing/capacity.ts";
import type { CapacityOptions, TrunkLoad } from "../../../dialing/capacity.ts";

const nowMs = 1_000_000;

function trunk(id: string, given: Partial<TrunkLoad> = {}): TrunkLoad {
  return {
    id,
    node: "n1",
    cpsLimit: 10,
    maxChannels: 30,
    limitGroup: null,
    nextSlotMs: null,
    live: 0,
    overdue: 0,
    ...given,
  };
}

function open(trunks: TrunkLoad[], given: Partial<CapacityOptions> = {}) {
  return new Capacity(trunks, {
    nowMs,
    campaignFree: 100,
    nodeFree: new Map([["n1", 50]]),
    shareOf: () => 1,
    ...given,
  });
}

const takeAll = (capacity: Capacity, one: TrunkLoad) => {
  const slots: number[] = [];
  while (capacity.roomOn([one]) > 0) slots.push(capacity.book(one) - nowMs);
  return slots;
};

describe("capacity", () => {
  it("gives away slots of about the next second, 1/cps apart", () => {
    const a = trunk("a", { cpsLimit: 4 });
    expect(takeAll(open([a]), a)).toEqual([0, 255, 510, 765]);
  });

  it("lets calls that are late go first, and queues none when they take the whole second", () => {
    const late = trunk("a", { cpsLimit: 4, overdue: 2 });
    expect(takeAll(open([late]), late)).toEqual([510, 765]);
    const stuck = trunk("a", { cpsLimit: 4, overdue: 4 });
    expect(open([stuck]).roomOn([stuck])).toBe(0);
    const other = trunk("b", { cpsLimit: 4, limitGroup: "g", overdue: 4 });
    const same = trunk("c", { cpsLimit: 4, limitGroup: "g" });
    expect(open([other, same]).roomOn([same])).toBe(0);
  });

  it("goes on where the last pass stopped, and starts now after a rest", () => {
    const later = trunk("a", { cpsLimit: 4, nextSlotMs: nowMs + 700 });
    expect(takeAll(open([later]), later)).toEqual([700, 955]);
    const rested = trunk("a", { cpsLimit: 1, nextSlotMs: nowMs - 5_000 });
    expect(takeAll(open([rested]), rested)).toEqual([0]);
    const full = trunk("a", { nextSlotMs: nowMs + 1_001 });
    expect(open([full]).roomOn([full])).toBe(0);
  });

  it("plans whole calls a second, and less than one where the limit is less", () => {
    const fraction = trunk("a", { cpsLimit: 2.5 });
    expect(takeAll(open([fraction]), fraction)).toEqual([0, 510]);
    const slow = trunk("a", { cpsLimit: 0.5 });
    const capacity = open([slow]);
    expect(takeAll(capacity, slow)).toEqual([0]);
    expect(capacity.nextSlotMs("a")).toBe(nowMs + 2_020);
  });

  it("stops at the trunk's channels, its live calls included", () => {
    const a = trunk("a", { maxChannels: 5, live: 3 });
    const capacity = open([a]);
    expect(takeAll(capacity, a)).toHaveLength(2);
    expect(capacity.freeChannels("a")).toBe(0);
    const over = trunk("b", { maxChannels: 2, live: 9 });
    expect(open([over]).roomOn([over])).toBe(0);
  });

  it("stops at the campaign's concurrency and at the node's unanswered calls", () => {
    const a = trunk("a");
    const capacity = open([a], { campaignFree: 3 });
    expect(takeAll(capacity, a)).toHaveLength(3);
    expect(capacity.campaignFree).toBe(0);
    const atNode = open([a], { nodeFree: new Map([["n1", 2]]) });
    expect(takeAll(atNode, a)).toHaveLength(2);
    expect(atNode.nodeFree("n1")).toBe(0);
    expect(atNode.freeSlots(a)).toBe(0);
    expect(open([a], { nodeFree: new Map() }).roomOn([a])).toBe(0);
  });

  it("counts a limit group as one: smallest limits, all live calls", () => {
    const a = trunk("a", { limitGroup: "g", cpsLimit: 5, live: 2 });
    const b = trunk("b", { limitGroup: "g", maxChannels: 6, live: 1 });
    const capacity = open([a, b]);
    expect(capacity.roomOn([a, b])).toBe(3);
    expect([capacity.book(a), capacity.book(b), capacity.book(a)]).toEqual([
      nowMs,
      nowMs + 204,
      nowMs + 408,
    ]);
    expect(capacity.roomOn([a, b])).toBe(0);
  });

  it("keeps groups of the same name apart on two nodes", () => {
    const a = trunk("a", { limitGroup: "g", maxChannels: 1 });
    const b = trunk("b", { limitGroup: "g", maxChannels: 1, node: "n2" });
    const nodeFree = new Map([
      ["n1", 50],
      ["n2", 50],
    ]);
    expect(open([a, b], { nodeFree }).roomOn([a, b])).toBe(2);
  });

  it("leaves to other campaigns what is theirs", () => {
    const a = trunk("a", { maxChannels: 9 });
    const half = open([a], { shareOf: () => 0.5 });
    expect(half.freeChannels("a")).toBe(5);
    expect(half.share("a")).toBe(0.5);
    expect(open([a], { shareOf: () => 0 }).roomOn([a])).toBe(0);
  });

  it("knows nothing free of a trunk that is not in it, and takes no call for one", () => {
    const capacity = open([trunk("a")]);
    const other = trunk("x");
    expect(capacity.roomOn([other])).toBe(0);
    expect(capacity.freeSlots(other)).toBe(0);
    expect(() => capacity.book(other)).toThrow(
      "trunk x has no capacity in this pass",
    );
    expect(capacity.campaignFree).toBe(100);
  });
});
