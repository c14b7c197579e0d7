/** The encoding of a text file. */
import { isAscii } from "node:buffer";
import { createReadStream } from "node:fs";
import { headOf, looksLikeUtf16 } from "./file-kind.ts";
import { ByteNeighbours, Cp850Decoder } from "./one-byte-encodings.ts";
import type { TextEncoding } from "./one-byte-encodings.ts";

/** What decodes a file piece by piece; at its end `decode()` gives what is left. */
export function decoderOf(encoding: TextEncoding): {
  decode(bytes?: Uint8Array, options?: { readonly stream: boolean }): string;
} {
  return encoding === "cp850" ? new Cp850Decoder() : new TextDecoder(encoding);
}

const chunkBytes = 256 * 1024;

export async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { highWaterMark: chunkBytes });
  for await (const chunk of stream) yield chunk as Buffer;
}

/**
 * Reads the file once from end to end. A file is UTF-8 if all of it is, or if a few bytes among many letters are not
 * (in other encodings hardly a letter looks like UTF-8 by chance). Excel in Brazil writes Windows-1252, and one name with
 * an accent may be its only sign.
 */
export async function findEncoding(path: string): Promise<TextEncoding> {
  const head = await headOf(path);
  const utf16 = looksLikeUtf16(head);
  if (utf16 !== null) return utf16;
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  if (hasMark) return "utf-8";
  const decoder = new TextDecoder("utf-8");
  let broken = 0;
  let letters = 0;
  const count = (text: string) => {
    for (const [sign] of text.matchAll(/[^\0-\x7f]/gu)) {
      if (sign === "\uFFFD") broken += 1;
      else letters += 1;
    }
  };
  const neighbours = new ByteNeighbours();
  for await (const chunk of chunksOf(path)) {
    if (isAscii(chunk)) {
      count(decoder.decode(chunk.subarray(0, 1), { stream: true }));
      continue;
    }
    count(decoder.decode(chunk, { stream: true }));
    neighbours.add(chunk);
  }
  count(decoder.decode());
  if (broken === 0 || broken * 2 < letters) return "utf-8";
  return neighbours.bestEncoding();
}
