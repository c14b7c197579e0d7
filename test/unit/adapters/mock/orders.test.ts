/** In which orders the mock tells of calls, and that none of them decides anything. */
import { describe, expect, it } from "vitest";

import type { MockScenarioInput } from "../../../../adapters/mock/scenario.ts";
import { SeenCalls } from "../../../../adapters/mock/seen-calls.ts";
import { foldEvents, settle } from "../../../../dialing/call-state.ts";
import { originating } from "../../dialing/attempt.ts";
import { call, HOUR_MS, OURS, runHandedOver as run, setUp } from "./calls.ts";

describe("the orders", () => {
  it("may be that the provisional end always comes first, or always last", () => {
    for (const [failedComesLast, order] of [
      [0, ["ORIGINATE_FAILED", "ENDED"]],
      [1, ["ENDED", "ORIGINATE_FAILED"]],
    ] as const) {
      const orders = { failedComesLast, gapMs: 5 };
      const { clock, pbx, events } = setUp({
        ...{ shares: { busy: 1 }, chaos: 0 },
        orders,
      });
      for (let index = 0; index < 50; index += 1) {
        pbx.originate(OURS, call(index));
        clock.advance(HOUR_MS);
        expect(
          events()
            .slice(-2)
            .map(({ kind }) => kind),
        ).toEqual(order);
      }
    }
  });

  it("mix the words of the two legs where things happen quickly", () => {
    const quick = { talkMs: 2, orders: { legsCross: 0.5, gapMs: 5 } };
    const orders = new Set<string>();
    for (let index = 0; index < 100; index += 1) {
      const { told } = run({ queue: { pickUpMs: 2 } }, quick, { index });
      orders.add(told.join());
    }
    expect(orders.size).toBeGreaterThan(4);
    const comesBefore = (one: string, other: string): boolean =>
      [...orders].some((order) => order.indexOf(one) < order.indexOf(other));
    for (const [one, other] of [
      ["WAITING_AGENT", "ANSWERED"],
      ["BRIDGED", "AGENT_RINGING"],
      ["ENDED", "BRIDGED"],
    ] as const) {
      expect(comesBefore(one, other)).toBe(true);
      expect(comesBefore(other, one)).toBe(true);
    }
  });
});

describe("two hundred calls to a busy centre", () => {
  const centre: MockScenarioInput = {
    extensions: {
      queue: {
        amdMs: [1_000, 3_000],
        queue: {
          busyMs: [0, 20_000],
          ignores: 0.4,
          limitMs: 25_000,
          transfers: 0.3,
        },
        disposition: { words: ["SALE", "NO_INTEREST"] },
      },
    },
    chaos: 0.5,
    orders: { legsCross: 0.5 },
  };

  function day(changes: MockScenarioInput = {}, seed = 1) {
    const { clock, pbx, messages, events } = setUp(
      { ...centre, ...changes },
      seed,
    );
    for (let index = 0; index < 200; index += 1) {
      pbx.originate(OURS, call(index, { extension: "queue" }));
      clock.advance(100);
    }
    clock.advance(HOUR_MS);
    expect(pbx.stats().live).toBe(0);
    expect(clock.timers).toBe(0);
    return { messages, events: events() };
  }

  it("are the same calls for the same seed", () => {
    const lines = (seed: number): string[] =>
      day({}, seed).events.map(({ dedupKey: _, ...event }) =>
        JSON.stringify(event),
      );
    expect(lines(3)).toEqual(lines(3));
    expect(lines(4)).not.toEqual(lines(3));
  });

  it("end once each, and in the same row whatever the order", () => {
    const { events } = day();
    const outcomes = new Set<unknown>();
    const byCall = Map.groupBy(events, ({ attemptId }) => attemptId);
    for (const [id, own] of byCall) {
      const last = own.filter(
        ({ kind }) => kind === "ENDED" || kind === "REFUSED",
      );
      expect(new Set(last.map(({ dedupKey }) => dedupKey)).size).toBe(1);
      const heard = settle(foldEvents(originating({ id }), own));
      const sorted = own.toSorted((a, b) => (a.at < b.at ? -1 : 1));
      expect(settle(foldEvents(originating({ id }), sorted))).toEqual(heard);
      expect(settle(foldEvents(originating({ id }), own.toReversed()))).toEqual(
        heard,
      );
      outcomes.add(heard.outcome);
    }
    for (const outcome of ["ANSWERED", "ABANDONED", "MACHINE", "NO_ANSWER"])
      expect(outcomes).toContain(outcome);
  });

  it("have their end emitted last by a PBX without memory, even one that runs late", () => {
    const { clock, pbx, events } = setUp({
      ...centre,
      ...{ tellsHistory: false, chaos: 1, timeScale: 0.01, timeoutScale: 1 },
    });
    for (let index = 0; index < 200; index += 1)
      pbx.originate(OURS, call(index, { extension: "queue" }));
    for (let stalls = 0; stalls < 10_000; stalls += 1) {
      clock.advance(17);
      clock.stall(13);
    }
    expect(pbx.stats().live).toBe(0);
    const ended = new Set<string>();
    for (const { kind, attemptId } of events()) {
      if (kind === "ENDED") ended.add(attemptId);
      else if (kind !== "DISPOSITION")
        expect([kind, ended.has(attemptId)]).toEqual([kind, false]);
    }
    expect(ended.size).toBeGreaterThan(100);
  });

  it("have the same history from a PBX that sends it and from an adapter that collects it", () => {
    const histories = (changes: MockScenarioInput) => {
      const seen = new SeenCalls();
      const found = new Map<string, unknown>();
      for (const message of day(changes).messages) {
        if (message.type === "channel") seen.appeared(message.attemptId);
        else {
          const event = seen.observe(message.event);
          if (event.kind !== "ENDED") continue;
          expect(event.complete).toBe(true);
          found.set(event.attemptId, event.history);
        }
      }
      return found;
    };
    const told = histories({ tellsHistory: true });
    expect(told.size).toBeGreaterThan(100);
    expect(histories({ tellsHistory: false })).toEqual(told);
  });
});
