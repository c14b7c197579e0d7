import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  openCsv,
  RecordReader,
  type CsvRecord,
} from "../../../cli/import/csv-records.ts";
import { inspectTextFile, LineReader } from "../../../cli/import/text-lines.ts";

const folder = mkdtempSync(join(tmpdir(), "dialer-csv-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(content: string | Buffer) {
  const path = join(folder, "file.csv");
  writeFileSync(path, content);
  const file = await inspectTextFile(path, null);
  const lines = new LineReader(file);
  const { header, delimiter } = await openCsv(lines, null);
  const reader = new RecordReader(lines, delimiter, header.length);
  const records: CsvRecord[] = [];
  for (let one = await reader.next(); one; one = await reader.next())
    records.push(one);
  return { file, header, delimiter, records, bytesRead: lines.bytesRead };
}

const summary = (records: readonly CsvRecord[]) =>
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
    const { records, file, bytesRead } = await read(
      ["a;b", ...rows].join("\r\n"),
    );
    expect(bytesRead).toBe(file.bytes);
    expect(file.encoding).toBe("utf-8");
    expect(records.map(({ fields }) => fields.join(";"))).toEqual(rows);
  });
});

describe("text", () => {
  it("is Windows-1252 when one byte of it, however late, is no UTF-8", async () => {
    const late = Buffer.concat([
      Buffer.from(`a\n${"x\n".repeat(200_000)}`),
      Buffer.from([0xe3, 0x80]),
    ]);
    const { file, records } = await read(late);
    expect(file.encoding).toBe("windows-1252");
    expect(records.at(-1)?.fields).toEqual(["ã€"]);
  });

  it("with a line longer than any CSV's is refused by line number", async () => {
    await expect(read(`a\n1\n${"x".repeat(1_500_000)}`)).rejects.toThrow(
      /^line 3 of .* longer than a million/,
    );
  });
});
