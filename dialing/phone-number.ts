/**
 * Phone numbers: from what a person typed to E.164, and from E.164 to what a trunk may dial.
 *
 * Nothing is guessed. A number that could be two numbers, or lacks its area code, is refused with a
 * reason that a person can act on; messages never repeat the number itself.
 */
import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumberType,
  type PhoneNumber,
} from "libphonenumber-js/max";
import { brazilAreaCodeZones } from "./brazil-area-codes.ts";
import { brazilNationalNumber } from "./brazil-national-number.ts";
import { isPlausibleGrouping } from "./number-grouping.ts";
import {
  lacksArgentineArea,
  withoutOldPrefixes,
} from "./old-national-writing.ts";
import { readWriting } from "./written-number.ts";
import type { WritingFault, WrittenNumber } from "./written-number.ts";

/** The + and fifteen digits. */
const MAX_E164_LENGTH = 16;

export type PhoneRefusal =
  | "EMPTY"
  | "NOT_A_NUMBER"
  | "EXTRA_DIGITS"
  | "TOO_SHORT"
  | "TOO_LONG"
  | "NO_AREA_CODE"
  | "INVALID_FOR_COUNTRY"
  | "PREMIUM_OR_SHORT";

export type NormalisedPhone =
  | {
      readonly ok: true;
      readonly e164: string;
      /** IANA zone of a Brazilian area code; null for other countries. */
      readonly timezone: string | null;
    }
  | {
      readonly ok: false;
      readonly reason: PhoneRefusal;
      /** The reason, more exactly where that is known; each has a message of its own. */
      readonly fault: PhoneFault;
      readonly message: string;
    };

export type PhoneFault = PhoneRefusal | WritingFault;

export type NumberKind = "DEFAULT_COUNTRY" | "FOREIGN" | "NEVER";

export class PhoneNumberError extends Error {
  override readonly name = "PhoneNumberError";
  readonly code: "UNKNOWN_COUNTRY" | "UNKNOWN_PLACEHOLDER" | "NOT_E164";
  constructor(code: PhoneNumberError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const messages: Readonly<Record<PhoneFault, string>> = {
  EMPTY: "the phone number is empty",
  NOT_A_NUMBER:
    "the phone number holds something other than one number: letters, an extension or a second number",
  EXTRA_DIGITS:
    "digits stand before or behind the phone number that may not belong to it (an extension, a count, a decimal); write the number alone, best with + and country code",
  TOO_SHORT: "the phone number has too few digits",
  TOO_LONG: "the phone number has too many digits",
  NO_AREA_CODE: "the phone number lacks its area code (DDD)",
  INVALID_FOR_COUNTRY:
    "no such number exists in its country's numbering plan; write foreign numbers with + and country code",
  PREMIUM_OR_SHORT:
    "premium, toll-free, shared-cost, satellite, short and emergency numbers are never dialled",
  TOO_LONG_TEXT:
    "the phone number is longer than 64 characters; write one number and nothing else",
  EXTENSION:
    "the phone number has an extension, which cannot be dialled; write the number alone",
  SEVERAL_NUMBERS:
    "the phone number column holds more than one number; write one of them",
  FLOAT:
    "a spreadsheet has turned the phone number into a decimal with an exponent and its digits are lost; format the column as text",
  LETTERS: "the phone number holds letters; write its digits",
  MESSENGER_ID:
    "the phone number is a messenger's id of a group or a hidden person, which is no number",
  DAMAGED:
    "the phone number holds a damaged character, and a digit may be lost; write it anew",
  OTHER_SIGNS:
    "the phone number holds signs other than digits, spaces, dots, hyphens, one pair of brackets and a + in front",
};

function refused(reason: PhoneRefusal): NormalisedPhone {
  return { ok: false, reason, fault: reason, message: messages[reason] };
}

function badlyWritten(fault: WritingFault): NormalisedPhone {
  if (fault === "EMPTY" || fault === "EXTRA_DIGITS") return refused(fault);
  const message = messages[fault];
  return { ok: false, reason: "NOT_A_NUMBER", fault, message };
}

/** Kinds of numbers at which no lead lives and where a call may cost anything. */
const neverTypes: ReadonlySet<PhoneNumberType> = new Set<PhoneNumberType>([
  "PREMIUM_RATE",
  "SHARED_COST",
  "TOLL_FREE",
  "UAN",
  "VOICEMAIL",
  "PAGER",
  "PERSONAL_NUMBER",
]);

/** ITU-T E.164 codes that are no country: free-phone, shared cost, satellite, global networks, premium. */
const noCountry = /^\+(?:800|808|870|878|88[1-3]|888|979|991)/;

/**
 * Brings a phone number as given by a client to E.164.
 *
 * For Brazil it takes off the trunk `0`, `0` + carrier code and `0xx`, tells DDD 55 from country code
 * 55, and adds the ninth digit that mobiles got in 2012–2016 where it is missing.
 *
 * @param country ISO 3166 alpha-2 code of the account; numbers with `+` may be of any country.
 * @throws PhoneNumberError UNKNOWN_COUNTRY: the account's country is none.
 */
export function normalisePhone(raw: string, country: string): NormalisedPhone {
  const home = supportedCountry(country);
  const writing = readWriting(raw);
  if (!writing.ok) return badlyWritten(writing.fault);
  const { written } = writing;
  const read = readDigits(written, home);
  if (!read.ok) return read;
  return isOneNumber(written, read.e164, home) ? read : refused("EXTRA_DIGITS");
}

function readDigits(
  given: Pick<WrittenNumber, "digits" | "hasPlus">,
  home: CountryCode,
): NormalisedPhone {
  if (!given.hasPlus && home === "BR") return brazilianUnmarked(given.digits);
  const { digits, hasPlus } = withoutOldPrefixes(
    given.digits,
    given.hasPlus,
    home,
  );
  if (!hasPlus) {
    if (lacksArgentineArea(digits, home)) return refused("NO_AREA_CODE");
    return judged(parsePhoneNumberFromString(digits, home), digits.length);
  }
  return digits.startsWith("55")
    ? brazilian(digits.slice(2))
    : judged(parsePhoneNumberFromString(`+${digits}`), digits.length);
}

/** libphonenumber joins whatever digits it is given; only their groups show whether they were one number. */
function isOneNumber(
  written: WrittenNumber,
  e164: string,
  home: CountryCode,
): boolean {
  if (written.groups.length < 2) return true;
  const parsed = parsePhoneNumberFromString(e164);
  if (parsed === undefined) return false;
  const { hasPlus } = written;
  return isPlausibleGrouping(written, {
    country: parsed.country,
    callingCode: parsed.countryCallingCode,
    nationalFormat: parsed.formatNational(),
    internationalFormat: parsed.formatInternational().replace(/^\+\d+/, ""),
    isNumber: (digits) => readDigits({ digits, hasPlus }, home).ok,
  });
}

/** No `+`: a country code is told from DDD 55 by the length, and from a trunk 0 after it. */
function brazilianUnmarked(digits: string): NormalisedPhone {
  if (digits.startsWith("00")) {
    return digits.startsWith("0055")
      ? brazilian(digits.slice(4))
      : refused("INVALID_FOR_COUNTRY");
  }
  const hasCountryCode = /^55(?:\d{10,11}$|0)/.test(digits);
  return brazilian(hasCountryCode ? digits.slice(2) : digits);
}

function brazilian(digits: string): NormalisedPhone {
  const national = brazilNationalNumber(digits, isValidBrazilian);
  if (!national.ok) return refused(national.reason);
  const e164 = `+55${national.number}`;
  return judged(parsePhoneNumberFromString(e164), e164.length - 1);
}

function isValidBrazilian(national: string): boolean {
  return parsePhoneNumberFromString(`+55${national}`)?.isValid() ?? false;
}

function judged(
  parsed: PhoneNumber | undefined,
  digitCount: number,
): NormalisedPhone {
  if (parsed === undefined) {
    return refused(digitCount < 7 ? "TOO_SHORT" : "INVALID_FOR_COUNTRY");
  }
  if (isNeverDialled(parsed)) return refused("PREMIUM_OR_SHORT");
  // Germany's plan has longer ones than E.164, which no table takes.
  if (parsed.number.length > MAX_E164_LENGTH) return refused("TOO_LONG");
  if (parsed.isValid()) {
    return {
      ok: true,
      e164: parsed.number,
      timezone: zoneOf(parsed),
    };
  }
  if (digitCount > 15) return refused("TOO_LONG");
  return refused(
    parsed.isPossible() ? "INVALID_FOR_COUNTRY" : lengthOf(parsed),
  );
}

/** Three digits or fewer are an emergency or service number in every plan. */
function lengthOf(parsed: PhoneNumber): PhoneRefusal {
  const { length } = parsed.nationalNumber;
  if (length <= 3) return "PREMIUM_OR_SHORT";
  return length < 8 ? "TOO_SHORT" : "INVALID_FOR_COUNTRY";
}

function isNeverDialled(parsed: PhoneNumber): boolean {
  const type = parsed.getType();
  return (
    noCountry.test(parsed.number) ||
    (type !== undefined && neverTypes.has(type))
  );
}

function zoneOf(parsed: PhoneNumber): string | null {
  if (parsed.country !== "BR") return null;
  return brazilAreaCodeZones.get(parsed.nationalNumber.slice(0, 2)) ?? null;
}

/** Whether phone numbers can be read as those of this country (ISO 3166 alpha-2 code). */
export function isKnownCountry(country: string): boolean {
  return isSupportedCountry(country);
}

function supportedCountry(country: string): CountryCode {
  if (isSupportedCountry(country)) return country;
  throw new PhoneNumberError(
    "UNKNOWN_COUNTRY",
    `"${country}" is not a country with phone numbers; default_country takes an ISO 3166 code such as BR`,
  );
}

/**
 * How a number stands to an account's country, for the routing: a trunk without pattern takes
 * DEFAULT_COUNTRY only, and no trunk takes NEVER (short, premium, satellite, invalid).
 *
 * @throws PhoneNumberError UNKNOWN_COUNTRY
 */
export function numberKind(e164: string, country: string): NumberKind {
  const home = supportedCountry(country);
  if (!/^\+\d{7,15}$/.test(e164)) return "NEVER";
  const parsed = parsePhoneNumberFromString(e164);
  if (parsed === undefined || !parsed.isValid() || isNeverDialled(parsed)) {
    return "NEVER";
  }
  return parsed.country === home ? "DEFAULT_COUNTRY" : "FOREIGN";
}

/**
 * Fills the placeholders of a trunk's dial string: `{e164}` with +, `{number}` without, `{national}`
 * without country code. Everything around them stays as it is.
 *
 * @throws PhoneNumberError UNKNOWN_PLACEHOLDER, also for a brace without partner; NOT_E164.
 */
export function fillDialString(template: string, e164: string): string {
  if (!/^\+[1-9]\d{2,14}$/.test(e164)) {
    throw new PhoneNumberError(
      "NOT_E164",
      "a dial string can only be filled with an E.164 number (+, then up to 15 digits)",
    );
  }
  return template.replace(/\{([^{}]*)\}|[{}]/g, (found, name?: string) => {
    if (name === "e164") return e164;
    if (name === "number") return e164.slice(1);
    if (name === "national") return nationalPart(e164);
    throw new PhoneNumberError(
      "UNKNOWN_PLACEHOLDER",
      `"${found}" in dial string "${template}" is not a placeholder; known are {e164}, {number} and {national}`,
    );
  });
}

function nationalPart(e164: string): string {
  const parsed = parsePhoneNumberFromString(e164);
  if (parsed !== undefined) return parsed.nationalNumber;
  throw new PhoneNumberError(
    "NOT_E164",
    "the number has no known country code, so {national} cannot be filled",
  );
}
