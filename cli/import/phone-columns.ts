/**
 * The telephone of a row that is spread over columns: country code (DDI), country, area code (DDD), number.
 *
 * The columns are put together, or checked where the number holds the same already. Where they contradict each other
 * the row is refused: a number read in another country belongs to somebody else.
 */
import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
  type CountryCode,
} from "libphonenumber-js/max";
import { normalisePhone } from "../../dialing/phone-number.ts";
import { countryOf, mainCountries } from "./country-names.ts";
import type { Translated } from "../language.ts";
import { phoneReason, phoneReasons as reasons } from "./phone-reasons.ts";
import type { Reason } from "./reasons.ts";

export interface PhoneCells {
  readonly phone: string;
  /** `1`, `+55`, `0055`; also an ISO code, as some exports have under this name. */
  readonly countryCode: string | null;
  /** ISO 3166 code, or a name in English, Portuguese or Spanish. */
  readonly country: string | null;
  readonly areaCode: string | null;
  /** A country's code or an area's, as it turns out. */
  readonly prefix: string | null;
  /** The area code is that of another number too: this one may be whole with another. */
  readonly sharesArea: boolean;
}

export type CombinedPhone =
  | {
      readonly ok: true;
      readonly e164: string;
      readonly timezone: string | null;
      /** Reads as the same number without the other columns. */
      readonly phone: string;
    }
  | { readonly ok: false; readonly reason: Reason };

interface Place {
  readonly country: CountryCode;
  /** The column that names the country, for messages; null: no column does, and the account's country is used. */
  readonly saidBy: Translated | null;
}

/** @param home ISO 3166 code in which a number is read when no column says otherwise */
export function combinePhone(cells: PhoneCells, home: string): CombinedPhone {
  if (cells.prefix !== null) return withPrefix(cells, cells.prefix, home);
  const place = readPlace(cells, home);
  if ("code" in place) return { ok: false, reason: place };
  const area = readArea(cells.areaCode, place.country);
  if (area === undefined)
    return { ok: false, reason: reasons.badArea(cells.areaCode) };
  const readings = new Set(readingsOf(cells, area, place.country));
  const [first, ...others] = readings;
  if (first === undefined) return refuse(misfit(cells.phone, area, place));
  if (others.length > 0) return refuse(reasons.twoReadings(String(area)));
  if (!belongsTo(first, place)) return refuse(misfit(cells.phone, area, place));
  const result = normalisePhone(first, home);
  const same = normalisePhone(cells.phone, home);
  const isWhole = same.ok && same.e164 === first;
  return {
    ok: true,
    e164: first,
    timezone: result.ok ? result.timezone : null,
    phone: isWhole ? cells.phone : first,
  };
}

/** `prefijo` is a country's code in Spain and an area's in Argentina: what makes a number decides, if only one does. */
function withPrefix(
  cells: PhoneCells,
  prefix: string,
  home: string,
): CombinedPhone {
  const bare = { ...cells, prefix: null };
  if (/^\s*(?:\+|00)/.test(prefix))
    return combinePhone({ ...bare, countryCode: prefix }, home);
  const asArea = combinePhone({ ...bare, areaCode: prefix }, home);
  const asCountry = combinePhone({ ...bare, countryCode: prefix }, home);
  if (asArea.ok && asCountry.ok && asArea.e164 !== asCountry.e164)
    return refuse(reasons.twoReadings(prefix));
  return asCountry.ok ? asCountry : asArea;
}

function refuse(reason: Reason): CombinedPhone {
  return { ok: false, reason };
}

function misfit(
  phone: string,
  area: string | null,
  { country, saidBy }: Place,
): Reason {
  const plain = normalisePhone(
    area === null || startsWithPlus(phone) ? phone : `${area} ${phone}`,
    country,
  );
  if (area !== null && (plain.ok || normalisePhone(phone, country).ok))
    return reasons.otherArea(area);
  if (area !== null)
    return plain.ok ? reasons.otherArea(area) : reasons.withArea(area, plain);
  if (saidBy !== null) return reasons.otherCountry(saidBy, plain);
  return plain.ok ? reasons.otherCountry(null, plain) : phoneReason(plain);
}

/** Everything that number and area code may mean together, as E.164. */
function readingsOf(
  { phone, sharesArea }: PhoneCells,
  area: string | null,
  country: CountryCode,
): string[] {
  const alone = normalisePhone(phone, country);
  if (area === null) return alone.ok ? [alone.e164] : [];
  const withArea = startsWithPlus(phone)
    ? null
    : normalisePhone(`${area} ${phone}`, country);
  const isWhole = alone.ok && (sharesArea || hasArea(alone.e164, area));
  return [
    ...(isWhole ? [alone.e164] : []),
    ...(withArea?.ok === true && hasArea(withArea.e164, area)
      ? [withArea.e164]
      : []),
  ];
}

function startsWithPlus(phone: string): boolean {
  return /^[^\d+]*\+/.test(phone);
}

/** Whether the number's groups, as its country makes them, have an end where the area code ends: 41 is not in 415. */
function hasArea(e164: string, area: string): boolean {
  const abroad =
    parsePhoneNumberFromString(e164)?.formatInternational().split(" ") ?? [];
  // Argentina's mobiles have a 9 before the area code.
  const groups = abroad.slice(e164.startsWith("+549") ? 2 : 1);
  const prefixes = groups.map((_group, nth) =>
    groups
      .slice(0, nth + 1)
      .join("")
      .replace(/\D/g, ""),
  );
  return prefixes.includes(area);
}

/** Countries with the same calling code are not distinguished: who lives in one may have a number of the other. */
function belongsTo(e164: string, { country, saidBy }: Place): boolean {
  if (saidBy === null) return true;
  return e164.startsWith(`+${getCountryCallingCode(country)}`);
}

/** Null: none given. Undefined: it is none. */
function readArea(
  text: string | null,
  country: CountryCode,
): string | null | undefined {
  if (text === null) return null;
  const digits = plainDigits(text.replace(/^\((.*)\)$/, "$1"));
  if (digits === null) return undefined;
  const area = country === "IT" ? digits : digits.replace(/^0/, "");
  return /^\d{1,5}$/.test(area) ? area : undefined;
}

/** A cell that should hold digits alone, without a spreadsheet's ornaments. */
function plainDigits(text: string): string | null {
  const plain = text
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .trim()
    .replace(/^'/, "")
    .replace(/[.,]0{1,2}$/, "");
  return /^\d+$/.test(plain) ? plain : null;
}

function readPlace(cells: PhoneCells, home: string): Place | Reason {
  const { countryCode, country } = cells;
  const named = country === null ? null : countryOf(country);
  if (named === undefined) return reasons.unknownCountry(country);
  if (countryCode === null) {
    // Where a person lives contradicts no number that names its own country.
    return named === null || startsWithPlus(cells.phone)
      ? { country: home as CountryCode, saidBy: null }
      : { country: named, saidBy: reasons.theCountry(country) };
  }
  const coded = placeOfCode(countryCode, named ?? home);
  if (coded === null) return reasons.badCountryCode(countryCode);
  const isSame =
    named === null ||
    getCountryCallingCode(named) === getCountryCallingCode(coded);
  return isSame
    ? { country: coded, saidBy: reasons.theCountryCode(countryCode) }
    : reasons.codeOfOther(countryCode, country);
}

/** @param preferred of the countries that share the code, this one if it is among them */
function placeOfCode(text: string, preferred: string): CountryCode | null {
  if (/^\p{L}/u.test(text.trim())) return countryOf(text) ?? null;
  const digits = plainDigits(text.replace(/^\s*(?:\+|00)/, ""));
  if (digits === null) return null;
  // The first country of a code is the main one, as of 1 the United States.
  const countries = getCountries().filter(
    (country) => getCountryCallingCode(country) === digits,
  );
  const main = mainCountries.get(digits);
  return (
    countries.find((country) => country === preferred) ??
    main ??
    countries[0] ??
    null
  );
}
