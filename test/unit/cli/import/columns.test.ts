/** Which column of a file goes where, by its name and by what a person says. */
import { describe, expect, it } from "vitest";
import { describePlan, planColumns } from "../../../../cli/import/columns.ts";
import { prepareRow } from "../../../../cli/import/lead-rows.ts";
import type { ColumnOptions } from "../../../../cli/import/column-choices.ts";

const none: ColumnOptions = { phoneColumns: [], map: [] };

/** Names instead of positions. */
function plan(header: string, options: Partial<ColumnOptions> = {}) {
  const names = header.split(";");
  const { phones, fields, metadata } = planColumns(names, {
    ...none,
    ...options,
  });
  const name = (at: number | null) => (at === null ? null : names[at]);
  return {
    phones: phones.map(({ at, areaCode, countryCode, prefix }) =>
      [at, areaCode, countryCode, prefix]
        .map(name)
        .filter((one) => one !== null),
    ),
    fields: Object.fromEntries(
      Object.entries(fields).map(([field, at]) => [field, name(at)]),
    ),
    metadata: metadata.map(({ key }) => key),
  };
}

describe("telephone columns", () => {
  it.each([
    // HubSpot, Pipedrive, RD Station, Salesforce, VICIdial, Google Contacts (both forms), Outlook, advertising forms.
    [
      "Record ID;First Name;Last Name;Email;Phone Number;Mobile Phone Number;WhatsApp Phone Number;Fax Number",
      [["Phone Number"], ["Mobile Phone Number"], ["WhatsApp Phone Number"]],
    ],
    [
      "Person - Name;Person - Phone - Work;Person - Phone - Mobile;Person - Email - Work;Person - Organization",
      [["Person - Phone - Work"], ["Person - Phone - Mobile"]],
    ],
    ["Nome;Email;Telefone;Celular;Empresa", [["Telefone"], ["Celular"]]],
    [
      "Id;FirstName;LastName;Phone;MobilePhone;HomePhone;AssistantPhone;Fax",
      [["Phone"], ["MobilePhone"], ["HomePhone"]],
    ],
    [
      "vendor_lead_code;list_id;phone_code;phone_number;first_name;country_code;alt_phone;address3",
      [
        ["phone_number", "phone_code"],
        ["alt_phone", "phone_code"],
      ],
    ],
    [
      "Name;Given Name;Phone 1 - Type;Phone 1 - Value;Phone 2 - Type;Phone 2 - Value;E-mail 1 - Value",
      [["Phone 1 - Value"], ["Phone 2 - Value"]],
    ],
    [
      "First Name;Assistant's Phone;Business Fax;Business Phone;Business Phone 2;Company Main Phone;Home Phone;Mobile Phone;Other Phone;Pager;Primary Phone;TTY/TDD Phone",
      [
        ["Business Phone"],
        ["Business Phone 2"],
        ["Home Phone"],
        ["Mobile Phone"],
        ["Other Phone"],
        ["Primary Phone"],
      ],
    ],
    [
      "Primeiro Nome;Telefone Comercial;Telefone Residencial;Telefone Celular;Telefone do assistente",
      [["Telefone Comercial"], ["Telefone Residencial"], ["Telefone Celular"]],
    ],
    ["id;created_time;full_name;phone_number;email", [["phone_number"]]],
    // By hand.
    ["nome;DDD;Telefone", [["Telefone", "DDD"]]],
    [
      "ddd_1;telefone_1;ddd_2;telefone_2",
      [
        ["telefone_1", "ddd_1"],
        ["telefone_2", "ddd_2"],
      ],
    ],
    [
      "DDD1;FONE1;DDD2;FONE2;DDI",
      [
        ["FONE1", "DDD1", "DDI"],
        ["FONE2", "DDD2", "DDI"],
      ],
    ],
    [
      "telefone1;telefone2;ddd2;ddd1",
      [
        ["telefone1", "ddd1"],
        ["telefone2", "ddd2"],
      ],
    ],
    [
      "ddd;fone;ddd;celular",
      [
        ["fone", "ddd"],
        ["celular", "ddd"],
      ],
    ],
    [
      "ddd_res;fone_res;ddd_com;fone_com",
      [
        ["fone_res", "ddd_res"],
        ["fone_com", "ddd_com"],
      ],
    ],
    ["ddd_celular;celular", [["celular", "ddd_celular"]]],
    ["ddd_telefone_1;ddd_telefone_2", [["ddd_telefone_1"], ["ddd_telefone_2"]]],
    [
      "Telefone (com DDD);Celular/WhatsApp",
      [["Telefone (com DDD)"], ["Celular/WhatsApp"]],
    ],
    [
      "Nombre;Prefijo;Teléfono;Móvil",
      [
        ["Teléfono", "Prefijo"],
        ["Móvil", "Prefijo"],
      ],
    ],
    ["Nº de Teléfono;TELÉFONO MÓVIL", [["Nº de Teléfono"], ["TELÉFONO MÓVIL"]]],
    ["phone1;phone2;phone 3", [["phone1"], ["phone2"], ["phone 3"]]],
    ["Contact number", [["Contact number"]]],
    // Questions of a form.
    [
      "Carimbo de data/hora;Nome completo;Seu WhatsApp (com DDD);Aceita ligações?",
      [["Seu WhatsApp (com DDD)"]],
    ],
    [
      "Qual é o seu telefone?;Qual o melhor número para contato (celular com DDD)?",
      [
        ["Qual é o seu telefone?"],
        ["Qual o melhor número para contato (celular com DDD)?"],
      ],
    ],
    ["What is your phone number?", [["What is your phone number?"]]],
    ["Número de telemóvel", [["Número de telemóvel"]]],
    ["Tel. Cel.;Telefones", [["Tel. Cel."], ["Telefones"]]],
  ])("of %s", (header, phones) => {
    expect(plan(header).phones).toEqual(phones);
  });

  it.each([
    "nome;idade",
    "Phone Type;Phone Extension",
    "fax;Fax Number",
    "telefone_recado;telefone da empresa",
    "Número;Rua",
    "tipo de telefone",
    "Data do telefonema",
    "ddd;nome",
  ])("are none in %s, which is told with the columns found", (header) => {
    expect(() => plan(header)).toThrow(
      `found: ${header
        .split(";")
        .map((name) => `"${name}"`)
        .join(", ")}`,
    );
    expect(() => plan(header)).toThrow("--phone-column NAME");
  });

  it("are those of --phone-column, in its order; the others are metadata", () => {
    const chosen = plan("nome;telefone;celular;recado", {
      phoneColumns: ["Recado", "CELULAR"],
    });
    expect(chosen.phones).toEqual([["recado"], ["celular"]]);
    expect(chosen.metadata).toEqual(["telefone"]);
  });

  it("and other fields are those of --map", () => {
    const chosen = plan("A;B;C;D;E;codigo;segredo", {
      map: [
        "A=phone",
        "B=area_code",
        "C=first_name",
        "D=external_id",
        "E=phone",
        "codigo=metadata",
        "segredo=ignore",
      ],
    });
    expect(chosen).toEqual({
      phones: [
        ["A", "B"],
        ["E", "B"],
      ],
      fields: { firstName: "C", externalId: "D" },
      metadata: ["codigo"],
    });
  });

  it.each([
    [
      { phoneColumns: ["zap"] },
      /names the column "zap".*does not have; found: "fone", "fone", "nome"/,
    ],
    [{ phoneColumns: ["fone"] }, /2 columns are called so/],
    [{ map: ["nome"] }, /expected COLUMN=FIELD/],
    [{ map: ["nome=surname"] }, /FIELD is one of phone, country_code/],
    [
      { map: ["nome=first_name", "nome=first_name"] },
      /mapped to that field already/,
    ],
  ])("with %j are told to be wrong", (options, message) => {
    expect(() => plan("fone;fone;nome", options)).toThrow(message);
  });
});

it("other columns are known however they are typed, and what is left is metadata", () => {
  expect(
    plan(
      " TELEFONE ;Nome;Sobrenome;Código;Fuso-Horário;Prioridade;obs;;obs;rejected_reason",
    ),
  ).toEqual({
    phones: [[" TELEFONE "]],
    fields: {
      firstName: "Nome",
      lastName: "Sobrenome",
      externalId: "Código",
      timezone: "Fuso-Horário",
      priority: "Prioridade",
    },
    metadata: ["obs", "column_8", "obs_2"],
  });
  const described = planColumns(["celular", "telefone", "ddd", "nome", "obs"]);
  expect(describePlan(described)).toBe(
    "celular → phone, ddd → area_code, telefone → phone 2, nome → first_name; metadata: obs",
  );
});

describe("the numbers of a row", () => {
  const rules = {
    country: "BR",
    campaignTimezone: "America/Sao_Paulo",
    isTimezone: () => false,
  };
  const read = (header: string, row: string, country = "BR") => {
    const prepared = prepareRow(
      2,
      row.split(";"),
      planColumns(header.split(";")),
      {
        ...rules,
        country,
      },
    );
    if (!prepared.ok) return prepared.reason.code;
    const { e164, phones, metadata } = prepared.lead;
    return {
      numbers: [e164, ...phones.map((one) => one.e164)],
      kinds: phones.map(({ kind }) => kind),
      metadata,
      unread: prepared.unread.map(({ code }) => code),
    };
  };

  it("are the first that can be read, and further ones with what they are", () => {
    expect(read("Telefone;Celular;Recado", "1135550100;11987650001;x")).toEqual(
      {
        numbers: ["+551135550100", "+5511987650001"],
        kinds: ["Celular"],
        metadata: { Recado: "x" },
        unread: [],
      },
    );
  });

  it("leave out one that cannot be read, which stays in the metadata, and one that is there twice", () => {
    expect(
      read("Telefone;Celular;Fone", "3555-0100;11 98765-0001;+5511987650001"),
    ).toEqual({
      numbers: ["+5511987650001"],
      kinds: [],
      metadata: { Telefone: "3555-0100" },
      unread: ["NO_AREA_CODE"],
    });
  });

  it("are refused with the first reason when none can be read, or all are empty", () => {
    expect(read("Telefone;Celular", "3555-0100;123")).toBe("NO_AREA_CODE");
    expect(read("Telefone;Celular", ";")).toBe("EMPTY");
    expect(read("Telefone;Celular", "11987\u00006500;")).toBe("DAMAGED");
  });

  it.each([
    [
      "+55 11 98765-0001 ::: +55 11 3555-0100",
      ["+5511987650001", "+551135550100"],
    ],
    ["11 98765-0001 / 11 3555-0100", ["+5511987650001", "+551135550100"]],
    [
      "11 98765-0001, 11 3555-0100 ou 21 3555-0101",
      ["+5511987650001", "+551135550100", "+552135550101"],
    ],
  ])("in one cell are all taken when each is whole: %s", (cell, numbers) => {
    expect(read("telefone", cell)).toMatchObject({ numbers });
  });

  it.each(["11 3555-0100/01", "11 3555-0100 / 3555-0101", "11 3555-0100, 2"])(
    "in one cell are refused when one is not: %s",
    (cell) => {
      expect(read("telefone", cell)).toBe("SEVERAL_NUMBERS");
    },
  );

  it("of which one has its area code in a column, and another has one of its own", () => {
    expect(
      read("ddd;telefone;celular", "11;3555-0100;98765-0001"),
    ).toMatchObject({
      numbers: ["+551135550100", "+5511987650001"],
    });
    expect(
      read("ddd;telefone;celular", "11;3555-0100;(21) 98765-0001"),
    ).toMatchObject({
      numbers: ["+551135550100", "+5521987650001"],
    });
    expect(read("ddd;telefone", "11;(21) 98765-0001")).toBe("OTHER_AREA");
  });

  it.each([
    ["+34", "612345678", "AR", ["+34612345678"]],
    ["34", "612345678", "ES", ["+34612345678"]],
    ["011", "4555-0100", "AR", ["+541145550100"]],
    ["11", "4555-0100", "AR", ["+541145550100"]],
    ["55", "12345678", "MX", ["+525512345678"]],
  ])(
    "with prefijo %s and %s in %s are %j",
    (prefix, phone, country, numbers) => {
      expect(
        read("prefijo;teléfono", `${prefix};${phone}`, country),
      ).toMatchObject({ numbers });
    },
  );

  it("with a prefijo that may be of an area or of a country are refused", () => {
    // Area 55 of Mexico, or Brazil's code.
    expect(read("prefijo;teléfono", "55;1135550100", "BR")).not.toBe(
      "TWO_READINGS",
    );
    expect(read("prefijo;teléfono", "54;1145550100", "BR")).toMatchObject({
      numbers: ["+541145550100"],
    });
    expect(read("prefijo;teléfono", "51;987654321", "BR")).toBe("TWO_READINGS");
  });
});
