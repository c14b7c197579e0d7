/** The rows that were not imported, with the reason, in a file that a spreadsheet program opens. */
import { open, type FileHandle } from "node:fs/promises";
import { CommandError } from "../command.ts";
import { rejectColumns } from "./columns.ts";
import type { Language } from "../language.ts";
import type { Delimiter } from "./csv-records.ts";
import type { RejectSink } from "./lead-writer.ts";

/** Written in blocks, so that a file of nothing but rejects is as fast as any. */
const blockChars = 64 * 1024;
/** Without it Excel takes UTF-8 for Windows-1252. */
const byteOrderMark = "\uFEFF";

/** Made with the first reject; a file of that name from an earlier run is replaced. */
export class RejectFile implements RejectSink {
  readonly path: string;
  readonly #header: readonly string[];
  /** Our own columns in a reject file that is imported again: they are written afresh, not repeated. */
  readonly #dropped: ReadonlySet<number>;
  readonly #delimiter: Delimiter;
  readonly #language: Language;
  #handle: FileHandle | null = null;
  #block = "";

  constructor(
    path: string,
    header: readonly string[],
    delimiter: Delimiter,
    language: Language,
  ) {
    this.path = path;
    this.#header = header;
    this.#dropped = new Set(
      [...header.keys()].filter((at) => isOurs(header[at] ?? "")),
    );
    this.#delimiter = delimiter;
    this.#language = language;
  }

  async add({
    line,
    reason,
    fields,
  }: Parameters<RejectSink["add"]>[0]): Promise<void> {
    this.#handle ??= await this.#open();
    this.#block += this.#row([
      String(line),
      reason.text[this.#language],
      ...this.#kept(fields),
    ]);
    if (this.#block.length > blockChars) await this.#flush();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    if (handle === null) return;
    await this.#flush().finally(() => handle.close());
    this.#handle = null;
  }

  async #open(): Promise<FileHandle> {
    const header = this.#kept(this.#header);
    try {
      const handle = await open(this.path, "w");
      this.#block = byteOrderMark + this.#row([...rejectColumns, ...header]);
      return handle;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandError(
        "REJECT_FILE",
        {
          en: `rows have to be rejected, but ${this.path} cannot be written (${why}); name another file with --rejects`,
          "pt-BR": `há linhas a rejeitar, mas ${this.path} não pode ser escrito (${why}); dê outro arquivo com --rejects`,
        },
        { cause: error },
      );
    }
  }

  #kept(fields: readonly string[]): readonly string[] {
    return fields.filter((_, at) => !this.#dropped.has(at));
  }

  async #flush(): Promise<void> {
    const block = this.#block;
    this.#block = "";
    await this.#handle?.appendFile(block);
  }

  #row(fields: readonly string[]): string {
    return `${fields.map((field) => this.#quoted(field)).join(this.#delimiter)}\n`;
  }

  #quoted(field: string): string {
    if (!field.includes(this.#delimiter) && !/["\r\n]/.test(field))
      return field;
    return `"${field.replaceAll('"', '""')}"`;
  }
}

/** For a run that writes nothing. */
export const noRejectFile: RejectSink = {
  add: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

function isOurs(name: string): boolean {
  return rejectColumns.some((ours) => ours === name.trim().toLowerCase());
}
