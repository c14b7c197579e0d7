/**
 * The texts of a workbook, which its cells name by number: kept as bytes, one after another, because as JavaScript's own
 * strings they take four times as much.
 */
import { CommandError } from "../command.ts";
import { readXml, withoutEscapes } from "./workbook-xml.ts";
import type { ZipEntry } from "./zip-directory.ts";

const pageBytes = 1024 * 1024;
const lengthBytes = 4;
/** Two million names; a workbook of which more than this must stay in memory is refused. */
const maxBytes = 48 * 1024 * 1024;

export class SharedStrings {
  readonly #pages: Buffer[] = [];
  #free = 0;
  /** Place of each text: page × `pageBytes` + position. */
  #places = new Uint32Array(1024);
  #count = 0;

  get bytes(): number {
    return this.#pages.length * pageBytes + this.#places.byteLength;
  }

  /** Null where there is none of that number. */
  at(index: number): string | null {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count)
      return null;
    const place = this.#places[index] ?? 0;
    const page = this.#pages[Math.floor(place / pageBytes)];
    if (page === undefined) return null;
    const from = (place % pageBytes) + lengthBytes;
    const length = page.readUInt32LE(from - lengthBytes);
    return page.toString("utf8", from, from + length);
  }

  /** @param text at most as long as a cell's */
  add(text: string): void {
    const length = Buffer.byteLength(text);
    let page = this.#pages.at(-1);
    if (page === undefined || this.#free + lengthBytes + length > pageBytes) {
      page = Buffer.allocUnsafe(pageBytes);
      this.#pages.push(page);
      this.#free = 0;
    }
    this.#note((this.#pages.length - 1) * pageBytes + this.#free);
    page.writeUInt32LE(length, this.#free);
    page.write(text, this.#free + lengthBytes, "utf8");
    this.#free += lengthBytes + length;
  }

  #note(place: number): void {
    if (this.#count === this.#places.length) {
      const longer = new Uint32Array(this.#count * 2);
      longer.set(this.#places);
      this.#places = longer;
    }
    this.#places[this.#count] = place;
    this.#count += 1;
  }
}

/** A broken file has longer ones; what is cut off here is too long for a cell, and the row says so. */
const maxChars = 100_000;

/** @param entry null: the workbook has none @throws CommandError when they are too many to be kept */
export async function readSharedStrings(
  path: string,
  entry: ZipEntry | null,
): Promise<SharedStrings> {
  const strings = new SharedStrings();
  if (entry === null) return strings;
  let text = "";
  let isText = false;
  /** Readings of Japanese words stand beside the words. */
  let isReading = false;
  await readXml(path, entry, {
    open: (name) => {
      if (name === "si") text = "";
      else if (name === "t") isText = true;
      else if (name === "rPh") isReading = true;
    },
    text: (more) => {
      if (isText && !isReading && text.length < maxChars) text += more;
    },
    close: (name) => {
      if (name === "t") isText = false;
      else if (name === "rPh") isReading = false;
      else if (name === "si") {
        strings.add(withoutEscapes(text.slice(0, maxChars)));
        if (strings.bytes > maxBytes) throw tooManyTexts(path);
      }
    },
  });
  return strings;
}

function tooManyTexts(path: string): CommandError {
  const mib = String(maxBytes / 1024 / 1024);
  return new CommandError("WORKBOOK_TOO_LARGE", {
    en: `${path} has more than ${mib} MiB of different texts, more than is kept in memory. Save it as "CSV UTF-8", which may be of any size`,
    "pt-BR": `${path} tem mais de ${mib} MiB de textos diferentes, mais do que se guarda na memória. Salve como "CSV UTF-8", que pode ter qualquer tamanho`,
  });
}
