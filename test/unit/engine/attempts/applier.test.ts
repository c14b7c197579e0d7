import { describe, expect, it, vi } from "vitest";

import type { AttemptEvent } from "../../../../dialing/call-facts.ts";
import { EventApplier } from "../../../../engine/attempts/applier.ts";
import type { Settled } from "../../../../engine/attempts/settlement.ts";
import { eventAt } from "../../dialing/attempt.ts";

const event = (n: number): AttemptEvent => eventAt(n, { kind: "RINGING" });
const nothing: Settled = { ended: [], changed: [], locked: [] };
const applyLater = () => Promise.resolve();

describe("the event applier", () => {
  it("applies what comes while a transaction runs in one more, and only then settles it", async () => {
    const gate = Promise.withResolvers<Settled>();
    const apply = vi
      .fn<(events: readonly AttemptEvent[]) => Promise<Settled>>()
      .mockReturnValueOnce(gate.promise)
      .mockResolvedValue(nothing);
    const note = vi.fn();
    const applier = new EventApplier({
      apply,
      applyLater,
      postCallEffects: { note },
    });
    const first = applier.apply([event(1)]);
    const others = [applier.apply([event(2)]), applier.apply([event(3)])];
    expect(apply.mock.calls.map(([events]) => events.length)).toEqual([1]);
    gate.resolve(nothing);
    await Promise.all([first, ...others]);
    expect(apply.mock.calls.map(([events]) => events.length)).toEqual([1, 2]);
    expect(note).toHaveBeenCalledTimes(2);
  });

  it("rejects only the job whose events cannot be applied", async () => {
    const bad = event(2);
    const gate = Promise.withResolvers<Settled>();
    const apply = vi
      .fn((events: readonly AttemptEvent[]) =>
        events.includes(bad)
          ? Promise.reject(new Error("cannot be applied"))
          : Promise.resolve(nothing),
      )
      .mockReturnValueOnce(gate.promise);
    const applier = new EventApplier({
      apply,
      applyLater,
      postCallEffects: { note: vi.fn() },
    });
    const first = applier.apply([event(1)]);
    const results = Promise.allSettled([
      applier.apply([bad]),
      applier.apply([event(3)]),
    ]);
    gate.resolve(nothing);
    await first;
    expect((await results).map(({ status }) => status)).toEqual([
      "rejected",
      "fulfilled",
    ]);
  });

  it("makes transactions of at most a thousand events, but never splits a job", async () => {
    const gate = Promise.withResolvers<Settled>();
    const apply = vi
      .fn<(events: readonly AttemptEvent[]) => Promise<Settled>>()
      .mockReturnValueOnce(gate.promise)
      .mockResolvedValue(nothing);
    const applier = new EventApplier({
      apply,
      applyLater,
      postCallEffects: { note: vi.fn() },
    });
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => event(n));
    const all = [1, 700, 700, 1_500].map((count) => applier.apply(many(count)));
    gate.resolve(nothing);
    await Promise.all(all);
    expect(apply.mock.calls.map(([events]) => events.length)).toEqual([
      1, 700, 700, 1_500,
    ]);
  });

  it("puts off only the events of calls that somebody holds, and then settles their jobs", async () => {
    const held = event(2);
    const gate = Promise.withResolvers<undefined>();
    const later = vi
      .fn<(events: readonly AttemptEvent[]) => Promise<void>>()
      .mockReturnValue(gate.promise);
    const apply = vi.fn((events: readonly AttemptEvent[]) =>
      Promise.resolve({
        ...nothing,
        locked: events.includes(held) ? [held.attemptId] : [],
      }),
    );
    const applier = new EventApplier({
      apply,
      applyLater: later,
      postCallEffects: { note: vi.fn() },
    });
    let settled = false;
    const job = applier
      .apply([{ ...event(1), attemptId: "free" }, held])
      .then(() => {
        settled = true;
      });
    await vi.waitFor(() => {
      expect(later).toHaveBeenCalledExactlyOnceWith([held]);
    });
    expect(settled).toBe(false);
    gate.resolve(undefined);
    await job;
  });
});
