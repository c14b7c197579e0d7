/** From the fields of a record to a lead that the database takes, or the reason why not. */
import type { ImportedLead } from "../../database/importing.ts";
import { normalisePhone } from "../../dialing/phone-number.ts";
import type { ColumnPlan, LeadField } from "./columns.ts";

export interface RowRules {
  /** ISO 3166 code in which a number without `+` is read. */
  readonly country: string;
  /** Zone of leads that have none of their own and whose number tells none. */
  readonly campaignTimezone: string;
  /** Names that both the database and the engine know. */
  readonly isTimezone: (name: string) => boolean;
}

export type PreparedRow =
  | { readonly ok: true; readonly lead: ImportedLead }
  | { readonly ok: false; readonly reason: string };

/** Limits of the table `leads`. */
const maxNameLength = 200;
const maxPhoneLength = 64;
const maxInteger = 2_147_483_647;

/** @param line in the file, to find the row again */
export function prepareRow(
  line: number,
  fields: readonly string[],
  plan: ColumnPlan,
  rules: RowRules,
): PreparedRow {
  const value = (field: LeadField): string | null => {
    const at = plan.fields[field];
    return at === undefined ? null : fields[at] || null;
  };
  const phone = (value("phone") ?? "").replace(/\p{Cc}+/gu, " ");
  const number = normalisePhone(phone, rules.country);
  if (!number.ok) return refuse(number.message);
  const priority = readPriority(value("priority"));
  if (priority === undefined) {
    return refuse(
      `the priority "${shown(value("priority"))}" is not a whole number`,
    );
  }
  const timezone = value("timezone");
  if (timezone !== null && !rules.isTimezone(timezone)) {
    return refuse(
      `"${shown(timezone)}" is not the name of a time zone; write it as America/Sao_Paulo`,
    );
  }
  const [externalId, firstName, lastName] = texts.map(([field]) =>
    value(field),
  );
  const tooLong = texts.find(
    ([field]) => charsOf(value(field)) > maxNameLength,
  );
  if (tooLong) return refuse(`the ${tooLong[1]} is longer than 200 characters`);
  return {
    ok: true,
    lead: {
      line,
      phone: phone.slice(0, maxPhoneLength),
      e164: number.e164,
      zone: timezone ?? number.timezone ?? rules.campaignTimezone,
      timezone,
      external_id: externalId ?? null,
      first_name: firstName ?? null,
      last_name: lastName ?? null,
      priority,
      metadata: metadataOf(fields, plan),
    },
  };
}

const texts: readonly (readonly [LeadField, string])[] = [
  ["externalId", "external id"],
  ["firstName", "first name"],
  ["lastName", "last name"],
];

function refuse(reason: string): PreparedRow {
  return { ok: false, reason };
}

/** As Postgres counts: an emoji is one. */
function charsOf(text: string | null): number {
  return text === null || text.length <= maxNameLength
    ? 0
    : Array.from(text).length;
}

function shown(text: string | null): string {
  return (text ?? "").slice(0, 40);
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
): Record<string, string> {
  const entries = plan.metadata.map(({ at, key }) => [key, fields[at] ?? ""]);
  // fromEntries, unlike assignment, keeps a column that is named __proto__.
  return Object.fromEntries(
    entries.filter(([, text]) => text !== ""),
  ) as Record<string, string>;
}
