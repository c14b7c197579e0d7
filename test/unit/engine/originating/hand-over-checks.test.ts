/** Before a campaign's first call the PBX is asked whether the hand-over exists. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { campaignId, ExecutorBench, idsUpTo, pass } from "./executor-bench.ts";

let bench: ExecutorBench;
beforeEach(() => {
  bench = new ExecutorBench();
});
afterEach(() => {
  bench.close();
});

describe("the executor and the hand-over", () => {
  it("asks once for calls that come together, and not again", async () => {
    bench.handOverMs = 50;
    bench.submit(...idsUpTo(10));
    await pass(200);
    expect(bench.writtenIds).toHaveLength(10);
    bench.submit("later");
    await pass(100);
    expect(bench.writtenIds).toHaveLength(11);
    expect(bench.handOverQuestions).toBe(1);
  });

  it("writes nothing when there is none, tells the campaign, and takes every claim back", async () => {
    bench.handOver = "missing";
    bench.submit(...idsUpTo(10));
    await pass(200);
    expect(bench.writtenIds).toEqual([]);
    expect(bench.sent).toEqual([]);
    expect(new Set(bench.pausedFor)).toEqual(new Set([campaignId]));
    expect(bench.events.map(({ kind }) => kind)).toEqual(
      Array<string>(10).fill("NOT_SENT"),
    );
    expect(bench.executor.unanswered).toBe(10);
    // Mended: the next call asks anew.
    bench.handOver = "exists";
    bench.submit("next");
    await pass(200);
    expect(bench.writtenIds).toEqual(["next"]);
  });

  it("dials when the PBX cannot tell, and asks again after a minute", async () => {
    bench.handOver = "unknown";
    bench.submit("a");
    await pass(59_000);
    bench.submit("b");
    await pass(2_000);
    expect(bench.handOverQuestions).toBe(1);
    bench.submit("c");
    await pass(1_000);
    expect(bench.writtenIds).toEqual(["a", "b", "c"]);
    expect(bench.handOverQuestions).toBe(2);
  });

  it("sends nothing that waited too long for the answer: its claim is too old", async () => {
    bench.handOverMs = 1_500;
    bench.submit("slow");
    await pass(2_000);
    expect(bench.writtenIds).toEqual([]);
    expect(bench.events.map(({ kind }) => kind)).toEqual(["NOT_SENT"]);
  });

  it("asks again when the campaign is started again, and when the connection to the PBX is new", async () => {
    bench.submit("a");
    await pass(100);
    bench.executor.noteCampaign(campaignId, "ACTIVE");
    bench.submit("b");
    await pass(100);
    bench.executor.notePbxConnected();
    bench.submit("c");
    await pass(100);
    expect(bench.writtenIds).toEqual(["a", "b", "c"]);
    expect(bench.handOverQuestions).toBe(3);
  });
});
