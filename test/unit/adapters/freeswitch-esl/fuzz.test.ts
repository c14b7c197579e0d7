/** Whatever comes, no exception escapes: prefixes, mutations, invalid UTF-8, nonsense that is well framed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EslCallTracker } from "../../../../adapters/freeswitch-esl/call-tracker.ts";
import {
  eventOf,
  readEvent,
} from "../../../../adapters/freeswitch-esl/event.ts";
import {
  FrameError,
  FrameParser,
} from "../../../../adapters/freeswitch-esl/frame-parser.ts";
import { jobUuidOf } from "../../../../adapters/freeswitch-esl/job.ts";
import { createRandom } from "../../../../adapters/mock/random.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { connect, jsonEvent, request, startSwitch } from "./fake-switch.ts";
import { installationId, loadRecording, recordingNames } from "./recordings.ts";

/** Bytes through parser, events and tracker. @returns whether the connection would have been ended */
function swallow(bytes: Buffer): boolean {
  const tracker = new EslCallTracker({ installationId, emit: () => undefined });
  const parser = new FrameParser();
  try {
    for (const { body } of parser.push(bytes)) {
      const event = readEvent(body);
      if (event !== null) tracker.handle(event, 0);
    }
  } catch (error) {
    if (error instanceof FrameError) return true;
    throw error;
  }
  tracker.flush(Infinity);
  tracker.connectionLost(0);
  return false;
}

const recorded = (name: string): Buffer =>
  Buffer.concat(loadRecording(name).connections.flat());

describe("bytes of any kind", () => {
  it("of every recording, cut anywhere, or with anything changed, let no exception escape", () => {
    const random = createRandom(11);
    const below = (end: number) => Math.floor(random() * end);
    let ended = 0;
    for (const name of recordingNames()) {
      const bytes = recorded(name);
      for (let round = 0; round < 4; round += 1) {
        const prefix = bytes.subarray(0, below(bytes.length));
        expect(swallow(prefix)).toBe(false);
        const changed = Buffer.from(bytes);
        for (let change = below(6); change >= 0; change -= 1) {
          const at = below(changed.length);
          if (random() < 0.5) changed[at] = below(256);
          else changed.copy(changed, at, below(changed.length));
        }
        if (swallow(changed)) ended += 1;
      }
    }
    expect(ended).toBeGreaterThan(0);
  });

  it("that are random let no exception escape", () => {
    const words = fc.constantFrom(
      ...'Content-Length: ,Content-Type: text/event-json,\n,\n\n,12,-1,1e9,99999999999,{,},"'.split(
        ",",
      ),
    );
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      words.map((word) => Buffer.from(word)),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 40 }), (chunks) => {
        swallow(Buffer.concat(chunks));
      }),
      { numRuns: 1_000 },
    );
  });

  it("that are no UTF-8 become a replacement character, and the frame stays whole", () => {
    const body = Buffer.concat([
      Buffer.from('{"Event-Name":"CHANNEL_CREATE","variable_name":"M'),
      Buffer.from([0xfc]),
      Buffer.from('ller"}'),
    ]);
    const head = `Content-Length: ${String(body.length)}\nContent-Type: text/event-json\n\n`;
    const frames = new FrameParser().push(
      Buffer.concat([Buffer.from(head), body, Buffer.from(head), body]),
    );
    expect(
      frames.map((frame) => readEvent(frame.body)?.get("variable_name")),
    ).toEqual(["M\ufffdller", "M\ufffdller"]);
  });

  it("of a body that never ends are bounded", () => {
    const parser = new FrameParser();
    expect(() =>
      parser.push(Buffer.from("Content-Length: 99999999\n\n")),
    ).toThrow(FrameError);
    const headers = new FrameParser();
    const line = Buffer.from(`${"x".repeat(1_000)}\n`);
    expect(() => {
      for (let count = 0; count < 100; count += 1) headers.push(line);
    }).toThrow(FrameError);
  });
});

const attemptId = "87500612-501b-4ea4-b175-213724e9a73b";
const other = "03134404-1709-40e7-8b3e-46691ba73422";
const names = [
  "Event-Name",
  "Event-Subclass",
  "Unique-ID",
  "Other-Leg-Unique-ID",
  "Other-Type",
  "Bridge-B-Unique-ID",
  "Job-UUID",
  "_body",
  "Channel-Name",
  "Call-Direction",
  "Application",
  "variable_amd_result",
  "Hangup-Cause",
  "variable_hangup_cause_q850",
  "variable_sip_term_status",
  "variable_sip_hangup_disposition",
  "variable_presence_data",
  "variable_accountcode",
  "variable_cc_member_session_uuid",
  "CC-Action",
  "CC-Member-Session-UUID",
  "Dialer-Event",
  "CorrelationId",
  "Disposition",
  "Caller-Channel-Answered-Time",
  "Caller-Channel-Progress-Time",
  "Caller-Channel-Bridged-Time",
  "Event-Date-Timestamp",
  "__proto__",
  "constructor",
];
const values = fc.oneof(
  fc.constantFrom<unknown>(
    ..."CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP_COMPLETE CHANNEL_DESTROY CHANNEL_EXECUTE_COMPLETE BACKGROUND_JOB CUSTOM callcenter::info dialer::info member-queue-start AgentRequest DialerDisposition originator outbound amd HUMAN NORMAL_CLEARING USER_BUSY N/A 16 486 0 1795339903539563".split(
      " ",
    ),
    "-ERR NO_ANSWER\n",
    "-USAGE: x",
    attemptId,
    other,
    installationId,
    jobUuidOf(installationId, attemptId),
    "99999999999999999999",
    ["a", "b"],
    {},
    null,
    7,
  ),
  fc.string({ maxLength: 12 }),
);

describe("events of any kind", () => {
  it("let no exception escape, and emit one well-formed final event for each call", () => {
    const event = fc.dictionary(fc.constantFrom(...names), values, {
      maxKeys: 14,
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (headers) => {
        const events: CallEvent[] = [];
        const tracker = new EslCallTracker({
          installationId,
          emit: (one) => events.push(one),
        });
        tracker.sent(attemptId);
        headers.forEach((one, index) => {
          tracker.handle(eventOf(one), index);
        });
        tracker.flush(Infinity);
        const last = events.filter(
          (one) =>
            one.attemptId === attemptId &&
            (one.kind === "ENDED" || one.kind === "REFUSED"),
        );
        expect(last.length).toBeLessThanOrEqual(1);
        for (const { at, dedupKey } of events) {
          expect(new Date(at).toISOString()).toBe(at);
          expect(dedupKey.length).toBeLessThanOrEqual(120);
        }
      }),
      { numRuns: 700 },
    );
  });

  it("that are not JSON are ignored, and those behind them are received", async () => {
    const fake = await startSwitch();
    const { adapter, events } = await connect(fake);
    const { attemptId: id } = request();
    await adapter.originate(request({ attemptId: id }), () => true);
    const answer = {
      "Event-Name": "CHANNEL_ANSWER",
      "Unique-ID": id,
      "Caller-Channel-Answered-Time": "1795339903539563",
    };
    for (const bad of ["", "[]", "null", "{", '"x"', "\u0000"])
      fake.say(
        `Content-Length: ${String(bad.length)}\nContent-Type: text/event-json\n\n${bad}`,
      );
    fake.say(jsonEvent(answer));
    await waitFor("the answer", () => events.length > 0);
    expect(adapter.connection().status).toBe("CONNECTED");
    expect(events.map(({ kind }) => kind)).toEqual(["ANSWERED"]);
  });

  it("cost no more memory the longer the engine runs", () => {
    const tracker = new EslCallTracker({
      installationId,
      emit: () => undefined,
    });
    for (let count = 0; count < 60_000; count += 1) {
      const id = `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`;
      tracker.sent(id);
      const end = { "Event-Name": "CHANNEL_HANGUP_COMPLETE", "Unique-ID": id };
      tracker.handle(eventOf(end), count);
    }
    const { calls, waiting, legs, ended } = tracker.sizes;
    expect({ calls, waiting, legs }).toEqual({ calls: 0, waiting: 0, legs: 0 });
    expect(ended).toBeLessThanOrEqual(20_000);
  });
});
