/** A text file of any size as lines, in memory that does not grow with it. */
import { chunksOf, decoderOf } from "./text-encoding.ts";
import type { TextEncoding } from "./one-byte-encodings.ts";

export interface TextFile {
  readonly path: string;
  readonly bytes: number;
  readonly encoding: TextEncoding;
}

export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** At most a million characters and one, which says that there were more. */
  readonly text: string;
}

/** Where records get their lines from. */
export interface LineSource {
  /** Null at the end. */
  next(): Promise<TextLine | null>;
  /** Gives lines back, in their order; `next` gives them out again. */
  putBack(lines: readonly TextLine[]): void;
}

/** No list of people has such a line; a file without line ends would fill the memory. */
export const maxLineChars = 1024 * 1024;

/** Lines in order, one at a time, with the means to put some back. */
export class LineReader implements LineSource {
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

  /** Null at the end of the file. */
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
    const decoder = decoderOf(this.#file.encoding);
    let rest = "";
    for await (const chunk of chunksOf(this.#file.path)) {
      this.#bytesRead += chunk.length;
      const text = rest + decoder.decode(chunk, { stream: true });
      // The other half of a \r\n may be in the next chunk.
      const end = text.endsWith("\r") ? text.length - 1 : text.length;
      const lines = text.slice(0, end).split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? "") + text.slice(end);
      // What is too long is cut, and refused by whoever reads it; the end of a line that goes on is passed over.
      if (rest.length > maxLineChars) rest = rest.slice(0, maxLineChars + 1);
      yield lines.map((line) =>
        line.length > maxLineChars ? line.slice(0, maxLineChars + 1) : line,
      );
    }
    // DOS wrote a sign behind the last line.
    rest = (rest + decoder.decode()).replace(/\r?\u001a*$/, "");
    if (rest !== "") yield [rest];
  }
}

/** Lines that were read already, as a source of their own. */
export class LinesInHand implements LineSource {
  #lines: TextLine[];

  constructor(lines: readonly TextLine[]) {
    this.#lines = [...lines];
  }

  /** What was not taken. */
  get rest(): readonly TextLine[] {
    return this.#lines;
  }

  next(): Promise<TextLine | null> {
    return Promise.resolve(this.#lines.shift() ?? null);
  }

  putBack(lines: readonly TextLine[]): void {
    this.#lines = [...lines, ...this.#lines];
  }
}
