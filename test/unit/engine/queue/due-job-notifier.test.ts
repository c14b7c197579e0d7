import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { JobCounts, QueueState } from "../../../../database/jobs.ts";
import { DueJobNotifier } from "../../../../engine/queue/due-job-notifier.ts";

const checkMs = 500;
const none: JobCounts = { plain: 0, keyless: 0 };
const one: JobCounts = { plain: 0, keyless: 1 };
const nothing: QueueState = { due: none, nextInMs: null, next: none };

function found(keyless: number, nextInMs: number | null): QueueState {
  return { due: { plain: 0, keyless }, nextInMs, next: one };
}

function wound(answer: () => QueueState | Promise<QueueState>) {
  const readQueue = vi.fn(async () => answer());
  const nudge = vi.fn<(count: JobCounts) => void>();
  const log = pino({ level: "silent" });
  const notifier = new DueJobNotifier({
    readQueue,
    jobRunners: { nudge },
    checkMs,
    log,
  });
  return { notifier, readQueue, nudge };
}

describe("the due-job notifier", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("notifies at once for jobs that are due, and at its moment for the next", async () => {
    let answer: QueueState = found(3, 120);
    const { notifier, nudge } = wound(() => answer);
    notifier.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(nudge.mock.calls).toEqual([[{ plain: 0, keyless: 3 }]]);
    answer = nothing;
    await vi.advanceTimersByTimeAsync(119);
    expect(nudge).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(nudge.mock.calls).toEqual([
      [{ plain: 0, keyless: 3 }],
      [{ plain: 0, keyless: 1 }],
    ]);
    notifier.stop();
  });

  it("leaves what a notice is about to the workers, who receive it too; the regular check notifies", async () => {
    let answer: QueueState = nothing;
    const { notifier, nudge, readQueue } = wound(() => answer);
    notifier.start();
    await vi.advanceTimersByTimeAsync(50);
    answer = found(2, null);
    notifier.noteChange();
    await vi.advanceTimersByTimeAsync(20);
    expect(readQueue).toHaveBeenCalledTimes(2);
    expect(nudge).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(checkMs - 70);
    expect(nudge.mock.calls).toEqual([[{ plain: 0, keyless: 2 }]]);
    notifier.check();
    await vi.advanceTimersByTimeAsync(20);
    expect(nudge.mock.calls).toEqual([
      [{ plain: 0, keyless: 2 }],
      [{ plain: 0, keyless: 2 }],
    ]);
    notifier.stop();
  });

  it("wakes the runner that the next job is for, and no other", async () => {
    let answer: QueueState = {
      ...found(0, 30),
      next: { plain: 1, keyless: 0 },
    };
    const { notifier, nudge } = wound(() => answer);
    notifier.start();
    await vi.advanceTimersByTimeAsync(29);
    answer = nothing;
    await vi.advanceTimersByTimeAsync(1);
    expect(nudge.mock.calls).toEqual([[{ plain: 1, keyless: 0 }]]);
    notifier.stop();
  });

  it("notifies for all that became due together", async () => {
    let answer: QueueState = found(0, 40);
    const { notifier, nudge } = wound(() => answer);
    notifier.start();
    await vi.advanceTimersByTimeAsync(39);
    answer = found(7, null);
    await vi.advanceTimersByTimeAsync(1);
    expect(nudge.mock.calls).toEqual([
      [{ plain: 0, keyless: 1 }],
      [{ plain: 0, keyless: 7 }],
    ]);
    notifier.stop();
  });

  it("reads again on a notice, and notifies for a job that comes earlier", async () => {
    let answer: QueueState = found(0, 400);
    const { notifier, nudge } = wound(() => answer);
    notifier.start();
    await vi.advanceTimersByTimeAsync(50);
    answer = found(0, 20);
    notifier.noteChange();
    await vi.advanceTimersByTimeAsync(19);
    expect(nudge).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(nudge).toHaveBeenCalledWith(one);
    notifier.stop();
  });

  it("does not nudge early for what lies beyond its regular check", async () => {
    const startMs = Date.now();
    const { notifier, nudge } = wound(() =>
      found(0, Math.max(0, startMs + 1_800 - Date.now())),
    );
    notifier.start();
    await vi.advanceTimersByTimeAsync(1_799);
    expect(nudge).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(nudge).toHaveBeenCalled();
    notifier.stop();
  });

  it("reads few times for many notices, and once more after the last", async () => {
    const { notifier, readQueue } = wound(() => nothing);
    notifier.start();
    await vi.advanceTimersByTimeAsync(20);
    readQueue.mockClear();
    for (let n = 0; n < 1_000; n++) {
      notifier.noteChange();
      if (n % 10 === 0) await vi.advanceTimersByTimeAsync(1);
    }
    expect(readQueue.mock.calls.length).toBeGreaterThanOrEqual(100 / 11 - 1);
    expect(readQueue.mock.calls.length).toBeLessThanOrEqual(100 / 10 + 2);
    readQueue.mockClear();
    notifier.noteChange();
    await vi.advanceTimersByTimeAsync(11);
    expect(readQueue.mock.calls.length).toBeGreaterThanOrEqual(1);
    notifier.stop();
  });

  it("reads again after a notice that came during a read, and never twice at once", async () => {
    let finish: (readQueue: QueueState) => void = () => undefined;
    const { notifier, readQueue } = wound(
      () => new Promise<QueueState>((resolve) => (finish = resolve)),
    );
    notifier.start();
    notifier.noteChange();
    notifier.noteChange();
    await vi.advanceTimersByTimeAsync(50);
    expect(readQueue).toHaveBeenCalledTimes(1);
    finish(nothing);
    await vi.advanceTimersByTimeAsync(10);
    expect(readQueue).toHaveBeenCalledTimes(2);
    notifier.stop();
  });

  it("goes on after a readQueue that failed", async () => {
    let isAway = true;
    const { notifier, nudge } = wound(() => {
      if (isAway) throw new Error("terminating connection");
      return found(1, null);
    });
    notifier.start();
    await vi.advanceTimersByTimeAsync(10);
    isAway = false;
    await vi.advanceTimersByTimeAsync(checkMs);
    expect(nudge).toHaveBeenCalledWith(one);
    notifier.stop();
  });

  it("is silent once stopped", async () => {
    const { notifier, readQueue, nudge } = wound(() => found(0, 100));
    notifier.start();
    await vi.advanceTimersByTimeAsync(10);
    notifier.stop();
    notifier.noteChange();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(readQueue).toHaveBeenCalledTimes(1);
    expect(nudge).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
