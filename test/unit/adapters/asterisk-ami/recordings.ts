/**
 * The recordings of a real Asterisk 22.10 (`test/recordings/asterisk/`), made ready for replay: the ids that their
 * Originates chose are replaced by ids as the adapter makes them, without moving a message across a chunk.
 */
import { readdirSync, readFileSync } from "node:fs";

import { originateIdPrefix } from "../../../../adapters/asterisk-ami/originate-action.ts";

const folder = new URL("../../../recordings/asterisk/", import.meta.url);

export const installationId = "5f0c1a52-2f64-4b0e-9a31-64b1d0b8f7aa";

export interface RecordedCall {
  readonly attemptId: string;
  readonly actionId: string;
  readonly dialString: string;
}

export interface Recording {
  readonly name: string;
  /** In the order of their Originates; refused ones too. */
  readonly calls: readonly RecordedCall[];
  /** What Asterisk sent, in the chunks that TCP delivered. */
  readonly chunks: readonly Buffer[];
  /** The same in one piece. */
  readonly bytes: Buffer;
}

interface RecordedChunk {
  readonly dir: "S" | "C" | "#";
  /** The bytes as latin1 text. */
  readonly data: string;
}

export function recordingNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.replace(/\.json$/, ""))
    .sort();
}

/** @param actionIdOf the ActionID that the n-th Originate now has; default one of the shape of ours */
export function loadRecording(
  name: string,
  actionIdOf: (attemptId: string) => string = (attemptId) =>
    `${originateIdPrefix(installationId, attemptId)}:recorded-1`,
): Recording {
  const text = readFileSync(new URL(`${name}.json`, folder), "utf8");
  const { chunks } = JSON.parse(text) as { chunks: RecordedChunk[] };
  const sent = chunks.filter(({ dir }) => dir === "C").map(({ data }) => data);
  const originates = sent
    .join("")
    .split("\r\n\r\n")
    .filter((action) => /^Action: Originate\r$/m.test(`${action}\r\n`));
  const replacements = new Map<string, string>();
  const calls = originates.flatMap((action, index) => {
    const channelId = headerOf(action, "ChannelId");
    const recordedActionId = headerOf(action, "ActionID");
    if (channelId === null || recordedActionId === null) return [];
    const attemptId = attemptIdOf(name, index);
    const actionId = actionIdOf(attemptId);
    replacements.set(channelId, attemptId);
    replacements.set(
      `ActionID: ${recordedActionId}\r\n`,
      `ActionID: ${actionId}\r\n`,
    );
    return [
      { attemptId, actionId, dialString: headerOf(action, "Channel") ?? "" },
    ];
  });
  const received = chunks
    .filter(({ dir }) => dir === "S")
    .map(({ data }) => data);
  const rewritten = rewrite(received, replacements);
  return {
    name,
    calls,
    chunks: rewritten.map((data) => Buffer.from(data, "latin1")),
    bytes: Buffer.from(rewritten.join(""), "latin1"),
  };
}

/** Messages as an independent reading of the protocol has them: pairs of header and value. */
export function plainMessages(bytes: Buffer): (readonly [string, string])[][] {
  const [, ...rest] = bytes.toString("utf8").split("\r\n");
  return rest
    .join("\r\n")
    .split("\r\n\r\n")
    .filter((message) => message !== "")
    .map((message) =>
      message.split("\r\n").map((line) => {
        const at = line.indexOf(": ");
        return [line.slice(0, at).toLowerCase(), line.slice(at + 2)] as const;
      }),
    );
}

function attemptIdOf(name: string, index: number): string {
  const hex = Buffer.from(name).toString("hex").padEnd(20, "0").slice(-20);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4000-8000-${hex.slice(12, 20)}${String(index).padStart(4, "0")}`;
}

function headerOf(action: string, name: string): string | null {
  const line = action.split("\r\n").find((one) => one.startsWith(`${name}: `));
  return line?.slice(name.length + 2) ?? null;
}

/** A border that falls inside what is replaced moves behind it. */
function rewrite(
  chunks: readonly string[],
  replacements: ReadonlyMap<string, string>,
): string[] {
  if (replacements.size === 0) return [...chunks];
  const whole = chunks.join("");
  const longestFirst = [...replacements.keys()].sort(
    (a, b) => b.length - a.length,
  );
  const pattern = new RegExp(longestFirst.map(escape).join("|"), "g");
  const found = [...whole.matchAll(pattern)].map(
    (match) => [match.index, match.index + match[0].length] as const,
  );
  let end = 0;
  let from = 0;
  return chunks.map((chunk) => {
    end += chunk.length;
    const inside = found.find(([start, stop]) => start < end && end < stop);
    const to = Math.max(from, inside?.[1] ?? end);
    const piece = whole.slice(from, to);
    from = to;
    return piece.replace(pattern, (key) => replacements.get(key) ?? key);
  });
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
