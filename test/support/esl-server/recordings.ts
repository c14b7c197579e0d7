/**
 * The recordings of a real FreeSWITCH (`test/recordings/freeswitch/`) as events: the scripted server speaks in their
 * words, and its tests compare it with them. Headers keep their order and their repeats (Hangup-Cause comes twice).
 */
import { readFileSync } from "node:fs";

/** Header and value, in the order of the wire. */
export type Headers = readonly (readonly [string, string])[];

export interface RecordedMessage {
  /** A, B …: the connection. */
  readonly conn: string;
  readonly type: string;
  readonly head: string;
  readonly body: string;
  /** Of an event in JSON; else empty. */
  readonly headers: Headers;
}

interface Chunk {
  readonly dir: "S" | "C" | "#";
  readonly conn?: string;
  /** The bytes as latin1 text. */
  readonly data: string;
}

const folder = new URL("../../recordings/freeswitch/", import.meta.url);
const cache = new Map<string, readonly RecordedMessage[]>();

function chunksOf(name: string): readonly Chunk[] {
  const text = readFileSync(new URL(`${name}.json`, folder), "utf8");
  return (JSON.parse(text) as { chunks: Chunk[] }).chunks;
}

/** What the client wrote, as text. */
export function recordedCommands(name: string): readonly string[] {
  const sent = chunksOf(name)
    .filter(({ dir }) => dir === "C")
    .map(({ data }) => data)
    .join("");
  return Buffer.from(sent, "latin1")
    .toString("utf8")
    .split("\n\n")
    .filter((command) => command !== "");
}

/** What the switch sent, connection by connection. */
export function recordedMessages(name: string): readonly RecordedMessage[] {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const streams = new Map<string, string>();
  for (const { dir, conn = "A", data } of chunksOf(name)) {
    if (dir === "S") streams.set(conn, (streams.get(conn) ?? "") + data);
  }
  const messages = [...streams].flatMap(([conn, text]) =>
    messagesOf(conn, Buffer.from(text, "latin1")),
  );
  cache.set(name, messages);
  return messages;
}

/** @param bytes a stream of ESL messages; an unfinished one at its end is left out */
export function messagesOf(conn: string, bytes: Buffer): RecordedMessage[] {
  const messages: RecordedMessage[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf("\n\n", at);
    if (end < 0) return messages;
    const head = bytes.toString("utf8", at, end).trimStart();
    const length = Number(/^Content-Length: (\d+)$/m.exec(head)?.[1] ?? "0");
    if (bytes.length < end + 2 + length) return messages;
    const body = bytes.toString("utf8", end + 2, end + 2 + length);
    const type = /^Content-Type: (.*)$/m.exec(head)?.[1] ?? "";
    const headers = type === "text/event-json" ? headersOf(body) : [];
    messages.push({ conn, type, head, body, headers });
    at = end + 2 + length;
  }
}

/** Of a flat JSON object, repeats kept; an array is a header given several times. */
export function headersOf(json: string): Headers {
  const pairs = json.matchAll(
    /"((?:[^"\\]|\\.)*)":\s*("(?:[^"\\]|\\.)*"|\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])/g,
  );
  return [...pairs].map(([, name = "", value = '""']) => {
    const parsed = JSON.parse(value) as string | string[];
    const text =
      typeof parsed === "string" ? parsed : `ARRAY::${parsed.join("|:")}`;
    return [JSON.parse(`"${name}"`) as string, text] as const;
  });
}

export function headerOf(headers: Headers, name: string): string | undefined {
  return headers.find(([one]) => one === name)?.[1];
}

/** Selects an event of a recording: its name, its leg, and what distinguishes it from others of that name. */
export interface EventChoice {
  /** Ours: the leg that the originate made. */
  readonly leg?: "ours" | "other";
  readonly having?: Readonly<Record<string, string>>;
}

/** @throws when the recording has none such */
export function recordedEvent(
  recording: string,
  event: string,
  { leg, having = {} }: EventChoice = {},
): Headers {
  const ours = originatedUuid(recording);
  const found = recordedMessages(recording).find(({ headers }) => {
    if (headerOf(headers, "Event-Name") !== event) return false;
    const uuid = headerOf(headers, "Unique-ID");
    if (leg === "ours" && uuid !== ours) return false;
    if (leg === "other" && (uuid === undefined || uuid === ours)) return false;
    return Object.entries(having).every(
      ([name, value]) => headerOf(headers, name) === value,
    );
  });
  if (found !== undefined) return found.headers;
  throw new Error(`Recording ${recording} has no ${event} (${leg ?? "any"})`);
}

/** The origination_uuid of the recording's first originate that names one. */
export function originatedUuid(recording: string): string | undefined {
  return recordedCommands(recording)
    .map((command) => /origination_uuid=([0-9a-f-]+)/.exec(command)?.[1])
    .find((uuid) => uuid !== undefined);
}
