/**
 * Ways to write a national number that were abolished or belong to dialling inside the country, and are still in
 * lists. Each is known by its length, which no number of the plan has, so that taking it away is no guess.
 */

/** Mexico until 2019: `044`, `045` to mobiles, `01` to other areas, and a 1 behind the country code. */
const mexicanPrefix = /^(?:044|045|01)(?=\d{10}$)/;
/** Argentina: both the 9 of mobiles from abroad and the 15 of those inside; libphonenumber finds the area code. */
const argentineNineAndFifteen = /^9(?=\d{2,4}15\d{6,8}$)(?=\d{12}$)/;

/**
 * @param digits what was written, with country code if `hasPlus`
 * @param home ISO 3166 code of the country in which a number without + is read
 * @returns digits that begin with the country code where `hasPlus` is true
 */
export function withoutOldPrefixes(
  digits: string,
  hasPlus: boolean,
  home: string,
): { readonly digits: string; readonly hasPlus: boolean } {
  if (hasPlus) return { digits: abroad(digits), hasPlus };
  if (home === "MX") {
    const international = /^521\d{10}$/.test(digits);
    if (international) return { digits: abroad(digits), hasPlus: true };
    return { digits: digits.replace(mexicanPrefix, ""), hasPlus };
  }
  if (home === "AR" && /^549\d{12}$/.test(digits))
    return { digits: abroad(digits), hasPlus: true };
  return { digits, hasPlus };
}

function abroad(digits: string): string {
  if (digits.startsWith("52")) {
    const national = digits.slice(2);
    const old = national.replace(mexicanPrefix, "");
    return `52${old.replace(/^1(?=\d{10}$)/, "")}`;
  }
  if (digits.startsWith("54"))
    return `54${digits.slice(2).replace(argentineNineAndFifteen, "")}`;
  return digits;
}

/** Argentina's mobiles as dialled inside their own area: the 15 and the subscriber, whose area nobody can know. */
export function lacksArgentineArea(digits: string, home: string): boolean {
  return home === "AR" && /^15\d{6,8}$/.test(digits);
}
