import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { AttemptEvent } from "../../../../dialing/call-facts.ts";
import { EventInbox } from "../../../../engine/attempts/inbox.ts";
import { eventAt } from "../../dialing/attempt.ts";

const event = (n: number): AttemptEvent => eventAt(n, { kind: "RINGING" });

function opened() {
  const jobs: string[][] = [];
  const database = { isAway: false };
  const enqueue = vi.fn(async (events: readonly AttemptEvent[]) => {
    await Promise.resolve();
    if (database.isAway) throw new Error("connection terminated");
    jobs.push(events.map(({ dedupKey }) => dedupKey));
  });
  const onDropped = vi.fn<(count: number) => void>();
  const inbox = new EventInbox({
    enqueue,
    log: pino({ level: "silent" }),
    nowMs: () => performance.now(),
    onDropped,
  });
  return { inbox, jobs, database, enqueue, onDropped };
}

const keys = (...numbers: number[]) => numbers.map((n) => `RINGING:${n}`);

describe("the event inbox", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("gathers the events of a few milliseconds into one job, in their order, and at most twenty-five jobs a second", async () => {
    const { inbox, jobs } = opened();
    inbox.startEnqueueing();
    await vi.advanceTimersByTimeAsync(10);
    inbox.push(event(1));
    await vi.advanceTimersByTimeAsync(2);
    inbox.push(event(2));
    expect(jobs).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(jobs).toEqual([keys(1, 2)]);
    inbox.push(event(3));
    await vi.advanceTimersByTimeAsync(39);
    expect(jobs).toEqual([keys(1, 2)]);
    await vi.advanceTimersByTimeAsync(1);
    expect(jobs).toEqual([keys(1, 2), keys(3)]);
    expect(inbox.waiting).toBe(0);
  });

  it("makes jobs of at most 500 events", async () => {
    const { inbox, jobs } = opened();
    inbox.startEnqueueing();
    for (let n = 0; n < 1_201; n++) inbox.push(event(n));
    await vi.advanceTimersByTimeAsync(3);
    expect(jobs.map((job) => job.length)).toEqual([500, 500]);
    await vi.advanceTimersByTimeAsync(40);
    expect(jobs.map((job) => job.length)).toEqual([500, 500, 201]);
  });

  it("keeps the last 30 s in standby, and enqueues them at takeover", async () => {
    const { inbox, jobs, enqueue } = opened();
    inbox.push(event(1));
    await vi.advanceTimersByTimeAsync(20_000);
    inbox.push(event(2));
    await vi.advanceTimersByTimeAsync(10_000);
    inbox.noteLeaderReceives();
    expect(enqueue).not.toHaveBeenCalled();
    inbox.startEnqueueing();
    await vi.advanceTimersByTimeAsync(0);
    expect(jobs).toEqual([keys(2)]);
  });

  it("hands in what it kept in standby, once, and goes on standing by", async () => {
    const { inbox, jobs, database } = opened();
    database.isAway = true;
    inbox.push(event(1));
    const handedIn = inbox.handIn();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(jobs).toEqual([]);
    database.isAway = false;
    await vi.advanceTimersByTimeAsync(2_000);
    await handedIn;
    expect(jobs).toEqual([keys(1)]);
    inbox.push(event(2));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(jobs).toEqual([keys(1)]);
    await inbox.handIn();
    expect(jobs).toEqual([keys(1), keys(2)]);
    await inbox.handIn();
    expect(jobs).toHaveLength(2);
  });

  it("forgets what is older in standby as new events come", async () => {
    const { inbox } = opened();
    for (let n = 0; n < 100; n++) {
      inbox.noteLeaderReceives();
      inbox.push(event(n));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(inbox.waiting).toBe(30);
  });

  it("keeps in standby all that came since the leader last received events, or the database last answered", async () => {
    const { inbox, jobs } = opened();
    inbox.push(event(0));
    await vi.advanceTimersByTimeAsync(5_000);
    inbox.noteLeaderReceives();
    for (let n = 1; n <= 90; n++) {
      await vi.advanceTimersByTimeAsync(1_000);
      inbox.push(event(n));
    }
    inbox.startEnqueueing();
    await vi.advanceTimersByTimeAsync(0);
    expect(jobs.flat()).toEqual(keys(...Array(91).keys()));
  });

  it("loses nothing while the database is away, and tries again ever more slowly", async () => {
    const { inbox, jobs, database, enqueue } = opened();
    database.isAway = true;
    inbox.startEnqueueing();
    inbox.push(event(1));
    await vi.advanceTimersByTimeAsync(40_000);
    expect(enqueue.mock.calls.length).toBeLessThan(30);
    inbox.push(event(2));
    expect(inbox.waiting).toBe(2);
    database.isAway = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(jobs.flat()).toEqual(keys(1, 2));
    expect(inbox.waiting).toBe(0);
  });

  it("enqueues what came while it held the node even after that, and nothing newer", async () => {
    const { inbox, jobs, database } = opened();
    database.isAway = true;
    inbox.startEnqueueing();
    inbox.push(event(1));
    await vi.advanceTimersByTimeAsync(35_000);
    inbox.startHolding();
    inbox.push(event(2));
    await vi.advanceTimersByTimeAsync(35_000);
    inbox.noteLeaderReceives();
    inbox.push(event(3));
    database.isAway = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(jobs.flat()).toEqual(keys(1));
    inbox.startEnqueueing();
    await vi.advanceTimersByTimeAsync(0);
    expect(jobs.flat()).toEqual(keys(1, 3));
  });

  it("is bounded: the oldest that are not on their way go, and are counted", async () => {
    const { inbox, jobs, database, onDropped } = opened();
    database.isAway = true;
    inbox.startEnqueueing();
    inbox.push(event(0));
    inbox.push(event(1));
    inbox.push(event(2));
    const many = event(3);
    for (let n = 3; n < 200_000; n++) inbox.push(many);
    expect(onDropped).not.toHaveBeenCalled();
    inbox.push(event(4));
    inbox.push(event(5));
    expect(onDropped.mock.calls).toEqual([[1], [1]]);
    expect(inbox.waiting).toBe(200_000);
    database.isAway = false;
    await vi.advanceTimersByTimeAsync(5_000);
    const saved = jobs.flat();
    expect(saved).toHaveLength(200_000);
    expect(saved.slice(0, 2)).toEqual(keys(2, 3));
    expect(saved.slice(-2)).toEqual(keys(4, 5));
  }, 20_000);

  it("saves what is left when it is closed", async () => {
    const { inbox, jobs } = opened();
    inbox.startEnqueueing();
    inbox.push(event(1));
    expect(await inbox.close(1_000)).toBe(0);
    expect(jobs).toEqual([keys(1)]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says how many it could not save, and stops trying", async () => {
    const { inbox, database, enqueue } = opened();
    database.isAway = true;
    inbox.startEnqueueing();
    inbox.push(event(1));
    inbox.push(event(2));
    const closed = inbox.close(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await closed).toBe(2);
    await vi.advanceTimersByTimeAsync(5_000);
    const tries = enqueue.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(enqueue).toHaveBeenCalledTimes(tries);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("saves of the standby window, when it is closed, what the leader is not known to have received", async () => {
    const { inbox, jobs } = opened();
    inbox.push(event(1));
    await vi.advanceTimersByTimeAsync(1_000);
    inbox.push(event(2));
    await vi.advanceTimersByTimeAsync(5_000);
    inbox.noteLeaderReceives();
    inbox.push(event(3));
    await vi.advanceTimersByTimeAsync(20_000);
    inbox.push(event(4));
    expect(await inbox.close(1_000)).toBe(0);
    expect(jobs).toEqual([keys(3, 4)]);
    expect(inbox.waiting).toBe(0);
  });

  it("saves all of the standby window when no leader was ever known to receive events", async () => {
    const { inbox, jobs } = opened();
    inbox.push(event(1));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await inbox.close(1_000)).toBe(0);
    expect(jobs).toEqual([keys(1)]);
  });

  it("cleans an event that Postgres could not keep, so that those behind it get through", async () => {
    const { inbox, enqueue } = opened();
    inbox.startEnqueueing();
    inbox.push(eventAt(1, { kind: "NOTED", note: "a\u0000b" }));
    inbox.push(event(2));
    await vi.advanceTimersByTimeAsync(3);
    const [first, second] = enqueue.mock.calls[0]?.[0] ?? [];
    expect(first).toMatchObject({ kind: "NOTED", note: "a\ufffdb" });
    expect(second).toEqual(event(2));
  });
});
