import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { AlarmClock } from "../../../engine/alarm-clock.ts";
import type { QueueLook } from "../../../engine/alarm-clock.ts";

const checkMs = 500;
const nothing: QueueLook = { due: 0, nextInMs: null };

function wound(answer: () => QueueLook | Promise<QueueLook>) {
  const look = vi.fn(async () => answer());
  const ring = vi.fn<(count: number) => void>();
  const log = pino({ level: "silent" });
  const clock = new AlarmClock({ look, ring, checkMs, log });
  return { clock, look, ring };
}

describe("the alarm clock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("rings at once for jobs that are due, and at its moment for the next", async () => {
    let answer: QueueLook = { due: 3, nextInMs: 120 };
    const { clock, ring } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(ring.mock.calls).toEqual([[3]]);
    answer = nothing;
    await vi.advanceTimersByTimeAsync(119);
    expect(ring).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ring.mock.calls).toEqual([[3], [1]]);
    clock.stop();
  });

  it("leaves what a notice is about to the workers, who hear it too; the regular check rings", async () => {
    let answer: QueueLook = nothing;
    const { clock, ring, look } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(50);
    answer = { due: 2, nextInMs: null };
    clock.noteChange();
    await vi.advanceTimersByTimeAsync(20);
    expect(look).toHaveBeenCalledTimes(2);
    expect(ring).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(checkMs - 70);
    expect(ring.mock.calls).toEqual([[2]]);
    clock.check();
    await vi.advanceTimersByTimeAsync(20);
    expect(ring.mock.calls).toEqual([[2], [2]]);
    clock.stop();
  });

  it("rings for all that became due together", async () => {
    let answer: QueueLook = { due: 0, nextInMs: 40 };
    const { clock, ring } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(39);
    answer = { due: 7, nextInMs: null };
    await vi.advanceTimersByTimeAsync(1);
    expect(ring.mock.calls).toEqual([[1], [7]]);
    clock.stop();
  });

  it("looks again on a notice, and rings for a job that comes earlier", async () => {
    let answer: QueueLook = { due: 0, nextInMs: 400 };
    const { clock, ring } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(50);
    answer = { due: 0, nextInMs: 20 };
    clock.noteChange();
    await vi.advanceTimersByTimeAsync(19);
    expect(ring).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ring).toHaveBeenCalledWith(1);
    clock.stop();
  });

  it("does not ring early for what lies beyond its regular check", async () => {
    const startMs = Date.now();
    const { clock, ring } = wound(() => ({
      due: 0,
      nextInMs: Math.max(0, startMs + 1_800 - Date.now()),
    }));
    clock.start();
    await vi.advanceTimersByTimeAsync(1_799);
    expect(ring).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ring).toHaveBeenCalled();
    clock.stop();
  });

  it("looks few times for many notices, and once more after the last", async () => {
    const { clock, look } = wound(() => nothing);
    clock.start();
    await vi.advanceTimersByTimeAsync(20);
    look.mockClear();
    for (let n = 0; n < 1_000; n++) {
      clock.noteChange();
      if (n % 10 === 0) await vi.advanceTimersByTimeAsync(1);
    }
    expect(look.mock.calls.length).toBeGreaterThanOrEqual(100 / 6 - 1);
    expect(look.mock.calls.length).toBeLessThanOrEqual(100 / 5 + 2);
    look.mockClear();
    clock.noteChange();
    await vi.advanceTimersByTimeAsync(6);
    expect(look.mock.calls.length).toBeGreaterThanOrEqual(1);
    clock.stop();
  });

  it("looks again after a notice that came during a look, and never twice at once", async () => {
    let finish: (look: QueueLook) => void = () => undefined;
    const { clock, look } = wound(
      () => new Promise<QueueLook>((resolve) => (finish = resolve)),
    );
    clock.start();
    clock.noteChange();
    clock.noteChange();
    await vi.advanceTimersByTimeAsync(50);
    expect(look).toHaveBeenCalledTimes(1);
    finish(nothing);
    await vi.advanceTimersByTimeAsync(10);
    expect(look).toHaveBeenCalledTimes(2);
    clock.stop();
  });

  it("goes on after a look that failed", async () => {
    let isAway = true;
    const { clock, ring } = wound(() => {
      if (isAway) throw new Error("terminating connection");
      return { due: 1, nextInMs: null };
    });
    clock.start();
    await vi.advanceTimersByTimeAsync(10);
    isAway = false;
    await vi.advanceTimersByTimeAsync(checkMs);
    expect(ring).toHaveBeenCalledWith(1);
    clock.stop();
  });

  it("is silent once stopped", async () => {
    const { clock, look, ring } = wound(() => ({ due: 0, nextInMs: 100 }));
    clock.start();
    await vi.advanceTimersByTimeAsync(10);
    clock.stop();
    clock.noteChange();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(look).toHaveBeenCalledTimes(1);
    expect(ring).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
