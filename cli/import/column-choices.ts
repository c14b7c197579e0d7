/** What a person says about the columns of a file: `--phone-column` and `--map`. */
import { CommandError } from "../command.ts";
import {
  leadFields,
  plainName,
  type LeadField,
  type PartRole,
} from "./header-names.ts";

/** What the person says about columns; nothing: their names alone decide. */
export interface ColumnOptions {
  /** Names of the columns with telephones, in their order. */
  readonly phoneColumns: readonly string[];
  /** `COLUMN=FIELD`. */
  readonly map: readonly string[];
}

export interface Choices {
  /** Columns with telephones in their order; null: by their names. */
  readonly phones: readonly number[] | null;
  readonly parts: ReadonlyMap<PartRole, number>;
  readonly fields: ReadonlyMap<LeadField, number>;
  /** Left out altogether. */
  readonly ignored: readonly number[];
  /** Of these the name no longer decides. */
  readonly decided: ReadonlySet<number>;
}

/** As written after `=` in `--map`. */
const targets: ReadonlyMap<
  string,
  LeadField | PartRole | "phone" | "metadata" | "ignore"
> = new Map([
  ["phone", "phone"],
  ["country_code", "countryCode"],
  ["area_code", "areaCode"],
  ...Object.keys(leadFields).map(
    (field) =>
      [
        field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        field as LeadField,
      ] as const,
  ),
  ["metadata", "metadata"],
  ["ignore", "ignore"],
]);

const parts: ReadonlySet<string> = new Set(["countryCode", "areaCode"]);

/** @throws CommandError that names the option and what is right */
export function readChoices(
  header: readonly string[],
  plain: readonly string[],
  options: ColumnOptions,
): Choices {
  const find = (option: string, name: string): number =>
    columnOf(header, plain, option, name);
  const mapped = options.map.map((text) => readMapping(text, find));
  const named = [
    ...options.phoneColumns.map((name) => find("phone-column", name)),
    ...mapped.flatMap(({ at, target }) => (target === "phone" ? [at] : [])),
  ];
  const fields = new Map<LeadField, number>();
  const partColumns = new Map<PartRole, number>();
  for (const { at, target, text } of mapped) {
    if (target === "phone" || target === "metadata" || target === "ignore")
      continue;
    const isPart = parts.has(target);
    const taken = isPart
      ? partColumns.get(target as PartRole)
      : fields.get(target as LeadField);
    if (taken !== undefined) throw twice(text, header[taken] ?? "");
    if (isPart) partColumns.set(target as PartRole, at);
    else fields.set(target as LeadField, at);
  }
  return {
    phones: named.length === 0 ? null : [...new Set(named)],
    parts: partColumns,
    fields,
    ignored: mapped.flatMap(({ at, target }) =>
      target === "ignore" ? [at] : [],
    ),
    decided: new Set([...named, ...mapped.map(({ at }) => at)]),
  };
}

function readMapping(
  text: string,
  find: (option: string, name: string) => number,
) {
  const equals = text.lastIndexOf("=");
  const target = targets.get(
    text
      .slice(equals + 1)
      .trim()
      .toLowerCase(),
  );
  if (equals < 1 || target === undefined) {
    const known = [...targets.keys()].join(", ");
    throw new CommandError("WRONG_OPTION", {
      en: `--map is "${text}"; expected COLUMN=FIELD, where FIELD is one of ${known}. See --help.`,
      "pt-BR": `--map é "${text}"; esperado COLUNA=CAMPO, em que CAMPO é um de ${known}. Veja --help.`,
    });
  }
  return { at: find("map", text.slice(0, equals)), target, text };
}

function twice(text: string, other: string): CommandError {
  return new CommandError("WRONG_OPTION", {
    en: `--map ${text}: the column "${other}" is mapped to that field already`,
    "pt-BR": `--map ${text}: a coluna "${other}" já foi mapeada para esse campo`,
  });
}

function columnOf(
  header: readonly string[],
  plain: readonly string[],
  option: string,
  name: string,
): number {
  const wanted = plainName(name);
  const found = [...plain.keys()].filter(
    (at) => plain[at] === wanted && wanted !== "",
  );
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const columns = listed(header);
  throw new CommandError(
    "WRONG_OPTION",
    first === undefined
      ? {
          en: `--${option} names the column "${name.trim()}", which the file does not have; found: ${columns}`,
          "pt-BR": `--${option} cita a coluna "${name.trim()}", que o arquivo não tem; encontradas: ${columns}`,
        }
      : {
          en: `--${option} names the column "${name.trim()}", and ${found.length} columns are called so; rename them in the file`,
          "pt-BR": `--${option} cita a coluna "${name.trim()}", e ${found.length} colunas têm esse nome; renomeie-as no arquivo`,
        },
  );
}

export function noPhoneColumn(header: readonly string[]): CommandError {
  const found = listed(header);
  return new CommandError("NO_PHONE_COLUMN", {
    en:
      `no column holds the phone number; found: ${found}. Name it phone, telefone, celular, fone or telefono, or say which with ` +
      "--phone-column NAME (if this is one column that should be several, give --delimiter)",
    "pt-BR":
      `nenhuma coluna tem o telefone; encontradas: ${found}. Chame-a de telefone, celular, fone ou phone, ou diga qual é com ` +
      "--phone-column NOME (se isto é uma coluna que devia ser várias, dê --delimiter)",
  });
}

function listed(header: readonly string[]): string {
  return header.map((name) => `"${name}"`).join(", ");
}
