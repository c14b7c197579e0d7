/** The recordings of a real FreeSWITCH 1.11.1 (`test/recordings/freeswitch/`), made ready for replay. */
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../../recordings/freeswitch/", import.meta.url);

export const installationId = "5f0c1a52-2f64-4b0e-9a31-64b1d0b8f7aa";

export interface RecordedCall {
  readonly attemptId: string;
  /** The id that the recording's client gave its job. */
  readonly jobUuid: string;
}

export interface Recording {
  readonly name: string;
  /** In the order of their originates with a uuid of their own; refused ones too. */
  readonly calls: readonly RecordedCall[];
  /** What FreeSWITCH sent, in the chunks that TCP delivered, one list for each connection. */
  readonly connections: readonly (readonly Buffer[])[];
}

interface RecordedChunk {
  readonly dir: "S" | "C" | "#";
  readonly conn?: string;
  /** The bytes as latin1 text. */
  readonly data: string;
}

export function recordingNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.replace(/\.json$/, ""))
    .sort();
}

const ORIGINATE =
  /bgapi originate [^\n]*?origination_uuid=([0-9a-f-]{36})[^\n]*\nJob-UUID: ([^\n]+)\n/g;

export function loadRecording(name: string): Recording {
  const text = readFileSync(new URL(`${name}.json`, folder), "utf8");
  const { chunks } = JSON.parse(text) as { chunks: RecordedChunk[] };
  const sent = chunks.filter(({ dir }) => dir === "C").map(({ data }) => data);
  const connections = new Map<string, Buffer[]>();
  for (const { dir, conn = "A", data } of chunks) {
    if (dir !== "S") continue;
    const reads = connections.get(conn) ?? [];
    connections.set(conn, reads);
    reads.push(Buffer.from(data, "latin1"));
  }
  const calls = [...sent.join("").matchAll(ORIGINATE)].map(
    ([, attemptId = "", jobUuid = ""]) => ({ attemptId, jobUuid }),
  );
  return { name, calls, connections: [...connections.values()] };
}

/** A frame as an independent reading of the protocol has it. */
export interface PlainFrame {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export function plainFrames(bytes: Buffer): PlainFrame[] {
  const text = bytes.toString("latin1");
  const frames: PlainFrame[] = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n\n", at);
    if (end < 0) break;
    const lines = text.slice(at, end).split("\n");
    const headers = new Map(
      lines.map((line) => [
        line.slice(0, line.indexOf(": ")),
        line.slice(line.indexOf(": ") + 2),
      ]),
    );
    const from = end + 2;
    at = from + Number(headers.get("Content-Length") ?? "0");
    if (at > text.length) break;
    frames.push({ headers, body: bytes.subarray(from, at) });
  }
  return frames;
}
