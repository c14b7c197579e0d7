import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openTable } from "../../../../cli/import/open-table.ts";
import type { TableOptions } from "../../../../cli/import/table.ts";
import type { TableRecord } from "../../../../cli/import/table-record.ts";

const folder = mkdtempSync(join(tmpdir(), "dialer-csv-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options: TableOptions = {
  delimiter: null,
  encoding: null,
  columns: null,
  sheet: null,
  phoneColumns: [],
  map: [],
};

async function read(
  content: string | Buffer,
  given: Partial<TableOptions> = {},
) {
  const path = join(folder, "file.csv");
  writeFileSync(path, content);
  // The headers below name no telephone: their first column stands for one.
  const phoneColumns = [content.toString().startsWith("x;y") ? "x" : "a"];
  const table = await openTable(path, { ...options, phoneColumns, ...given });
  const records: TableRecord[] = [];
  for (;;) {
    const one = await table.records.next();
    if (one === null) break;
    records.push(one);
  }
  const { header, delimiter, description } = table;
  const isWhole = table.bytesRead() === table.totalBytes;
  return { header, delimiter, records, isWhole, encoding: description.en };
}

const summary = (records: readonly TableRecord[]) =>
  records.map(({ ok, line, fields }) => [ok, line, ...fields]);

describe("records", () => {
  it.each([
    ["a,b\n1,2\n", ","],
    ["a;b\n1;2\n", ";"],
    ["a\tb\n1\t2\n", "\t"],
    ['a;"b,c,d,e"\n1;2\n', ";"],
    ["sep=;\na;b\n1;2\n", ";"],
    ["a\n1\n", ","],
  ])("tell their delimiter: %j", async (content, delimiter) => {
    const result = await read(content);
    expect(result.delimiter).toBe(delimiter);
    expect(result.records).toHaveLength(1);
    expect(result.records[0]).toMatchObject({ ok: true });
  });

  it.each(["\n", "\r\n", "\r"])(
    "end at %j, at the end of the file too, and keep their line numbers",
    async (end) => {
      const { records } = await read(
        ["a,b", "1,2", "", '"x', 'y",3', "4,5"].join(end),
      );
      expect(summary(records)).toEqual([
        [true, 2, "1", "2"],
        [true, 4, "x\ny", "3"],
        [true, 6, "4", "5"],
      ]);
    },
  );

  it("are lost one at a time: an open quote costs its own line only", async () => {
    const good = Array.from({ length: 300 }, (_, row) => `n${row},"v${row}"`);
    const { records } = await read(
      ["a,b", '"open,1', ...good, 'last,"open'].join("\n"),
    );
    expect(records.filter(({ ok }) => !ok).map(({ line }) => line)).toEqual([
      2, 303,
    ]);
    expect(records.filter(({ ok }) => ok)).toHaveLength(300);
  });

  it("an open quote followed by lines without any costs its own line only", async () => {
    const good = Array.from({ length: 300 }, (_, row) => `n${row},v${row}`);
    const { records } = await read(["a,b", '"open,1', ...good].join("\n"));
    expect(records.map(({ ok }) => ok)).toEqual([
      false,
      ...good.map(() => true),
    ]);
  });

  it("come out as they were written, whatever is in them", async () => {
    const cell = fc
      .string({
        unit: fc.constantFrom("a", "é", '"', ",", ";", "\n", " ", "ção", "😀"),
      })
      .map((text) => text.trim());
    const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const content = [
          "x;y;z",
          ...given.map((row) => row.map(quote).join(";")),
        ].join("\n");
        const { records } = await read(content);
        const expected = given.filter((row) => row.some((text) => text !== ""));
        expect(records.map(({ ok, fields }) => [ok, ...fields])).toEqual(
          expected.map((row) => [true, ...row]),
        );
      }),
      { numRuns: 150 },
    );
  });

  it("survive the borders of the blocks in which a file is read", async () => {
    const rows = Array.from({ length: 60_000 }, (_, row) => `é${row};ção`);
    const { records, isWhole, encoding } = await read(
      ["a;b", ...rows].join("\r\n"),
    );
    expect(isWhole).toBe(true);
    expect(encoding).toBe("utf-8, semicolon");
    expect(records.map(({ fields }) => fields.join(";"))).toEqual(rows);
  });
});

describe("text", () => {
  it("is Windows-1252 when one byte of it, however late, is no UTF-8", async () => {
    const late = Buffer.concat([
      Buffer.from(`a\n${"x\n".repeat(200_000)}`),
      Buffer.from([0xe3, 0x80]),
    ]);
    const { encoding, records } = await read(late);
    expect(encoding).toBe("windows-1252, comma");
    expect(records.at(-1)?.fields).toEqual(["ã€"]);
  });

  it("with a line longer than any CSV's has that line refused, and the others not", async () => {
    const { records } = await read(
      `a\n1\n${"x".repeat(3_500_000)}\n2\n${"y".repeat(1_500_000)}`,
    );
    expect(records.map(({ ok, line }) => [ok, line])).toEqual([
      [true, 2],
      [false, 3],
      [true, 4],
      [false, 5],
    ]);
    expect(records[1]).toMatchObject({ reason: { code: "TOO_LONG_LINE" } });
  });
});
