import { describe, expect, it } from "vitest";
import { EslError, EslFrames } from "../../../../cli/doctor/esl-client.ts";

const talk = Buffer.from(
  [
    "Content-Type: auth/request\n\n",
    "Content-Type: command/reply\nReply-Text: +OK accepted\n\n",
    "Content-Type: api/response\nContent-Length: 7\n\nligação",
    "Content-Type: api/response\nContent-Length: 12\n\nline\n\nline\n\n\n",
    "Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n",
  ].join(""),
  "utf8",
);
// Two letters of the third body take two bytes each.
const bytes = Buffer.from(
  talk.toString("utf8").replace("Content-Length: 7", "Content-Length: 9"),
);

function read(chunks: readonly Buffer[]) {
  const frames = new EslFrames();
  return chunks
    .flatMap((chunk) => frames.push(chunk))
    .map(({ headers, body }) => [
      headers.get("content-type"),
      headers.get("reply-text") ?? body,
    ]);
}

const expected = [
  ["auth/request", ""],
  ["command/reply", "+OK accepted"],
  ["api/response", "ligação"],
  ["api/response", "line\n\nline\n\n"],
  ["command/reply", "-ERR permission denied"],
];

describe("frames of the Event Socket", () => {
  it("are read from one chunk", () => {
    expect(read([bytes])).toEqual(expected);
  });

  it("are the same wherever the bytes are cut", () => {
    for (let at = 0; at <= bytes.length; at += 1)
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(
        expected,
      );
  });

  it("are the same byte by byte", () => {
    expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(
      expected,
    );
  });

  it.each(["-1", "1e9", "many", "99999999"])(
    "with a length of %s are refused",
    (length) => {
      const text = `Content-Type: api/response\nContent-Length: ${length}\n\n`;
      expect(() => read([Buffer.from(text)])).toThrow(EslError);
    },
  );

  it("that never end are refused", () => {
    expect(() => read([Buffer.alloc(70_000, "x")])).toThrow(
      "a header that does not end",
    );
  });
});
