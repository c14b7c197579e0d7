/** What the adapter emits for real calls with agents: queue, transfers, dispositions. */
import { describe, expect, it } from "vitest";

import { FAR_END } from "../../../support/asterisk-lab.ts";
import { untilColleagueTalks } from "../../../support/asterisk-lab/consultation.ts";
import { shareRealCalls } from "./real-calls.ts";

const { call, lab, line } = shareRealCalls();

describe("a person who answered", () => {
  it("waits for an agent, whose phone rings, and talks", async () => {
    const made = await call(FAR_END.talks);
    await made.event("WAITING_AGENT");
    const ringing = await made.event("AGENT_RINGING");
    expect(ringing.agentChannel).toMatch(/^PJSIP\/1001-/);
    const bridged = await made.event("BRIDGED");
    expect(bridged.agentChannel).toBe(ringing.agentChannel);
    await line().adapter.hangup(made.id);
    const ended = await made.event("ENDED");
    expect(ended).toMatchObject({
      complete: true,
      cause: 16,
      source: "SYSTEM",
    });
    const { history } = ended;
    for (const at of [
      history.ringAt,
      history.answerAt,
      history.waitingAgentAt,
      history.bridgeAt,
    ])
      expect(at).not.toBeNull();
  });

  it.each([
    ["the agent's", "1004", FAR_END.talks, "AGENT"],
    ["the person's", "1001", FAR_END.answers, "CALLEE"],
  ])(
    "may see the end of the talk on %s side",
    async (_, extension, suffix, source) => {
      const made = await call(suffix, { extension });
      await made.event("BRIDGED");
      expect(await made.event("ENDED")).toMatchObject({ source, cause: 16 });
    },
  );

  it.each([
    ["is busy", "1003"],
    ["declines", "1005"],
  ])("is not connected with an agent who %s", async (_, extension) => {
    const made = await call(FAR_END.talks, { extension });
    await made.event("WAITING_AGENT");
    const ended = await made.event("ENDED");
    expect(ended.history.bridgeAt).toBeNull();
    expect(ended.history.waitingAgentAt).not.toBeNull();
    expect(made.kinds()).not.toContain("BRIDGED");
  });

  it("leaves when nobody picks up", async () => {
    const made = await call(FAR_END.answers, { extension: "1002" });
    await made.event("AGENT_RINGING");
    const ended = await made.event("ENDED");
    expect(ended.source).toBe("CALLEE");
    expect(ended.history.bridgeAt).toBeNull();
  });

  it("is connected by a queue", async () => {
    const made = await call(FAR_END.talks, { extension: "queue" });
    await made.event("WAITING_AGENT");
    await made.event("AGENT_RINGING");
    const { agentChannel } = await made.event("BRIDGED");
    expect(agentChannel).toMatch(/^PJSIP\/1001-/);
  });

  it("stays the same call when the agent transfers it", async () => {
    const made = await call(FAR_END.talks, { extension: "1009" });
    await made.event("BRIDGED");
    await made.event("NOTED", ({ note }) => note.includes("blind transfer"));
    await made.event("BRIDGED", ({ agentChannel }) =>
      (agentChannel ?? "").startsWith("PJSIP/1001-"),
    );
    expect(await line().adapter.isAlive(made.id)).toBe(true);
    await line().adapter.hangup(made.id);
    expect(await made.event("ENDED")).toMatchObject({ complete: true });
  });

  it("stays the same call when the agent asks a colleague first", async () => {
    const made = await call(FAR_END.talks, { extension: "1001" });
    const { agentChannel } = await made.event("BRIDGED");
    const hand = await lab().connect();
    try {
      await hand.action("Atxfer", [
        ["Channel", agentChannel ?? ""],
        ["Exten", "1004"],
        ["Context", "from-agents"],
      ]);
      await untilColleagueTalks(hand, "1004");
      await hand.action("Hangup", [["Channel", agentChannel ?? ""]]);
    } finally {
      await hand.close();
    }
    await made.event("NOTED", ({ note }) => note.includes("attended transfer"));
    expect(made.kinds()).not.toContain("ENDED");
    const { agentChannel: other } = await made.event(
      "BRIDGED",
      ({ agentId }) => agentId === "PJSIP/1004",
    );
    expect(other).toMatch(/^PJSIP\/1004-/);
    expect(await made.event("ENDED")).toMatchObject({ complete: true });
  });

  it("leaves a disposition in the dialplan", async () => {
    const made = await call(FAR_END.talks, { extension: "message" });
    const hand = await lab().connect();
    try {
      const reading = await hand.next(
        "the dialplan to read a key",
        (m) =>
          m["Event"] === "Newexten" &&
          m["Application"] === "Read" &&
          m["Uniqueid"] === made.id,
      );
      await hand.action("PlayDTMF", [
        ["Channel", reading["Channel"] ?? ""],
        ["Digit", "1"],
        ["Receive", "true"],
      ]);
    } finally {
      await hand.close();
    }
    const { disposition } = await made.event("DISPOSITION");
    expect(disposition).toBe("KEY_1");
  });
});
