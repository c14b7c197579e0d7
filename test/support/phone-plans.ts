/**
 * The numbering plans that the database reads telephones by, made from libphonenumber's metadata. Run as a command it
 * prints the statement for a migration: `node test/support/phone-plans.ts`. A test compares the table with it, so that
 * a new version of the library is followed by a new migration.
 */
import { getCountries } from "libphonenumber-js/max";
import metadata from "libphonenumber-js/metadata.max.json";

export interface PhonePlan {
  readonly country: string;
  readonly calling_code: string;
  /** The first country of its calling code, by whose rules a number with + is read. */
  readonly is_main: boolean;
  readonly national_pattern: string;
  /** Of numbers at which a person may live: land lines, mobiles, internet telephony. */
  readonly dialled_pattern: string;
  readonly international_prefix: string | null;
  readonly national_prefix: string | null;
  readonly prefix_transform: string | null;
}

/** Places in the library's arrays. */
const dialledTypes = [0, 1, 8];

export function phonePlans(): PhonePlan[] {
  const { countries, country_calling_codes: codes } = metadata as unknown as {
    countries: Record<string, unknown[]>;
    country_calling_codes: Record<string, string[]>;
  };
  return getCountries()
    .toSorted()
    .map((country) => {
      const plan = countries[country] ?? [];
      const code = String(plan[0]);
      const types = (plan[11] ?? []) as ([string] | 0)[];
      const own = String(plan[2]);
      const dialled = dialledTypes.flatMap((type) => {
        const found = types[type];
        return Array.isArray(found) ? [found[0]] : [];
      });
      const text = (value: unknown) =>
        typeof value === "string" && value !== "" ? value : null;
      return {
        country,
        calling_code: code,
        is_main: codes[code]?.[0] === country,
        national_pattern: own,
        dialled_pattern: dialled.join("|") || own,
        international_prefix: text(plan[1]),
        national_prefix: text(plan[7]) ?? text(plan[5]),
        prefix_transform: text(plan[8])?.replaceAll("$", "\\") ?? null,
      };
    });
}

function literal(value: string | boolean | null): string {
  return typeof value === "string"
    ? `'${value.replaceAll("'", "''")}'`
    : String(value);
}

if (import.meta.main) {
  const rows = phonePlans().map(
    (plan) => `  (${Object.values(plan).map(literal).join(", ")})`,
  );
  process.stdout.write(
    `insert into phone_plans (country, calling_code, is_main, national_pattern, dialled_pattern, international_prefix,\n` +
      `  national_prefix, prefix_transform) values\n${rows.join(",\n")};\n`,
  );
}
