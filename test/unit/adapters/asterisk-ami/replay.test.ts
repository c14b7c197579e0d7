import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createRandom } from "../../../../adapters/mock/random.ts";
import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import { describeAttempt, expectedAttempts } from "./expected-attempts.ts";
import { loadRecording, plainMessages, recordingNames } from "./recordings.ts";
import type { Recording } from "./recordings.ts";
import { finalAttempts, startFeeds, trackRecording } from "./replay.ts";

let feeds: Awaited<ReturnType<typeof startFeeds>>;
beforeAll(async () => {
  feeds = await startFeeds();
});
afterAll(async () => {
  await feeds.close();
});

const startMs = Date.parse("2026-11-22T09:00:00Z");

/** What the wire makes of these reads, and what of that becomes of the calls. */
async function replay(recording: Recording, reads: Iterable<Buffer>) {
  const { tracker, events } = trackRecording(recording);
  const messages: AmiMessage[] = [];
  const feed = await feeds.open((message) => {
    messages.push(message);
    tracker.handle(message, startMs + messages.length);
  });
  for (const read of reads) feed.push(read);
  tracker.flush(Infinity);
  const closedBecause = feed.closedBecause();
  feed.close();
  const attempts = finalAttempts(recording, events).map(describeAttempt);
  return { messages, events, attempts, closedBecause };
}

/** Compares every header with an independent reading; of a repeated one the first counts. */
function expectMessages(messages: readonly AmiMessage[], bytes: Buffer): void {
  const plain = plainMessages(bytes);
  expect(messages.length).toBe(plain.length);
  plain.forEach((headers, index) => {
    const first = new Map([...headers].reverse());
    for (const [name, value] of first) {
      if (name === "variable" || name === "") continue;
      const read = messages[index]?.get(name);
      if (read !== value)
        expect({ index, name, read }).toEqual({ index, name, read: value });
    }
  });
}

function* pieces(bytes: Buffer, next: () => number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const size = next();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe("what a real Asterisk sent", () => {
  it("is recorded and expected for the same cases", () => {
    expect(Object.keys(expectedAttempts).sort()).toEqual(recordingNames());
  });

  it.each(recordingNames())(
    "%s ends as the index says, in the recorded reads and byte by byte",
    async (name) => {
      const recording = loadRecording(name);
      const recorded = await replay(recording, recording.chunks);
      expectMessages(recorded.messages, recording.bytes);
      expect(recorded.attempts).toEqual(expectedAttempts[name]);
      expect(recorded.closedBecause).toBeNull();
      const bytewise = await replay(
        recording,
        pieces(recording.bytes, () => 1),
      );
      expect(bytewise.messages.length).toBe(recorded.messages.length);
      expect(bytewise.events).toEqual(recorded.events);
    },
  );

  it.each([1, 2, 3, 4])(
    "says the same in reads of random sizes, seed %i",
    async (seed) => {
      const random = createRandom(seed);
      for (const name of recordingNames()) {
        const recording = loadRecording(name);
        const sizes = () => 1 + Math.floor(random() ** 3 * 1_500);
        const replayed = await replay(
          recording,
          pieces(recording.bytes, sizes),
        );
        expectMessages(replayed.messages, recording.bytes);
        expect(replayed.attempts, name).toEqual(expectedAttempts[name]);
      }
    },
  );

  it.each([
    ["originate-no-such-endpoint", 1],
    ["pjsip-404", 19],
    ["local-busyapp", 23],
    ["pjsip-queue-agent", 41],
    ["core-show-channels", 101],
  ])(
    "%s says the same wherever one read ends and the next begins (every %i bytes)",
    async (name, step) => {
      const recording = loadRecording(name);
      const whole = await replay(recording, [recording.bytes]);
      const bytes = recording.bytes.subarray(recording.bytes.indexOf("\n") + 1);
      let { tracker, events } = trackRecording(recording);
      let count = 0;
      const feed = await feeds.open((message) => {
        count += 1;
        tracker.handle(message, startMs + count);
      });
      for (let border = 1; border < bytes.length; border += step) {
        ({ tracker, events } = trackRecording(recording));
        count = 0;
        feed.push(bytes.subarray(0, border));
        feed.push(bytes.subarray(border));
        tracker.flush(Infinity);
        const isSame =
          count === whole.messages.length &&
          JSON.stringify(events) === JSON.stringify(whole.events);
        if (!isSame)
          expect({ border, events }).toEqual({ border, events: whole.events });
      }
      expect(count).toBe(whole.messages.length);
      feed.close();
    },
  );

  it("reads every kind of message the same at each of its byte borders", async () => {
    const shapes = new Map<string, string>();
    for (const name of recordingNames()) {
      const text = loadRecording(name).bytes.toString("latin1");
      for (const message of text
        .slice(text.indexOf("\n") + 1)
        .split(/(?<=\r\n\r\n)/)) {
        if (message.endsWith("\r\n\r\n")) {
          shapes.set(message.replace(/: .*/g, "").slice(0, 2_000), message);
        }
      }
    }
    expect(shapes.size).toBeGreaterThan(40);
    const feed = await feeds.open();
    for (const message of shapes.values()) {
      const bytes = Buffer.from(message, "latin1");
      const names = message
        .split("\r\n")
        .map((line) => line.split(": ")[0]?.toLowerCase() ?? "");
      const read = (message?: AmiMessage) =>
        names.map((name) => message?.get(name));
      feed.push(bytes);
      const whole = JSON.stringify(read(feed.messages.pop()));
      for (let border = 1; border < bytes.length; border += 1) {
        feed.push(bytes.subarray(0, border));
        feed.push(bytes.subarray(border));
        if (
          JSON.stringify(read(feed.messages.pop())) !== whole ||
          feed.messages.length > 0
        ) {
          expect.unreachable(`${message} cut at ${String(border)}`);
        }
      }
    }
    feed.close();
  });

  it("keeps characters of several bytes whole, wherever they are cut", async () => {
    const bytes = Buffer.from("Event: UserEvent\r\nNome: Olá, 世界 🙂\r\n\r\n");
    for (let border = 1; border < bytes.length; border += 1) {
      const feed = await feeds.open();
      feed.push(bytes.subarray(0, border));
      feed.push(bytes.subarray(border));
      expect(feed.messages.map((message) => message.get("nome"))).toEqual([
        "Olá, 世界 🙂",
      ]);
      feed.close();
    }
  });
});
