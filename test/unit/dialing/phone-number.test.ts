import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brazilAreaCodeZones } from "../../../dialing/brazil-area-codes.ts";
import {
  fillDialString,
  normalisePhone,
  numberKind,
  PhoneNumberError,
} from "../../../dialing/phone-number.ts";

describe("a Brazilian number", () => {
  it.each([
    // Plain mobiles and land lines.
    ["11999990000", "+5511999990000"],
    ["(11) 99999-0000", "+5511999990000"],
    ["11 3333 0000", "+551133330000"],
    ["11.3333.0000", "+551133330000"],
    // With country code.
    ["+55 11 99999-0000", "+5511999990000"],
    ["(+55) 11 99999-0000", "+5511999990000"],
    ["5511999990000", "+5511999990000"],
    ["551133330000", "+551133330000"],
    ["005511999990000", "+5511999990000"],
    ["+55 (011) 99999-0000", "+5511999990000"],
    ["55 011 3333-0000", "+551133330000"],
    // Trunk prefix 0.
    ["011 99999-0000", "+5511999990000"],
    ["01133330000", "+551133330000"],
    // 0 + carrier code.
    ["0 21 11 99999-0000", "+5511999990000"],
    ["015 11 3333-0000", "+551133330000"],
    ["0xx11 99999-0000", "+5511999990000"],
    ["(0xx11) 3333-0000", "+551133330000"],
    ["0XX 21 3333 0000", "+552133330000"],
    // The missing ninth digit.
    ["11 9999-0000", "+5511999990000"],
    ["11 6666-0000", "+5511966660000"],
    ["(71) 8888-0000", "+5571988880000"],
    ["11 7777-0000", "+5511977770000"],
    ["+55 21 9999-0000", "+5521999990000"],
    ["0 41 85 8888-0000", "+5585988880000"],
    // DDD 55 is not country code 55.
    ["55 99999-0000", "+5555999990000"],
    ["55 9999-0000", "+5555999990000"],
    ["55 3222-0000", "+555532220000"],
    ["055 3222-0000", "+555532220000"],
    ["5555999990000", "+5555999990000"],
    ["555532220000", "+555532220000"],
    ["0 55 55 99999-0000", "+5555999990000"],
    // As copied from elsewhere.
    ["\u202a+55 11 99999\u20110000\u202c", "+5511999990000"],
    ["１１ ９９９９９ ００００", "+5511999990000"],
    ["\u00a011\u00a099999–0000 ", "+5511999990000"],
  ])("written %j is %s", (raw, e164) => {
    expect(normalisePhone(raw, "BR")).toMatchObject({ ok: true, e164 });
  });

  it.each([
    ["", "EMPTY"],
    [" \u200b ", "EMPTY"],
    ["n/a", "NOT_A_NUMBER"],
    ["11 99999-0000 ramal 12", "NOT_A_NUMBER"],
    ["11 3333-0000 x12", "NOT_A_NUMBER"],
    ["11 3333-0000;ext=12", "NOT_A_NUMBER"],
    ["11 3333-0000 / 3333-0001", "NOT_A_NUMBER"],
    ["5.511999990000E+12", "NOT_A_NUMBER"],
    ["11 99999+0000", "NOT_A_NUMBER"],
    ["11 99999-0000\r\nAction: Logoff", "NOT_A_NUMBER"],
    ["1".repeat(65), "NOT_A_NUMBER"],
    ["---", "NOT_A_NUMBER"],
    ["11 9999", "TOO_SHORT"],
    ["+55 11 9999", "TOO_SHORT"],
    // Never guessed.
    ["99999-0000", "NO_AREA_CODE"],
    ["3333-0000", "NO_AREA_CODE"],
    ["0 3333-0000", "NO_AREA_CODE"],
    ["+55 99999-0000", "NO_AREA_CODE"],
    ["+55 9999-0000", "NO_AREA_CODE"],
    // No such area code, no such subscriber, digits too many.
    ["20 99999-0000", "INVALID_FOR_COUNTRY"],
    ["10 3333-0000", "INVALID_FOR_COUNTRY"],
    ["11 89999-0000", "INVALID_FOR_COUNTRY"],
    ["11 1333-0000", "INVALID_FOR_COUNTRY"],
    ["00 47 3333-0000", "INVALID_FOR_COUNTRY"],
    ["11 99999-00001", "TOO_LONG"],
    ["55 11 99999-00001", "TOO_LONG"],
    // Never dialled.
    ["190", "PREMIUM_OR_SHORT"],
    ["+55 192", "PREMIUM_OR_SHORT"],
    ["0193", "PREMIUM_OR_SHORT"],
    ["10315", "PREMIUM_OR_SHORT"],
    ["0800 123 4567", "PREMIUM_OR_SHORT"],
    ["0800 12 3456", "PREMIUM_OR_SHORT"],
    ["800 123 4567", "PREMIUM_OR_SHORT"],
    ["+55 800 123 4567", "PREMIUM_OR_SHORT"],
    ["0300 123 4567", "PREMIUM_OR_SHORT"],
    ["0500 123 4567", "PREMIUM_OR_SHORT"],
    ["0900 123 4567", "PREMIUM_OR_SHORT"],
    ["4004-1234", "PREMIUM_OR_SHORT"],
    ["3003 1234", "PREMIUM_OR_SHORT"],
    ["+55 4003-1234", "PREMIUM_OR_SHORT"],
  ])("written %j is refused: %s", (raw, reason) => {
    expect(normalisePhone(raw, "BR")).toMatchObject({ ok: false, reason });
  });

  it("stays itself when normalised again", () => {
    const written = fc
      .tuple(
        fc.constantFrom("", "0", "+55", "55", "021", "0xx"),
        fc.constantFrom(...brazilAreaCodeZones.keys()),
        fc.constantFrom("9", ""),
        fc.integer({ min: 20_000_000, max: 99_999_999 }),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(written, (raw) => {
        const first = normalisePhone(raw, "BR");
        if (!first.ok) return;
        expect(normalisePhone(first.e164, "BR")).toEqual(first);
        expect(numberKind(first.e164, "BR")).toBe("DEFAULT_COUNTRY");
      }),
    );
  });

  const anyText = fc.string({
    unit: fc.constantFrom(
      ...Array.from("0123456789055911+()-. xX\u0000\u200b\ud800٣é"),
    ),
    maxLength: 40,
  });

  it("never makes the import fail, whatever is written in the column", () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        const phone = normalisePhone(raw, "BR");
        if (phone.ok) expect(phone.e164).toMatch(/^\+\d{8,15}$/);
        else expect(phone.message).not.toBe("");
      }),
    );
  });

  it("is not repeated in the message of its refusal", () => {
    const phone = normalisePhone("99999-0000", "BR");
    expect(phone).toHaveProperty("message", expect.stringContaining("DDD"));
    expect(JSON.stringify(phone)).not.toContain("99999");
  });
});

describe("the time zone", () => {
  it("is known for all 67 area codes, and each zone exists", () => {
    expect(brazilAreaCodeZones.size).toBe(67);
    const known = new Set(Intl.supportedValuesOf("timeZone"));
    for (const zone of brazilAreaCodeZones.values()) {
      expect(known).toContain(zone);
    }
  });

  it.each([
    ["11", "America/Sao_Paulo"],
    ["61", "America/Sao_Paulo"],
    ["65", "America/Cuiaba"],
    ["67", "America/Campo_Grande"],
    ["68", "America/Rio_Branco"],
    ["69", "America/Porto_Velho"],
    ["71", "America/Bahia"],
    ["81", "America/Recife"],
    ["82", "America/Maceio"],
    ["85", "America/Fortaleza"],
    ["91", "America/Belem"],
    ["92", "America/Manaus"],
    ["93", "America/Santarem"],
    ["95", "America/Boa_Vista"],
    ["97", "America/Manaus"],
  ])("of DDD %s is %s", (ddd, timezone) => {
    expect(normalisePhone(`${ddd}3333-0000`, "BR")).toMatchObject({ timezone });
  });

  it("is not guessed for other countries", () => {
    expect(normalisePhone("+1 202 555 0100", "BR")).toEqual({
      ok: true,
      e164: "+12025550100",
      timezone: null,
    });
  });
});

describe("a number of another country", () => {
  it.each([
    ["(202) 555-0100", "US", "+12025550100"],
    ["1 202 555 0100", "US", "+12025550100"],
    ["020 7946 0000", "GB", "+442079460000"],
    ["+44 20 7946 0000", "BR", "+442079460000"],
    ["+55 11 9999-0000", "US", "+5511999990000"],
  ])("%s for %s is %s", (raw, country, e164) => {
    expect(normalisePhone(raw, country)).toMatchObject({ ok: true, e164 });
  });

  it.each([
    ["911", "US", "PREMIUM_OR_SHORT"],
    ["999", "GB", "PREMIUM_OR_SHORT"],
    ["+1 900 555 0100", "BR", "PREMIUM_OR_SHORT"],
    ["+881 6 1234 5678", "BR", "PREMIUM_OR_SHORT"],
    ["+979 1 2345 6789", "BR", "PREMIUM_OR_SHORT"],
    ["555-0100", "US", "TOO_SHORT"],
    ["+1 555 555 0100", "BR", "INVALID_FOR_COUNTRY"],
    ["+999 123 4567", "BR", "INVALID_FOR_COUNTRY"],
    ["202 555 0100 ext 5", "US", "NOT_A_NUMBER"],
  ])("%s for %s is refused: %s", (raw, country, reason) => {
    expect(normalisePhone(raw, country)).toMatchObject({ ok: false, reason });
  });

  it("cannot be judged for a country that is none", () => {
    const bad = () => normalisePhone("123", "XX");
    expect(bad).toThrow(PhoneNumberError);
    expect(bad).toThrow(expect.objectContaining({ code: "UNKNOWN_COUNTRY" }));
  });
});

describe("the kind of a number", () => {
  it.each([
    ["+5511999990000", "BR", "DEFAULT_COUNTRY"],
    ["+551133330000", "BR", "DEFAULT_COUNTRY"],
    ["+12025550100", "BR", "FOREIGN"],
    ["+12025550100", "US", "DEFAULT_COUNTRY"],
    ["+16135550100", "US", "FOREIGN"],
    ["+442079460000", "GB", "DEFAULT_COUNTRY"],
    ["+558001234567", "BR", "NEVER"],
    ["+5540041234", "BR", "NEVER"],
    ["+55190", "BR", "NEVER"],
    ["+19005550100", "US", "NEVER"],
    ["+870773111632", "BR", "NEVER"],
    ["+881612345678", "BR", "NEVER"],
    ["+882161234567", "BR", "NEVER"],
    ["+8835100123456", "BR", "NEVER"],
    ["+979123456789", "BR", "NEVER"],
    ["+80012345678", "BR", "NEVER"],
    ["11999990000", "BR", "NEVER"],
    ["", "BR", "NEVER"],
  ])("%s for %s is %s", (e164, country, kind) => {
    expect(numberKind(e164, country)).toBe(kind);
  });
});

describe("a dial string", () => {
  it.each([
    ["PJSIP/{number}@carrier", "PJSIP/5511999990000@carrier"],
    ["PJSIP/{e164}@carrier", "PJSIP/+5511999990000@carrier"],
    ["PJSIP/021{national}@x", "PJSIP/02111999990000@x"],
    ["sofia/gateway/x/0{national}", "sofia/gateway/x/011999990000"],
    ["Local/{number}@from-internal/n", "Local/5511999990000@from-internal/n"],
    ["mock/ok", "mock/ok"],
    ["a/$1{number}$&", "a/$15511999990000$&"],
  ])("%s becomes %s", (template, filled) => {
    expect(fillDialString(template, "+5511999990000")).toBe(filled);
  });

  it.each([
    ["PJSIP/{phone}@x", "+5511999990000", "UNKNOWN_PLACEHOLDER"],
    ["PJSIP/{}@x", "+5511999990000", "UNKNOWN_PLACEHOLDER"],
    ["PJSIP/{number@x", "+5511999990000", "UNKNOWN_PLACEHOLDER"],
    ["PJSIP/number}@x", "+5511999990000", "UNKNOWN_PLACEHOLDER"],
    ["PJSIP/{number}@x", "5511999990000", "NOT_E164"],
    ["PJSIP/{number}@x", "+55119999&PJSIP/x", "NOT_E164"],
  ])("%s with %s is refused: %s", (template, e164, code) => {
    const fill = () => fillDialString(template, e164);
    expect(fill).toThrow(PhoneNumberError);
    expect(fill).toThrow(expect.objectContaining({ code }));
  });
});
