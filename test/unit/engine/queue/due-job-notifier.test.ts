import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { JobCounts, QueueLook } from "../../../../database/jobs.ts";
import { AlarmClock } from "../../../../engine/queue/due-job-notifier.ts";

const checkMs = 500;
const none: JobCounts = { plain: 0, keyless: 0 };
const one: JobCounts = { plain: 0, keyless: 1 };
const nothing: QueueLook = { due: none, nextInMs: null, next: none };

function found(keyless: number, nextInMs: number | null): QueueLook {
  return { due: { plain: 0, keyless }, nextInMs, next: one };
}

function wound(answer: () => QueueLook | Promise<QueueLook>) {
  const look = vi.fn(async () => answer());
  const ring = vi.fn<(count: JobCounts) => void>();
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
    let answer: QueueLook = found(3, 120);
    const { clock, ring } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(ring.mock.calls).toEqual([[{ plain: 0, keyless: 3 }]]);
    answer = nothing;
    await vi.advanceTimersByTimeAsync(119);
    expect(ring).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ring.mock.calls).toEqual([
      [{ plain: 0, keyless: 3 }],
      [{ plain: 0, keyless: 1 }],
    ]);
    clock.stop();
  });

  it("leaves what a notice is about to the workers, who hear it too; the regular check rings", async () => {
    let answer: QueueLook = nothing;
    const { clock, ring, look } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(50);
    answer = found(2, null);
    clock.noteChange();
    await vi.advanceTimersByTimeAsync(20);
    expect(look).toHaveBeenCalledTimes(2);
    expect(ring).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(checkMs - 70);
    expect(ring.mock.calls).toEqual([[{ plain: 0, keyless: 2 }]]);
    clock.check();
    await vi.advanceTimersByTimeAsync(20);
    expect(ring.mock.calls).toEqual([
      [{ plain: 0, keyless: 2 }],
      [{ plain: 0, keyless: 2 }],
    ]);
    clock.stop();
  });

  it("wakes the runner that the next job is for, and no other", async () => {
    let answer: QueueLook = {
      ...found(0, 30),
      next: { plain: 1, keyless: 0 },
    };
    const { clock, ring } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(29);
    answer = nothing;
    await vi.advanceTimersByTimeAsync(1);
    expect(ring.mock.calls).toEqual([[{ plain: 1, keyless: 0 }]]);
    clock.stop();
  });

  it("rings for all that became due together", async () => {
    let answer: QueueLook = found(0, 40);
    const { clock, ring } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(39);
    answer = found(7, null);
    await vi.advanceTimersByTimeAsync(1);
    expect(ring.mock.calls).toEqual([
      [{ plain: 0, keyless: 1 }],
      [{ plain: 0, keyless: 7 }],
    ]);
    clock.stop();
  });

  it("looks again on a notice, and rings for a job that comes earlier", async () => {
    let answer: QueueLook = found(0, 400);
    const { clock, ring } = wound(() => answer);
    clock.start();
    await vi.advanceTimersByTimeAsync(50);
    answer = found(0, 20);
    clock.noteChange();
    await vi.advanceTimersByTimeAsync(19);
    expect(ring).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ring).toHaveBeenCalledWith(one);
    clock.stop();
  });

  it("does not ring early for what lies beyond its regular check", async () => {
    const startMs = Date.now();
    const { clock, ring } = wound(() =>
      found(0, Math.max(0, startMs + 1_800 - Date.now())),
    );
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
    expect(look.mock.calls.length).toBeGreaterThanOrEqual(100 / 11 - 1);
    expect(look.mock.calls.length).toBeLessThanOrEqual(100 / 10 + 2);
    look.mockClear();
    clock.noteChange();
    await vi.advanceTimersByTimeAsync(11);
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
      return found(1, null);
    });
    clock.start();
    await vi.advanceTimersByTimeAsync(10);
    isAway = false;
    await vi.advanceTimersByTimeAsync(checkMs);
    expect(ring).toHaveBeenCalledWith(one);
    clock.stop();
  });

  it("is silent once stopped", async () => {
    const { clock, look, ring } = wound(() => found(0, 100));
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
