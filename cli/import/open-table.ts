/** A file of any kind that can be imported, opened at its first row. */
import { CommandError } from "../command.ts";
import { fileKind } from "./file-kind.ts";
import type { Table, TableOptions } from "./table.ts";
import { openTextTable } from "./text-table.ts";
import { openWorkbookTable } from "./workbook-table.ts";

/** @throws CommandError that says why nothing can be read, when nothing can */
export async function openTable(
  path: string,
  options: TableOptions,
): Promise<Table> {
  const { kind, bytes } = await fileKind(path);
  if (kind === "workbook") return openWorkbookTable(path, options);
  if (options.sheet !== null) {
    throw new CommandError("WRONG_OPTION", {
      en: "--sheet is for .xlsx workbooks; a text file has no sheets",
      "pt-BR":
        "--sheet é para planilhas .xlsx; um arquivo de texto não tem planilhas",
    });
  }
  return openTextTable(path, bytes, options);
}
