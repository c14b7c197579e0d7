/** Why a row, or a number of it, is not accepted. The text is made when it is written. */
import type { Language, Translated } from "../language.ts";

export interface Reason {
  /** Stable; totals are kept by it. */
  readonly code: string;
  readonly text: Translated;
  /** Of all rows with this code, for the totals; null: as `text`. */
  readonly title: Translated | null;
}

export function reason(
  code: string,
  text: Translated,
  title: Translated | null = null,
): Reason {
  return { code, text, title };
}

/** How many rows had each reason, by its code. */
export type ReasonTotals = Map<
  string,
  { readonly title: Translated; count: number }
>;

export function countReason(totals: ReasonTotals, one: Reason): void {
  const known = totals.get(one.code);
  if (known !== undefined) known.count += 1;
  else totals.set(one.code, { title: one.title ?? one.text, count: 1 });
}

/** One line each, the most frequent first. */
export function reasonLines(
  totals: ReasonTotals,
  language: Language,
): readonly string[] {
  return [...totals.values()]
    .toSorted((a, b) => b.count - a.count)
    .map(
      ({ title, count }) => `${String(count).padStart(9)}  ${title[language]}`,
    );
}

/** A value of the file in a message: not more of it than finds it again. */
export function shown(text: string | null): string {
  return (text ?? "").slice(0, 40);
}

export const rowReasons = {
  badPriority: (value: string | null) =>
    reason(
      "BAD_PRIORITY",
      {
        en: `the priority "${shown(value)}" is not a whole number`,
        "pt-BR": `a prioridade "${shown(value)}" não é um número inteiro`,
      },
      {
        en: "the priority is not a whole number",
        "pt-BR": "a prioridade não é um número inteiro",
      },
    ),
  badTimezone: (value: string) =>
    reason(
      "BAD_TIMEZONE",
      {
        en: `"${shown(value)}" is not the name of a time zone; write it as America/Sao_Paulo`,
        "pt-BR": `"${shown(value)}" não é nome de fuso horário; escreva como America/Sao_Paulo`,
      },
      {
        en: "the time zone is none; write it as America/Sao_Paulo",
        "pt-BR": "o fuso horário não existe; escreva como America/Sao_Paulo",
      },
    ),
  tooLong: (what: Translated) =>
    reason("TOO_LONG_TEXT_FIELD", {
      en: `the ${what.en} is longer than 200 characters`,
      "pt-BR": `${what["pt-BR"]} tem mais de 200 caracteres`,
    }),
  tooLongCell: reason("TOO_LONG_CELL", {
    en: "a cell is longer than 32,767 characters",
    "pt-BR": "uma célula tem mais de 32.767 caracteres",
  }),
  sameNumber: (line: number) =>
    reason(
      "SAME_NUMBER",
      {
        en: `same number as line ${line}`,
        "pt-BR": `mesmo número da linha ${line}`,
      },
      {
        en: "same number as an earlier line of the file",
        "pt-BR": "mesmo número de uma linha anterior do arquivo",
      },
    ),
  sameId: (line: number) =>
    reason(
      "SAME_ID",
      {
        en: `same external id as line ${line}`,
        "pt-BR": `mesmo código externo da linha ${line}`,
      },
      {
        en: "same external id as an earlier line of the file",
        "pt-BR": "mesmo código externo de uma linha anterior do arquivo",
      },
    ),
  otherNumber: reason("OTHER_NUMBER", {
    en: "the campaign has this external id already, with another number",
    "pt-BR": "a campanha já tem este código externo, com outro número",
  }),
  otherId: reason("OTHER_ID", {
    en: "the campaign has this number already, with another external id",
    "pt-BR": "a campanha já tem este número, com outro código externo",
  }),
  byDatabase: (message: string) =>
    reason(
      "DATABASE",
      {
        en: `the database refused it: ${message}`,
        "pt-BR": `o banco de dados recusou: ${message}`,
      },
      {
        en: "the database refused it",
        "pt-BR": "o banco de dados recusou",
      },
    ),
  tooManyColumns: (fields: number, columns: number) =>
    reason(
      "COLUMNS",
      {
        en: `it has ${fields} columns, the header has ${columns}`,
        "pt-BR": `tem ${fields} colunas, o cabeçalho tem ${columns}`,
      },
      {
        en: "it has more columns than the header",
        "pt-BR": "tem mais colunas que o cabeçalho",
      },
    ),
  openQuote: reason("OPEN_QUOTE", {
    en: 'a quote (") is opened in this line and not closed properly',
    "pt-BR": 'aspas (") são abertas nesta linha e não são fechadas direito',
  }),
  strayQuote: reason("STRAY_QUOTE", {
    en: 'text follows a closing quote ("); a quote inside a value is written twice ("")',
    "pt-BR":
      'há texto depois das aspas (") que fecham; aspas dentro de um valor se escrevem duas vezes ("")',
  }),
  tooLongLine: reason("TOO_LONG_LINE", {
    en: "the line is longer than a million characters; a CSV file has one record per line",
    "pt-BR":
      "a linha tem mais de um milhão de caracteres; um CSV tem um registro por linha",
  }),
} as const;
