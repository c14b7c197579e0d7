/** From the fields of a record to a lead that the database accepts, or the reason why not. */
import type { ImportedLead, ImportedNumber } from "./queries.ts";
import type { Translated } from "../language.ts";
import type { ColumnPlan } from "./columns.ts";
import type { LeadField } from "./header-names.ts";
import { combinePhone, type CombinedPhone } from "./phone-columns.ts";
import { phoneReason } from "./phone-reasons.ts";
import { normalisePhone } from "../../dialing/phone-number.ts";
import { rowReasons, type Reason } from "./reasons.ts";
import type { PhoneColumn } from "./telephone-pairs.ts";

export interface RowRules {
  /** ISO 3166 code in which a number without `+` is read. */
  readonly country: string;
  /** Zone of leads that have none of their own and whose number implies none. */
  readonly campaignTimezone: string;
  /** Names that both the database and the engine know. */
  readonly isTimezone: (name: string) => boolean;
}

export type PreparedRow =
  | {
      readonly ok: true;
      readonly lead: ImportedLead;
      /** Cells with a telephone that could not be read beside one that could; their texts are in the metadata. */
      readonly unread: readonly Reason[];
    }
  | { readonly ok: false; readonly reason: Reason };

/** Limits of the table `leads`. */
const maxNameLength = 200;
const maxPhoneLength = 64;
const maxInteger = 2_147_483_647;
/** What a cell of a spreadsheet can hold; more is a broken file. */
const maxCellLength = 32_767;
/** Of the table `lead_phones`. */
const maxFurtherNumbers = 20;

/** @param line in the file, to find the row again */
export function prepareRow(
  line: number,
  fields: readonly string[],
  plan: ColumnPlan,
  rules: RowRules,
): PreparedRow {
  if (fields.some((field) => field.length > maxCellLength))
    return refuse(rowReasons.tooLongCell);
  const value = (field: LeadField): string | null =>
    cellAt(fields, plan.fields[field] ?? null);
  const numbers = readNumbers(fields, plan, rules, value("country"));
  const [first, ...further] = numbers.read;
  if (first === undefined) return refuse(numbers.reason);
  const priority = readPriority(value("priority"));
  if (priority === undefined)
    return refuse(rowReasons.badPriority(value("priority")));
  const timezone = value("timezone");
  if (timezone !== null && !rules.isTimezone(timezone))
    return refuse(rowReasons.badTimezone(timezone));
  const tooLong = texts.find(
    ([field]) => charsOf(value(field)) > maxNameLength,
  );
  if (tooLong) return refuse(rowReasons.tooLong(tooLong[1]));
  const zoneOf = (own: string | null) =>
    timezone ?? own ?? rules.campaignTimezone;
  const lead: ImportedLead = {
    line,
    phone: first.phone,
    e164: first.e164,
    zone: zoneOf(first.zone),
    timezone,
    external_id: value("externalId"),
    first_name: value("firstName"),
    last_name: value("lastName"),
    priority,
    metadata: metadataOf(fields, plan, numbers.unreadColumns),
    phones: further.map((one) => ({ ...one, zone: zoneOf(one.zone) })),
  };
  return { ok: true, lead, unread: numbers.unread };
}

const texts: readonly (readonly [LeadField, Translated])[] = [
  ["externalId", { en: "external id", "pt-BR": "o código externo" }],
  ["firstName", { en: "first name", "pt-BR": "o nome" }],
  ["lastName", { en: "last name", "pt-BR": "o sobrenome" }],
];

function refuse(reason: Reason): PreparedRow {
  return { ok: false, reason };
}

/** Postgres keeps no zero byte; it stands for nothing that a person typed. */
function cellAt(fields: readonly string[], at: number | null): string | null {
  const text = at === null ? "" : (fields[at] ?? "");
  return (text.includes("\0") ? text.replaceAll("\0", "") : text) || null;
}

type ReadNumber = Omit<ImportedNumber, "zone"> & {
  readonly zone: string | null;
};

/** The numbers of a row in their order, each once; and why not, where there is none or a cell cannot be read. */
function readNumbers(
  fields: readonly string[],
  plan: ColumnPlan,
  rules: RowRules,
  country: string | null,
) {
  const read = new Map<string, ReadNumber>();
  const unread: Reason[] = [];
  const unreadColumns: number[] = [];
  for (const column of plan.phones) {
    const cell = fields[column.at] ?? "";
    if (cell.trim() === "") continue;
    const results = readCell(cell, column, fields, rules, country);
    const failed = results.find((one) => !one.ok);
    if (failed?.ok === false) {
      unread.push(failed.reason);
      unreadColumns.push(column.at);
      continue;
    }
    for (const one of results) {
      if (!one.ok || read.has(one.e164)) continue;
      const phone = one.phone.slice(0, maxPhoneLength);
      const { e164, timezone: zone } = one;
      read.set(e164, { phone, e164, zone, kind: column.kind || null });
    }
  }
  const reason = unread[0] ?? emptyPhone();
  return {
    read: [...read.values()].slice(0, maxFurtherNumbers + 1),
    unread,
    unreadColumns,
    reason,
  };
}

function emptyPhone(): Reason {
  const empty = normalisePhone("", "BR");
  if (empty.ok) throw new Error("nothing was read as a number");
  return phoneReason(empty);
}

/** Between whole numbers in one cell; `:::` is that of address books. */
const betweenNumbers = /\s*(?::::|[;|/\n]|,\s|\s(?:ou|or|o|e|y)\s)\s*/i;

/** One number, or several of which each is whole; else what is wrong with the cell. */
function readCell(
  cell: string,
  column: PhoneColumn,
  fields: readonly string[],
  rules: RowRules,
  country: string | null,
): readonly CombinedPhone[] {
  const combine = (text: string): CombinedPhone =>
    combinePhone(
      {
        phone: oneLine(text),
        countryCode: cellAt(fields, column.countryCode),
        country,
        areaCode: cellAt(fields, column.areaCode),
        prefix: cellAt(fields, column.prefix),
        sharesArea: column.sharesArea,
      },
      rules.country,
    );
  const whole = combine(cell);
  if (whole.ok) return [whole];
  const parts = cell.split(betweenNumbers).filter((part) => part !== "");
  const each = parts.length > 1 ? parts.map(combine) : [];
  return each.length > 0 && each.every(({ ok }) => ok) ? each : [whole];
}

/** Control characters are spaces, but for the zero byte, which the reading of numbers refuses: a digit may be lost. */
function oneLine(text: string): string {
  return text.replace(/[\u0001-\u001f\u007f-\u009f]+/g, " ");
}

/** As Postgres counts: an emoji is one. */
function charsOf(text: string | null): number {
  return text === null || text.length <= maxNameLength
    ? 0
    : Array.from(text).length;
}

/** Null: none given. Undefined: not a number. */
function readPriority(text: string | null): number | null | undefined {
  if (text === null) return null;
  if (!/^-?\d{1,10}$/.test(text)) return undefined;
  const priority = Number(text);
  return Math.abs(priority) <= maxInteger ? priority : undefined;
}

function metadataOf(
  fields: readonly string[],
  plan: ColumnPlan,
  unreadColumns: readonly number[],
): Record<string, string> {
  const kept = unreadColumns.map((at) => ({
    at,
    key: plan.header[at]?.trim() || `column_${at + 1}`,
  }));
  const entries = [...plan.metadata, ...kept].map(
    ({ at, key }) => [key, cellAt(fields, at) ?? ""] as const,
  );
  // fromEntries, unlike assignment, keeps a column that is named __proto__.
  return Object.fromEntries(entries.filter(([, text]) => text !== ""));
}
