/** What a FreeSWITCH would send of many calls: the recorded events of one, with other ids. */
import { readFileSync } from "node:fs";

import { EVENTS } from "../adapters/freeswitch-esl/handshake.ts";
import { FrameParser } from "../adapters/freeswitch-esl/frame-parser.ts";

export const eslInstallationId = "5f0c1a52-2f64-4b0e-9a31-64b1d0b8f7aa";

/** As long as any uuid, so that the recorded Content-Length stays right. */
export function eslCallId(call: number): string {
  return `00000000-0000-4000-8000-${String(call).padStart(12, "0")}`;
}

const folder = new URL("../test/recordings/freeswitch/", import.meta.url);

interface RecordedChunk {
  readonly dir: string;
  readonly data: string;
}

/** The events of one recorded call that we subscribe to, in order, as the bytes of their frames. */
export class EslStream {
  readonly #text: string;
  readonly #callId: string;
  readonly eventsPerCall: number;

  constructor(name: string) {
    const text = readFileSync(new URL(`${name}.json`, folder), "utf8");
    const { chunks } = JSON.parse(text) as { chunks: RecordedChunk[] };
    const dataOf = (dir: string) =>
      chunks.filter((chunk) => chunk.dir === dir).map(({ data }) => data);
    this.#callId =
      /origination_uuid=([0-9a-f-]{36})/.exec(dataOf("C").join(""))?.[1] ?? "";
    const frames = new FrameParser()
      .push(Buffer.from(dataOf("S").join(""), "latin1"))
      .filter(({ contentType }) => contentType === "text/event-json")
      .map(({ body }) => body.toString("latin1"))
      .filter(
        (body) =>
          body.includes(this.#callId) &&
          EVENTS.some((event) => body.startsWith(`{"Event-Name":"${event}",`)),
      );
    this.eventsPerCall = frames.length;
    this.#text = frames
      .map(
        (body) =>
          `Content-Length: ${String(body.length)}\nContent-Type: text/event-json\n\n${body}`,
      )
      .join("");
  }

  bytes(fromCall: number, toCall: number): Buffer {
    const parts: Buffer[] = [];
    for (let call = fromCall; call < toCall; call += 1) {
      const text = this.#text.replaceAll(this.#callId, eslCallId(call));
      parts.push(Buffer.from(text, "latin1"));
    }
    return Buffer.concat(parts);
  }
}
