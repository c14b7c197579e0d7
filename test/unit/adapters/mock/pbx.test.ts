import { describe, expect, it } from "vitest";

import { mockOutcomes } from "../../../../adapters/mock/scenario.ts";
import type {
  MockOutcome,
  MockScenarioInput,
} from "../../../../adapters/mock/scenario.ts";
import { call, HOUR_MS, OURS, setUp } from "./calls.ts";

function only(outcome: MockOutcome): MockScenarioInput {
  return { shares: { [outcome]: 1 }, chaos: 0 };
}

describe("the mock PBX", () => {
  it("gives the same numbers the same fates, in whatever order they are called", () => {
    const fates = (order: readonly number[], seed: number) => {
      const { clock, pbx, events } = setUp({}, seed);
      for (const index of order) pbx.originate(OURS, call(index));
      clock.advance(HOUR_MS);
      return events()
        .map(({ attemptId, kind, at }) => `${attemptId} ${at} ${kind}`)
        .sort();
    };
    const order = Array.from({ length: 60 }, (_, index) => index);
    const one = fates(order, 1);
    expect(fates(order.toReversed(), 1)).toEqual(one);
    expect(fates(order, 2)).not.toEqual(one);
  });

  it("comes near the shares of its scenario", () => {
    const { pbx } = setUp();
    for (let index = 0; index < 4_000; index += 1) {
      pbx.originate(OURS, call(index));
    }
    const { answered = 0, no_answer = 0 } = pbx.stats().byOutcome;
    expect(answered / 4_000).toBeCloseTo(0.28, 1);
    expect(no_answer / 4_000).toBeCloseTo(0.38, 1);
  });

  it.each(mockOutcomes.filter((o) => o !== "mute" && o !== "switch_refused"))(
    "brings every call that ends as %s to one end",
    (outcome) => {
      const { clock, pbx, events } = setUp(only(outcome));
      const accepted = Array.from({ length: 30 }, (_, i) => call(i)).filter(
        (request) => pbx.originate(OURS, request).status === "accepted",
      );
      clock.advance(HOUR_MS);
      const last = events().filter(
        ({ kind }) => kind === "ENDED" || kind === "REFUSED",
      );
      expect(last.map(({ attemptId }) => attemptId).sort()).toEqual(
        accepted.map(({ attemptId }) => attemptId).sort(),
      );
      expect(pbx.stats()).toMatchObject({ live: 0, ended: accepted.length });
      expect(clock.timers).toBe(0);
    },
  );

  it("never says anything of a mute call, and knows no such channel", () => {
    const { clock, pbx, events } = setUp(only("mute"));
    const request = call(1);
    expect(pbx.originate(OURS, request)).toEqual({ status: "accepted" });
    expect(pbx.isAlive(OURS, request.attemptId)).toBe(false);
    clock.advance(HOUR_MS);
    expect(events()).toEqual([]);
  });

  it("emits the failed Originate before the end, or after it, or both twice", () => {
    const orders = new Set<string>();
    const { clock, pbx, events } = setUp({ ...only("busy"), chaos: 0.5 });
    for (let index = 0; index < 200; index += 1) {
      pbx.originate(OURS, call(index));
    }
    clock.advance(HOUR_MS);
    for (let index = 0; index < 200; index += 1) {
      const { attemptId } = call(index);
      const own = events().filter((event) => event.attemptId === attemptId);
      orders.add(own.map(({ kind }) => kind).join());
      const contents = new Set(own.map((event) => JSON.stringify(event)));
      expect(contents.size).toBe(2);
      expect(new Set(own.map(({ dedupKey }) => dedupKey)).size).toBe(2);
    }
    expect(orders).toContain("ORIGINATE_FAILED,ENDED");
    expect(orders).toContain("ENDED,ORIGINATE_FAILED");
    expect([...orders].some((order) => order.split(",").length > 2)).toBe(true);
  });

  it("loses ends only where the scenario says so", () => {
    const { clock, pbx, events } = setUp({ ...only("busy"), lostEnds: 1 });
    pbx.originate(OURS, call(1));
    clock.advance(HOUR_MS);
    expect(events().map(({ kind }) => kind)).toEqual(["ORIGINATE_FAILED"]);
  });

  it("gives up by the request's time-outs and ends a talk at the longest duration", () => {
    const { clock, pbx, events } = setUp({
      ...only("silent"),
      setupMs: 1_000,
      ringMs: 1_000,
      talkMs: HOUR_MS,
      numbers: { "5511900000002": "answered" },
    });
    pbx.originate(OURS, call(1));
    pbx.originate(OURS, call(2));
    clock.advance(44_999);
    expect(pbx.isAlive(OURS, call(1).attemptId)).toBe(true);
    clock.advance(1);
    expect(pbx.isAlive(OURS, call(1).attemptId)).toBe(false);
    clock.advance(2_000 + 60_000 - 45_000);
    expect(pbx.isAlive(OURS, call(2).attemptId)).toBe(false);
    const ends = events().filter((event) => event.kind === "ENDED");
    expect(ends.map(({ timedOut, source }) => [timedOut, source])).toEqual([
      [true, "TIMEOUT"],
      [true, "TIMEOUT"],
    ]);
  });

  it("decides by number, then longest suffix, then trunk, then shares", () => {
    const { pbx } = setUp({
      ...only("answered"),
      numbers: { "5511900000001": "busy" },
      suffixes: { "1": "invalid", "01": "rejected" },
      byTrunk: { south: { shares: { congestion: 1 } }, west: "silent" },
    });
    const at = (index: number, trunk: string) =>
      pbx.originate(
        OURS,
        call(index, {
          dialString: call(index).dialString.replace("north", trunk),
        }),
      );
    at(1, "south");
    at(101, "south");
    at(11, "south");
    at(2, "south");
    at(3, "west");
    at(4, "north");
    expect(pbx.stats().byOutcome).toEqual({
      busy: 1,
      rejected: 1,
      invalid: 1,
      congestion: 1,
      silent: 1,
      answered: 1,
    });
  });

  it("never dials an id twice, not even after its call has ended", () => {
    const { clock, pbx } = setUp(only("busy"));
    pbx.originate(OURS, call(1));
    expect(pbx.originate(OURS, call(1)).status).toBe("refused");
    clock.advance(HOUR_MS);
    expect(pbx.originate(OURS, call(1)).status).toBe("refused");
    expect(pbx.stats()).toMatchObject({
      originates: 3,
      duplicates: 2,
      ended: 1,
    });
  });

  it("counts the worst rolling second of each trunk", () => {
    const { clock, pbx } = setUp();
    for (let index = 0; index < 20; index += 1) {
      pbx.originate(OURS, call(index));
      clock.advance(100);
    }
    expect(pbx.stats().trunks).toEqual({
      north: { originates: 20, worstRollingSecond: 10 },
    });
  });

  it("refuses above a trunk's rate, fails a trunk that is out, and recovers", () => {
    const { clock, pbx } = setUp(only("answered"));
    const statuses = (from: number) =>
      [0, 1, 2].map((i) => pbx.originate(OURS, call(from + i)).status);
    pbx.setTrunkFault("north", { maxPerSecond: 2 });
    expect(statuses(0)).toEqual(["accepted", "accepted", "refused"]);
    pbx.setTrunkFault("north", { outcome: "congestion" });
    statuses(10);
    pbx.setTrunkFault("north", null);
    clock.advance(1_000);
    expect(statuses(20)).toEqual(["accepted", "accepted", "accepted"]);
    expect(pbx.stats().byOutcome).toEqual({ answered: 5, congestion: 3 });
  });

  it("refuses a dial string that is not its own, and a missing extension", () => {
    const { pbx } = setUp({ missingExtensions: ["nowhere"] });
    const foreign = call(1, { dialString: "PJSIP/5511@carrier" });
    expect(pbx.originate(OURS, foreign)).toMatchObject({
      reason: "TRUNK_FAULT",
    });
    expect(pbx.originate(OURS, call(2, { context: "nowhere" }))).toMatchObject({
      reason: "NO_SUCH_EXTENSION",
    });
  });

  it("forgets every call in a restart, without an event", () => {
    const { clock, pbx, events } = setUp(only("answered"));
    const before = pbx.runId;
    pbx.originate(OURS, call(1));
    pbx.restart();
    expect(pbx.listLiveCalls(OURS)).toEqual([]);
    expect(pbx.runId).not.toBe(before);
    clock.advance(HOUR_MS);
    expect(events()).toEqual([]);
  });

  it("says what is wrong with a scenario", () => {
    expect(() =>
      setUp({ chaos: 3, numbers: { "1": "asleep" as MockOutcome } }),
    ).toThrow(/chaos[\s\S]*numbers|numbers[\s\S]*chaos/);
    expect(() => setUp({ shares: {} })).toThrow(/at least one share/);
  });

  it("keeps the final event of each call for its own installation, if its scenario says so", () => {
    const told = (remembersCalls: boolean) => {
      const { clock, pbx, events } = setUp({
        chaos: 0,
        remembersCalls,
        tellsHistory: true,
      });
      for (let index = 0; index < 60; index += 1)
        pbx.originate(OURS, call(index));
      clock.advance(HOUR_MS);
      const last = events().filter(
        ({ kind }) => kind === "ENDED" || kind === "REFUSED",
      );
      expect(last.length).toBeGreaterThan(50);
      return last.map((event) => ({
        event,
        ours: pbx.recall(OURS, event.attemptId),
        theirs: pbx.recall("another", event.attemptId),
      }));
    };
    for (const { event, ours, theirs } of told(true)) {
      expect(ours).toEqual(event);
      expect(theirs).toBeNull();
    }
    for (const { ours } of told(false)) expect(ours).toBeNull();
  });

  it("that loses ends, or sends no history, has kept both", () => {
    const { clock, pbx, events } = setUp({
      ...only("answered"),
      remembersCalls: true,
      tellsHistory: false,
      lostEnds: 1,
    });
    pbx.originate(OURS, call(1));
    clock.advance(HOUR_MS);
    expect(events().some(({ kind }) => kind === "ENDED")).toBe(false);
    const answer = events().find(({ kind }) => kind === "ANSWERED");
    expect(pbx.recall(OURS, call(1).attemptId)).toMatchObject({
      kind: "ENDED",
      complete: true,
      history: { answerAt: answer?.at },
    });
  });
});
