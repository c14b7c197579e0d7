/**
 * The line of an `originate` as FreeSWITCH 1.10 and 1.11 take it apart, with its three rounds of unescaping, its quotes and
 * its several destinations: what an injected value would do there, it does here. Held to the recordings `escaping-matrix`,
 * `escaping-matrix-2` and `inject-*`.
 */

export interface Destination {
  /** `sofia/gateway/carrier/1555…`, without brackets. */
  readonly url: string;
  /** Of `[…]` in front of it. */
  readonly variables: ReadonlyMap<string, string>;
}

export type OriginateLine =
  /** Too few or too many arguments. */
  | { readonly kind: "usage" }
  /** What no destination can be found in: DESTINATION_OUT_OF_ORDER, and no event. */
  | { readonly kind: "malformed" }
  | {
      readonly kind: "originate";
      /** Of `{…}`, in order. */
      readonly variables: ReadonlyMap<string, string>;
      /** More than one: `,` `|` or `:_:` in the line. */
      readonly destinations: readonly Destination[];
      readonly extension: string;
      readonly dialplan: string;
      readonly context: string;
    };

export function parseOriginate(line: string): OriginateLine {
  const args = splitAtBlanks(line.trim(), 10);
  const [url = "", extension = "", dialplan = "", context = ""] = args;
  if (args.length < 2 || args.length > 7) return { kind: "usage" };
  const block = leadingBlock(url, "{", "}");
  if (block === null) return { kind: "malformed" };
  const destinations = splitDestinations(block.rest);
  if (destinations === null) return { kind: "malformed" };
  return {
    kind: "originate",
    variables: block.variables,
    destinations,
    extension,
    dialplan: dialplan === "" ? "XML" : dialplan,
    context: context === "" ? "default" : context,
  };
}

interface Block {
  readonly variables: ReadonlyMap<string, string>;
  readonly rest: string;
}

/** @returns null when the block is never closed */
function leadingBlock(text: string, open: string, close: string): Block | null {
  const variables = new Map<string, string>();
  let rest = text.trimStart();
  while (rest.startsWith(open)) {
    const end = endOfBlock(rest, open, close);
    if (end < 0) return null;
    readVariables(rest.slice(1, end), variables);
    rest = rest.slice(end + 1);
  }
  return { variables, rest };
}

function endOfBlock(text: string, open: string, close: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === open) depth += 1;
    else if (text[at] === close && (depth -= 1) === 0) return at;
  }
  return -1;
}

function readVariables(inside: string, into: Map<string, string>): void {
  let delimiter = ",";
  let text = inside;
  if (text.startsWith("^^") && text.length > 2) {
    delimiter = text.charAt(2);
    text = text.slice(3);
  }
  for (const part of splitAt(text, delimiter, 1_024)) {
    const [name, value] = splitAt(part, "=", 2);
    if (name === undefined || value === undefined) continue;
    // A value that refers to a variable is not set at all (escaping-matrix-2, e13 to e15).
    if (!/\$\{|\$\$\{/.test(value)) into.set(name, value);
  }
}

function splitDestinations(text: string): Destination[] | null {
  const destinations: Destination[] = [];
  for (const one of text
    .split(":_:")
    .flatMap((each) => outsideBrackets(each))) {
    const block = leadingBlock(one, "[", "]");
    if (block === null) return null;
    if (block.rest === "") continue;
    destinations.push({ url: block.rest, variables: block.variables });
  }
  return destinations.length === 0 ? null : destinations;
}

/** Split at `,` and `|` that are not inside `[…]`. */
function outsideBrackets(text: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "[") depth += 1;
    if (character === "]") depth -= 1;
    if (depth === 0 && (character === "," || character === "|")) parts.push("");
    else parts.push((parts.pop() ?? "") + character);
  }
  return parts;
}

/** Split at blanks outside single quotes, the last of `limit` pieces being all the rest; each piece unescaped. */
export function splitAtBlanks(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length && pieces.length < limit) {
    while (text[at] === " ") at += 1;
    const from = at;
    let isQuoted = false;
    if (pieces.length + 1 === limit) at = text.length;
    while (at < text.length && (text[at] !== " " || isQuoted)) {
      if (text[at] === "\\") at += 1;
      else if (text[at] === "'") isQuoted = !isQuoted;
      at += 1;
    }
    pieces.push(text.slice(from, at));
    while (text[at] === " ") at += 1;
  }
  return pieces.map((piece) => unescape(piece, ""));
}

function splitAt(text: string, delimiter: string, limit: number): string[] {
  const pieces: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "\\") at += 1;
    else if (character === "'" && (isQuoted || text.includes("'", at + 1))) {
      isQuoted = !isQuoted;
    } else if (character === delimiter && !isQuoted) {
      if (pieces.length + 1 >= limit) break;
      pieces.push(text.slice(from, at));
      from = at + 1;
    }
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces.map((piece) => unescape(piece, delimiter));
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  s: " ",
};

/** Strips quotes and unescaped blanks at both ends, and takes one layer of backslashes away. */
function unescape(text: string, delimiter: string): string {
  let out = "";
  let end = 0;
  let isQuoted = false;
  const input = text.replace(/^ +/, "");
  for (let at = 0; at < input.length; at += 1) {
    const character = input.charAt(at);
    const next = input.charAt(at + 1);
    const isEscape =
      character === "\\" &&
      next !== "" &&
      (`'"\\`.includes(next) || next === delimiter || next in escapes);
    if (isEscape) {
      at += 1;
      out += escapes[next] ?? next;
      end = out.length;
    } else if (character === "'" && (isQuoted || input.includes("'", at + 1))) {
      isQuoted = !isQuoted;
      if (isQuoted) end = out.length;
    } else {
      out += character;
      if (character !== " " || isQuoted) end = out.length;
    }
  }
  return out.slice(0, end);
}
