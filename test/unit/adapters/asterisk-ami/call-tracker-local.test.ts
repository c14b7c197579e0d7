import { describe, expect, it } from "vitest";

import { call, failure, scene } from "./tracker-scene.ts";
import type { Headers } from "./tracker-scene.ts";

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
