import { describe, expect, it } from "vitest";

import { LineBook } from "../../../dialing/capacity.ts";
import type { BookOptions, TrunkLine } from "../../../dialing/capacity.ts";

const nowMs = 1_000_000;

function trunk(id: string, given: Partial<TrunkLine> = {}): TrunkLine {
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

function open(trunks: TrunkLine[], given: Partial<BookOptions> = {}) {
  return new LineBook(trunks, {
    nowMs,
    campaignFree: 100,
    nodeFree: new Map([["n1", 50]]),
    shareOf: () => 1,
    ...given,
  });
}

const takeAll = (book: LineBook, one: TrunkLine) => {
  const slots: number[] = [];
  while (book.capacity([one]) > 0) slots.push(book.take(one) - nowMs);
  return slots;
};

describe("the line book", () => {
  it("gives away slots of about the next second, 1/cps apart", () => {
    const a = trunk("a", { cpsLimit: 4 });
    expect(takeAll(open([a]), a)).toEqual([0, 255, 510, 765]);
  });

  it("lets calls that are late go first, and queues none when they take the whole second", () => {
    const late = trunk("a", { cpsLimit: 4, overdue: 2 });
    expect(takeAll(open([late]), late)).toEqual([510, 765]);
    const stuck = trunk("a", { cpsLimit: 4, overdue: 4 });
    expect(open([stuck]).capacity([stuck])).toBe(0);
    const other = trunk("b", { cpsLimit: 4, limitGroup: "g", overdue: 4 });
    const same = trunk("c", { cpsLimit: 4, limitGroup: "g" });
    expect(open([other, same]).capacity([same])).toBe(0);
  });

  it("goes on where the last pass stopped, and starts now after a rest", () => {
    const later = trunk("a", { cpsLimit: 4, nextSlotMs: nowMs + 700 });
    expect(takeAll(open([later]), later)).toEqual([700, 955]);
    const rested = trunk("a", { cpsLimit: 1, nextSlotMs: nowMs - 5_000 });
    expect(takeAll(open([rested]), rested)).toEqual([0]);
    const full = trunk("a", { nextSlotMs: nowMs + 1_001 });
    expect(open([full]).capacity([full])).toBe(0);
  });

  it("plans whole calls a second, and less than one where the limit is less", () => {
    const fraction = trunk("a", { cpsLimit: 2.5 });
    expect(takeAll(open([fraction]), fraction)).toEqual([0, 510]);
    const slow = trunk("a", { cpsLimit: 0.5 });
    const book = open([slow]);
    expect(takeAll(book, slow)).toEqual([0]);
    expect(book.nextSlotMs("a")).toBe(nowMs + 2_020);
  });

  it("stops at the trunk's channels, its live calls included", () => {
    const a = trunk("a", { maxChannels: 5, live: 3 });
    const book = open([a]);
    expect(takeAll(book, a)).toHaveLength(2);
    expect(book.freeChannels("a")).toBe(0);
    const over = trunk("b", { maxChannels: 2, live: 9 });
    expect(open([over]).capacity([over])).toBe(0);
  });

  it("stops at the campaign's concurrency and at the node's unanswered calls", () => {
    const a = trunk("a");
    const book = open([a], { campaignFree: 3 });
    expect(takeAll(book, a)).toHaveLength(3);
    expect(book.campaignFree).toBe(0);
    const atNode = open([a], { nodeFree: new Map([["n1", 2]]) });
    expect(takeAll(atNode, a)).toHaveLength(2);
    expect(atNode.nodeFree("n1")).toBe(0);
    expect(atNode.freeSlots(a)).toBe(0);
    expect(open([a], { nodeFree: new Map() }).capacity([a])).toBe(0);
  });

  it("makes one line of a limit group: smallest limits, all live calls", () => {
    const a = trunk("a", { limitGroup: "g", cpsLimit: 5, live: 2 });
    const b = trunk("b", { limitGroup: "g", maxChannels: 6, live: 1 });
    const book = open([a, b]);
    expect(book.capacity([a, b])).toBe(3);
    expect([book.take(a), book.take(b), book.take(a)]).toEqual([
      nowMs,
      nowMs + 204,
      nowMs + 408,
    ]);
    expect(book.capacity([a, b])).toBe(0);
  });

  it("keeps groups of the same name apart on two nodes", () => {
    const a = trunk("a", { limitGroup: "g", maxChannels: 1 });
    const b = trunk("b", { limitGroup: "g", maxChannels: 1, node: "n2" });
    const nodeFree = new Map([
      ["n1", 50],
      ["n2", 50],
    ]);
    expect(open([a, b], { nodeFree }).capacity([a, b])).toBe(2);
  });

  it("leaves to other campaigns what is theirs", () => {
    const a = trunk("a", { maxChannels: 9 });
    const half = open([a], { shareOf: () => 0.5 });
    expect(half.freeChannels("a")).toBe(5);
    expect(half.share("a")).toBe(0.5);
    expect(open([a], { shareOf: () => 0 }).capacity([a])).toBe(0);
  });

  it("knows nothing free of a trunk that is not in it, and takes no call for one", () => {
    const book = open([trunk("a")]);
    const other = trunk("x");
    expect(book.capacity([other])).toBe(0);
    expect(book.freeSlots(other)).toBe(0);
    expect(() => book.take(other)).toThrow("trunk x is not in this book");
    expect(book.campaignFree).toBe(100);
  });
});
