/**
 * Records out of lines.
 *
 * One broken record must cost one line, not the rest of the file: each record is parsed by itself. It
 * grows by a line as long as a quote is open; when that leads nowhere, its first line alone is given
 * up and reading goes on with the line after it.
 */
import { CsvError, parse } from "csv-parse/sync";
import { CommandError } from "../command.ts";
import type { LineReader, TextLine } from "./text-lines.ts";

export type Delimiter = "," | ";" | "\t";

export type CsvRecord =
  | {
      readonly ok: true;
      readonly line: number;
      readonly fields: readonly string[];
    }
  | {
      readonly ok: false;
      readonly line: number;
      /** The fields where they could be told apart, else the line as it stands. */
      readonly fields: readonly string[];
      readonly reason: string;
    };

type Parsed =
  | { readonly fields: readonly string[] }
  | { readonly reason: string; readonly isOpen: boolean };

/** More lines than a person types into one cell. */
const maxLinesPerRecord = 100;
const maxCharsPerRecord = 64 * 1024;

/** Line Excel writes to tell itself the delimiter. */
const excelHint = /^"?sep=(.)"?$/i;

/**
 * Finds the header line and the delimiter: Excel's `sep=` line, else the one that is most often in the
 * header outside quotes; `,` when there is one column.
 *
 * @param wanted the person's own word on it; null: find out
 * @throws CommandError when the file holds no line with text
 */
export async function openCsv(
  lines: LineReader,
  wanted: Delimiter | null,
): Promise<{
  readonly header: readonly string[];
  readonly delimiter: Delimiter;
}> {
  let line = await firstLine(lines);
  const hinted = excelHint.exec(line.text)?.[1];
  if (hinted !== undefined) line = await firstLine(lines);
  const delimiter =
    wanted ??
    delimiters.find((one) => one === hinted) ??
    mostFrequent(line.text);
  lines.putBack([line]);
  const header = await new RecordReader(lines, delimiter, null).next();
  if (header?.ok !== true) {
    throw new CommandError(
      "BAD_HEADER",
      `line ${line.number}, the header, cannot be read: ${header?.reason ?? "it is empty"}`,
    );
  }
  return { header: header.fields, delimiter };
}

const delimiters: readonly Delimiter[] = [";", "\t", ","];

async function firstLine(lines: LineReader): Promise<TextLine> {
  for (;;) {
    const line = await lines.next();
    if (line === null) {
      throw new CommandError("EMPTY_FILE", "the file holds no header line");
    }
    if (line.text.trim() !== "") return line;
  }
}

function mostFrequent(header: string): Delimiter {
  const unquoted = header.replace(/"[^"]*"/g, "");
  const count = (one: Delimiter) => unquoted.split(one).length - 1;
  const best = delimiters.reduce((a, b) => (count(b) > count(a) ? b : a));
  return count(best) === 0 ? "," : best;
}

/** Reads records one after another; lines without any text are passed over. */
export class RecordReader {
  readonly #lines: LineReader;
  readonly #delimiter: Delimiter;
  readonly #columns: number | null;

  /** @param columns how many fields a record must have; null: any number */
  constructor(lines: LineReader, delimiter: Delimiter, columns: number | null) {
    this.#lines = lines;
    this.#delimiter = delimiter;
    this.#columns = columns;
  }

  /** Null at the end of the file. */
  async next(): Promise<CsvRecord | null> {
    for (;;) {
      const line = await this.#lines.next();
      if (line === null) return null;
      const record = line.text.includes('"')
        ? await this.#quoted(line)
        : this.#judged(line, this.#split(line.text));
      if (record.fields.some((field) => field !== "")) return record;
    }
  }

  /** 50 times faster than a parser, and all that most lines need. */
  #split(text: string): string[] {
    return text.split(this.#delimiter).map((field) => field.trim());
  }

  async #quoted(first: TextLine): Promise<CsvRecord> {
    const taken = [first];
    let text = first.text;
    let parsed = this.#parse(text);
    while ("isOpen" in parsed && parsed.isOpen) {
      if (taken.length >= maxLinesPerRecord) break;
      if (text.length > maxCharsPerRecord) break;
      const line = await this.#lines.next();
      if (line === null) break;
      taken.push(line);
      text += `\n${line.text}`;
      parsed = this.#parse(text);
    }
    const record =
      "fields" in parsed
        ? this.#judged(first, parsed.fields)
        : broken(first, parsed.reason);
    if (record.ok || taken.length === 1) return record;
    this.#lines.putBack(taken.slice(1));
    return broken(first, openQuote);
  }

  #parse(text: string): Parsed {
    const strict = parseRecord(text, this.#delimiter, false);
    if ("fields" in strict || strict.code !== "INVALID_OPENING_QUOTE") {
      return strict;
    }
    // Maria "Mana" Silva, without quotes around it: no program can read that in two ways.
    return parseRecord(text, this.#delimiter, true);
  }

  #judged(line: TextLine, fields: readonly string[]): CsvRecord {
    const columns = this.#columns ?? fields.length;
    const surplus = fields.slice(columns);
    if (fields.length >= columns && surplus.every((field) => field === "")) {
      return { ok: true, line: line.number, fields: fields.slice(0, columns) };
    }
    const reason = `it has ${counted(fields.length)}, the header has ${columns}`;
    return { ok: false, line: line.number, fields, reason };
  }
}

const openQuote = 'a quote (") is opened in this line and not closed properly';
const strayQuote =
  'text follows a closing quote ("); a quote inside a value is written twice ("")';

function parseRecord(
  text: string,
  delimiter: Delimiter,
  relaxed: boolean,
): Parsed & { readonly code?: string } {
  try {
    const records = parse(text, {
      delimiter,
      record_delimiter: "\n",
      relax_column_count: true,
      relax_quotes: relaxed,
      trim: true,
    });
    return { fields: (records[0] ?? []).map((field) => field.trim()) };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const isOpen = error.code === "CSV_QUOTE_NOT_CLOSED";
    const reason = isOpen ? openQuote : strayQuote;
    return { reason, isOpen, code: error.code };
  }
}

function broken(line: TextLine, reason: string): CsvRecord {
  return { ok: false, line: line.number, fields: [line.text], reason };
}

function counted(fields: number): string {
  return fields === 1 ? "1 column" : `${fields} columns`;
}
