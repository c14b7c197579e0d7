/** What an .xlsx workbook may become in memory is known before it is unpacked. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeXlsx } from "hucre";
import { afterAll, describe, expect, it } from "vitest";
import { openTable } from "../../../../cli/import/open-table.ts";
import type { TableOptions } from "../../../../cli/import/table.ts";
import { cellText } from "../../../../cli/import/workbook-cells.ts";
import type { TableRecord } from "../../../../cli/import/table-record.ts";

const folder = mkdtempSync(join(tmpdir(), "dialer-xlsx-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options: TableOptions = {
  delimiter: null,
  encoding: null,
  columns: null,
  sheet: null,
  phoneColumns: [],
  map: [],
};

async function read(content: Uint8Array, given: Partial<TableOptions> = {}) {
  const path = join(folder, "file.xlsx");
  writeFileSync(path, content);
  const table = await openTable(path, { ...options, ...given });
  const records: TableRecord[] = [];
  try {
    for (;;) {
      const one = await table.records.next();
      if (one === null) break;
      records.push(one);
    }
  } finally {
    await table.close();
  }
  return { header: table.header, records };
}

async function workbook(
  rows: readonly (readonly string[])[],
  stringMode: "inline" | "shared" = "inline",
): Promise<Buffer> {
  const sheets = [{ name: "A", rows: rows.map((row) => [...row]) }];
  return Buffer.from(await writeXlsx({ sheets, stringMode }));
}

/** The unpacked size that the table of contents gives for an entry. */
function withSize(file: Buffer, entry: RegExp, size: number): Buffer {
  const changed = Buffer.from(file);
  const signature = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
  let at = changed.indexOf(signature);
  while (at !== -1) {
    const name = changed.toString(
      "utf8",
      at + 46,
      at + 46 + changed.readUInt16LE(at + 28),
    );
    if (entry.test(name)) changed.writeUInt32LE(size, at + 24);
    at = changed.indexOf(signature, at + 4);
  }
  return changed;
}

describe("a workbook", () => {
  it("whose texts unpack to more than the limit is refused, with what to do, before they are unpacked", async () => {
    const file = withSize(
      await workbook([["telefone"], ["1"]], "shared"),
      /sharedStrings/,
      200 * 1024 * 1024,
    );
    await expect(read(file)).rejects.toThrow(
      /sharedStrings.xml in it holds 200 MiB when unpacked; at most 128 MiB .* Save it as "CSV UTF-8"/,
    );
  });

  it("with more different texts than are kept in memory is refused, with what to do", async () => {
    const texts = Array.from({ length: 1_600 }, (_, nth) => [
      `${String(nth)} `.repeat(8_000).slice(0, 32_000),
    ]);
    const file = await workbook([["telefone"], ...texts], "shared");
    await expect(read(file)).rejects.toThrow(
      /more than 48 MiB of different texts.* Save it as "CSV UTF-8"/,
    );
  });

  it.each([/sheet1/, /sharedStrings/])(
    "whose part %s says that it is longer than it is is refused as damaged",
    async (part) => {
      const file = withSize(
        await workbook([["telefone"], ["1"]], "shared"),
        part,
        1024 * 1024,
      );
      await expect(read(file)).rejects.toThrow(/is damaged or not complete/);
    },
  );

  it("with a byte changed is refused as damaged, never read as something else", async () => {
    const rows = Array.from({ length: 500 }, (_, nth) => [
      `11 9876${String(50_000 + nth).slice(1)}`,
    ]);
    const file = await workbook([["telefone"], ...rows]);
    const start = file.indexOf("xl/worksheets/sheet1.xml");
    for (const offset of [300, 700, 1_100]) {
      const broken = Buffer.from(file);
      const at = start + offset;
      broken[at] = (broken[at] ?? 0) ^ 0x10;
      await expect(read(broken)).rejects.toThrow(/is damaged or not complete/);
    }
  });

  it("is read no faster than its rows are taken", async () => {
    const rows = Array.from({ length: 20_000 }, (_, nth) => [
      `11 98765-${String(nth)}`,
      String(Math.sin(nth)),
    ]);
    const path = join(folder, "long.xlsx");
    writeFileSync(path, await workbook([["telefone", "nota"], ...rows]));
    const table = await openTable(path, options);
    for (let taken = 0; taken < 100; taken += 1) await table.records.next();
    expect(table.bytesRead()).toBeGreaterThan(0);
    expect(table.bytesRead()).toBeLessThan(table.totalBytes / 2);
    while ((await table.records.next()) !== null);
    expect(table.bytesRead()).toBe(table.totalBytes);
    await table.close();
  });

  it("whose sheet is larger than it says is refused as damaged, not unpacked", async () => {
    const rows = Array.from({ length: 50_000 }, () => ["1".repeat(50)]);
    const bomb = withSize(
      await workbook([["telefone"], ...rows]),
      /sheet1/,
      10_000,
    );
    await expect(read(bomb)).rejects.toThrow(/is damaged or not complete/);
  });

  it("is read to its end by rows of the header's width, empty ones left out, with the line of the sheet", async () => {
    const file = await workbook([
      ["Contatos", ""],
      [],
      ["nome", "telefone", "cidade"],
      ["Ana", "11 3555-0100"],
      ["", "", ""],
      ["Bia", "11 3555-0101", "Osasco", "", ""],
      ["Caio", "11 3555-0102", "Osasco", "x"],
    ]);
    const { header, records } = await read(file);
    expect(header).toEqual(["nome", "telefone", "cidade"]);
    expect(records).toMatchObject([
      { ok: true, line: 4, fields: ["Ana", "11 3555-0100", ""] },
      { ok: true, line: 6, fields: ["Bia", "11 3555-0101", "Osasco"] },
      { ok: false, line: 7, reason: { code: "COLUMNS" } },
    ]);
  });

  it("without a header takes --columns; an unknown sheet is reported with those that exist", async () => {
    const file = await workbook([["Ana", "11 3555-0100"]]);
    await expect(read(file)).rejects.toThrow(/no header.*Name its 2 columns/);
    const { records } = await read(file, { columns: ["nome", "telefone"] });
    expect(records).toMatchObject([
      { line: 1, fields: ["Ana", "11 3555-0100"] },
    ]);
    await expect(read(file, { sheet: "B" })).rejects.toThrow(
      'there is no sheet "B"; the workbook has: "A"',
    );
  });
});

it.each([
  [11987654321, "11987654321"],
  [1.1987654321e10, "11987654321"],
  [5511987654321, "5511987654321"],
  [1.5, "1.5"],
  [1234567890123456, "1.234567890123456e+15"],
  [true, "true"],
  [new Date("1990-05-17T00:00:00Z"), "1990-05-17"],
  [new Date("1990-05-17T10:30:00Z"), "1990-05-17 10:30:00"],
  [new Date(Number.NaN), ""],
  [" Ana ", "Ana"],
  [null, ""],
])("a cell with %s is the text %j", (value, text) => {
  expect(cellText(value)).toBe(text);
});
