import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { TimerHeap } from "../../../../adapters/mock/timer-heap.ts";
import { FakeClock } from "./fake-clock.ts";

describe("the timer heap", () => {
  it("runs any set of timers in order of time, then of arrival, on one timer", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (dues) => {
        const clock = new FakeClock();
        const heap = new TimerHeap(clock);
        const ran: { due: number; index: number }[] = [];
        dues.forEach((due, index) => {
          heap.at(due, () => ran.push({ due, index }));
          expect(clock.timers).toBe(1);
        });
        clock.advance(100);
        const sorted = dues
          .map((due, index) => ({ due, index }))
          .sort((one, other) => one.due - other.due || one.index - other.index);
        expect(ran).toEqual(sorted);
        expect(clock.timers).toBe(0);
      }),
    );
  });

  it("runs a timer added by a timer, and goes on after one that throws", () => {
    const clock = new FakeClock();
    const heap = new TimerHeap(clock);
    const ran: string[] = [];
    heap.at(5, () => {
      heap.at(5, () => ran.push("added"));
    });
    heap.at(10, () => {
      throw new Error("broken");
    });
    heap.at(10, () => ran.push("after"));
    expect(() => {
      clock.advance(20);
    }).toThrow("broken");
    clock.advance(20);
    expect(ran).toEqual(["added", "after"]);
  });

  it("forgets everything when cleared", () => {
    const clock = new FakeClock();
    const heap = new TimerHeap(clock);
    let ran = 0;
    heap.at(1, () => (ran += 1));
    heap.clear();
    clock.advance(10);
    expect(ran).toBe(0);
    heap.at(11, () => (ran += 1));
    clock.advance(10);
    expect(ran).toBe(1);
  });
});
