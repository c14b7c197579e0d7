import { describe, expect, it } from "vitest";

import { call, epochMs, scene } from "./tracker-scene.ts";
import type { Headers } from "./tracker-scene.ts";

describe("agents", () => {
  const agent = (n: number) => ({
    destuniqueid: `astlab-1.${String(n)}`,
    destchannel: `PJSIP/agent${String(n)}-0000000${String(n)}`,
    destlinkedid: call,
  });
  const enter = (
    id: string,
    channel: string,
    count: string,
    bridge = "b1",
  ): Headers => ({
    uniqueid: id,
    channel,
    linkedid: call,
    bridgeuniqueid: bridge,
    bridgenumchannels: count,
    bridgetechnology: "simple_bridge",
  });
  const answered = () => {
    const it = scene();
    it.tell("Newchannel", it.own());
    it.tell("Newstate", it.own("6"));
    it.events.length = 0;
    return it;
  };

  it("who does not pick up gives the caller back to the queue", () => {
    const { tell, own, events } = answered();
    tell("QueueCallerJoin", { ...own("6"), queue: "sales" });
    tell("AgentCalled", {
      ...own("6"),
      ...agent(1),
      interface: "PJSIP/agent1",
      membername: "Agent One",
    });
    tell("DialBegin", { ...own("6"), ...agent(1) });
    tell("DialEnd", { ...own("6"), ...agent(1), dialstatus: "NOANSWER" });
    tell("AgentRingNoAnswer", { ...own("6"), ...agent(1) });
    tell("Hangup", { uniqueid: "astlab-1.1", linkedid: call, cause: "0" });
    tell("DialBegin", { ...own("6"), ...agent(2) });
    expect(
      events.map(({ kind, ...rest }) => [
        kind,
        "agentId" in rest ? rest.agentId : null,
      ]),
    ).toEqual([
      ["WAITING_AGENT", null],
      ["AGENT_RINGING", "PJSIP/agent1"],
      ["WAITING_AGENT", null],
      ["AGENT_RINGING", "PJSIP/agent2"],
    ]);
  });

  it("who ring at the same time give the caller back with the last of them only", () => {
    const { tell, own, kinds } = answered();
    tell("QueueCallerJoin", own("6"));
    tell("DialBegin", { ...own("6"), ...agent(1) });
    tell("DialBegin", { ...own("6"), ...agent(2) });
    tell("DialEnd", { ...own("6"), ...agent(1), dialstatus: "BUSY" });
    expect(kinds()).toEqual([
      "WAITING_AGENT",
      "AGENT_RINGING",
      "AGENT_RINGING",
    ]);
    tell("DialEnd", { ...own("6"), ...agent(2), dialstatus: "NOANSWER" });
    expect(kinds().at(-1)).toBe("WAITING_AGENT");
  });

  it("talk when they share a bridge with our own channel, in whichever order they enter", () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { tell, own, events } = answered();
      tell("DialBegin", { ...own("6"), ...agent(1) });
      const both = [
        ["astlab-1.1", "PJSIP/agent1-00000001"],
        [call, "PJSIP/trunk-00000001"],
      ];
      order.forEach((which, count) => {
        const [id = "", channel = ""] = both[which] ?? [];
        tell("BridgeEnter", enter(id, channel, String(count + 1)));
      });
      expect(events.filter(({ kind }) => kind === "BRIDGED")).toMatchObject([
        { agentId: "PJSIP/agent1", agentChannel: "PJSIP/agent1-00000001" },
      ]);
    }
  });

  it("are nobody: a holding bridge, an announcer, a recorder, strangers in a bridge of their own", () => {
    const { tell, kinds } = answered();
    tell("BridgeEnter", {
      ...enter(call, "PJSIP/trunk-00000001", "1"),
      bridgetechnology: "holding_bridge",
    });
    tell("BridgeEnter", {
      ...enter("x.1", "PJSIP/a-00000001", "2"),
      bridgetechnology: "holding_bridge",
    });
    tell("BridgeEnter", enter("x.2", "CBAnn/1-00000001;2", "1", "conf"));
    tell("BridgeEnter", enter(call, "PJSIP/trunk-00000001", "1", "conf"));
    tell("BridgeEnter", {
      ...enter("x.3", "PJSIP/a-00000002", "1", "b9"),
      linkedid: "x.3",
    });
    tell("BridgeEnter", {
      ...enter("x.4", "PJSIP/b-00000003", "2", "b9"),
      linkedid: "x.3",
    });
    expect(kinds()).toEqual([]);
  });

  it("after a blind and an attended transfer are emitted again, the transfers noted", () => {
    const { tell, own, events } = answered();
    tell("DialBegin", { ...own("6"), ...agent(1) });
    tell("BridgeEnter", enter("astlab-1.1", "PJSIP/agent1-00000001", "1"));
    tell("BridgeEnter", enter(call, "PJSIP/trunk-00000001", "2"));
    tell("BlindTransfer", {
      uniqueid: "",
      result: "Fail",
      transfererchannel: "x",
      transfereruniqueid: "astlab-1.1",
      transfereeuniqueid: call,
    });
    tell("BlindTransfer", {
      uniqueid: "",
      result: "Success",
      transfereruniqueid: "astlab-1.1",
      transfereeuniqueid: call,
    });
    tell("BridgeLeave", enter("astlab-1.1", "PJSIP/agent1-00000001", "1"));
    tell("BridgeLeave", enter(call, "PJSIP/trunk-00000001", "0"));
    tell(
      "BridgeEnter",
      enter("astlab-1.2", "PJSIP/agent2-00000002", "1", "b2"),
    );
    tell("BridgeEnter", enter(call, "PJSIP/trunk-00000001", "2", "b2"));
    tell("AttendedTransfer", {
      uniqueid: "",
      result: "Success",
      origtransfereruniqueid: "astlab-1.2",
      transfertargetuniqueid: call,
    });
    tell(
      "BridgeEnter",
      enter("astlab-1.3", "PJSIP/agent3-00000003", "3", "b2"),
    );
    tell("Hangup", { ...own("6"), cause: "16" });
    expect(
      events.map((event) => [
        event.kind,
        "note" in event
          ? event.note
          : "agentId" in event
            ? event.agentId
            : null,
      ]),
    ).toEqual([
      ["AGENT_RINGING", "PJSIP/agent1"],
      ["BRIDGED", "PJSIP/agent1"],
      ["NOTED", "blind transfer"],
      ["BRIDGED", "PJSIP/agent2"],
      ["NOTED", "attended transfer"],
      ["BRIDGED", "PJSIP/agent3"],
      ["ENDED", null],
    ]);
    expect(events.at(-1)).toMatchObject({
      history: { agentId: "PJSIP/agent3", bridgeAt: events[1]?.at },
    });
  });

  it("found in a bridge after a gap are emitted", () => {
    const { tracker, events } = scene();
    const rows = [
      {
        uniqueid: call,
        linkedid: call,
        channel: "PJSIP/trunk-00000001",
        channelstate: "6",
        bridgeid: "b1",
      },
      {
        uniqueid: "astlab-1.1",
        linkedid: call,
        channel: "PJSIP/agent1-00000001",
        channelstate: "6",
        bridgeid: "b1",
      },
    ].map((headers) => new Map(Object.entries(headers)));
    tracker.connectionLost(epochMs);
    tracker.adopt(rows, tracker.ids(), epochMs);
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "BRIDGED", agentId: "PJSIP/agent1" },
    ]);
  });

  describe("whose phones ring when a gap is over", () => {
    const listed = (state: string) =>
      [
        {
          uniqueid: call,
          linkedid: call,
          channel: "PJSIP/trunk-00000001",
          channelstate: "6",
        },
        {
          uniqueid: "astlab-1.1",
          linkedid: call,
          channel: "PJSIP/agent1-00000001",
          channelstate: state,
        },
      ].map((headers) => new Map(Object.entries(headers)));

    it.each(["0", "5"])("are emitted, in state %s", (state) => {
      const { tracker, tell, own, kinds } = answered();
      tell("UserEvent", {
        ...own("6"),
        userevent: "AgentRequest",
        correlation_id: call,
      });
      tracker.connectionLost(epochMs);
      tracker.adopt(listed(state), tracker.ids(), epochMs + 60_000);
      expect(kinds()).toEqual(["WAITING_AGENT", "AGENT_RINGING"]);
      tell("DialEnd", { ...own("6"), ...agent(1), dialstatus: "NOANSWER" });
      expect(kinds().at(-1)).toBe("WAITING_AGENT");
    });

    it("are emitted once, if they rang before", () => {
      const { tracker, tell, own, kinds } = answered();
      tell("DialBegin", { ...own("6"), ...agent(1) });
      tracker.connectionLost(epochMs);
      tracker.adopt(listed("5"), tracker.ids(), epochMs + 60_000);
      expect(kinds()).toEqual(["AGENT_RINGING"]);
      tell("DialEnd", { ...own("6"), ...agent(1), dialstatus: "NOANSWER" });
      expect(kinds()).toEqual(["AGENT_RINGING", "WAITING_AGENT"]);
    });

    it("do not when they have picked up", () => {
      const { tracker, kinds } = answered();
      tracker.connectionLost(epochMs);
      tracker.adopt(listed("6"), tracker.ids(), epochMs);
      expect(kinds()).toEqual([]);
    });
  });

  it.each([
    ["the customer", "CALLEE", call],
    ["the agent", "AGENT", "astlab-1.1"],
  ])("and who hung up: %s", (_name, source, id) => {
    const { tell, own, events } = answered();
    tell("DialBegin", { ...own("6"), ...agent(1) });
    tell("BridgeEnter", enter("astlab-1.1", "PJSIP/agent1-00000001", "1"));
    tell("BridgeEnter", enter(call, "PJSIP/trunk-00000001", "2"));
    tell("HangupRequest", { ...own("6"), uniqueid: id, cause: "16" });
    tell("BridgeLeave", enter("astlab-1.1", "PJSIP/agent1-00000001", "1"));
    tell("SoftHangupRequest", { ...own("6"), cause: "16" });
    tell("Hangup", { ...own("6"), cause: "16" });
    expect(events.at(-1)).toMatchObject({ kind: "ENDED", source });
  });

  it("who reject the call do not end it", () => {
    const { tell, own, events } = answered();
    tell("DialBegin", { ...own("6"), ...agent(1) });
    tell("HangupRequest", { ...own("5"), uniqueid: "astlab-1.1", cause: "21" });
    tell("DialEnd", { ...own("6"), ...agent(1), dialstatus: "BUSY" });
    tell("SoftHangupRequest", { ...own("6"), cause: "16" });
    tell("Hangup", { ...own("6"), cause: "16" });
    expect(events.map(({ kind }) => kind)).toEqual([
      "AGENT_RINGING",
      "WAITING_AGENT",
      "ENDED",
    ]);
    expect(events.at(-1)).toMatchObject({ source: "SYSTEM" });
  });
});

describe("words of the dialplan", () => {
  it.each([
    [{ userevent: "AMDStarted" }, { kind: "AMD_STARTED" }],
    [
      { userevent: "AMDVerdict", status: "MACHINE" },
      { kind: "AMD_RESULT", result: "MACHINE" },
    ],
    [
      { userevent: "AMDVerdict", status: "notsure" },
      { kind: "AMD_RESULT", result: "NOTSURE" },
    ],
    [{ userevent: "AgentRequest" }, { kind: "WAITING_AGENT" }],
    [
      { userevent: "DialerDisposition", disposition: " SALE " },
      { kind: "DISPOSITION", disposition: "SALE" },
    ],
  ])("%o is told", (headers: Headers, event) => {
    const { tell, own, events } = scene();
    tell("UserEvent", { ...own("6"), correlationid: call, ...headers });
    expect(events).toMatchObject([event]);
  });

  it.each([
    { userevent: "AMDVerdict", status: "HANGUP" },
    { userevent: "AMDVerdict" },
    { userevent: "DialerDisposition" },
    { userevent: "DialerDisposition", disposition: "x".repeat(81) },
    { userevent: "DialerDisposition", disposition: "a\u0007b" },
    { userevent: "SomethingElse", status: "MACHINE" },
    {
      userevent: "AMDVerdict",
      status: "MACHINE",
      correlationid: "another call",
    },
  ])("%o is not", (headers: Headers) => {
    const { tell, own, events } = scene();
    tell("UserEvent", { ...own("6"), ...headers });
    expect(events).toEqual([]);
  });

  it("a disposition is taken after the end too, from any channel that names the call", () => {
    const { tell, own, events } = scene();
    tell("Hangup", { ...own("6"), cause: "16" });
    events.length = 0;
    const wrapUp = {
      uniqueid: "astlab-9.9",
      linkedid: "astlab-9.9",
      userevent: "DialerDisposition",
      disposition: "SALE",
    };
    tell("UserEvent", { ...wrapUp, correlationid: call });
    tell("UserEvent", {
      ...wrapUp,
      correlationid: "5c1a52f0-0000-4000-8000-000000000000",
    });
    tell("UserEvent", wrapUp);
    expect(events).toMatchObject([
      { attemptId: call, kind: "DISPOSITION", disposition: "SALE" },
    ]);
  });
});
