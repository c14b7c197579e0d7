/**
 * Records out of lines.
 *
 * A broken record must cost one line, not the rest of the file, so each record is parsed by itself. It grows by a line
 * as long as a quote is open; if the quote is never closed, only its first line is rejected, and reading goes on with
 * the next one.
 */
import { CsvError, parse } from "csv-parse/sync";
import { rowReasons, type Reason } from "./reasons.ts";
import { maxLineChars, type LineSource, type TextLine } from "./text-lines.ts";
import type { RecordSource, TableRecord } from "./table-record.ts";

export type Delimiter = "," | ";" | "\t" | "|";

type Parsed =
  | { readonly fields: readonly string[] }
  | { readonly reason: Reason; readonly isOpen: boolean };

/** More lines than a person types into one cell. */
const maxLinesPerRecord = 100;
const maxCharsPerRecord = 64 * 1024;

export const delimiters: readonly Delimiter[] = [";", "\t", ",", "|"];

/** The delimiter that is most often in a line outside quotes; `,` when there is none. */
export function mostFrequentDelimiter(line: string): Delimiter {
  const unquoted = line.replace(/"[^"]*"/g, "");
  const count = (one: Delimiter) => unquoted.split(one).length - 1;
  const best = delimiters.reduce((a, b) => (count(b) > count(a) ? b : a));
  return count(best) === 0 ? "," : best;
}

/** Reads records one after another; lines without any text are passed over. */
export class RecordReader implements RecordSource {
  readonly #lines: LineSource;
  readonly #delimiter: Delimiter;
  readonly #columns: number | null;

  /** @param columns how many fields a record must have, missing ones at its end being empty; null: any number */
  constructor(lines: LineSource, delimiter: Delimiter, columns: number | null) {
    this.#lines = lines;
    this.#delimiter = delimiter;
    this.#columns = columns;
  }

  /** Null at the end of the file. */
  async next(): Promise<TableRecord | null> {
    for (;;) {
      const line = await this.#lines.next();
      if (line === null) return null;
      const record = await this.#record(line);
      if (record.fields.some((field) => field !== "")) return record;
    }
  }

  async #record(line: TextLine): Promise<TableRecord> {
    if (line.text.length > maxLineChars) {
      const reason = rowReasons.tooLongLine;
      const fields = [line.text.slice(0, 200)];
      return { ok: false, line: line.number, fields, reason };
    }
    return line.text.includes('"')
      ? this.#quoted(line)
      : this.#judged(line, this.#split(line.text));
  }

  /** 50 times faster than a parser, and all that most lines need. */
  #split(text: string): string[] {
    return text.split(this.#delimiter).map((field) => field.trim());
  }

  async #quoted(first: TextLine): Promise<TableRecord> {
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
    return broken(first, rowReasons.openQuote);
  }

  #parse(text: string): Parsed {
    const strict = parseRecord(text, this.#delimiter, false);
    if ("fields" in strict || strict.code !== "INVALID_OPENING_QUOTE") {
      return strict;
    }
    // Maria "Mana" Silva, without quotes around it, is unambiguous.
    return parseRecord(text, this.#delimiter, true);
  }

  #judged(line: TextLine, fields: readonly string[]): TableRecord {
    return fitted(line.number, fields, this.#columns);
  }
}

/** A record of so many fields: spreadsheets leave out empty cells at the end of a row; surplus ones must be empty. */
export function fitted(
  line: number,
  fields: readonly string[],
  columns: number | null,
): TableRecord {
  if (columns === null || fields.length === columns)
    return { ok: true, line, fields };
  if (fields.length < columns) {
    const missing = Array.from({ length: columns - fields.length }, () => "");
    return { ok: true, line, fields: [...fields, ...missing] };
  }
  if (fields.slice(columns).every((field) => field === ""))
    return { ok: true, line, fields: fields.slice(0, columns) };
  const reason = rowReasons.tooManyColumns(fields.length, columns);
  return { ok: false, line, fields, reason };
}

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
    const reason = isOpen ? rowReasons.openQuote : rowReasons.strayQuote;
    return { reason, isOpen, code: error.code };
  }
}

function broken(line: TextLine, reason: Reason): TableRecord {
  return { ok: false, line: line.number, fields: [line.text], reason };
}
