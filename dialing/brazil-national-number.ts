/**
 * The Brazilian national number (DDD and subscriber) behind the many ways to write it.
 *
 * Dialling inside Brazil is `0`, the two digits of a carrier, DDD, subscriber (Anatel's plan); lists hold
 * any part of that. Subscribers have eight digits on land lines (2 to 5 first) and nine on mobiles (9
 * first); older lists have mobiles with eight (6 to 9 first).
 */
import { brazilAreaCodeZones } from "./brazil-area-codes.ts";

export type NationalNumber =
  | { readonly ok: true; readonly number: string }
  | {
      readonly ok: false;
      readonly reason:
        | "TOO_SHORT"
        | "TOO_LONG"
        | "NO_AREA_CODE"
        | "INVALID_FOR_COUNTRY"
        | "PREMIUM_OR_SHORT";
    };

/** 0300, 0500, 0800, 0900 and the like; no DDD begins so. */
const nonGeographic = /^[3589]00\d{6,7}$/;
/** 4004-0000 and its kin: dialled without DDD, the same all over the country. */
const nationwide = /^(?:[34]00\d|40[26]\d|4370)\d{4}$/;
/** 190, 192, 103xx, 106xx ... */
const publicService = /^1\d{2,4}$/;

/**
 * @param digits what was written after the country code, or without one; digits only.
 * @param isValid whether a national number exists in the numbering plan.
 * @returns 10 digits (land line) or 11 (mobile), or why there is none.
 */
export function brazilNationalNumber(
  digits: string,
  isValid: (national: string) => boolean,
): NationalNumber {
  const unprefixed = withoutTrunkPrefix(digits);
  if (
    nonGeographic.test(unprefixed) ||
    nationwide.test(unprefixed) ||
    publicService.test(unprefixed)
  ) {
    return { ok: false, reason: "PREMIUM_OR_SHORT" };
  }
  const { length } = unprefixed;
  if (length < 8) return { ok: false, reason: "TOO_SHORT" };
  if (length < 10) return { ok: false, reason: "NO_AREA_CODE" };
  if (length > 11) return { ok: false, reason: "TOO_LONG" };
  const number = withNinthDigit(unprefixed, isValid);
  return brazilAreaCodeZones.has(number.slice(0, 2)) && isValid(number)
    ? { ok: true, number }
    : { ok: false, reason: "INVALID_FOR_COUNTRY" };
}

/**
 * A carrier code can only stand after a 0, and is known by the two digits too many. No carrier has 10 or 11: `011 34 …`
 * is how the United States dial Spain, not Uberlândia by a carrier 11.
 */
function withoutTrunkPrefix(digits: string): string {
  if (!digits.startsWith("0")) return digits;
  const rest = digits.slice(1);
  if (/^1[01]/.test(rest)) return rest;
  return rest.length === 12 || rest.length === 13 ? rest.slice(2) : rest;
}

function withNinthDigit(
  national: string,
  isValid: (national: string) => boolean,
): string {
  if (!/^\d{2}[6-9]\d{7}$/.test(national)) return national;
  const candidate = `${national.slice(0, 2)}9${national.slice(2)}`;
  return isValid(candidate) ? candidate : national;
}
