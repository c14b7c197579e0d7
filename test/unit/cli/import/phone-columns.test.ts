/** Columns for country code, country and area code belong to the number of their row. Numbers are fictitious. */
import { describe, expect, it } from "vitest";
import { planColumns } from "../../../../cli/import/columns.ts";
import { prepareRow } from "../../../../cli/import/lead-rows.ts";

const rules = {
  country: "BR",
  campaignTimezone: "America/Sao_Paulo",
  isTimezone: () => false,
};

function read(header: string, row: string, country = "BR") {
  const plan = planColumns(header.split(";"));
  return prepareRow(2, row.split(";"), plan, { ...rules, country });
}

describe("a row with a column for country or area", () => {
  it.each([
    ["phone_code;phone_number", "1;4155550123", "+14155550123"],
    ["phone_code;phone_number", "1;14155550123", "+14155550123"],
    ["phone_code;phone_number", "55;11987654321", "+5511987654321"],
    ["phone_code;phone_number", "55;5511987654321", "+5511987654321"],
    ["phone_code;phone_number", "351;912345678", "+351912345678"],
    ["phone_code;phone_number", "351;351912345678", "+351912345678"],
    ["phone_code;phone_number", ";11987654321", "+5511987654321"],
    ["Phone Code;Phone Number", "+1;(415) 555-0123", "+14155550123"],
    ["Phone Code;Phone Number", "001;415-555-0123", "+14155550123"],
    ["Phone Code;Phone Number", "1.0;4155550123.0", "+14155550123"],
    ["DDI;DDD;Telefone", "55;11;98765-4321", "+5511987654321"],
    ["DDI;DDD;Telefone", "55;011;987654321", "+5511987654321"],
    ["DDD;Telefone", "31;98888-7777", "+5531988887777"],
    ["DDD;Telefone", "(31);8888-7777", "+5531988887777"],
    ["DDD;Telefone", "31;(31) 98888-7777", "+5531988887777"],
    ["DDD;Telefone", "31;+55 31 98888-7777", "+5531988887777"],
    ["DDD;Telefone", "55;3222-0000", "+555532220000"],
    ["DDD;Telefone", ";(31) 98888-7777", "+5531988887777"],
    ["Código do País;Telefone", "54;11 15-2345-6789", "+5491123456789"],
    [
      "Código de País;Código de área;Teléfono",
      "54;11;2345-6789",
      "+541123456789",
    ],
    [
      "Código de País;Código de área;Teléfono",
      "54;11;15-2345-6789",
      "+5491123456789",
    ],
    ["Código de área;Móvil", "11;+54 9 11 2345-6789", "+5491123456789"],
    ["country_code;phone_number", "US;4155550123", "+14155550123"],
    ["country;phone", "United States;4155550123", "+14155550123"],
    ["País;Telefone", "Estados Unidos;4155550123", "+14155550123"],
    ["País;Teléfono", "España;612 34 56 78", "+34612345678"],
    ["country;phone", "USA;4155550123", "+14155550123"],
    ["country;phone", "Portugal;+55 11 98765-4321", "+5511987654321"],
    ["phone_code;country_code;phone", "1;USA;4155550123", "+14155550123"],
  ])("%s: %s is %s", (header, row, e164) => {
    expect(read(header, row)).toMatchObject({ ok: true, lead: { e164 } });
  });

  it.each([
    ["phone_code;phone", "1;+55 11 98765-4321", "country code 1"],
    ["phone_code;phone", "1;5511987654321", "country code 1"],
    ["phone_code;phone", "351;11987654321", "country code 351"],
    ["area_code;phone", "415;555-0123", "area code 415"],
    ["phone_code;phone", "999;11987654321", "write it as 55 or +55"],
    ["phone_code;phone", "x5;11987654321", "write it as 55 or +55"],
    ["country;phone", "Atlantis;11987654321", "ISO code"],
    ["country;phone", "Portugal;11987654321", 'country "Portugal"'],
    ["ddi;pais;phone", "1;Brasil;4155550123", "not that of the country"],
    ["DDD;Telefone", "21;(31) 98888-7777", "area code 21"],
    ["DDD;Telefone", "21;+55 31 98888-7777", "area code 21"],
    ["DDD;Telefone", "20;98888-7777", "numbering plan"],
    ["DDD;Telefone", "onze;98888-7777", "write its digits"],
    ["DDD;Telefone", "31;98888-7777 1", "too many digits"],
    ["phone_code;phone", "1;415-555-0123 x2", "extension"],
  ])("%s: %s is refused, naming the column", (header, row, words) => {
    const prepared = read(header, row);
    expect(prepared).toMatchObject({
      ok: false,
      reason: { text: { en: expect.stringContaining(words) as string } },
    });
  });

  it("keeps a phone that reads the same without its neighbours", () => {
    const { lead } = read("phone_code;phone", "1;415-555-0123") as {
      lead: { phone: string };
    };
    expect(read("phone", lead.phone)).toMatchObject({
      lead: { e164: "+14155550123" },
    });
    expect(read("DDD;phone", "11;(11) 98765-4321")).toMatchObject({
      lead: { phone: "(11) 98765-4321", metadata: {} },
    });
  });

  it("is read in the country of --country where its own cells are empty", () => {
    expect(read("phone_code;phone", ";415-555-0123", "US")).toMatchObject({
      lead: { e164: "+14155550123" },
    });
  });
});
