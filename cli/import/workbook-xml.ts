/** The XML parts of a workbook, read as they are unpacked. Names are without prefix: writers differ in them. */
import { SaxesParser } from "saxes";
import { CommandError } from "../command.ts";
import { damaged, type ZipEntry } from "./zip-directory.ts";
import { unpacked } from "./zip-entry.ts";

export type XmlAttributes = Readonly<Record<string, string>>;

export interface XmlHandlers {
  open(name: string, attributes: XmlAttributes): void;
  readonly text?: (text: string) => void;
  close?(name: string): void;
}

/** A cell holds 32,767 characters at most; what goes on so long without a tag would fill the memory. */
const maxCharsWithoutTag = 4 * 1024 * 1024;

/**
 * Passes the events of a part to the handlers. It yields after each piece, and continues when asked to.
 *
 * @throws CommandError when the part is not well-formed, or not what the table of contents says
 */
export async function* parseXml(
  path: string,
  entry: ZipEntry,
  handlers: XmlHandlers,
  onPacked?: (bytes: number) => void,
): AsyncGenerator<void> {
  let charsWithoutTag = 0;
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    charsWithoutTag = 0;
    handlers.open(localName(name), attributes);
  });
  parser.on("closetag", ({ name }) => {
    charsWithoutTag = 0;
    handlers.close?.(localName(name));
  });
  const { text } = handlers;
  if (text !== undefined) {
    parser.on("text", text);
    parser.on("cdata", text);
  }
  const decoder = new TextDecoder("utf-8");
  for await (const piece of unpacked(path, entry, onPacked)) {
    charsWithoutTag += piece.length;
    if (charsWithoutTag > maxCharsWithoutTag + piece.length)
      throw damaged(path);
    parsed(path, () => parser.write(decoder.decode(piece, { stream: true })));
    yield;
  }
  parsed(path, () => parser.write(decoder.decode()).close());
}

/** A part that is read whole. @throws as `parseXml` */
export async function readXml(
  path: string,
  entry: ZipEntry,
  handlers: XmlHandlers,
): Promise<void> {
  const pieces = parseXml(path, entry, handlers);
  while ((await pieces.next()).done !== true);
}

function parsed(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw damaged(path, error);
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** `_x000D_`: how a workbook writes characters that XML has not. */
export function withoutEscapes(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
