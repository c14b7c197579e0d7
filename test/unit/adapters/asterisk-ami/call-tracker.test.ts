import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CallTracker } from "../../../../adapters/asterisk-ami/call-tracker.ts";
import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import { foldEvents, settle } from "../../../../dialing/call-state.ts";
import { describeAttempt, expectedAttempts } from "./expected-attempts.ts";
import {
  installationId,
  loadRecording,
  plainMessages,
  recordingNames,
} from "./recordings.ts";
import { originating } from "../../dialing/attempt.ts";
import { finalAttempts, trackRecording } from "./replay.ts";

const call = "3b241101-e2bb-4255-8caf-4136c566a962";
const actionId = `${installationId}:${call}:dialer-1`;
const epochMs = Date.parse("2026-11-22T09:00:00.000Z");

type Headers = Readonly<Record<string, string>>;

/** A tracker that has sent `call`, unless told otherwise; `tell` gives each event a time of its own, every `stepMs`. */
function scene({ isSent = true, stepMs = 1_000 } = {}) {
  const events: CallEvent[] = [];
  const tracker = new CallTracker({
    installationId,
    emit: (event) => events.push(event),
  });
  if (isSent) tracker.sent(call, actionId);
  let steps = 0;
  const tell = (event: string, headers: Headers = {}): void => {
    steps += 1;
    const timestamp = ((epochMs + 250 + steps * stepMs) / 1_000).toFixed(6);
    const all = { event, timestamp, uniqueid: call, ...headers };
    tracker.handle(new Map(Object.entries(all)), epochMs + steps * stepMs);
  };
  return {
    tracker,
    events,
    tell,
    own: (state = "0") => ({
      channel: "PJSIP/trunk-00000001",
      channelstate: state,
      linkedid: call,
    }),
    kinds: () => events.map(({ kind }) => kind),
    pass: (ms: number) => {
      tracker.flush(epochMs + steps * stepMs + ms);
    },
    outcome: () => settle(foldEvents(originating({ id: call }), events)),
  };
}

const failure = {
  actionid: actionId,
  response: "Failure",
  reason: "0",
} as const;
const success = {
  actionid: actionId,
  response: "Success",
  reason: "4",
} as const;

describe("the end of a call", () => {
  it.each([
    ["Hangup first", ["Hangup", "OriginateResponse"]],
    ["OriginateResponse first", ["OriginateResponse", "Hangup"]],
  ])("is told once, with %s", (_name, order) => {
    const { tell, own, events, pass } = scene();
    tell("Newchannel", own());
    for (const event of order) {
      tell(
        event,
        event === "Hangup"
          ? {
              ...own(),
              cause: "17",
              "cause-txt": "User busy",
              techcause: "SIP 486",
            }
          : failure,
      );
    }
    pass(60_000);
    expect(events).toMatchObject([
      {
        kind: "ENDED",
        dedupKey: "ENDED",
        complete: true,
        timedOut: false,
        cause: 17,
        causeName: "User busy",
        sipStatus: 486,
      },
    ]);
  });

  it("waits a second for the OriginateResponse that says whether it was our time-out", () => {
    const { tell, own, events, pass, tracker } = scene();
    tell("Newchannel", own());
    tell("Hangup", { ...own(), cause: "21" });
    expect(events).toEqual([]);
    expect(tracker.nextDueMs).toBe(epochMs + 3_000);
    pass(999);
    expect(events).toEqual([]);
    pass(1_000);
    expect(events).toMatchObject([
      {
        kind: "ENDED",
        cause: 21,
        timedOut: false,
        at: "2026-11-22T09:00:02.250Z",
      },
    ]);
    expect(tracker.nextDueMs).toBeNull();
  });

  it("tells our own time-out from the carrier's 480, also when OriginateResponse is lost", () => {
    const [ours, carriers] = [scene(), scene()];
    for (const { tell, own } of [ours, carriers]) tell("Newchannel", own());
    ours.tell("Hangup", { ...ours.own(), cause: "19", techcause: "480" });
    carriers.tell("HangupRequest", {
      ...carriers.own(),
      cause: "19",
      techcause: "480",
    });
    carriers.tell("Hangup", {
      ...carriers.own(),
      cause: "19",
      techcause: "480",
    });
    for (const { pass } of [ours, carriers]) pass(2_000);
    expect(ours.events).toMatchObject([
      { kind: "ENDED", timedOut: true, sipStatus: null },
    ]);
    expect(carriers.events).toMatchObject([
      { kind: "ENDED", timedOut: false, sipStatus: 480 },
    ]);
    expect(ours.outcome().outcome).toBe("NETWORK_CONGESTION");
    expect(carriers.outcome().outcome).toBe("UNREACHABLE");
  });

  it("takes Reason 3 for our time-out whatever came before it", () => {
    const { tell, own, events } = scene();
    tell("Newchannel", own());
    tell("Newstate", own("5"));
    tell("OriginateResponse", { ...failure, reason: "3" });
    tell("Hangup", { ...own("5"), cause: "19", techcause: "480" });
    expect(events).toMatchObject([
      { kind: "RINGING" },
      { kind: "ENDED", timedOut: true, cause: 19, sipStatus: null },
    ]);
  });

  it("gives the carrier's own Q.850 cause, and its status with a reason phrase", () => {
    const { tell, own, events } = scene();
    tell("Newchannel", own());
    tell("Hangup", {
      ...own(),
      cause: "27",
      "cause-txt": "Destination out of order",
      techcause: "SIP 503 Service Unavailable",
    });
    tell("OriginateResponse", failure);
    expect(events).toMatchObject([
      {
        cause: 27,
        causeName: "Destination out of order",
        sipStatus: 503,
        sipReason: "Service Unavailable",
      },
    ]);
  });

  it.each(["0", "", "-3", "999", "x"])(
    "takes the cause %j for none",
    (cause) => {
      const { tell, own, events } = scene();
      tell("Newstate", own("6"));
      tell("Hangup", { ...own("6"), cause });
      expect(events.at(-1)).toMatchObject({
        kind: "ENDED",
        cause: null,
        causeName: null,
      });
    },
  );

  it("is a refusal by the trunk only when no channel was ever made", () => {
    const { tell, events, pass } = scene();
    tell("OriginateResponse", failure);
    pass(999);
    expect(events).toEqual([]);
    pass(1_000);
    expect(events).toMatchObject([
      {
        kind: "REFUSED",
        reason: "TRUNK_FAULT",
        at: "2026-11-22T09:00:01.250Z",
      },
    ]);
  });

  it("is none of that when the events of the channel are only late", () => {
    const { tell, own, events, pass } = scene();
    tell("OriginateResponse", failure);
    tell("Newchannel", own());
    tell("Hangup", { ...own(), cause: "1", techcause: "404" });
    pass(60_000);
    expect(events).toMatchObject([{ kind: "ENDED", cause: 1, sipStatus: 404 }]);
  });

  it("has a lesser word when the channel is there but its Hangup does not come", () => {
    const { tell, own, kinds, pass } = scene();
    tell("Newchannel", own());
    tell("OriginateResponse", { ...failure, reason: "3" });
    pass(1_000);
    expect(kinds()).toEqual(["ORIGINATE_FAILED"]);
    tell("Hangup", { ...own(), cause: "19" });
    pass(5_000);
    expect(kinds()).toEqual(["ORIGINATE_FAILED", "ENDED"]);
  });

  it("is told once of an answered call, and what comes after is not told", () => {
    const { tell, own, kinds } = scene();
    tell("Newchannel", own());
    tell("Newstate", own("6"));
    tell("DialEnd", { destuniqueid: call, dialstatus: "ANSWER", uniqueid: "" });
    tell("OriginateResponse", success);
    tell("Hangup", { ...own("6"), cause: "16" });
    tell("Hangup", { ...own("6"), cause: "16" });
    tell("Newstate", { ...own("5"), accountcode: installationId });
    tell("OriginateResponse", failure);
    expect(kinds()).toEqual(["ANSWERED", "ENDED"]);
  });

  it("shows that it was answered when only the Hangup was seen", () => {
    const { tell, own, events } = scene();
    tell("Hangup", { ...own("6"), cause: "16" });
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "ENDED", history: { answerAt: "2026-11-22T09:00:01.250Z" } },
    ]);
  });

  it("by a shutdown before any sign of life is left to reconciliation", () => {
    const { tell, own, events, pass, tracker } = scene();
    tell("Newchannel", own());
    tell("SoftHangupRequest", { ...own(), cause: "4" });
    tell("Hangup", { ...own(), cause: "0" });
    tell("OriginateResponse", failure);
    pass(60_000);
    expect(events).toEqual([]);
    expect(tracker.knows(call)).toBe(false);
  });
});

describe("whose call it is", () => {
  const row = {
    channel: "PJSIP/trunk-00000001",
    linkedid: call,
    accountcode: installationId,
  };

  it("a refused duplicate never touches the live call", () => {
    const { tell, own, kinds, pass } = scene();
    tell("Newchannel", own());
    tell("Newstate", own("6"));
    tell("OriginateResponse", {
      ...failure,
      actionid: `${installationId}:${call}:other-7`,
    });
    tell("OriginateResponse", { ...failure, actionid: "somebody" });
    pass(60_000);
    expect(kinds()).toEqual(["ANSWERED"]);
  });

  it("nor that of another engine the call that it follows", () => {
    const { tell, kinds, pass, tracker } = scene({ isSent: false });
    tell("Newchannel", { ...row, accountcode: "" });
    tell("NewAccountCode", row);
    tell("Newstate", { ...row, channelstate: "5" });
    tell("OriginateResponse", failure);
    pass(60_000);
    expect(kinds()).toEqual(["RINGING"]);
    expect(tracker.knows(call)).toBe(true);
  });

  it("follows another engine's call by our mark, wholly if seen from its start", () => {
    const { tell, events } = scene({ isSent: false });
    tell("Newchannel", { ...row, accountcode: "" });
    tell("NewAccountCode", row);
    tell("Newstate", { ...row, channelstate: "6" });
    tell("Hangup", { ...row, channelstate: "6", cause: "16" });
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "ENDED", complete: true },
    ]);
  });

  it("follows a call from before, but not wholly", () => {
    const { tell, events } = scene({ isSent: false });
    tell("Newstate", { ...row, channelstate: "6" });
    tell("Hangup", { ...row, channelstate: "6", cause: "16" });
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "ENDED", complete: false },
    ]);
  });

  it("hears of another engine's Originate without a channel by its ActionID", () => {
    const { tell, events, pass } = scene({ isSent: false });
    tell("OriginateResponse", failure);
    pass(1_000);
    expect(events).toMatchObject([{ attemptId: call, kind: "REFUSED" }]);
  });

  it.each([
    ["another installation's", { accountcode: "another" }],
    ["a stranger's", { accountcode: "" }],
    [
      "one without the shape of an attempt",
      { uniqueid: "astlab-1795340171.57987", accountcode: installationId },
    ],
    [
      "the pseudo channel's",
      {
        uniqueid: "astlab-1.1",
        linkedid: "astlab-1.1",
        channel: "OutgoingSpoolFailed",
      },
    ],
  ])("ignores %s events", (_name, headers: Headers) => {
    const { tell, events, tracker } = scene({ isSent: false });
    for (const event of [
      "Newchannel",
      "NewAccountCode",
      "Newstate",
      "HangupRequest",
      "Hangup",
    ]) {
      tell(event, { ...row, channelstate: "6", cause: "16", ...headers });
    }
    expect(events).toEqual([]);
    expect(tracker.sizes.calls).toBe(0);
  });

  it("uses the time of arrival where Asterisk gives none, and its clock where it gave one before", () => {
    const { tracker, events, tell, own } = scene();
    tracker.handle(
      new Map(
        Object.entries({
          event: "Newstate",
          uniqueid: call,
          channelstate: "5",
        }),
      ),
      epochMs + 5,
    );
    expect(events[0]?.at).toBe("2026-11-22T09:00:00.005Z");
    tell("HangupRequest", {
      ...own(),
      timestamp: `${String(epochMs / 1_000 + 3_601)}.5`,
    });
    const rows: AmiMessage[] = [
      new Map(Object.entries({ uniqueid: call, channelstate: "6" })),
    ];
    tracker.adopt(rows, new Set(), epochMs + 2_000);
    expect(events[1]).toMatchObject({
      kind: "ANSWERED",
      at: "2026-11-22T10:00:02.500Z",
    });
  });
});

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

  it("after a blind and an attended transfer are told anew, the transfers noted", () => {
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

  it("found in a bridge after a gap are told", () => {
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
    tracker.lineBroke(epochMs);
    tracker.adopt(rows, tracker.ids(), epochMs);
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "BRIDGED", agentId: "PJSIP/agent1" },
    ]);
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

describe("a Local channel", () => {
  const one = {
    channel: "Local/1555@from-internal-00000001;1",
    linkedid: call,
  };
  const two = {
    uniqueid: `${call};2`,
    channel: "Local/1555@from-internal-00000001;2",
    linkedid: call,
  };
  const trunk = {
    uniqueid: "astlab-1.1",
    channel: "PJSIP/trunk-00000001",
    linkedid: call,
  };
  const dialled = (leg: Headers): Headers => ({
    destuniqueid: leg.uniqueid ?? "",
    destchannel: leg.channel ?? "",
    destlinkedid: call,
  });
  const local = () => {
    const it = scene({ stepMs: 10 });
    it.tell("Newchannel", one);
    it.tell("Newchannel", two);
    it.tell("LocalBridge", {
      localoneuniqueid: call,
      localtwouniqueid: two.uniqueid,
      localtwochannel: two.channel,
    });
    return it;
  };

  it("has rung only when the trunk's leg has, though its own half was told to ring", () => {
    const { tell, kinds } = local();
    tell("Newchannel", trunk);
    tell("DialBegin", { ...two, ...dialled(trunk) });
    tell("Newstate", { ...one, channelstate: "5" });
    expect(kinds()).toEqual([]);
    tell("DialState", { ...two, ...dialled(trunk), dialstatus: "RINGING" });
    expect(kinds()).toEqual(["RINGING"]);
  });

  it("ends with the cause of the last trunk that was tried, even if that comes last", () => {
    const { tell, events, pass } = local();
    const second = {
      ...trunk,
      uniqueid: "astlab-1.2",
      channel: "PJSIP/other-00000002",
    };
    tell("Newchannel", trunk);
    tell("DialBegin", { ...two, ...dialled(trunk) });
    tell("Hangup", { ...trunk, cause: "34", techcause: "503" });
    tell("Newchannel", second);
    tell("DialBegin", { ...two, ...dialled(second) });
    tell("OriginateResponse", failure);
    tell("Hangup", { ...one, cause: "16" });
    tell("Hangup", { ...two, cause: "16" });
    expect(events).toEqual([]);
    tell("Hangup", { ...second, cause: "1", techcause: "404" });
    pass(60_000);
    expect(events).toMatchObject([
      {
        kind: "ENDED",
        cause: 1,
        sipStatus: 404,
        at: "2026-11-22T09:00:00.350Z",
      },
    ]);
  });

  it("does not wait for ever for its other legs", () => {
    const { tell, events, pass } = local();
    tell("OriginateResponse", failure);
    tell("Hangup", { ...one, cause: "16" });
    pass(1_000);
    expect(events).toMatchObject([{ kind: "ENDED", cause: 16 }]);
  });

  it("is not bridged when its second half is, nor is the trunk an agent", () => {
    const { tell, kinds } = local();
    tell("Newchannel", trunk);
    tell("DialBegin", { ...two, ...dialled(trunk) });
    tell("Newstate", { ...one, channelstate: "6" });
    tell("BridgeEnter", {
      ...trunk,
      bridgeuniqueid: "b1",
      bridgenumchannels: "1",
    });
    tell("BridgeEnter", {
      ...two,
      bridgeuniqueid: "b1",
      bridgenumchannels: "2",
    });
    expect(kinds()).toEqual(["ANSWERED"]);
  });

  it("dialled through further Local channels still hears the trunk's leg", () => {
    const { tell, events } = local();
    const third = {
      uniqueid: "astlab-1.5",
      channel: "Local/x@route-00000002;1",
      linkedid: call,
    };
    const fourth = {
      uniqueid: "astlab-1.6",
      channel: "Local/x@route-00000002;2",
      linkedid: call,
    };
    tell("DialBegin", { ...two, ...dialled(third) });
    tell("LocalBridge", {
      localoneuniqueid: third.uniqueid,
      localtwouniqueid: fourth.uniqueid,
      localtwochannel: fourth.channel,
    });
    tell("DialBegin", { ...fourth, ...dialled(trunk) });
    tell("Newstate", { ...trunk, channelstate: "5" });
    tell("HangupRequest", { ...trunk, cause: "17" });
    for (const leg of [trunk, fourth, third, two])
      tell("Hangup", { ...leg, cause: leg === trunk ? "17" : "16" });
    tell("Hangup", { ...one, cause: "16" });
    tell("OriginateResponse", failure);
    expect(events).toMatchObject([
      { kind: "RINGING" },
      { kind: "ENDED", cause: 17, source: "CALLEE" },
    ]);
  });
});

describe("the order of events", () => {
  /** Stasis keeps the order of channel events; OriginateResponse goes round it and may come anywhere. */
  it.each(
    recordingNames().filter((name) =>
      expectedAttempts[name]?.some(({ outcome }) => outcome !== null),
    ),
  )("%s ends the same wherever OriginateResponse comes in", (name) => {
    const recording = loadRecording(name);
    const messages = plainMessages(recording.bytes).map(
      (headers) => new Map([...headers].reverse()),
    );
    const isResponse = (message: AmiMessage) =>
      message.get("event") === "OriginateResponse";
    const rest = messages.filter((message) => !isResponse(message));
    const responses = messages.filter(isResponse);
    fc.assert(
      fc.property(
        fc.array(fc.nat(rest.length), {
          minLength: responses.length,
          maxLength: responses.length,
        }),
        (places) => {
          const { tracker, events } = trackRecording(recording);
          rest.forEach((message, index) => {
            places.forEach((place, which) => {
              const response = responses[which];
              if (place === index && response !== undefined)
                tracker.handle(response, epochMs);
            });
            tracker.handle(message, epochMs);
          });
          places.forEach((place, which) => {
            const response = responses[which];
            if (place === rest.length && response !== undefined)
              tracker.handle(response, epochMs);
          });
          tracker.flush(Infinity);
          expect(finalAttempts(recording, events).map(describeAttempt)).toEqual(
            expectedAttempts[name],
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  it("of the same events, told twice each, changes nothing", () => {
    for (const name of recordingNames()) {
      const recording = loadRecording(name);
      const once = trackRecording(recording);
      const twice = trackRecording(recording);
      for (const headers of plainMessages(recording.bytes)) {
        const message = new Map([...headers].reverse());
        once.tracker.handle(message, epochMs);
        twice.tracker.handle(message, epochMs);
        twice.tracker.handle(message, epochMs);
      }
      once.tracker.flush(Infinity);
      twice.tracker.flush(Infinity);
      expect(finalAttempts(recording, twice.events), name).toEqual(
        finalAttempts(recording, once.events),
      );
    }
  });
});
