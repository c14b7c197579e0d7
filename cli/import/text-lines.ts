/** A text file of any size as lines, in memory that does not grow with it. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { CommandError } from "../command.ts";

export type TextEncoding = "utf-8" | "utf-16le" | "windows-1252";

export interface TextFile {
  readonly path: string;
  readonly bytes: number;
  readonly encoding: TextEncoding;
}

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

const chunkBytes = 256 * 1024;
/** No list of people has such a line; a file without line ends would fill the memory. */
const maxLineChars = 1024 * 1024;

/**
 * Reads the file once from end to end and says how its letters are written. A file is UTF-8 only if
 * all of it is: Excel in Brazil writes Windows-1252, and one name with an accent may be its only sign.
 *
 * @param wanted the person's own word on it; null: find out
 * @throws CommandError for what is no text file, or an empty one
 */
export async function inspectTextFile(
  path: string,
  wanted: TextEncoding | null,
): Promise<TextFile> {
  const { size } = await regularFile(path);
  const strict = new TextDecoder("utf-8", { fatal: true });
  let isUtf8 = true;
  let isFirst = true;
  for await (const chunk of chunks(path)) {
    if (isFirst && startsWith(chunk, [0xff, 0xfe])) {
      return { path, bytes: size, encoding: "utf-16le" };
    }
    if (isFirst) refuseWorkbook(path, chunk);
    if (chunk.includes(0)) throw binary(path);
    isUtf8 = isUtf8 && decodes(strict, chunk);
    isFirst = false;
  }
  isUtf8 = isUtf8 && decodes(strict);
  const encoding = wanted ?? (isUtf8 ? "utf-8" : "windows-1252");
  return { path, bytes: size, encoding };
}

async function regularFile(path: string) {
  const facts = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new CommandError("NO_FILE", `there is no file ${path}`);
    }
    throw error;
  });
  if (!facts.isFile()) {
    throw new CommandError("NO_FILE", `${path} is not a file`);
  }
  if (facts.size === 0) {
    throw new CommandError("EMPTY_FILE", `${path} is empty`);
  }
  return facts;
}

async function* chunks(path: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { highWaterMark: chunkBytes });
  for await (const chunk of stream) yield chunk as Buffer;
}

function startsWith(chunk: Buffer, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => chunk[index] === byte);
}

function refuseWorkbook(path: string, chunk: Buffer): void {
  const isZip = startsWith(chunk, [0x50, 0x4b, 0x03, 0x04]);
  const isOldExcel = startsWith(chunk, [0xd0, 0xcf, 0x11, 0xe0]);
  if (isZip || isOldExcel) {
    throw new CommandError(
      "NOT_TEXT",
      `${path} is a workbook or an archive, not a CSV file; save it as "CSV UTF-8" in the spreadsheet program`,
    );
  }
}

function binary(path: string): CommandError {
  return new CommandError(
    "NOT_TEXT",
    `${path} is not a text file (it holds zero bytes); a CSV file is expected`,
  );
}

function decodes(
  decoder: InstanceType<typeof TextDecoder>,
  chunk?: Buffer,
): boolean {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined });
    return true;
  } catch {
    return false;
  }
}

/** Lines in order, one at a time, with the means to put some back. */
export class LineReader {
  readonly #file: TextFile;
  readonly #source: AsyncGenerator<string[]>;
  #lines: readonly string[] = [];
  #position = 0;
  #nextNumber = 1;
  #returned: TextLine[] = [];
  #bytesRead = 0;

  constructor(file: TextFile) {
    this.#file = file;
    this.#source = this.#read();
  }

  /** Bytes taken from the file so far; a little ahead of the lines given out. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Null at the end of the file. @throws CommandError when a line is longer than any CSV's */
  async next(): Promise<TextLine | null> {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    for (;;) {
      const text = this.#lines[this.#position];
      if (text !== undefined) {
        this.#position += 1;
        return { number: this.#nextNumber++, text };
      }
      const more = await this.#source.next();
      if (more.done === true) return null;
      this.#lines = more.value;
      this.#position = 0;
    }
  }

  /** Gives lines back, in their order; `next` gives them out again. */
  putBack(lines: readonly TextLine[]): void {
    this.#returned.push(...lines.toReversed());
  }

  /** Closes the file; needed when it was not read to its end. */
  async close(): Promise<void> {
    await this.#source.return(undefined);
  }

  async *#read(): AsyncGenerator<string[]> {
    const decoder = new TextDecoder(this.#file.encoding);
    let rest = "";
    for await (const chunk of chunks(this.#file.path)) {
      this.#bytesRead += chunk.length;
      const text = rest + decoder.decode(chunk, { stream: true });
      // The other half of a \r\n may be in the next chunk.
      const end = text.endsWith("\r") ? text.length - 1 : text.length;
      const lines = text.slice(0, end).split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? "") + text.slice(end);
      yield this.#checked(lines, rest);
    }
    rest += decoder.decode();
    if (rest.endsWith("\r")) rest = rest.slice(0, -1);
    if (rest !== "") yield [rest];
  }

  #checked(lines: string[], rest: string): string[] {
    const tooLong = [...lines, rest].findIndex(
      (line) => line.length > maxLineChars,
    );
    if (tooLong === -1) return lines;
    const number = this.#nextNumber + tooLong;
    throw new CommandError(
      "LINE_TOO_LONG",
      `line ${number} of ${this.#file.path} is longer than a million characters; a CSV file has one record per line`,
    );
  }
}
