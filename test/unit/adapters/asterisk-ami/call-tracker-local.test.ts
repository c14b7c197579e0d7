import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { call, epochMs, failure, scene, success } from "./tracker-scene.ts";
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

  it("has rung only when the trunk's leg has, though its own half was made to ring", () => {
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
    tell("Newchannel", trunk);
    tell("DialBegin", { ...two, ...dialled(trunk) });
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

  it("dialled through further Local channels still follows the trunk's leg", () => {
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

  describe("whose dialplan tries several trunks", () => {
    const legs = [1, 2, 3].map((number) => ({
      uniqueid: `astlab-2.${String(number)}`,
      channel: `PJSIP/carrier${String(number)}-0000000${String(number)}`,
      linkedid: call,
    }));
    const agent = {
      uniqueid: "astlab-3.1",
      channel: "PJSIP/1001-0000000f",
      linkedid: call,
    };
    const dial = (it: ReturnType<typeof local>, leg: Headers) => {
      it.tell("Newchannel", leg);
      it.tell("DialBegin", { ...two, ...dialled(leg) });
    };
    const refuse = (it: ReturnType<typeof local>, leg: Headers) => {
      it.tell("HangupRequest", { ...leg, cause: "34" });
      it.tell("DialEnd", { ...two, ...dialled(leg), dialstatus: "CONGESTION" });
      it.tell("Hangup", { ...leg, cause: "34", techcause: "503" });
    };
    const answer = (it: ReturnType<typeof local>, leg: Headers) => {
      it.tell("DialEnd", { ...two, ...dialled(leg), dialstatus: "ANSWER" });
      it.tell("Newstate", { ...one, channelstate: "6" });
      it.tell("OriginateResponse", success);
    };
    const over = (it: ReturnType<typeof local>) => {
      it.tell("Hangup", { ...one, cause: "16" });
      it.pass(60_000);
      return it.events.at(-1);
    };

    it("takes no refusal for the hang-up of the callee, in a row or at once, however many refuse", () => {
      const plan = fc.record({
        refusing: fc.integer({ min: 1, max: 2 }),
        isAtOnce: fc.boolean(),
        ender: fc.constantFrom("CALLEE", "AGENT", "SYSTEM"),
      });
      fc.assert(
        fc.property(plan, ({ refusing, isAtOnce, ender }) => {
          const it = local();
          const refusers = legs.slice(0, refusing);
          const taker = legs[refusing] ?? trunk;
          if (isAtOnce) for (const leg of [...refusers, taker]) dial(it, leg);
          for (const leg of refusers) {
            if (!isAtOnce) dial(it, leg);
            refuse(it, leg);
          }
          if (!isAtOnce) dial(it, taker);
          answer(it, taker);
          it.tell("DialBegin", { ...one, ...dialled(agent) });
          it.tell("BridgeEnter", {
            ...agent,
            bridgeuniqueid: "b",
            bridgenumchannels: "1",
          });
          it.tell("BridgeEnter", {
            ...one,
            bridgeuniqueid: "b",
            bridgenumchannels: "2",
          });
          if (ender === "CALLEE")
            it.tell("HangupRequest", { ...taker, cause: "16" });
          if (ender === "AGENT")
            it.tell("HangupRequest", { ...agent, cause: "16" });
          if (ender === "SYSTEM")
            it.tell("SoftHangupRequest", { ...one, cause: "16" });
          expect(over(it)).toMatchObject({ kind: "ENDED", source: ender });
        }),
      );
    });

    it("gives the person back when an agent does not pick up", () => {
      const it = local();
      const [first = trunk, second = trunk] = legs;
      dial(it, first);
      refuse(it, first);
      dial(it, second);
      answer(it, second);
      it.tell("UserEvent", { ...one, userevent: "AgentRequest" });
      it.tell("DialBegin", { ...one, ...dialled(agent) });
      it.tell("DialEnd", { ...one, ...dialled(agent), dialstatus: "NOANSWER" });
      expect(it.kinds()).toEqual([
        "ANSWERED",
        "WAITING_AGENT",
        "AGENT_RINGING",
        "WAITING_AGENT",
      ]);
    });

    it("that all refuse was ended by the last", () => {
      const it = local();
      for (const leg of legs) {
        dial(it, leg);
        refuse(it, leg);
      }
      it.tell("OriginateResponse", failure);
      expect(over(it)).toMatchObject({
        kind: "ENDED",
        source: "CALLEE",
        cause: 34,
      });
    });
  });

  describe("of which nobody outside is ever dialled", () => {
    type Step = readonly [string, Headers];
    const answers: readonly Step[] = [
      ["Newstate", { ...one, channelstate: "6" }],
      ["OriginateResponse", success],
      ["UserEvent", { ...one, userevent: "AgentRequest" }],
    ];
    const agent = {
      uniqueid: "astlab-1.9",
      channel: "PJSIP/1001-00000009",
      linkedid: call,
    };
    const played: readonly Step[] = [
      ["Newstate", { ...one, channelstate: "5" }],
      [
        "DialState",
        { ...dialled({ ...one, uniqueid: call }), dialstatus: "RINGING" },
      ],
      [
        "DialState",
        { ...dialled({ ...one, uniqueid: call }), dialstatus: "PROGRESS" },
      ],
    ];

    it.each([
      [
        "whose context does not exist",
        false,
        [],
        "0",
        /no extension for the number/,
      ],
      ["that hangs up", true, [], "16", /called no trunk: it dialled nobody/],
      ["that is busy", true, played, "17", /called no trunk/],
      ["that congests", true, played, "34", /called no trunk/],
      ["that calls the number wrong", true, [], "1", /called no trunk/],
      [
        "that answers and plays something",
        true,
        answers,
        "16",
        /answered by itself/,
      ],
      [
        "that answers, and an agent is given to it",
        true,
        [
          ...answers,
          ["DialBegin", { ...one, ...dialled(agent) }],
          [
            "BridgeEnter",
            { ...agent, bridgeuniqueid: "b", bridgenumchannels: "1" },
          ],
          [
            "BridgeEnter",
            { ...one, bridgeuniqueid: "b", bridgenumchannels: "2" },
          ],
        ],
        "16",
        /answered by itself/,
      ],
    ] as const)(
      "a dialplan %s is the trunk's fault",
      (_, hasExtension, middle, cause, message) => {
        const it = hasExtension ? local() : scene({ stepMs: 10 });
        if (!hasExtension) {
          it.tell("Newchannel", one);
          it.tell("Newchannel", two);
        }
        for (const [event, headers] of middle) it.tell(event, headers);
        it.tell("Hangup", { ...two, cause });
        if (middle !== answers) it.tell("OriginateResponse", failure);
        it.tell("Hangup", { ...one, cause });
        it.pass(60_000);
        expect(it.events).toMatchObject([
          {
            kind: "REFUSED",
            reason: "TRUNK_FAULT",
            message: expect.stringMatching(message),
          },
        ]);
        expect(it.outcome()).toMatchObject({
          state: "FAILED",
          outcome: "TRUNK_FAULT",
          answerAt: null,
        });
      },
    );

    it("is ended by us when it was answered, once, and not before the trunk's leg could be late", () => {
      const { tell, pass, astray } = local();
      for (const [event, headers] of answers) tell(event, headers);
      pass(980);
      expect(astray).toEqual([]);
      pass(1_000);
      pass(60_000);
      expect(astray).toEqual([call]);
    });

    it("is emitted in full when the events of its trunk's leg were late", () => {
      const { tell, kinds, pass, astray } = local();
      for (const [event, headers] of answers) tell(event, headers);
      expect(kinds()).toEqual([]);
      tell("DialBegin", { ...two, ...dialled(trunk) });
      expect(kinds()).toEqual(["ANSWERED", "WAITING_AGENT"]);
      pass(60_000);
      expect(astray).toEqual([]);
    });

    it("says nothing of its trunk when we ended it, or its time ran out", () => {
      for (const end of [
        [["SoftHangupRequest", { ...one, cause: "16" }]],
        [["OriginateResponse", { ...failure, reason: "3" }]],
      ] as const) {
        const { tell, events, pass } = local();
        for (const [event, headers] of end) tell(event, headers);
        tell("Hangup", { ...one, cause: "19" });
        tell("OriginateResponse", failure);
        pass(60_000);
        expect(events).toMatchObject([{ kind: "ENDED" }]);
      }
    });

    it("says nothing of its trunk when Asterisk went down", () => {
      const { tell, events, pass } = local();
      tell("SoftHangupRequest", { ...two, cause: "4" });
      tell("HangupRequest", { ...one, cause: "0" });
      tell("Hangup", { ...one, cause: "0" });
      tell("OriginateResponse", failure);
      pass(60_000);
      expect(events).toEqual([]);
    });

    it("is emitted as received after a gap: a leg may have been in it", () => {
      const { tracker, tell, kinds } = local();
      for (const [event, headers] of answers) tell(event, headers);
      tracker.connectionLost(epochMs);
      expect(kinds()).toEqual(["ANSWERED", "WAITING_AGENT"]);
    });
  });
});
