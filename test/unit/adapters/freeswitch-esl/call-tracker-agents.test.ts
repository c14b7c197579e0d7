/** Agents, queues and the dialplan's own words, as the tracker tells them. */
import { describe, expect, it } from "vitest";

import {
  agent,
  agentLeg,
  answered,
  cleared,
  id,
  scene,
} from "./tracker-scene.ts";

describe("agents", () => {
  it("a phone that is busy gives the caller back; one that the caller left does not", () => {
    const { say, kinds, events } = scene();
    say("CHANNEL_ANSWER", answered);
    say("CHANNEL_CREATE", agent);
    say("CHANNEL_HANGUP_COMPLETE", { ...agent, "Hangup-Cause": "USER_BUSY" });
    expect(kinds()).toEqual(["ANSWERED", "AGENT_RINGING", "WAITING_AGENT"]);
    const second = { ...agent, "Unique-ID": agentLeg.replace("88", "99") };
    say("CHANNEL_CREATE", second);
    say("CHANNEL_HANGUP_COMPLETE", {
      ...second,
      "Hangup-Cause": "ORIGINATOR_CANCEL",
    });
    say("CHANNEL_HANGUP_COMPLETE", { ...answered, ...cleared });
    expect(kinds().slice(3)).toEqual(["AGENT_RINGING", "ENDED"]);
    expect(events.at(-1)).toMatchObject({
      history: { agentChannel: "sofia/lab/1001" },
    });
  });

  it("a queue that gives up on a phone gives the caller back after the grace", () => {
    const { say, kinds, tracker } = scene();
    say("CHANNEL_ANSWER", answered);
    say("CHANNEL_CREATE", agent);
    say("CHANNEL_HANGUP_COMPLETE", { ...agent, "Hangup-Cause": "LOSE_RACE" });
    tracker.flush(500);
    expect(kinds()).toEqual(["ANSWERED", "AGENT_RINGING"]);
    tracker.flush(1_000);
    expect(kinds()).toEqual(["ANSWERED", "AGENT_RINGING", "WAITING_AGENT"]);
  });

  it("are named by the queue, else by the directory, else by the channel", () => {
    const names = [
      [{}, "sofia/lab/1001"],
      [
        { variable_dialed_user: "1001", variable_dialed_domain: "pbx.example" },
        "1001@pbx.example",
      ],
      [{ variable_cc_agent: "ana@default" }, "ana@default"],
    ] as const;
    for (const [headers, agentId] of names) {
      const { say, events } = scene();
      say("CHANNEL_CREATE", { ...agent, ...headers });
      expect(events).toMatchObject([
        { kind: "AGENT_RINGING", agentId, agentChannel: "sofia/lab/1001" },
      ]);
    }
  });

  it("who hang up end the call at once; a caller whom the dialplan keeps ends it later", () => {
    for (const [laterMicros, source] of [
      ["1795339904000000", "AGENT"],
      ["1795339909000000", null],
    ] as const) {
      const { say, events } = scene();
      say("CHANNEL_ANSWER", answered);
      say("CHANNEL_BRIDGE", {
        "Other-Leg-Unique-ID": agentLeg,
        "Other-Leg-Channel-Name": "sofia/lab/1001",
        "Event-Date-Timestamp": "1795339903600000",
      });
      say("CHANNEL_UNBRIDGE", {
        "Other-Leg-Unique-ID": agentLeg,
        "Event-Date-Timestamp": "1795339903900000",
      });
      say("CHANNEL_HANGUP_COMPLETE", {
        ...answered,
        ...cleared,
        "Caller-Channel-Hangup-Time": laterMicros,
      });
      expect(events.at(-1)).toMatchObject({ kind: "ENDED", source });
    }
  });
});

describe("words of the dialplan", () => {
  const word = (name: string, headers: Record<string, string> = {}) => ({
    "Event-Subclass": "dialer::info",
    "Dialer-Event": name,
    ...headers,
  });

  it("report detection, waiting, and a disposition that may come after the end", () => {
    const { say, events } = scene();
    say("CHANNEL_ANSWER", answered);
    say("CUSTOM", word("AMDStarted"));
    say("CUSTOM", word("AMDVerdict", { Status: "machine" }));
    say("CUSTOM", word("AMDVerdict", { Status: "HANGUP" }));
    say(
      "CUSTOM",
      word("AgentRequest", { CorrelationId: id, "Unique-ID": agentLeg }),
    );
    say("CHANNEL_HANGUP_COMPLETE", { ...answered, ...cleared });
    say(
      "CUSTOM",
      word("DialerDisposition", {
        CorrelationId: id,
        Disposition: " SALE ",
        "Unique-ID": agentLeg,
      }),
    );
    say(
      "CUSTOM",
      word("DialerDisposition", { CorrelationId: agentLeg, Disposition: "X" }),
    );
    expect(events.map(({ kind }) => kind)).toEqual([
      "ANSWERED",
      "AMD_STARTED",
      "AMD_RESULT",
      "WAITING_AGENT",
      "ENDED",
      "DISPOSITION",
    ]);
    expect(events.at(-1)).toMatchObject({ attemptId: id, disposition: "SALE" });
  });
});
