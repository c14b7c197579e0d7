/** What a switch that refuses calls is taken for, with a virtual clock. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { SwitchPause } from "../../../../adapters/freeswitch-esl/switch-pause.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** @param outbound what `fsctl pause_check outbound` says */
function opened(outbound: string | null = "-ERR permission denied") {
  const says = { outbound, hasRoom: true, isReady: true };
  const onChange = vi.fn();
  const pause: SwitchPause = new SwitchPause({
    api: (line) => Promise.resolve(line === "status" ? line : says.outbound),
    onStatus: () => {
      pause.note(!says.isReady);
    },
    hasRoom: () => says.hasRoom,
    onChange,
  });
  const refuse = async (id: string) => {
    pause.refused(id);
    await vi.advanceTimersByTimeAsync(0);
    return pause.judged({ ...refusal, attemptId: id });
  };
  return { pause, says, onChange, refuse };
}

const base = { at: "2026-03-02T12:00:00.000Z", dedupKey: "1", attemptId: "" };
const refusal = {
  ...base,
  kind: "REFUSED" as const,
  reason: "SWITCH_REFUSED" as const,
  message: "-ERR",
};
const rings = (attemptId: string) => ({
  ...base,
  attemptId,
  kind: "RINGING" as const,
});

describe("a switch that says nothing of why it refuses", () => {
  it("has refused one call for itself, and a second one in a row because it takes none", async () => {
    const { pause, refuse, onChange } = opened();
    expect(await refuse("a")).toMatchObject({ kind: "REFUSED" });
    expect(pause.admit("b")).toBeNull();
    expect(await refuse("b")).toMatchObject({ kind: "NOT_SENT" });
    expect(pause.asState).toMatchObject({
      paused: { reason: "SWITCH_PAUSED" },
    });
    expect(onChange).toHaveBeenCalledTimes(1);
    expect(pause.admit("c")).toMatch(/refuses every call/);
    pause.stop();
  });

  it("is not taken for paused when a call was made in between, when it is full, or by an event of an older call", async () => {
    const { pause, refuse, says } = opened();
    pause.admit("old");
    await refuse("a");
    pause.admit("b");
    pause.judged(rings("b"));
    expect(await refuse("c")).toMatchObject({ kind: "REFUSED" });
    pause.judged(rings("old"));
    says.hasRoom = false;
    expect(await refuse("d")).toMatchObject({ kind: "REFUSED" });
    says.hasRoom = true;
    expect(await refuse("e")).toMatchObject({ kind: "NOT_SENT" });
    pause.stop();
  });

  it("is tried with one call at a time, and goes on with the first that is made", async () => {
    const { pause, refuse } = opened();
    await refuse("a");
    await refuse("b");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(pause.asState).toEqual({});
    expect(pause.admit("c")).toBeNull();
    expect(pause.admit("d")).toMatch(/refuses every call/);
    expect(await refuse("c")).toMatchObject({ kind: "NOT_SENT" });
    expect(pause.admit("d")).toMatch(/refuses every call/);
    await vi.advanceTimersByTimeAsync(2_000);
    pause.admit("e");
    pause.withdrawn("e");
    expect(pause.admit("f")).toBeNull();
    pause.judged(rings("f"));
    expect(pause.admit("g")).toBeNull();
    expect(pause.admit("h")).toBeNull();
    pause.stop();
  });

  it("goes on when the probing call is neither refused nor followed by an event", async () => {
    const { pause, refuse } = opened();
    await refuse("a");
    await refuse("b");
    await vi.advanceTimersByTimeAsync(2_000);
    pause.admit("c");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(pause.admit("d")).toBeNull();
    pause.stop();
  });
});

describe("a switch that says that it is paused", () => {
  it("for outbound calls: the first refusal is none, and it is asked until it is resumed", async () => {
    const { pause, refuse, says, onChange } = opened("true\n");
    expect(await refuse("a")).toMatchObject({ kind: "NOT_SENT" });
    expect(pause.message).toMatch(/paused for outbound calls/);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(pause.admit("b")).toMatch(/outbound/);
    says.outbound = "false\n";
    await vi.advanceTimersByTimeAsync(2_000);
    expect(pause.admit("b")).toBeNull();
    expect(onChange).toHaveBeenCalledTimes(2);
    pause.stop();
  });

  it("for all: its status goes before the rest, and both end together", async () => {
    const { pause, says } = opened("true");
    says.isReady = false;
    await pause.look();
    expect(pause.message).toMatch(/\(fsctl pause\)/);
    says.isReady = true;
    says.outbound = "false";
    await vi.advanceTimersByTimeAsync(2_000);
    expect(pause.message).toBeNull();
    pause.stop();
  });

  it("and one that is not, and refuses all the same, is tried with one call at a time", async () => {
    const { pause, refuse } = opened("false");
    await refuse("a");
    expect(await refuse("b")).toMatchObject({ kind: "NOT_SENT" });
    expect(pause.message).toMatch(/refuses every call/);
    pause.stop();
  });
});
