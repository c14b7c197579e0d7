import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import { describeAttempt, expectedAttempts } from "./expected-attempts.ts";
import { loadRecording, plainMessages, recordingNames } from "./recordings.ts";
import { finalAttempts, trackRecording } from "./replay.ts";
import { call, epochMs, failure, scene } from "./tracker-scene.ts";
import type { Headers } from "./tracker-scene.ts";

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

  it("of the same events, each received twice, changes nothing", () => {
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

describe("a Local channel whose dialplan plays something itself", () => {
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
  const trunkAsDest = {
    destuniqueid: trunk.uniqueid,
    destchannel: trunk.channel,
    destlinkedid: call,
  };
  const dialling: readonly [string, Headers][] = [
    ["Newchannel", trunk],
    ["DialBegin", { ...two, ...trunkAsDest }],
  ];
  const refused: readonly [string, Headers][] = [
    ["Hangup", { ...trunk, cause: "34", techcause: "503" }],
  ];
  const played: readonly [string, Headers][] = [
    ["Newstate", { ...one, channelstate: "5" }],
    ["DialState", { destuniqueid: call, dialstatus: "PROGRESS" }],
  ];
  const over: readonly [string, Headers][] = [
    ["Hangup", { ...two, cause: "34" }],
    ["Hangup", { ...one, cause: "34" }],
    ["OriginateResponse", failure],
  ];

  it.each([
    ["after the trunk's leg has ended", [...dialling, ...refused, ...played]],
    ["while it ends", [...dialling, ...played, ...refused]],
    ["before the trunk is dialled", [...played, ...dialling, ...refused]],
  ])("%s was not rung by the carrier", (_, middle) => {
    const { tell, kinds, outcome, pass } = scene({ stepMs: 10 });
    tell("Newchannel", one);
    tell("Newchannel", two);
    tell("LocalBridge", {
      localoneuniqueid: call,
      localtwouniqueid: two.uniqueid,
      localtwochannel: two.channel,
    });
    for (const [event, headers] of [...middle, ...over]) tell(event, headers);
    pass(60_000);
    expect(kinds()).toEqual(["ENDED"]);
    expect(outcome()).toMatchObject({ outcome: "NETWORK_CONGESTION" });
  });

  it("and never dials a trunk is refused, whatever it played", () => {
    const { tell, events, outcome, pass } = scene({ stepMs: 10 });
    tell("Newchannel", one);
    for (const [event, headers] of [...played, ...over]) tell(event, headers);
    pass(60_000);
    expect(events).toMatchObject([{ kind: "REFUSED", reason: "TRUNK_FAULT" }]);
    expect(outcome()).toMatchObject({ outcome: "TRUNK_FAULT", ringAt: null });
  });

  it("is followed again by its trunk's leg after a gap, whatever our own half's state", () => {
    const { tracker, tell, kinds } = scene({ stepMs: 10 });
    tell("Newchannel", one);
    tracker.connectionLost(epochMs);
    const row = (headers: Headers) =>
      new Map(Object.entries({ event: "CoreShowChannel", ...headers }));
    const rows = [
      { ...one, uniqueid: call, channelstate: "5" },
      { ...two, channelstate: "4" },
      { ...trunk, channelstate: "0" },
    ];
    tracker.adopt(rows.map(row), new Set([call]), epochMs);
    expect(kinds()).toEqual([]);
    const ringing = rows.map((leg) => row({ ...leg, channelstate: "5" }));
    tracker.adopt(ringing, new Set([call]), epochMs);
    expect(kinds()).toEqual(["RINGING"]);
  });
});
