/** The command line of the import, checked. */
import { CommandError } from "../command.ts";
import type { Delimiter } from "./csv-records.ts";
import { isUuid } from "./find-campaign.ts";
import type { ImportOptions } from "./import-file.ts";
import type { TextEncoding } from "./text-lines.ts";

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
}

const delimiters: ReadonlyMap<string, Delimiter | null> = new Map([
  ["auto", null],
  [",", ","],
  [";", ";"],
  ["tab", "\t"],
  ["\t", "\t"],
]);

/** Windows-1252 is Latin 1 with letters where that has none; what is called latin1 is nearly always it. */
const encodings: ReadonlyMap<string, TextEncoding | null> = new Map([
  ["auto", null],
  ["utf-8", "utf-8"],
  ["utf8", "utf-8"],
  ["latin1", "windows-1252"],
  ["iso-8859-1", "windows-1252"],
  ["windows-1252", "windows-1252"],
]);

/** @throws CommandError that names the option, what it was, and what is expected */
export function readImportOptions(
  file: string,
  values: ImportValues,
): ImportOptions {
  const text = (name: keyof ImportValues, max: number): string | null => {
    const value = values[name]?.trim();
    if (value === undefined) return null;
    if (value !== "" && value.length <= max) return value;
    throw wrong(name, value, `1 to ${max} characters`);
  };
  const campaign = text("campaign", 200);
  if (campaign === null) {
    throw new CommandError(
      "NO_CAMPAIGN",
      "which campaign? Give --campaign with its name or id. See --help.",
    );
  }
  const accountId = text("account", 36);
  if (accountId !== null && !isUuid(accountId)) {
    throw wrong("account", accountId, "the account's uuid");
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
  throw wrong(name, value, names.join(" or "));
}

function readPriority(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^-?\d{1,9}$/.test(value)) return Number(value);
  throw wrong("priority", value, "a whole number");
}

function wrong(name: string, value: string, expected: string): CommandError {
  return new CommandError(
    "WRONG_OPTION",
    `--${name} is "${value}"; expected ${expected}. See --help.`,
  );
}
