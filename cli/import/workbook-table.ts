/**
 * A sheet of an .xlsx workbook as a table.
 *
 * Its rows are read as they are unpacked, no faster than the database takes them; in memory are the workbook's shared
 * texts (`shared-strings.ts`) and a piece of the sheet.
 */
import { CommandError } from "../command.ts";
import { fitted } from "./csv-records.ts";
import {
  findHeader,
  headerMissing,
  rowsBeforeHeader,
  type Table,
  type TableOptions,
} from "./table.ts";
import { cellText } from "./workbook-cells.ts";
import {
  openWorkbook,
  type Workbook,
  type WorkbookSheet,
} from "./workbook-parts.ts";
import { sheetRows } from "./workbook-rows.ts";
import type { RecordSource, TableRecord } from "./table-record.ts";

interface Sheet {
  readonly of: WorkbookSheet;
  /** Its first rows that hold anything. */
  readonly rows: readonly FirstRow[];
}

interface FirstRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** @throws CommandError when it is too large, damaged or locked, or no sheet, or several, can be meant */
export async function openWorkbookTable(
  path: string,
  options: TableOptions,
): Promise<Table> {
  const workbook = await openWorkbook(path);
  const sheet = await chooseSheet(workbook, options);
  const at =
    options.columns === null
      ? findHeader(
          sheet.rows.map(({ cells }) => cells),
          options,
        )
      : -1;
  const row = sheet.rows[at];
  const header = options.columns ?? row?.cells;
  if (header === undefined)
    throw headerMissing(sheet.rows.map(({ cells }) => cells));
  const records = new SheetRecords(workbook, sheet.of, {
    columns: header.length,
    afterLine: row?.line ?? 0,
  });
  const { name } = sheet.of;
  return {
    description: {
      en: `xlsx, sheet "${name}"`,
      "pt-BR": `xlsx, planilha "${name}"`,
    },
    header,
    records,
    delimiter: null,
    totalBytes: sheet.of.entry.packedBytes,
    bytesRead: () => records.bytesRead,
    close: () => records.close(),
  };
}

async function chooseSheet(
  workbook: Workbook,
  options: TableOptions,
): Promise<Sheet> {
  const read = async (of: WorkbookSheet): Promise<Sheet> => ({
    of,
    rows: await firstRows(workbook, of),
  });
  if (options.sheet !== null)
    return read(namedSheet(options.sheet, workbook.sheets));
  const sheets: Sheet[] = [];
  for (const one of workbook.sheets) {
    if (one.hidden) continue;
    const sheet = await read(one);
    if (sheet.rows.length > 0) sheets.push(sheet);
  }
  return onlySheet(sheets, options);
}

/** By name, however it is typed, or by its number from 1. */
function namedSheet(
  wanted: string,
  sheets: readonly WorkbookSheet[],
): WorkbookSheet {
  const same = sheets.filter(
    ({ name }) => name.trim().toLowerCase() === wanted.trim().toLowerCase(),
  );
  const found =
    sheets.find(({ name }) => name === wanted) ??
    (same.length === 1 ? same[0] : undefined) ??
    (/^\d{1,4}$/.test(wanted) ? sheets[Number(wanted) - 1] : undefined);
  if (found !== undefined) return found;
  const names = listed(sheets);
  throw new CommandError("NO_SHEET", {
    en: `there is no sheet "${wanted}"; the workbook has: ${names}`,
    "pt-BR": `não há planilha "${wanted}"; o arquivo tem: ${names}`,
  });
}

function onlySheet(sheets: readonly Sheet[], options: TableOptions): Sheet {
  const [only, second] = sheets;
  if (only === undefined) {
    throw new CommandError("EMPTY_FILE", {
      en: "no visible sheet of the workbook holds anything; give --sheet for a hidden one",
      "pt-BR":
        "nenhuma planilha visível do arquivo tem conteúdo; dê --sheet para uma oculta",
    });
  }
  if (second === undefined) return only;
  const withPhones =
    options.columns === null
      ? sheets.filter(
          ({ rows }) =>
            findHeader(
              rows.map(({ cells }) => cells),
              options,
            ) >= 0,
        )
      : sheets;
  const [first, other] = withPhones;
  if (first !== undefined && other === undefined) return first;
  const names = listed(
    (first === undefined ? sheets : withPhones).map((one) => one.of),
  );
  throw new CommandError(
    "WHICH_SHEET",
    first === undefined
      ? {
          en: `no sheet has a column for the phone number; the workbook has: ${names}. Give --sheet, and --phone-column if it is called otherwise`,
          "pt-BR": `nenhuma planilha tem coluna de telefone; o arquivo tem: ${names}. Dê --sheet, e --phone-column se a coluna tem outro nome`,
        }
      : {
          en: `several sheets can be meant: ${names}; give --sheet with one of them`,
          "pt-BR": `mais de uma planilha serve: ${names}; dê --sheet com uma delas`,
        },
  );
}

function listed(sheets: readonly WorkbookSheet[]): string {
  return sheets.map(({ name }) => `"${name}"`).join(", ");
}

async function firstRows(
  workbook: Workbook,
  sheet: WorkbookSheet,
): Promise<readonly FirstRow[]> {
  const rows: FirstRow[] = [];
  for await (const { line, values } of sheetRows(workbook, sheet)) {
    const cells = values.map(cellText);
    if (cells.every((cell) => cell === "")) continue;
    rows.push({ line, cells: withoutEmptyEnd(cells) });
    if (rows.length >= rowsBeforeHeader) break;
  }
  return rows;
}

/** Formatted cells without anything in them stand behind many a header. */
function withoutEmptyEnd(cells: readonly string[]): readonly string[] {
  const last = cells.findLastIndex((cell) => cell !== "");
  return cells.slice(0, last + 1);
}

class SheetRecords implements RecordSource {
  readonly #rows: ReturnType<typeof sheetRows>;
  readonly #columns: number;
  readonly #afterLine: number;
  /** Of the packed sheet. */
  bytesRead = 0;

  constructor(
    workbook: Workbook,
    sheet: WorkbookSheet,
    from: { readonly columns: number; readonly afterLine: number },
  ) {
    this.#rows = sheetRows(workbook, sheet, (bytes) => {
      this.bytesRead += bytes;
    });
    this.#columns = from.columns;
    this.#afterLine = from.afterLine;
  }

  async next(): Promise<TableRecord | null> {
    for (;;) {
      const row = await this.#rows.next();
      if (row.done === true) return null;
      const { line, values } = row.value;
      if (line <= this.#afterLine) continue;
      const cells = values.map(cellText);
      if (cells.every((cell) => cell === "")) continue;
      return fitted(line, cells, this.#columns);
    }
  }

  async close(): Promise<void> {
    await this.#rows.return(undefined);
  }
}
