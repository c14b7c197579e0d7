/** A number is what is left when a known ornament is taken off; nothing else is ever glued to it or taken from it. */
import fc from "fast-check";
import {
  getCountries,
  getExampleNumber,
  parsePhoneNumberFromString,
  type CountryCode,
} from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, it } from "vitest";
import { normalisePhone } from "../../../dialing/phone-number.ts";

describe("what is glued to no number", () => {
  it.each([
    ["(11) 9876-5432 (2)", "BR"],
    ["11 9876-5432 - 1", "BR"],
    ["11 9876-5432 1", "BR"],
    ["11 9876-5432-1", "BR"],
    ["11 9876-5432.5", "BR"],
    ["1198765432.5", "BR"],
    ["1198765432 1", "BR"],
    ["9876-5432 11", "BR"],
    ["9991-2233 444", "BR"],
    ["(11) 9876 (5432)", "BR"],
    ["(11) (9) 9876-5432", "BR"],
    ["(415) 555-0123", "BR"],
    ["415-555-0123", "BR"],
    ["+55 (415) 555-0123", "BR"],
    ["089 12345678 1", "DE"],
    ["089 12345678 - 1", "DE"],
    ["089 1234567 12", "DE"],
    ["089 12345678 (2)", "DE"],
    ["2 089 123456", "DE"],
    ["069 12345678 90", "DE"],
    ["0512 345678 9", "AT"],
    ["02 1234 567 8", "IT"],
    ["2) 089 123456", "DE"],
  ])("%s in %s is refused with a reason of its own", (raw, country) => {
    expect(normalisePhone(raw, country)).toMatchObject({
      ok: false,
      reason: "EXTRA_DIGITS",
      message: expect.stringContaining("may not belong to it") as string,
    });
  });

  it.each([
    ["11 98765-4321 ramal 2", "extension"],
    ["11 9876-5432 x2", "extension"],
    ["11 9876-5432 ext. 2", "extension"],
    ["11 9876-5432 r. 2", "extension"],
    ["11 9876-5432 #2", "extension"],
    ["11 9876-5432;ext=2", "extension"],
    ["11 9876-5432/2", "more than one"],
    ["11 9876-5432 / 11 9876-5433", "more than one"],
    ["11 9876-5432 ou 3333-0000", "more than one"],
    ["11 9876-5432; 11 3333-0000", "more than one"],
    ["11 9876-5432, 2", "more than one"],
    ["1.198765432E+9", "exponent"],
    ["1,198765432E9", "exponent"],
    ["11 9876-5432 casa", "letters"],
    ["0800-FLOWERS", "letters"],
    ["1-202-555-HELP", "letters"],
    ["-1198765432", "signs other than"],
    ["11 9876-5432-", "signs other than"],
    ["11 9876*5432", "signs other than"],
    ["((11) 9876-5432", "signs other than"],
    ["11 9876+5432", "signs other than"],
  ])("%s is refused, and told why", (raw, words) => {
    expect(normalisePhone(raw, "BR")).toMatchObject({
      ok: false,
      reason: "NOT_A_NUMBER",
      message: expect.stringContaining(words) as string,
    });
  });
});

describe("an ornament", () => {
  it.each([
    ["1133334444.0", "+551133334444"],
    ["1133334444.00", "+551133334444"],
    ["1133334444,0", "+551133334444"],
    ["1198765432.0", "+5511998765432"],
    ["(11) 3333-4444.0", "+551133334444"],
    ["5511987654321.0", "+5511987654321"],
    ["'11987654321", "+5511987654321"],
    ['="11987654321"', "+5511987654321"],
    ['"11987654321"', "+5511987654321"],
    ["tel:+5511987654321", "+5511987654321"],
    ["TEL: 11 98765-4321", "+5511987654321"],
    ["\u00a0 11 98765\u20134321 \u00a0", "+5511987654321"],
    ["(11 98765-4321)", "+5511987654321"],
    ["(11 98765-4321", "+5511987654321"],
    ["11) 98765-4321", "+5511987654321"],
    ["(+55) (11) 98765-4321", "+5511987654321"],
    ["+55 (0xx11) 98765-4321", "+5511987654321"],
    ["11 9 8765-4321", "+5511987654321"],
    ["11 98765 43 21", "+5511987654321"],
    ["1198765-4321", "+5511987654321"],
    ["(015 11) 98765-4321", "+5511987654321"],
    ["(011) 98765-4321", "+5511987654321"],
    ["0 (11) 98765-4321", "+5511987654321"],
  ])("is taken off %s", (raw, e164) => {
    expect(normalisePhone(raw, "BR")).toMatchObject({ ok: true, e164 });
  });
});

describe("a country's own way of writing", () => {
  it.each([
    ["06 12 34 56 78", "FR", "+33612345678"],
    ["06.12.34.56.00", "FR", "+33612345600"],
    ["+33 6 12 34 56 78", "BR", "+33612345678"],
    ["6 12 34 56 78", "FR", "+33612345678"],
    ["11 15-2345-6789", "AR", "+5491123456789"],
    ["+54 9 11 2345-6789", "BR", "+5491123456789"],
    ["030 123456-0", "DE", "+49301234560"],
    ["030 123456-78", "DE", "+493012345678"],
    ["089 12 34 56 78", "DE", "+498912345678"],
    ["+49 (0) 89 12345678", "BR", "+498912345678"],
    ["0171 1234567", "DE", "+491711234567"],
    ["8 (912) 345-67-89", "RU", "+79123456789"],
    ["070-123 45 67", "SE", "+46701234567"],
    ["+52 1 55 1234 5678", "BR", "+525512345678"],
    ["+5215512345678", "MX", "+525512345678"],
    ["612 345 678", "ES", "+34612345678"],
    ["1 (202) 555-0100", "US", "+12025550100"],
    ["07911 123 456", "GB", "+447911123456"],
  ])("%s in %s is %s", (raw, country, e164) => {
    expect(normalisePhone(raw, country)).toMatchObject({ ok: true, e164 });
  });
});

const countries = getCountries();

/** A valid number of any country: an example's leading digits with others behind. */
const anyNumber = fc
  .tuple(
    fc.constantFrom(...countries),
    fc.integer({ min: 1, max: 7 }),
    fc.stringMatching(/^\d{7}$/),
    fc.integer({ min: -1, max: 1 }),
  )
  .map(([country, changed, tail, longer]) => {
    const { number } = getExampleNumber(country, examples) ?? { number: "" };
    const head = number.slice(0, -changed);
    const digits = tail.slice(0, Math.max(0, changed + longer));
    return { country, parsed: parsePhoneNumberFromString(head + digits) };
  })
  .filter(({ parsed }) => parsed?.isValid() === true);

const anyWriting = fc
  .tuple(
    anyNumber,
    fc.constantFrom("national", "international", "digits", "e164"),
  )
  .map(([{ country, parsed }, style]) => {
    if (parsed === undefined) throw new Error("filtered before");
    const home: CountryCode = parsed.country ?? country;
    const text = {
      national: parsed.formatNational(),
      international: parsed.formatInternational(),
      digits: parsed.formatNational().replace(/\D/g, ""),
      e164: parsed.number,
    }[style];
    return { home, text };
  })
  .filter(({ home, text }) => normalisePhone(text, home).ok);

function numberOf(text: string, country: string): string | null {
  const read = normalisePhone(text, country);
  return read.ok ? read.e164 : null;
}

describe("any number of any country", () => {
  it("is read as its own format writes it, unless it may never be dialled", () => {
    fc.assert(
      fc.property(anyNumber, ({ parsed }) => {
        const number = parsed?.number ?? "";
        const home = parsed?.country ?? "BR";
        if (numberOf(number, "US") === null) return;
        const abroad = parsed?.formatInternational() ?? "";
        expect(numberOf(abroad, home), abroad).toBe(number);
        // Ornaments of a spreadsheet and a contact list.
        expect(numberOf(`'${number}`, home)).toBe(number);
        expect(numberOf(`tel:${number}`, home)).toBe(number);
        expect(numberOf(`\u00a0${number}.0 `, home)).toBe(number);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["(2)", " (2)", "(12)"],
    ["a digit behind a hyphen", " - 1", " – 2"],
    ["a digit behind a space", " 1", "  7"],
    ["a decimal", ".5", ".9"],
    ["a second number's end", "/2", " / 34"],
    ["an extension", " x2", " ramal 12"],
    ["letters", " casa", "a"],
    ["a second number", " ou 3333-0000", ";11 3333-0000"],
  ])("is never made another number by %s", (_kind, ...suffixes) => {
    fc.assert(
      fc.property(
        anyWriting,
        fc.constantFrom(...suffixes),
        ({ home, text }, suffix) => {
          const read = numberOf(text + suffix, home);
          if (read !== null) expect(read).toBe(numberOf(text, home));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
