import { describe, expect, it } from "vitest";
import { CommandError } from "../../../../cli/command.ts";
import { planColumns } from "../../../../cli/import/columns.ts";
import { nearNames } from "../../../../cli/import/find-campaign.ts";
import { prepareRow } from "../../../../cli/import/lead-rows.ts";
import { RecentLines } from "../../../../cli/import/recent-lines.ts";
import { readImportOptions } from "../../../../cli/import/options.ts";

const rules = {
  country: "BR",
  campaignTimezone: "America/Bahia",
  isTimezone: (name: string) => name === "America/Recife",
};

describe("a row", () => {
  const plan = planColumns([
    "phone",
    "first_name",
    "id",
    "timezone",
    "__proto__",
  ]);

  it("takes its own zone, else its number's, else the campaign's", () => {
    const zone = (phone: string, timezone: string) => {
      const row = prepareRow(2, [phone, "", "", timezone, ""], plan, rules);
      return row.ok ? row.lead.zone : row.reason.text.en;
    };
    expect(zone("11987650001", "America/Recife")).toBe("America/Recife");
    expect(zone("11987650001", "")).toBe("America/Sao_Paulo");
    expect(zone("+12125552368", "")).toBe("America/Bahia");
    expect(zone("11987650001", "Recife")).toMatch(
      /"Recife" is not the name of a time zone/,
    );
  });

  it("keeps control characters out of the phone, and a column named __proto__ in the metadata", () => {
    const row = prepareRow(
      2,
      ["11\t98765\n0001", "Ana", "", "", "x"],
      plan,
      rules,
    );
    expect(row).toMatchObject({
      ok: true,
      lead: {
        phone: "11 98765 0001",
        e164: "+5511987650001",
        external_id: null,
      },
    });
    expect(row.ok && JSON.stringify(row.lead.metadata)).toBe(
      '{"__proto__":"x"}',
    );
  });

  it("with a name that is too long is refused; an emoji counts as one letter", () => {
    expect(
      prepareRow(2, ["11987650001", "a".repeat(201), "", "", ""], plan, rules),
    ).toMatchObject({
      ok: false,
      reason: { text: { en: "the first name is longer than 200 characters" } },
    });
    expect(
      prepareRow(2, ["11987650001", "😀".repeat(200), "", "", ""], plan, rules),
    ).toMatchObject({ ok: true });
  });
});

describe("the command line", () => {
  it("is read into options", () => {
    expect(
      readImportOptions("f.csv", {
        campaign: " May ",
        country: "br",
        delimiter: "tab",
        encoding: "Latin1",
        priority: "-3",
      }),
    ).toMatchObject({
      campaign: "May",
      country: "BR",
      delimiter: "\t",
      encoding: "windows-1252",
      priority: -3,
      list: null,
    });
  });

  it.each([
    [{}, /Give --campaign/],
    [
      { campaign: "x", account: "1" },
      /--account is "1"; expected the account's uuid/,
    ],
    [
      { campaign: "x", delimiter: "%" },
      /--delimiter is "%"; expected auto or , or ; or tab or \|/,
    ],
    [
      { campaign: "x", priority: "high" },
      /--priority is "high"; expected a whole number/,
    ],
    [{ campaign: "x", list: " " }, /--list is ""/],
    [{ campaign: "x", "no-header": true }, /--no-header needs --columns/],
    [{ campaign: "x", columns: "phone" }, /give --no-header too/],
  ])("says what is wrong with %j", (values, message) => {
    expect(() => readImportOptions("f.csv", values)).toThrow(message);
    expect(() => readImportOptions("f.csv", values)).toThrow(CommandError);
  });
});

it("near names come in order of likeness", () => {
  expect(
    nearNames("cobranca maio", ["Vendas", "Cobrança junho", "Cobrança maio"]),
  ).toEqual(["Cobrança maio", "Cobrança junho", "Vendas"]);
});

it("the lines of at least the last 50,000 keys are remembered, and of no more than 100,000", () => {
  const lines = new RecentLines();
  for (let line = 0; line < 1_000_000; line++) lines.set(`key ${line}`, line);
  expect(lines.get("key 999999")).toBe(999_999);
  expect(lines.get("key 950000")).toBe(950_000);
  expect(lines.get("key 899999")).toBeUndefined();
});
