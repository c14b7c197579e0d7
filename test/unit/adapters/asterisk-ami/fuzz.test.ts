import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { AmiCallTracker } from "../../../../adapters/asterisk-ami/call-tracker.ts";
import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import { createRandom } from "../../../../adapters/mock/random.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import { installationId, loadRecording, recordingNames } from "./recordings.ts";
import { startFeeds } from "./replay.ts";

let feeds: Awaited<ReturnType<typeof startFeeds>>;
beforeAll(async () => {
  feeds = await startFeeds();
});
afterAll(async () => {
  await feeds.close();
});

const names = [
  "Event",
  "Response",
  "ActionID",
  "Uniqueid",
  "DestUniqueid",
  "Linkedid",
  "ChannelState",
  "DialStatus",
  "Cause",
  "Timestamp",
  "Variable",
  "ChanVariable(x)",
  "__proto__",
  "constructor",
  "BridgeUniqueid",
  "AccountCode",
  "UserEvent",
  "CorrelationId",
  "",
];
const words = [
  "Hangup",
  "Newstate",
  "Newchannel",
  "OriginateResponse",
  "DialBegin",
  "DialEnd",
  "BridgeEnter",
  "UserEvent",
  "LocalBridge",
  "Failure",
  "Success",
  "Follows",
  "5",
  "6",
  "17",
  "rawevent",
  "error",
  "--END COMMAND--",
  installationId,
  "99999999999999999999",
  "-1",
  "NaN",
  "Local/x@y-00000001;1",
  "a=b",
  "__proto__=x",
];

const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom(": ", ":", " : ", ""),
      fc.constantFrom(...words),
    )
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const stream = fc
  .array(
    fc.tuple(line, fc.constantFrom("\r\n", "\r\n\r\n", "\n", "\r", "\n\n")),
    { maxLength: 40 },
  )
  .map((lines) => lines.flat().join(""));

describe("whatever Asterisk or somebody in its place sends", () => {
  it("throws nothing, and leaves the wire usable or closed with a reason", async () => {
    const events: CallEvent[] = [];
    const tracker = new AmiCallTracker({
      installationId,
      emit: (event) => events.push(event),
    });
    let handled = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(stream, { maxLength: 8 }), async (reads) => {
        const feed = await feeds.open((message) => {
          handled += 1;
          tracker.handle(message, 1_800_000_000_000);
        });
        for (const read of reads) feed.push(Buffer.from(read));
        expect(feed.wire.isOpen || feed.closedBecause() !== null).toBe(true);
        expect(feed.complaints).toEqual([]);
        feed.close();
      }),
      { numRuns: 300 },
    );
    expect(handled).toBeGreaterThan(1_000);
    expect(Object.keys(Object.prototype)).toEqual([]);
    tracker.flush(Infinity);
  });

  it("survives recordings with bytes changed, dropped, doubled and swapped", async () => {
    const random = createRandom(11);
    const recorded = recordingNames().map((name) => loadRecording(name));
    const feed = await feeds.open();
    for (let round = 0; round < 400; round += 1) {
      const recording = recorded[round % recorded.length];
      const bytes = Buffer.from(recording?.bytes ?? "");
      const tracker = new AmiCallTracker({
        installationId,
        emit: () => undefined,
      });
      for (const { attemptId, actionId } of recording?.calls ?? [])
        tracker.sent(attemptId, actionId);
      const messages: AmiMessage[] = [];
      for (let change = 0; change < 20; change += 1) {
        const at = Math.floor(random() * bytes.length);
        const kind = random();
        if (kind < 0.4) bytes[at] = Math.floor(random() * 256);
        else if (kind < 0.6) bytes.write("\r\n", at);
        else if (kind < 0.8)
          bytes.copy(
            bytes,
            at,
            Math.floor(random() * bytes.length),
            bytes.length,
          );
        else bytes.write(": ", at);
      }
      // A cut-off "Response: Follows" may swallow the rest; the next round starts with an end for it.
      feed.push(
        Buffer.concat([
          bytes,
          Buffer.from("\r\n--END COMMAND--\r\n\r\n\r\n\r\n"),
        ]),
      );
      messages.push(...feed.messages.splice(0));
      for (const message of messages)
        tracker.handle(message, 1_800_000_000_000);
      tracker.flush(Infinity);
    }
    expect(feed.wire.isOpen).toBe(true);
    feed.close();
  });
});

describe("the tracker's memory", () => {
  const message = (headers: Readonly<Record<string, string>>): AmiMessage =>
    new Map(Object.entries(headers));
  const idOf = (index: number) =>
    `00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;

  it("holds nothing of calls that ended but their ids, and not for ever", () => {
    let told = 0;
    const tracker = new AmiCallTracker({
      installationId,
      emit: () => (told += 1),
    });
    for (let index = 0; index < 25_000; index += 1) {
      const Uniqueid = idOf(index);
      tracker.sent(Uniqueid, `${installationId}:${Uniqueid}:x-1`);
      tracker.handle(
        message({
          event: "Newchannel",
          uniqueid: Uniqueid,
          linkedid: Uniqueid,
          channel: "Local/1@x-00000001;1",
        }),
        index,
      );
      tracker.handle(
        message({
          event: "LocalBridge",
          localoneuniqueid: Uniqueid,
          localtwouniqueid: `${Uniqueid};2`,
        }),
        index,
      );
      tracker.handle(
        message({ event: "Newstate", uniqueid: Uniqueid, channelstate: "6" }),
        index,
      );
      tracker.handle(
        message({
          event: "BridgeEnter",
          uniqueid: Uniqueid,
          bridgeuniqueid: `b${Uniqueid}`,
          bridgenumchannels: "1",
        }),
        index,
      );
      tracker.handle(
        message({
          event: "BridgeLeave",
          uniqueid: Uniqueid,
          bridgeuniqueid: `b${Uniqueid}`,
          bridgenumchannels: "0",
        }),
        index,
      );
      tracker.handle(
        message({
          event: "Hangup",
          uniqueid: Uniqueid,
          channelstate: "6",
          cause: "16",
        }),
        index,
      );
    }
    expect(told).toBe(50_000);
    expect(tracker.sizes).toMatchObject({
      calls: 0,
      legs: 0,
      waiting: 0,
      bridges: 0,
    });
    expect(tracker.sizes.ended).toBeLessThanOrEqual(20_000);
    expect(tracker.sizes.ended).toBeGreaterThanOrEqual(10_000);
  });

  it("is bounded for strangers, for calls that never end, for legs and for bridges", () => {
    const tracker = new AmiCallTracker({
      installationId,
      emit: () => undefined,
    });
    for (let index = 0; index < 26_000; index += 1) {
      const uniqueid = idOf(index);
      tracker.handle(
        message({
          event: "Newchannel",
          uniqueid,
          linkedid: uniqueid,
          channel: "PJSIP/a-00000001",
        }),
        index,
      );
      tracker.handle(
        message({
          event: "NewAccountCode",
          uniqueid,
          accountcode: index % 2 === 0 ? installationId : "other",
        }),
        index,
      );
      tracker.handle(
        message({
          event: "BridgeEnter",
          uniqueid: `stranger-${String(index)}`,
          bridgeuniqueid: `bridge-${String(index)}`,
        }),
        index,
      );
      tracker.handle(
        message({
          event: "OriginateResponse",
          actionid: `${installationId}:${idOf(index + 100_000)}:x-1`,
          response: "Failure",
          reason: "0",
        }),
        index,
      );
    }
    const owner = idOf(25_998);
    expect(tracker.knows(owner)).toBe(true);
    for (let index = 0; index < 55_000; index += 1) {
      const uniqueid = `leg-${String(index)}`;
      const channel = "PJSIP/b-00000002";
      const headers = {
        event: "Newchannel",
        uniqueid,
        linkedid: owner,
        channel,
      };
      tracker.handle(message(headers), index);
    }
    const { calls, legs, waiting, bridges, ended } = tracker.sizes;
    expect(calls).toBeLessThanOrEqual(20_000);
    expect(waiting).toBeLessThanOrEqual(20_000);
    expect(legs).toBe(50_000);
    expect(bridges).toBeLessThanOrEqual(20_000);
    expect(ended).toBeLessThanOrEqual(20_000);
  });
});
