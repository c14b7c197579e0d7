/** The database reads a do-not-call number as the engine reads a lead's, and one function says what one telephone is. */
import fc from "fast-check";
import {
  getCountries,
  getExampleNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { normalisePhone } from "../../../dialing/phone-number.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { phonePlans } from "../../support/phone-plans.ts";

// Every country's expressions are compiled anew when others came between: seconds, on a busy machine many.
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Written {
  readonly text: string;
  readonly home: string;
}

async function readInSql(
  given: readonly Written[],
): Promise<(string | null)[]> {
  const { rows } = await database.pool.query<{ e164: string | null }>(
    `select dialer_read_phone(given.one ->> 'text', given.one ->> 'home') as e164
     from jsonb_array_elements($1::jsonb) with ordinality as given (one, nth) order by given.nth`,
    [JSON.stringify(given)],
  );
  return rows.map(({ e164 }) => e164);
}

function readByEngine({ text, home }: Written): string | null {
  const read = normalisePhone(text, home);
  return read.ok ? read.e164 : null;
}

const anyNumber = fc
  .tuple(
    fc.constantFrom(...getCountries()),
    fc.integer({ min: 1, max: 7 }),
    fc.stringMatching(/^\d{8}$/),
    fc.integer({ min: -1, max: 1 }),
  )
  .map(([country, changed, tail, longer]) => {
    const { number } = getExampleNumber(country, examples) ?? { number: "" };
    const digits = tail.slice(0, Math.max(0, changed + longer));
    const e164 = number.slice(0, -changed) + digits;
    const parsed = parsePhoneNumberFromString(e164);
    return { country: parsed?.country ?? country, e164, parsed };
  });

const anyWriting: fc.Arbitrary<Written & { readonly suffix: string }> = fc
  .tuple(
    anyNumber,
    fc.constantFrom("e164", "national", "abroad", "digits", "code", "prefix"),
    fc.constantFrom("", "", " 1", " - 1", " (2)", ".5", " x2", " 12"),
    fc.constantFrom(...getCountries()),
    fc.boolean(),
  )
  .map(([{ country, e164, parsed }, style, suffix, other, isHome]) => {
    const text = {
      e164,
      national: parsed?.formatNational() ?? e164,
      abroad: parsed?.formatInternational() ?? e164,
      digits: parsed?.nationalNumber ?? e164,
      code: e164.slice(1),
      prefix: `+${parsed?.countryCallingCode ?? ""}0${parsed?.nationalNumber ?? ""}`,
    }[style];
    return { text: text + suffix, suffix, home: isHome ? country : other };
  });

const brazilian: fc.Arbitrary<Written> = fc
  .tuple(
    fc.constantFrom(
      "",
      "0",
      "+55",
      "55",
      "021",
      "+550",
      "+55021",
      "0055",
      "(0xx",
    ),
    fc.constantFrom("11", "31", "55", "20", "99"),
    fc.constantFrom("9", ""),
    fc.integer({ min: 20_000_000, max: 99_999_999 }),
  )
  .map(([prefix, ddd, nine, rest]) => ({
    text:
      prefix === "(0xx"
        ? `(0xx${ddd}) ${nine}${rest}`
        : `${prefix}${ddd}${nine}${rest}`,
    home: "BR",
  }));

describe("the plans in the database", () => {
  it("are those of the library that reads the leads", async () => {
    const { rows } = await database.pool.query(
      `select country, calling_code, is_main, national_pattern, dialled_pattern, international_prefix, national_prefix,
         prefix_transform from phone_plans order by country collate "C"`,
    );
    expect(rows).toEqual(phonePlans());
  });
});

describe("a number read in SQL", () => {
  it("is the engine's, in every country and spelling, or none, and never has digits glued to it", async () => {
    const samples = fc.sample(anyWriting, { numRuns: 3_000, seed: 81 });
    const read = await readInSql(samples);
    const wrong = samples.flatMap((given, n) => {
      // The database is not as choosy about how the groups of one number are cut.
      const whole = given.text.includes(given.suffix || "!")
        ? given.text.slice(0, -given.suffix.length)
        : given.text.replace(/[^\d+]/g, "");
      const own = [
        readByEngine(given),
        readByEngine({ ...given, text: whole }),
      ];
      const sql = read[n] ?? null;
      return sql === null || own.includes(sql) ? [] : [{ ...given, sql, own }];
    });
    expect(wrong).toEqual([]);
  });

  it("is read whenever the engine reads undivided digits", async () => {
    const samples = [
      ...fc.sample(anyWriting, { numRuns: 3_000, seed: 82 }),
      ...fc.sample(brazilian, { numRuns: 1_000, seed: 83 }),
    ].map(({ text, home }) => ({ text: text.replace(/[^\d+]/g, ""), home }));
    const read = await readInSql(samples);
    const wrong = samples.flatMap((given, n) => {
      const own = readByEngine(given);
      return read[n] === own ? [] : [{ ...given, sql: read[n], own }];
    });
    expect(wrong).toEqual([]);
  });

  it("is read in the ornaments of exports and messengers, and in old national writing, as the engine reads it", async () => {
    const samples = [
      ...[
        "p:+5511987654321",
        "'11987654321",
        '="11987654321"',
        "=5511987654321",
        "Tel.: 11 3555-0142",
        "tel:+55-11-98765-4321",
      ],
      ...[
        "5511987654321@s.whatsapp.net",
        "14155550123@c.us",
        "5511987654321:12@s.whatsapp.net",
        "120363000000000000@g.us",
      ],
      ...[
        "https://wa.me/5511987654321?text=oi",
        "%2B5511987654321",
        "\u260e 11 3555-0142",
        "11 98765-4321;",
        "whatsapp:+14155550123",
      ],
      ...[
        "0XX11 3555-0142",
        "+55 (0xx11) 3555-0142",
        "(0xx)11 3555-0142",
        "0**11 3555-0142",
        "xx11 3555-0142",
      ],
      ...[
        "\uFF11\uFF11\uFF19\uFF18\uFF17\uFF16\uFF15\uFF14\uFF13\uFF12\uFF11",
        "113333444\u2074",
        "1133334444\u00b2",
        "113333444\u2463",
      ],
      ...[
        "01134911234567",
        "02134911234567",
        "0151198765432",
        "fax: 11 3555-0142",
        "5215512345678@c.us",
        "5491123456789@c.us",
      ],
    ].map((text) => ({ text, home: "BR" }));
    const old = [
      "0445512345678",
      "0455512345678",
      "015512345678",
      "5215512345678",
      "+5215512345678",
      "+520445512345678",
      "15512345678",
    ].map((text) => ({ text, home: "MX" }));
    const argentine = [
      "1523456789",
      "155551234",
      "01115 23456789".replace(" ", ""),
      "+5491115 23456789".replace(" ", ""),
      "5491115 23456789".replace(" ", ""),
      "5491123456789",
      "+541115 23456789".replace(" ", ""),
    ].map((text) => ({ text, home: "AR" }));
    const all = [...samples, ...old, ...argentine];
    const read = await readInSql(all);
    expect(all.map((given, n) => ({ ...given, read: read[n] }))).toEqual(
      all.map((given) => ({ ...given, read: readByEngine(given) })),
    );
  });

  it("is read in every way in which Brazilians write", async () => {
    const samples = fc.sample(brazilian, { numRuns: 2_000, seed: 84 });
    expect(await readInSql(samples)).toEqual(samples.map(readByEngine));
  });

  it("never fails, whatever is written", async () => {
    const any = fc.string({
      unit: fc.constantFrom(...Array.from("0123456789055+()-. xX\u200b٣é/;'")),
      maxLength: 40,
    });
    const samples = fc
      .sample(any, { numRuns: 3_000, seed: 85 })
      .map((text) => ({ text, home: "BR" }));
    const read = await readInSql(samples);
    const wrong = samples.flatMap((given, n) =>
      read[n] === null || read[n] === readByEngine(given) ? [] : [given],
    );
    expect(wrong).toEqual([]);
  });
});

describe("one telephone", () => {
  it.each([
    ["+553188887777", "+5531988887777", true],
    ["+5491123456789", "+541123456789", true],
    ["+5215512345678", "+525512345678", true],
    ["+390549886377", "+3780549886377", true],
    ["+551135550142", "+551135550143", false],
    ["+390612345678", "+39612345678", false],
    ["+553133330000", "+5531933330000", false],
  ])("%s and %s: %s", async (one, other, same) => {
    const { rows } = await database.pool.query<{ same: boolean }>(
      "select dialer_phone_key($1) = dialer_phone_key($2) as same",
      [one, other],
    );
    expect(rows[0]?.same).toBe(same);
  });

  it("is its own key, and a number that the engine dials keeps it", async () => {
    const samples = fc.sample(anyNumber, { numRuns: 5_000, seed: 86 });
    const numbers = samples.flatMap(({ parsed }) =>
      parsed?.isValid() === true ? [parsed.number] : [],
    );
    const { rows } = await database.pool.query(
      `select number from unnest($1::text[]) as number
       where dialer_phone_key(dialer_phone_key(number)) <> dialer_phone_key(number)
         or (dialer_phone_key(number) <> number and number !~ '^\\+(549|390549)')`,
      [numbers],
    );
    expect(rows).toEqual([]);
  });
});

describe("a do-not-call entry", () => {
  const insert = (text: string, country = "BR") =>
    database.pool.query<{ phone_e164: string }>(
      `with settings as (
         insert into account_settings (account_id, default_country) values (md5($2::text)::uuid, $2)
         on conflict (account_id) do nothing)
       insert into dnc_entries (account_id, phone_e164) values (md5($2::text)::uuid, $1) returning phone_e164`,
      [text, country],
    );

  it.each([
    ["+553188887777", "+5531988887777"],
    ["+5501135550142", "+551135550142"],
    ["(31) 98888-7771", "+5531988887771"],
    ["0xx11 3555-0143", "+551135550143"],
    ["1135550144.0", "+551135550144"],
    ["+1 (202) 555-0100", "+12025550100"],
    ["tel:+4402079460000", "+442079460000"],
    ["\u202a+55 31 98888\u20117772\u202c", "+5531988887772"],
  ])("%s is kept as %s", async (text, e164) => {
    expect((await insert(text)).rows).toEqual([{ phone_e164: e164 }]);
  });

  it.each([
    ["(11) 9876-5432 (2)", "+5511998765432"],
    ["11 9876-5432 - 1", "+5511998765432"],
    ["+55 11 98765-4321 ramal 2", "+5511987654321"],
    ["3555-0142", "+5511987654321"],
    ["190", "+5511987654321"],
    ["nobody", "+5511987654321"],
    ["+9991234567", "+5511987654321"],
    ["", "+5511987654321"],
  ])("%s is refused, and told what to write", async (text, hint) => {
    await expect(insert(text)).rejects.toMatchObject({
      code: "23514",
      column: "phone_e164",
      message: expect.stringContaining(
        "cannot be read as one telephone",
      ) as string,
      hint: expect.stringContaining(hint) as string,
    });
  });

  it("is one entry however it is spelled", async () => {
    await insert("+5531988886666");
    await expect(insert("(31) 8888-6666")).rejects.toMatchObject({
      code: "23505",
    });
  });
});
