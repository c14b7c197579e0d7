/** A PBX that stops answering reads everything at once when it wakes: that must be no more than a second's calls. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExecutorBench, accepted, idsUpTo, pass } from "./executor-bench.ts";

let bench: ExecutorBench;
beforeEach(() => {
  bench = new ExecutorBench();
  bench.cps = 10;
});
afterEach(() => {
  bench.close();
});

const commandTimeoutMs = 5_000;

/** The PBX takes what is written and says nothing. */
function fallSilent(): void {
  bench.ackMs = commandTimeoutMs;
  bench.answer = () => ({ status: "unknown", message: "no answer in time" });
  bench.answersQuestions = false;
}

function wakeUp(): void {
  bench.ackMs = 5;
  bench.answer = () => accepted;
  bench.answersQuestions = true;
}

/** Submits again whatever was put off, as jobs do. */
async function keepSubmitting(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const open = idsUpTo(200).filter((id) => bench.settled.get(id) !== "done");
    bench.submit(...open.slice(0, 30));
    await pass(1_000);
  }
}

describe("a PBX that acknowledges nothing", () => {
  it("is sent no more than a second's calls, however long it is silent", async () => {
    fallSilent();
    await keepSubmitting(30);
    expect(bench.written.length).toBe(10);
  });

  it("gets, when it wakes, at most its limit in any second, what it had not read before included", async () => {
    fallSilent();
    await keepSubmitting(20);
    const unread = bench.written.length;
    wakeUp();
    const wokeMs = performance.now();
    await keepSubmitting(5);
    const arrivals = bench.written.map(({ atMs }, n) =>
      n < unread ? wokeMs : atMs,
    );
    expect(arrivals.length).toBeGreaterThan(unread + 20);
    for (const from of arrivals) {
      const inSecond = arrivals.filter((at) => at >= from && at < from + 1_000);
      expect(inSecond.length).toBeLessThanOrEqual(10);
    }
  });

  it("is not sent what was claimed while it fell silent", async () => {
    fallSilent();
    bench.submit("a");
    await pass(4_990);
    bench.claimMs = 50;
    bench.submit("b");
    await pass(100);
    expect(bench.writtenIds).toEqual(["a"]);
    expect(bench.events).toMatchObject([{ kind: "NOT_SENT", attemptId: "b" }]);
  });
});

describe("a claim that could not lock an attempt", () => {
  it("lets its job come back, and gives its place to the next", async () => {
    bench.cps = 1;
    bench.locked.add("held");
    bench.submit("held");
    await pass(20);
    expect(bench.settled.get("held")).toBe("later");
    bench.submit("free");
    await pass(20);
    expect(bench.writtenIds).toEqual(["free"]);
    bench.locked.clear();
    bench.submit("held");
    await pass(1_100);
    expect(bench.writtenIds).toEqual(["free", "held"]);
  });
});

describe("an executor that stops", () => {
  it("waits for the answer to what it has written, and for claims under way, and writes nothing later", async () => {
    bench.claimMs = 50;
    bench.ackMs = 200;
    bench.submit("a");
    await pass(10);
    let stopped = false;
    const stopping = bench.executor.stop().then(() => {
      stopped = true;
    });
    bench.submit("b");
    await pass(230);
    expect(bench.writtenIds).toEqual(["a"]);
    expect(stopped).toBe(false);
    await pass(30);
    await stopping;
    expect(bench.writtenIds).toEqual(["a"]);
    expect(bench.settled.get("b")).toBe("later");
  });
});
