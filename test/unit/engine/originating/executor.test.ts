/** What the executor sends, once each and within the limits. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ExecutorBench, campaignId, idsUpTo, pass } from "./executor-bench.ts";

let bench: ExecutorBench;
beforeEach(() => {
  bench = new ExecutorBench();
});
afterEach(() => {
  bench.close();
});

describe("the executor", () => {
  it("claims, then writes one Originate with everything in it", async () => {
    bench.submit("a");
    await pass(10);
    expect(bench.settled.get("a")).toBe("done");
    expect(bench.sent).toEqual(["a"]);
    expect(bench.requests).toEqual([
      {
        attemptId: "a",
        campaignId,
        leadId: "lead-a",
        dialString: "mock/trunk/+5511999990000",
        callerId: null,
        context: null,
        extension: "s",
        setupTimeoutSeconds: 20,
        ringTimeoutSeconds: 25,
        maxCallDurationSeconds: 1_800,
        variables: { OFFER: "7", VIP: "true" },
      },
    ]);
    expect(bench.events).toEqual([]);
  });

  it("never writes more than the limit in any second, and nearly as many", async () => {
    bench.cps = 10;
    bench.submit(...idsUpTo(100));
    await pass(3_000);
    const times = bench.written.map(({ atMs }) => atMs);
    for (const from of times) {
      const within = times.filter((ms) => ms >= from && ms < from + 1_000);
      expect(within.length).toBeLessThanOrEqual(10);
    }
    expect(times.length).toBeGreaterThanOrEqual(27);
  });

  it("keeps no more than the permitted number unanswered, and goes on as places get free", async () => {
    bench.maxUnanswered = 3;
    bench.executor.adopt(["old"]);
    bench.submit(...idsUpTo(5));
    await pass(300);
    expect(bench.writtenIds).toEqual(["a0", "a1"]);
    expect(bench.executor.unanswered).toBe(3);
    bench.executor.release("old");
    await pass(20);
    expect(bench.writtenIds).toEqual(["a0", "a1", "a2"]);
    bench.executor.release("a0");
    bench.executor.release("a0");
    bench.executor.release("unknown");
    await pass(300);
    expect(bench.writtenIds).toHaveLength(4);
    expect(bench.executor.unanswered).toBe(3);
  });

  it("claims all that wait in few transactions, at most two at once", async () => {
    bench.cps = 100_000;
    bench.claimMs = 60;
    bench.submit(...idsUpTo(40));
    await pass(500);
    expect(bench.writtenIds).toHaveLength(40);
    expect(bench.claims.length).toBeLessThanOrEqual(6);
  });

  it("sends an attempt once that was handed in twice", async () => {
    bench.submit("a", "a");
    await pass(1);
    bench.submit("a");
    await pass(1_000);
    expect(bench.claims).toEqual([["a"]]);
    expect(bench.writtenIds).toEqual(["a"]);
  });

  it("gives permits and places back when the claim fails, and fails the job", async () => {
    bench.cps = 1;
    bench.claimError = new Error("connection terminated");
    bench.submit("a");
    await pass(20);
    expect(bench.settled.get("a")).toBe("Error: connection terminated");
    expect(bench.executor.unanswered).toBe(0);
    bench.claimError = null;
    bench.submit("a");
    await pass(20);
    expect(bench.writtenIds).toEqual(["a"]);
  });

  it("is done with an attempt that may not be called any more", async () => {
    bench.refused.add("a");
    bench.submit("a", "b");
    await pass(20);
    expect(bench.settled.get("a")).toBe("done");
    expect(bench.woken).toEqual([campaignId]);
    expect(bench.writtenIds).toEqual(["b"]);
    expect(bench.executor.unanswered).toBe(1);
    expect(bench.events).toEqual([]);
  });

  it("lets go of all that was not claimed when it is stopped", async () => {
    bench.cps = 1;
    bench.submit("a", "b");
    await pass(1);
    void bench.executor.stop();
    await pass(10);
    expect(bench.settled).toEqual(
      new Map([
        ["b", "later"],
        ["a", "done"],
      ]),
    );
    bench.submit("c");
    await pass(3_500);
    expect(bench.settled.get("c")).toBe("later");
    expect(bench.writtenIds).toEqual(["a"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
