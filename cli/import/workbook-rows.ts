/** The rows of a sheet, read as they are unpacked: only the requested rows are in memory. */
import { serialToDate, type CellValue } from "hucre";
import type { Workbook, WorkbookSheet } from "./workbook-parts.ts";
import { parseXml, withoutEscapes } from "./workbook-xml.ts";
import type { XmlAttributes } from "./workbook-xml.ts";
import { damaged } from "./zip-directory.ts";

export interface SheetRow {
  /** From 1, as the spreadsheet program shows it. */
  readonly line: number;
  readonly values: readonly CellValue[];
}

/** Of every spreadsheet program. */
const maxColumns = 16_384;
/** A cell that is longer is refused with its row. */
const maxCellChars = 100_000;

/**
 * @param onPacked receives how many packed bytes were read
 * @throws CommandError when the sheet is damaged
 */
export async function* sheetRows(
  workbook: Workbook,
  sheet: WorkbookSheet,
  onPacked?: (bytes: number) => void,
): AsyncGenerator<SheetRow> {
  const reader = new RowReader(workbook);
  const { path } = workbook;
  const pieces = parseXml(path, sheet.entry, reader, onPacked);
  for await (const _ of pieces) yield* reader.take();
  yield* reader.take();
}

/** Puts rows together from the events of the sheet's XML. */
class RowReader {
  readonly #workbook: Workbook;
  #rows: SheetRow[] = [];
  #values: CellValue[] = [];
  #line = 0;
  #column = 0;
  #cell: XmlAttributes = {};
  /** Which text is being read: a value, a text in the cell itself, or none. */
  #part: "value" | "inline" | null = null;
  #isReading = false;
  #text = "";

  constructor(workbook: Workbook) {
    this.#workbook = workbook;
  }

  take(): readonly SheetRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  open(name: string, attributes: XmlAttributes): void {
    switch (name) {
      case "row":
        this.#line = Number(attributes["r"] ?? this.#line + 1);
        this.#values = [];
        this.#column = 0;
        break;
      case "c":
        this.#cell = attributes;
        this.#column = columnOf(attributes["r"]) ?? this.#column;
        if (this.#column >= maxColumns) throw damaged(this.#workbook.path);
        this.#text = "";
        break;
      case "v":
        this.#part = "value";
        break;
      case "t":
        this.#part = "inline";
        break;
      case "rPh":
        this.#isReading = true;
    }
  }

  readonly text = (more: string): void => {
    if (this.#part === null || this.#isReading) return;
    if (this.#text.length < maxCellChars) this.#text += more;
  };

  close(name: string): void {
    switch (name) {
      case "v":
      case "t":
        this.#part = null;
        break;
      case "rPh":
        this.#isReading = false;
        break;
      case "c":
        while (this.#values.length < this.#column) this.#values.push(null);
        this.#values[this.#column] = this.#value();
        this.#column += 1;
        break;
      case "row":
        this.#rows.push({ line: this.#line, values: this.#values });
    }
  }

  #value(): CellValue {
    const text = this.#text;
    switch (this.#cell["t"]) {
      case "s":
        return text === "" ? null : this.#workbook.strings.at(Number(text));
      case "str":
      case "inlineStr":
        return withoutEscapes(text);
      case "b":
        return /^(?:1|true)$/i.test(text);
      case "e":
      case "d":
        return text;
      default:
        return this.#number(text);
    }
  }

  #number(text: string): CellValue {
    if (text === "") return null;
    const figure = Number(text);
    if (Number.isNaN(figure)) return text;
    const { isDate, from1904 } = this.#workbook;
    return isDate[Number(this.#cell["s"] ?? "-1")] === true
      ? serialToDate(figure, from1904)
      : figure;
  }
}

/** @param place `C12` @returns from 0; null: it says nothing */
function columnOf(place: string | undefined): number | null {
  const letters = /^[A-Za-z]{1,3}/.exec(place ?? "")?.[0];
  if (letters === undefined) return null;
  let column = 0;
  for (const letter of letters.toUpperCase())
    column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
