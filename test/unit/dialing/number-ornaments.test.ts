/** What lists put around a number is taken off; it never makes another number. All numbers are fictitious. */
import fc from "fast-check";
import {
  getCountries,
  getExampleNumber,
  type CountryCode,
} from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, it } from "vitest";
import { normalisePhone } from "../../../dialing/phone-number.ts";

function read(raw: string, home: string): string {
  const result = normalisePhone(raw, home);
  return result.ok ? result.e164 : result.fault;
}

describe("an ornament of exports, messengers and spreadsheets", () => {
  it.each([
    ["p:+5511987654321", "US", "+5511987654321"],
    ["m:+5511987654321", "US", "+5511987654321"],
    ["p: (11) 98765-4321", "BR", "+5511987654321"],
    ["Tel.: 11 3555-0142", "BR", "+551135550142"],
    ["Cel. 11 98765-4321", "BR", "+5511987654321"],
    ["WhatsApp: +1 415 555 0123", "BR", "+14155550123"],
    ["whatsapp:+14155550123", "BR", "+14155550123"],
    ["tel:+55-11-98765-4321", "US", "+5511987654321"],
    ["5511987654321@s.whatsapp.net", "US", "+5511987654321"],
    ["551187654321@c.us", "US", "+5511987654321"],
    ["14155550123@c.us", "BR", "+14155550123"],
    ["5511987654321:12@s.whatsapp.net", "BR", "+5511987654321"],
    ["5491123456789@s.whatsapp.net", "BR", "+5491123456789"],
    ["5215512345678@s.whatsapp.net", "BR", "+525512345678"],
    ["https://wa.me/5511987654321?text=oi", "US", "+5511987654321"],
    ["wa.me/14155550123", "BR", "+14155550123"],
    ["%2B5511987654321", "US", "+5511987654321"],
    ["=+5511987654321", "BR", "+5511987654321"],
    ["=5511987654321", "BR", "+5511987654321"],
    ['\'="11987654321"', "BR", "+5511987654321"],
    ['"=""11987654321"""', "BR", "+5511987654321"],
    ["11 98765-4321;", "BR", "+5511987654321"],
    ["11 98765-4321.", "BR", "+5511987654321"],
    ["☎ 11 3555-0142", "BR", "+551135550142"],
    ["📱11 98765-4321", "BR", "+5511987654321"],
    ["\u202a+55 11 98765\u20114321\u202c", "US", "+5511987654321"],
    ["\ufeff11\u200b98765\u00a04321", "BR", "+5511987654321"],
    [
      "\uFF0B\uFF15\uFF15\uFF08\uFF11\uFF11\uFF09\uFF19\uFF18\uFF17\uFF16\uFF15\uFF0D\uFF14\uFF13\uFF12\uFF11",
      "US",
      "+5511987654321",
    ],
    ["0XX11 3555-0142", "BR", "+551135550142"],
    ["+55 (0xx11) 3555-0142", "BR", "+551135550142"],
    ["(0xx)11 3555-0142", "BR", "+551135550142"],
    ["(xx) 11 3555-0142", "BR", "+551135550142"],
    ["xx11 3555-0142", "BR", "+551135550142"],
    ["0 xx 11 3555-0142", "BR", "+551135550142"],
    ["0xx(11) 3555-0142", "BR", "+551135550142"],
    ["0**11 3555-0142", "BR", "+551135550142"],
  ])("is taken off %s in %s", (raw, home, e164) => {
    expect(read(raw, home)).toBe(e164);
  });

  it.each([
    ["120363000000000000@g.us", "MESSENGER_ID"],
    ["5511987654321@lid", "MESSENGER_ID"],
    ["11\u00009876-5432", "DAMAGED"],
    ["11 9876\uFFFD-5432", "DAMAGED"],
    ["fax: 11 3555-0142", "LETTERS"],
    ["5511987654321@example.com", "LETTERS"],
    ["tel:+55-11-98765-4321;ext=12", "EXTENSION"],
    ["=11-98765-4321", "OTHER_SIGNS"],
    ["113333444\u2074", "OTHER_SIGNS"],
    ["113333444\u2463", "OTHER_SIGNS"],
    ["\u{1D7CF}\u{1D7CF}987654321", "OTHER_SIGNS"],
    ["\u0661\u0661987654321", "OTHER_SIGNS"],
  ])("is not guessed at: %j is refused", (raw, fault) => {
    expect(read(raw, "BR")).toMatch(new RegExp(`^(?:${fault}|NOT_A_NUMBER)$`));
    expect(normalisePhone(raw, "BR")).toMatchObject({ fault });
  });
});

describe("national ways of writing that are still in lists", () => {
  it.each([
    ["0 15 11 98765-4321", "BR", "+5511987654321"],
    ["021 34 91123-4567", "BR", "+5534911234567"],
    ["044 55 1234 5678", "MX", "+525512345678"],
    ["045 55 1234 5678", "MX", "+525512345678"],
    ["01 55 1234 5678", "MX", "+525512345678"],
    ["(01 55) 1234 5678", "MX", "+525512345678"],
    ["044-55-1234-5678", "MX", "+525512345678"],
    ["5215512345678", "MX", "+525512345678"],
    ["+52 1 55 1234 5678", "US", "+525512345678"],
    ["+52 044 55 1234 5678", "US", "+525512345678"],
    ["(011) 15-2345-6789", "AR", "+5491123456789"],
    ["0351 15 555-1234", "AR", "+5493515551234"],
    ["+54 11 15 2345-6789", "US", "+5491123456789"],
    ["+54 9 11 15 2345-6789", "US", "+5491123456789"],
    ["54 9 11 15 2345 6789", "AR", "+5491123456789"],
    ["91 123 45 67", "ES", "+34911234567"],
    ["0034 612 345 678", "ES", "+34612345678"],
    ["00351 912 345 678", "PT", "+351912345678"],
    ["21 123 4567", "PT", "+351211234567"],
    ["1-415-555-0123", "US", "+14155550123"],
    ["011 55 11 98765 4321", "US", "+5511987654321"],
  ])("%s in %s is %s", (raw, home, e164) => {
    expect(read(raw, home)).toBe(e164);
  });

  it.each([
    ["15-2345-6789", "AR", "NO_AREA_CODE"],
    ["155551234", "AR", "NO_AREA_CODE"],
    // Of Mexico with the old 1, or of New Jersey.
    ["1 551 234 5678", "MX", "INVALID_FOR_COUNTRY"],
    // Spain as the United States dial it, not Uberlândia by a carrier 11.
    ["011 34 911 234 567", "BR", "TOO_LONG"],
    ["01134911234567", "BR", "TOO_LONG"],
    ["415-555-0123", "BR", "EXTRA_DIGITS"],
    ["555-0123", "US", "TOO_SHORT"],
    ["98765-4321", "BR", "NO_AREA_CODE"],
    ["447911123456", "BR", "TOO_LONG"],
  ])("%s in %s could be another's, and is refused", (raw, home, fault) => {
    expect(read(raw, home)).toBe(fault);
  });
});

const countries = getCountries();
const anyNumber = fc
  .tuple(fc.constantFrom(...countries), fc.stringMatching(/^\d{3}$/))
  .map(([country, tail]) => {
    const example = getExampleNumber(country, examples)?.number ?? "+0000";
    return `${example.slice(0, -3)}${tail}`;
  })
  .filter((number) => read(number, "US") === number);
const anyHome = fc.constantFrom<CountryCode>(
  ...(["BR", "AR", "MX", "PT", "ES", "US", "DE", "IT", "GB", "FR"] as const),
);

const ornaments: readonly ((number: string) => string)[] = [
  (number) => `p:${number}`,
  (number) => `m: ${number}`,
  (number) => `'${number}`,
  (number) => `="${number}"`,
  (number) => `=${number}`,
  (number) => `tel:${number}`,
  (number) => `WhatsApp: ${number}`,
  (number) => `${number.slice(1)}@s.whatsapp.net`,
  (number) => `${number.slice(1)}@c.us`,
  (number) => `https://wa.me/${number.slice(1)}`,
  (number) => `\u202a${number}\u202c`,
  (number) => Array.from(number).join("\u200b"),
  (number) => `\u00a0${number}\u2007`,
  (number) =>
    number.replace(/./g, (sign) =>
      String.fromCharCode(sign.charCodeAt(0) + 0xfee0),
    ),
];

describe("any number of any country", () => {
  it("is the same in each of the ornaments, in whatever country it is read", () => {
    fc.assert(
      fc.property(
        anyNumber,
        anyHome,
        fc.constantFrom(...ornaments),
        (number, home, ornament) => {
          expect(read(ornament(number), home)).toBe(number);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("is never made another by signs around it, whatever they are", () => {
    const signs = fc.stringMatching(
      /^[\s0xX*p:m.'"=;,()²³⁴¹①②½٣\u200b\u00a0@+-]{0,4}$/,
    );
    fc.assert(
      fc.property(anyNumber, anyHome, signs, signs, (number, home, a, b) => {
        const digits = /\d/;
        if (digits.test(a) || digits.test(b)) return;
        const result = normalisePhone(`${a}${number}${b}`, home);
        if (result.ok) expect(result.e164).toBe(number);
      }),
      { numRuns: 5_000 },
    );
  });
});
