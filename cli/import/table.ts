/** A file as rows under a header, whatever its format. */
import { CommandError } from "../command.ts";
import type { Translated } from "../language.ts";
import type { Delimiter } from "./csv-records.ts";
import { namesTelephone } from "./columns.ts";
import { noPhoneColumn } from "./column-choices.ts";
import type { ColumnOptions } from "./column-choices.ts";
import type { RecordSource } from "./table-record.ts";
import type { TextEncoding } from "./one-byte-encodings.ts";

export interface TableOptions extends ColumnOptions {
  /** Null: found out, as for the next one. */
  readonly delimiter: Delimiter | null;
  readonly encoding: TextEncoding | null;
  /** Names of the columns of a file without a header; null: it has one. */
  readonly columns: readonly string[] | null;
  /** Name or number of a workbook's sheet; null: the one that holds telephones. */
  readonly sheet: string | null;
}

export interface Table {
  /** What the file is, for people: `utf-8, semicolon`, `xlsx, sheet "Leads"`. */
  readonly description: Translated;
  readonly header: readonly string[];
  readonly records: RecordSource;
  /** Of the reject file; null: as spreadsheets of the person's language have it. */
  readonly delimiter: Delimiter | null;
  readonly totalBytes: number;
  /** The progress so far. */
  bytesRead(): number;
  close(): Promise<void>;
}

/** So many rows may stand before the header: a title, a date, a filter. */
export const rowsBeforeHeader = 20;

/**
 * The header among the first rows: the first that names a telephone and has several cells, else the first that names one.
 *
 * @returns its index; -1: none
 */
export function findHeader(
  rows: readonly (readonly string[])[],
  options: ColumnOptions,
): number {
  const filled = (row: readonly string[]) =>
    row.filter((cell) => cell.trim() !== "").length;
  const names = rows.map((row) => namesTelephone(row, options));
  const wide = rows.findIndex(
    (row, at) => names[at] === true && filled(row) > 1,
  );
  return wide >= 0 ? wide : names.indexOf(true);
}

/** Why there is no header: the rows are data, or no column is named for the telephone. */
export function headerMissing(
  rows: readonly (readonly string[])[],
): CommandError {
  const widest = rows.reduce(
    (best, row) => (row.length > best.length ? row : best),
    rows[0] ?? [],
  );
  const first = rows[0] ?? [];
  if (!first.some((cell) => looksLikePhone(cell))) return noPhoneColumn(widest);
  const count = first.length;
  return new CommandError("NO_HEADER", {
    en: `the file has no header: its first line holds a telephone already. Name its ${count} columns: --no-header --columns name,phone,…`,
    "pt-BR": `o arquivo não tem cabeçalho: a primeira linha já tem um telefone. Dê nome às ${count} colunas: --no-header --columns nome,telefone,…`,
  });
}

function looksLikePhone(cell: string): boolean {
  const digits = cell.replace(/\D/g, "").length;
  return digits >= 8 && digits <= 15 && /^[\s\d+().'"=:;tel-]*$/.test(cell);
}
