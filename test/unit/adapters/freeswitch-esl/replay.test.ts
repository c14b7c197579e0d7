import { describe, expect, it } from "vitest";

import { FrameParser } from "../../../../adapters/freeswitch-esl/frame-parser.ts";
import type { Frame } from "../../../../adapters/freeswitch-esl/frame-parser.ts";
import { createRandom } from "../../../../adapters/mock/random.ts";
import { describeAttempt } from "./attempt-words.ts";
import { expectedAttempts } from "./expected-attempts.ts";
import { loadRecording, plainFrames, recordingNames } from "./recordings.ts";
import type { Recording } from "./recordings.ts";
import { replay } from "./replay.ts";

function* pieces(
  reads: readonly Buffer[],
  next: () => number,
): Iterable<Buffer> {
  const bytes = Buffer.concat(reads);
  for (let at = 0; at < bytes.length;) {
    const size = next();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Compares with an independent reading of the same bytes. */
function expectFrames(frames: readonly Frame[], recording: Recording): void {
  const plain = recording.connections.flatMap((reads) =>
    plainFrames(Buffer.concat(reads)),
  );
  expect(frames.length).toBe(plain.length);
  plain.forEach(({ headers, body }, index) => {
    const frame = frames[index];
    const isSame =
      frame?.contentType === headers.get("Content-Type") &&
      frame?.replyText === (headers.get("Reply-Text") ?? "") &&
      frame.body.equals(body);
    if (!isSame) expect.unreachable(`frame ${String(index)} differs`);
  });
}

describe("what a real FreeSWITCH sent", () => {
  it("is recorded and expected for the same cases", () => {
    expect(Object.keys(expectedAttempts).sort()).toEqual(recordingNames());
  });

  it.each(recordingNames())(
    "%s ends as the index says, in the recorded reads and byte by byte",
    (name) => {
      const recording = loadRecording(name);
      const recorded = replay(recording);
      expectFrames(recorded.frames, recording);
      expect(recorded.attempts.map(describeAttempt)).toEqual(
        expectedAttempts[name],
      );
      const bytewise = replay(recording, (reads) => pieces(reads, () => 1));
      expectFrames(bytewise.frames, recording);
      expect(bytewise.events).toEqual(recorded.events);
    },
  );

  it.each([1, 2, 3, 4])(
    "says the same in reads of random sizes, seed %i",
    (seed) => {
      const random = createRandom(seed);
      for (const name of recordingNames()) {
        const recording = loadRecording(name);
        const sizes = () => 1 + Math.floor(random() ** 3 * 20_000);
        const replayed = replay(recording, (reads) => pieces(reads, sizes));
        expectFrames(replayed.frames, recording);
        expect(replayed.attempts.map(describeAttempt), name).toEqual(
          expectedAttempts[name],
        );
      }
    },
  );

  it("is the same wherever one read ends and the next begins, for each kind of message", () => {
    for (const bytes of oneOfEachKind()) {
      const [whole] = new FrameParser().push(bytes);
      // Every byte of the headers and of what follows them; of a long body's inside every 17th.
      const step = (at: number) => (at < 400 || at > bytes.length - 9 ? 1 : 17);
      for (let border = 1; border < bytes.length; border += step(border)) {
        const parser = new FrameParser();
        const frames = [
          ...parser.push(bytes.subarray(0, border)),
          ...parser.push(bytes.subarray(border)),
        ];
        const isSame =
          frames.length === 1 &&
          frames[0]?.contentType === whole?.contentType &&
          frames[0]?.replyText === whole?.replyText &&
          whole?.body.equals(frames[0]?.body ?? Buffer.alloc(1));
        if (isSame !== true)
          expect.unreachable(`${bytes.toString()} cut at ${String(border)}`);
      }
    }
  });

  it("keeps characters of several bytes whole, wherever they are cut", () => {
    const body = Buffer.from("+OK Olá, 世界 🙂\n");
    const bytes = Buffer.concat([
      Buffer.from(
        `Content-Type: api/response\nContent-Length: ${String(body.length)}\n\n`,
      ),
      body,
    ]);
    for (let border = 1; border < bytes.length; border += 1) {
      const parser = new FrameParser();
      parser.push(bytes.subarray(0, border));
      const [frame] = parser.push(bytes.subarray(border));
      expect(frame?.body.toString()).toBe("+OK Olá, 世界 🙂\n");
    }
  });
});

/** The bytes of one frame of each shape (type and headers) that was ever recorded. */
function oneOfEachKind(): Buffer[] {
  const shapes = new Map<string, Buffer>();
  for (const name of recordingNames()) {
    for (const reads of loadRecording(name).connections) {
      for (const { headers, body } of plainFrames(Buffer.concat(reads))) {
        const shape =
          [...headers.keys()].join() +
          (headers.get("Content-Type") ?? "") +
          kindOf(body);
        const head = [...headers].map(([key, value]) => `${key}: ${value}\n`);
        shapes.set(
          shape,
          Buffer.concat([Buffer.from(`${head.join("")}\n`, "latin1"), body]),
        );
      }
    }
  }
  expect(shapes.size).toBeGreaterThan(40);
  return [...shapes.values()];
}

function kindOf(body: Buffer): string {
  return (
    /"?Event-Name"?: ?"?([A-Z_]+)/.exec(body.toString("latin1"))?.[1] ?? ""
  );
}
