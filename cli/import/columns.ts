/** Which column of a file goes where. */
import {
  leadFields,
  plainName,
  telephoneColumn,
  type LeadField,
} from "./header-names.ts";
import { noPhoneColumn, readChoices, type Choices } from "./column-choices.ts";
import { pairTelephones, type PhoneColumn } from "./telephone-pairs.ts";
import type { ColumnOptions } from "./column-choices.ts";

/** What a reject file adds in front; a corrected one can be imported as it is. */
export const rejectColumns = ["rejected_line", "rejected_reason"] as const;

export interface ColumnPlan {
  /** As in the file. */
  readonly header: readonly string[];
  /** In the order in which their numbers are tried; at least one. */
  readonly phones: readonly PhoneColumn[];
  /** Position of each field that the file has. */
  readonly fields: Readonly<Partial<Record<LeadField, number>>>;
  /** Everything else: position and name in the lead's metadata. */
  readonly metadata: readonly { readonly at: number; readonly key: string }[];
}

const noColumnOptions: ColumnOptions = { phoneColumns: [], map: [] };

/**
 * Reads a header in English, Portuguese or Spanish; letter case, accents and spaces do not matter. Every column with
 * a telephone is one of the lead's numbers, in the order of the file. Of two columns for another field the one named
 * first in our list is taken; the other is kept as metadata.
 *
 * @throws CommandError when no column holds the phone number (it names the columns found), or an option does not fit
 */
export function planColumns(
  header: readonly string[],
  options: ColumnOptions = noColumnOptions,
): ColumnPlan {
  const plain = header.map(plainName);
  const choices = readChoices(header, plain, options);
  const phones = pairTelephones(header, plain, choices);
  if (phones.length === 0) throw noPhoneColumn(header);
  const parts = phones.flatMap(({ at, countryCode, areaCode, prefix }) => [
    at,
    countryCode,
    areaCode,
    prefix,
  ]);
  const fields = fieldsOf(plain, choices, new Set(parts));
  // Where a person lives is worth keeping besides what it says about the number.
  const taken = new Set<number | null>([
    ...parts,
    ...Object.entries(fields).flatMap(([field, at]) =>
      field === "country" ? [] : [at],
    ),
    ...choices.ignored,
  ]);
  return {
    header,
    phones,
    fields,
    metadata: metadataColumns(header, plain, taken),
  };
}

function fieldsOf(
  plain: readonly string[],
  choices: Choices,
  telephones: ReadonlySet<number | null>,
): Partial<Record<LeadField, number>> {
  const fields: Partial<Record<LeadField, number>> = {};
  for (const [name, names] of Object.entries(leadFields)) {
    const field = name as LeadField;
    const known = names
      .map((one: string) =>
        plain.findIndex(
          (own, at) =>
            own === one && !telephones.has(at) && !choices.decided.has(at),
        ),
      )
      .find((at) => at >= 0);
    const at = choices.fields.get(field) ?? known;
    if (at !== undefined) fields[field] = at;
  }
  return fields;
}

/** Whether a row can be a header: it names a telephone, or what the options name. */
export function namesTelephone(
  cells: readonly string[],
  options: ColumnOptions,
): boolean {
  const plain = cells.map(plainName);
  const named = [
    ...options.phoneColumns,
    ...options.map.map((one) => one.slice(0, one.lastIndexOf("="))),
  ].map(plainName);
  return named.length > 0
    ? named.every((name) => plain.includes(name))
    : plain.some(
        (name) => telephoneColumn(name)?.role.startsWith("phone") === true,
      );
}

function metadataColumns(
  header: readonly string[],
  plain: readonly string[],
  taken: ReadonlySet<number | null>,
): ColumnPlan["metadata"] {
  const used = new Set<string>();
  const ours: ReadonlySet<string> = new Set(rejectColumns);
  const columns = [...header.keys()].filter(
    (at) => !taken.has(at) && !ours.has(plain[at] ?? ""),
  );
  return columns.map((at) => {
    const name = header[at]?.trim() || `column_${at + 1}`;
    let key = name;
    for (let nth = 2; used.has(key); nth++) key = `${name}_${nth}`;
    used.add(key);
    return { at, key };
  });
}

/** One line for the person: which column was taken for what. */
export function describePlan({
  header,
  phones,
  fields,
  metadata,
}: ColumnPlan): string {
  const name = (at: number) => header[at] ?? "";
  const parts = phones.flatMap((phone, nth) => [
    `${name(phone.at)} → ${nth === 0 ? "phone" : `phone ${nth + 1}`}`,
    ...(
      [
        [phone.countryCode, "country_code"],
        [phone.areaCode, "area_code"],
        [phone.prefix, "prefix"],
      ] as const
    ).flatMap(([at, part]) => (at === null ? [] : [`${name(at)} → ${part}`])),
  ]);
  const others = Object.entries(fields).map(
    ([field, at]) => `${name(at)} → ${snake(field)}`,
  );
  const rest = metadata.map(({ key }) => key);
  const kept = rest.length === 0 ? "" : `; metadata: ${rest.join(", ")}`;
  return `${[...new Set([...parts, ...others])].join(", ")}${kept}`;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
