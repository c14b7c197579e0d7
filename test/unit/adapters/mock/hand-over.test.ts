/** What the mock's dialplan does with answered calls. */
import { describe, expect, it } from "vitest";

import type { CallEvent } from "../../../../adapters/port.ts";
import { HOUR_MS, runHandedOver as run, setUp } from "./calls.ts";
import type { HandOver } from "./calls.ts";

function secondsBetween(from: CallEvent, to: CallEvent): number {
  return Math.round((Date.parse(to.at) - Date.parse(from.at)) / 1_000);
}

describe("a queue", () => {
  it("lets the person wait, rings an agent, connects the two, and lets either hang up", () => {
    const queue = { busyMs: 4_000, pickUpMs: 3_000 };
    const sources = new Set<unknown>();
    for (let index = 0; index < 20; index += 1) {
      const { told, of, ended } = run({ queue }, {}, { index });
      expect(told).toEqual([
        "RINGING",
        "ANSWERED",
        "WAITING_AGENT",
        "AGENT_RINGING",
        "BRIDGED",
        "ENDED",
      ]);
      const [waiting] = of("WAITING_AGENT");
      const [ringing] = of("AGENT_RINGING");
      const [bridged] = of("BRIDGED");
      if (!waiting || !ringing || !bridged) throw new Error("incomplete");
      expect(secondsBetween(waiting, ringing)).toBe(4);
      expect(secondsBetween(ringing, bridged)).toBe(3);
      expect(secondsBetween(bridged, ended)).toBe(10);
      const { agentId, agentChannel } = ringing;
      expect(bridged).toMatchObject({ agentId, agentChannel });
      expect(ended.history).toMatchObject({
        waitingAgentAt: waiting.at,
        bridgeAt: bridged.at,
        agentId,
        agentChannel,
      });
      sources.add(ended.source);
    }
    expect(sources).toEqual(new Set(["AGENT", "CALLEE"]));
  });

  it("tries one agent after the other, and gives the person back in between", () => {
    const { told, of, ended } = run({
      queue: { agents: ["a", "b", "c"], ignores: 1, limitMs: 30_000 },
    });
    expect(told.slice(2)).toEqual([
      "WAITING_AGENT",
      "AGENT_RINGING",
      "WAITING_AGENT",
      "AGENT_RINGING",
      "WAITING_AGENT",
      "AGENT_RINGING",
      "WAITING_AGENT",
      "ENDED",
    ]);
    const tried = of("AGENT_RINGING").map(({ agentId }) => agentId);
    expect(new Set(tried)).toEqual(new Set(["a", "b", "c"]));
    expect(ended).toMatchObject({
      source: "SYSTEM",
      history: { agentId: null, agentChannel: null, bridgeAt: null },
    });
    expect(ended.history.waitingAgentAt).toBe(of("WAITING_AGENT")[0]?.at);
  });

  it.each([
    ["all agents talk", { busyMs: HOUR_MS, limitMs: 20_000 }, 20 + 3],
    ["nobody is logged in", { agents: [], limitMs: 20_000 }, 3],
    [
      "the one who is tried declines",
      { ignores: 1, giveUpMs: 5_000, maxTries: 1 },
      5 + 3,
    ],
  ])("says sorry and hangs up when %s", (_, queue, seconds) => {
    const { of, ended } = run({ queue });
    const [waiting] = of("WAITING_AGENT");
    if (!waiting) throw new Error("did not wait");
    expect(secondsBetween(waiting, ended)).toBe(seconds);
    expect(ended.source).toBe("SYSTEM");
    expect(of("BRIDGED")).toEqual([]);
  });

  it("loses the person whose patience ends, waiting or while a phone rings", () => {
    const queue = { busyMs: 4_000, pickUpMs: 10_000 };
    const waiting = run({ queue }, { patienceMs: 3_000 });
    expect(waiting.told.slice(2)).toEqual(["WAITING_AGENT", "ENDED"]);
    const ringing = run({ queue }, { patienceMs: 8_000 });
    expect(ringing.told.slice(2)).toEqual([
      "WAITING_AGENT",
      "AGENT_RINGING",
      "ENDED",
    ]);
    expect(ringing.ended.history.agentId).not.toBeNull();
    const talking = run({ queue }, { patienceMs: 15_000 });
    expect(talking.told).toContain("BRIDGED");
    for (const { ended } of [waiting, ringing])
      expect(ended).toMatchObject({ source: "CALLEE", cause: 16 });
  });

  it("keeps a transferred call, with its first talk and its last agent", () => {
    const { told, of, ended } = run({
      queue: { agents: ["a"], pickUpMs: 1_000, transfers: 1 },
    });
    expect(told.slice(4)).toEqual(["BRIDGED", "NOTED", "BRIDGED", "ENDED"]);
    const [first, second] = of("BRIDGED");
    expect(of("NOTED")[0]?.note).toBe("blind transfer");
    expect(ended.history).toMatchObject({
      bridgeAt: first?.at,
      agentChannel: second?.agentChannel,
    });
    expect(second?.agentChannel).not.toBe(first?.agentChannel);
  });

  it("ends by the longest duration, whoever talks", () => {
    const { ended } = run({ queue: {} }, { talkMs: HOUR_MS });
    expect(ended).toMatchObject({ timedOut: true, source: "TIMEOUT" });
  });
});

describe("answering machine detection", () => {
  it.each([
    ["HUMAN", true],
    ["NOTSURE", true],
    ["UNKNOWN", true],
    ["MACHINE", false],
    ["FAX", false],
  ] as const)("hears %s", (by, goesOn) => {
    const { told, of, ended } = run(
      { amdMs: 2_000, queue: { pickUpMs: 1_000 } },
      { suffixes: { "1": { outcome: "answered", answeredBy: by } } },
    );
    expect(told.slice(1, 4)).toEqual(["ANSWERED", "AMD_STARTED", "AMD_RESULT"]);
    expect(of("AMD_RESULT")[0]?.result).toBe(by);
    expect(ended.history.amdResult).toBe(by);
    expect(of("BRIDGED")).toHaveLength(goesOn ? 1 : 0);
    expect(of("WAITING_AGENT")).toHaveLength(goesOn ? 1 : 0);
    if (!goesOn) expect(ended).toMatchObject({ source: "SYSTEM", cause: 16 });
  });

  it("gives no verdict on who hangs up meanwhile", () => {
    const { told, ended } = run(
      { amdMs: 2_000, queue: {} },
      { patienceMs: 1_000 },
    );
    expect(told.slice(1)).toEqual(["ANSWERED", "AMD_STARTED", "ENDED"]);
    expect(ended.history.amdResult).toBeNull();
  });

  it("lets a person talk where nobody else is asked for", () => {
    const { told, of, ended } = run({ amdMs: 2_000 }, { patienceMs: 3_000 });
    expect(told.slice(3)).toEqual(["AMD_RESULT", "ENDED"]);
    const [verdict] = of("AMD_RESULT");
    if (!verdict) throw new Error("no verdict");
    expect(secondsBetween(verdict, ended)).toBe(10);
  });
});

describe("a disposition", () => {
  const disposition = {
    words: ["SALE"],
    afterMs: 4_000,
  } as HandOver["disposition"];

  it("comes from the agent, after the talk", () => {
    const { told, of, ended } = run({ queue: {}, disposition });
    expect(told.at(-1)).toBe("DISPOSITION");
    const [left] = of("DISPOSITION");
    if (!left) throw new Error("none");
    expect(left.disposition).toBe("SALE");
    expect(secondsBetween(ended, left)).toBe(4);
  });

  it("does not come from an agent who never had the call", () => {
    const { told } = run({ queue: { agents: [] }, disposition });
    expect(told.at(-1)).toBe("ENDED");
  });

  it("comes from the dialplan, which then hangs up", () => {
    const { told, ended } = run({ disposition });
    expect(told).toEqual(["RINGING", "ANSWERED", "DISPOSITION", "ENDED"]);
    expect(ended.source).toBe("SYSTEM");
  });
});

describe("a scenario", () => {
  it("says what is wrong with an extension", () => {
    const extensions = { queue: { queue: { ignores: 2, agent: "1001" } } };
    expect(() => setUp({ extensions })).toThrow(/ignores|agent/);
    expect(() => setUp({ answeredBy: {} })).toThrow(/at least one share/);
  });
});
