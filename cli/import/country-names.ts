/** Countries as lists name them: ISO codes, calling codes, and names in English, Portuguese and Spanish. */
import { getCountries, type CountryCode } from "libphonenumber-js/max";

/** Of codes that several countries share, the one whose numbers are not set apart by their first digits. */
export const mainCountries: ReadonlyMap<string, CountryCode> = new Map([
  ["1", "US"],
  ["7", "RU"],
  ["39", "IT"],
  ["44", "GB"],
  ["47", "NO"],
  ["61", "AU"],
  ["212", "MA"],
  ["262", "RE"],
  ["290", "SH"],
  ["358", "FI"],
  ["590", "GP"],
  ["599", "CW"],
]);

/** ISO 3166 alpha-3 codes and everyday names that lists have and the tables of names lack. */
const otherNames: ReadonlyMap<string, CountryCode> = new Map(
  Object.entries({
    ago: "AO",
    arg: "AR",
    bol: "BO",
    bra: "BR",
    can: "CA",
    che: "CH",
    chl: "CL",
    col: "CO",
    cri: "CR",
    deu: "DE",
    dom: "DO",
    ecu: "EC",
    esp: "ES",
    fra: "FR",
    gbr: "GB",
    gtm: "GT",
    irl: "IE",
    ita: "IT",
    mex: "MX",
    moz: "MZ",
    nld: "NL",
    pan: "PA",
    per: "PE",
    prt: "PT",
    pry: "PY",
    slv: "SV",
    ury: "UY",
    usa: "US",
    ven: "VE",
    eua: "US",
    "u.s.": "US",
    "u.s.a.": "US",
    uk: "GB",
    eeuu: "US",
    "ee.uu.": "US",
  } satisfies Record<string, CountryCode>),
);

let names: ReadonlyMap<string, CountryCode> | null = null;

export function countryOf(text: string): CountryCode | undefined {
  const name = plainName(text);
  const code = getCountries().find((one) => one.toLowerCase() === name);
  names ??= countryNames();
  return code ?? otherNames.get(name) ?? names.get(name);
}

function countryNames(): ReadonlyMap<string, CountryCode> {
  const entries = ["en", "pt", "es"].flatMap((language) => {
    const display = new Intl.DisplayNames(language, { type: "region" });
    return getCountries().map(
      (code) => [plainName(display.of(code) ?? code), code] as const,
    );
  });
  return new Map(entries);
}

function plainName(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").trim().toLowerCase();
}
