/** When the executor does not send: without lease, PBX, rate limiter or permit, or too late. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExecutorBench, campaignId, pass } from "./executor-bench.ts";

let bench: ExecutorBench;
beforeEach(() => {
  bench = new ExecutorBench();
});
afterEach(() => {
  bench.close();
});

describe("the executor", () => {
  it("does not send when the lease is no longer trusted between claim and wire", async () => {
    bench.wireMs = 20;
    bench.submit("a");
    await pass(10);
    bench.trusted = false;
    await pass(50);
    expect(bench.writtenIds).toEqual([]);
    expect(bench.sent).toEqual([]);
    expect(bench.events).toMatchObject([{ kind: "NOT_SENT", attemptId: "a" }]);
  });

  it("does not send more than a second after it asked for the claim", async () => {
    bench.claimMs = 600;
    bench.wireMs = 401;
    bench.submit("late");
    await pass(1_100);
    expect(bench.events).toMatchObject([{ kind: "NOT_SENT" }]);
    bench.wireMs = 399;
    bench.submit("in time");
    await pass(1_100);
    expect(bench.writtenIds).toEqual(["in time"]);
  });

  it("does not send after the notice of a pause, and sends again after that of a start", async () => {
    bench.wireMs = 20;
    bench.submit("a");
    await pass(10);
    bench.executor.noteCampaign(campaignId, "PAUSED");
    await pass(50);
    expect(bench.events).toMatchObject([{ kind: "NOT_SENT", attemptId: "a" }]);
    bench.executor.noteCampaign(campaignId, "ACTIVE");
    bench.submit("b");
    await pass(50);
    expect(bench.writtenIds).toEqual(["b"]);
  });

  it("does not send a claimed call whose number was put on a do-not-call list since", async () => {
    bench.wireMs = 20;
    bench.submit("a");
    bench.submit("b");
    await pass(10);
    bench.executor.noteWithdrawn(["a"]);
    await pass(50);
    expect(bench.writtenIds).toEqual(["b"]);
    expect(bench.events).toMatchObject([{ kind: "NOT_SENT", attemptId: "a" }]);
  });

  it("gives the permit of an unsent call to the next", async () => {
    bench.cps = 1;
    bench.executor.noteCampaign(campaignId, "PAUSED");
    bench.submit("a");
    await pass(20);
    expect(bench.events).toHaveLength(1);
    bench.executor.noteCampaign(campaignId, "ACTIVE");
    bench.submit("b");
    await pass(20);
    expect(bench.writtenIds).toEqual(["b"]);
  });

  it("sends nothing without the lease; the job comes again", async () => {
    bench.held = false;
    bench.submit("a");
    await pass(20);
    expect(bench.settled.get("a")).toBe("later");
    expect(bench.writtenIds).toEqual([]);
    expect(bench.executor.unanswered).toBe(0);
  });

  it("waits a while for the PBX, then puts the call off", async () => {
    bench.connected = false;
    bench.submit("a");
    await pass(2_900);
    expect(bench.settled.size).toBe(0);
    bench.submit("b");
    await pass(300);
    expect(bench.settled).toEqual(new Map([["a", "later"]]));
    bench.connected = true;
    bench.executor.tryAgain();
    await pass(10);
    expect(bench.writtenIds).toEqual(["b"]);
    expect(bench.claims).toEqual([["b"]]);
  });

  it("puts off at once what has no rate limiter", async () => {
    const submission = { attemptId: "a", trunkId: "gone" };
    expect(await bench.executor.submit(submission)).toBe("later");
  });
});
