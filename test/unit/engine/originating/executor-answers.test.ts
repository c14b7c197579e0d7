/** What the executor makes of the PBX's answers. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExecutorBench, accepted, idsUpTo, pass } from "./executor-bench.ts";

let bench: ExecutorBench;
beforeEach(() => {
  bench = new ExecutorBench();
});
afterEach(() => {
  bench.close();
});

describe("the executor", () => {
  it("backs off when the switch refuses, longer each time, and tells the refusal", async () => {
    bench.answer = () => ({
      status: "refused",
      reason: "SWITCH_REFUSED",
      message: "Throttle Error!",
    });
    const refusedAfter: number[] = [];
    for (const id of idsUpTo(4)) {
      const fromMs = performance.now();
      bench.submit(id);
      while (bench.events.length <= refusedAfter.length) await pass(1);
      refusedAfter.push(performance.now() - fromMs);
    }
    expect(bench.events[0]).toMatchObject({
      kind: "REFUSED",
      reason: "SWITCH_REFUSED",
      attemptId: "a0",
    });
    const [first = 0, second = 0, third = 0, fourth = 0] = refusedAfter;
    expect(first).toBeLessThan(20);
    expect(second).toBeGreaterThanOrEqual(245);
    expect(third).toBeGreaterThanOrEqual(495);
    expect(fourth).toBeGreaterThanOrEqual(995);
    expect(fourth).toBeLessThan(1_100);
    bench.answer = () => accepted;
    bench.submit("good");
    await pass(2_200);
    expect(bench.writtenIds.at(-1)).toBe("good");
    bench.submit("at once");
    await pass(10);
    expect(bench.writtenIds.at(-1)).toBe("at once");
  });

  it("backs off when the switch refuses what it had acknowledged, until a later call is dialled", async () => {
    const refused = (attemptId: string) => {
      bench.executor.noteProgress({
        kind: "REFUSED",
        reason: "SWITCH_REFUSED",
        message: "DESTINATION_OUT_OF_ORDER",
        attemptId,
        at: "2026-01-01T00:00:00.000Z",
        dedupKey: "REFUSED",
      });
    };
    const waits: number[] = [];
    for (const id of idsUpTo(3)) {
      const fromMs = performance.now();
      bench.submit(id);
      while (!bench.writtenIds.includes(id)) await pass(1);
      waits.push(performance.now() - fromMs);
      await pass(10);
      // A burst of refusals counts as one.
      for (let copy = 0; copy < 5; copy += 1) refused(id);
    }
    const [first = 0, second = 0, third = 0] = waits;
    expect(first).toBeLessThan(20);
    expect(second).toBeGreaterThanOrEqual(235);
    expect(third).toBeGreaterThanOrEqual(485);
    const rings = (attemptId: string) => {
      bench.executor.noteProgress({
        kind: "RINGING",
        attemptId,
        at: "2026-01-01T00:00:00.000Z",
        dedupKey: "RINGING",
      });
    };
    // One that was claimed before the last refusal says nothing of now.
    rings("a2");
    bench.submit("later");
    await pass(900);
    expect(bench.writtenIds).not.toContain("later");
    await pass(200);
    expect(bench.writtenIds).toContain("later");
    rings("later");
    refused("later");
    bench.submit("again");
    await pass(300);
    expect(bench.writtenIds).toContain("again");
  });

  it("puts a call off after its wait even while the switch refuses for longer", async () => {
    bench.answer = () => ({
      status: "refused",
      reason: "SWITCH_REFUSED",
      message: "Throttle Error!",
    });
    bench.submit(...idsUpTo(6));
    await pass(50);
    bench.submit("waits");
    await pass(3_200);
    expect(bench.settled.get("waits")).toBe("later");
  });

  it("does not back off for a refusal that is the trunk's", async () => {
    bench.answer = () => ({
      status: "refused",
      reason: "TRUNK_FAULT",
      message: "GATEWAY_DOWN",
    });
    bench.submit("a");
    await pass(20);
    bench.submit("b");
    await pass(20);
    expect(bench.writtenIds).toEqual(["a", "b"]);
    expect(bench.events).toMatchObject([
      { kind: "REFUSED", reason: "TRUNK_FAULT" },
      { kind: "REFUSED", reason: "TRUNK_FAULT" },
    ]);
  });

  it("says nothing of a call whose fate is unknown, and counts it as sent", async () => {
    bench.cps = 1;
    bench.answer = () => ({ status: "unknown", message: "connection broke" });
    bench.submit("a");
    await pass(20);
    expect(bench.settled.get("a")).toBe("done");
    expect(bench.events).toEqual([]);
    expect(bench.executor.unanswered).toBe(1);
    bench.submit("b");
    await pass(980);
    expect(bench.writtenIds).toEqual(["a"]);
    await pass(40);
    expect(bench.writtenIds).toEqual(["a", "b"]);
  });

  it("takes an adapter that throws for an unknown fate", async () => {
    bench.answer = () => {
      throw new Error("broken assumption");
    };
    bench.submit("a");
    await pass(20);
    expect(bench.events).toEqual([]);
    expect(bench.executor.unanswered).toBe(1);
  });
});
