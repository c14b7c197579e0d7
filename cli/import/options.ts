/** The command line of the import, checked. */
import { CommandError, wrongOption } from "../command.ts";
import type { Delimiter } from "./csv-records.ts";
import { isUuid } from "./find-campaign.ts";
import type { ImportOptions } from "./import-file.ts";
import type { TextEncoding } from "./one-byte-encodings.ts";

export interface ImportValues {
  readonly campaign?: string | undefined;
  readonly list?: string | undefined;
  readonly account?: string | undefined;
  readonly country?: string | undefined;
  readonly rejects?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly encoding?: string | undefined;
  readonly source?: string | undefined;
  readonly "legal-basis"?: string | undefined;
  readonly priority?: string | undefined;
  readonly "phone-column"?: string[] | undefined;
  readonly map?: string[] | undefined;
  readonly "no-header"?: boolean | undefined;
  readonly columns?: string | undefined;
  readonly sheet?: string | undefined;
  readonly update?: boolean | undefined;
  readonly "dry-run"?: boolean | undefined;
}

type TextOption = {
  [Name in keyof ImportValues]-?: Exclude<
    ImportValues[Name],
    undefined
  > extends string
    ? Name
    : never;
}[keyof ImportValues];

const delimiters: ReadonlyMap<string, Delimiter | null> = new Map([
  ["auto", null],
  [",", ","],
  [";", ";"],
  ["tab", "\t"],
  ["\t", "\t"],
  ["|", "|"],
]);

/** Windows-1252 is Latin 1 with letters where that has none; what is called latin1 is nearly always it. */
const encodings: ReadonlyMap<string, TextEncoding | null> = new Map([
  ["auto", null],
  ["utf-8", "utf-8"],
  ["utf8", "utf-8"],
  ["latin1", "windows-1252"],
  ["iso-8859-1", "windows-1252"],
  ["windows-1252", "windows-1252"],
  ["utf-16le", "utf-16le"],
  ["utf-16be", "utf-16be"],
  ["macroman", "macintosh"],
  ["cp850", "cp850"],
  ["ibm850", "cp850"],
]);

/** @throws CommandError that names the option, what it was, and what is expected */
export function readImportOptions(
  file: string,
  values: ImportValues,
): ImportOptions {
  const text = (name: TextOption, max: number): string | null => {
    const value = values[name]?.trim();
    if (value === undefined) return null;
    if (value !== "" && value.length <= max) return value;
    throw wrongOption(name, value, {
      en: `1 to ${max} characters`,
      "pt-BR": `1 a ${max} caracteres`,
    });
  };
  const campaign = text("campaign", 200);
  if (campaign === null) {
    throw new CommandError("NO_CAMPAIGN", {
      en: "which campaign? Give --campaign with its name or id. See --help.",
      "pt-BR": "qual campanha? Dê --campaign com o nome ou o id. Veja --help.",
    });
  }
  const accountId = text("account", 36);
  if (accountId !== null && !isUuid(accountId)) {
    throw wrongOption("account", accountId, {
      en: "the account's uuid",
      "pt-BR": "o uuid da conta",
    });
  }
  return {
    file,
    campaign,
    accountId,
    list: text("list", 200),
    country: text("country", 2)?.toUpperCase() ?? null,
    rejects: text("rejects", 4096),
    delimiter: choice("delimiter", values.delimiter, delimiters),
    encoding: choice("encoding", values.encoding, encodings),
    source: text("source", 500),
    legalBasis: text("legal-basis", 500),
    priority: readPriority(values.priority),
    phoneColumns: values["phone-column"] ?? [],
    map: values.map ?? [],
    columns: readColumns(values),
    sheet: text("sheet", 100),
    update: values.update ?? false,
    dryRun: values["dry-run"] ?? false,
  };
}

function choice<T>(
  name: string,
  value: string | undefined,
  choices: ReadonlyMap<string, T | null>,
): T | null {
  if (value === undefined) return null;
  const chosen = choices.get(value.toLowerCase());
  if (chosen !== undefined) return chosen;
  const names = [...choices.keys()].filter((key) => key !== "\t");
  throw wrongOption(name, value, {
    en: names.join(" or "),
    "pt-BR": names.join(" ou "),
  });
}

/** Null: the file has a header. @throws CommandError when one of the two is given without the other */
function readColumns(values: ImportValues): readonly string[] | null {
  const { columns, "no-header": noHeader = false } = values;
  if (columns === undefined && !noHeader) return null;
  if (columns === undefined) {
    throw new CommandError("WRONG_OPTION", {
      en: "--no-header needs --columns with the names of the file's columns, such as --columns name,phone,city. See --help.",
      "pt-BR":
        "--no-header precisa de --columns com os nomes das colunas do arquivo, como --columns nome,telefone,cidade. Veja --help.",
    });
  }
  if (!noHeader) {
    throw new CommandError("WRONG_OPTION", {
      en: "--columns is for files without a header: give --no-header too; columns of a header are named with --map. See --help.",
      "pt-BR":
        "--columns é para arquivos sem cabeçalho: dê também --no-header; colunas de um cabeçalho se nomeiam com --map. Veja --help.",
    });
  }
  return columns.split(/[,;]/).map((name) => name.trim());
}

function readPriority(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^-?\d{1,9}$/.test(value)) return Number(value);
  throw wrongOption("priority", value, {
    en: "a whole number",
    "pt-BR": "um número inteiro",
  });
}
