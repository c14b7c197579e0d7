/** A text file (CSV and its kin) as a table. */
import { CommandError } from "../command.ts";
import type { Translated } from "../language.ts";
import {
  delimiters,
  mostFrequentDelimiter,
  RecordReader,
  type Delimiter,
} from "./csv-records.ts";
import {
  findHeader,
  headerMissing,
  rowsBeforeHeader,
  type Table,
  type TableOptions,
} from "./table.ts";
import { findEncoding } from "./text-encoding.ts";
import { LineReader, LinesInHand, type TextLine } from "./text-lines.ts";
import type { TableRecord } from "./table-record.ts";

/** Line Excel writes to tell itself the delimiter. */
const excelHint = /^"?sep=(.)"?$/i;

const delimiterNames: Readonly<Record<Delimiter, Translated>> = {
  ",": { en: "comma", "pt-BR": "vírgula" },
  ";": { en: "semicolon", "pt-BR": "ponto e vírgula" },
  "\t": { en: "tab", "pt-BR": "tabulação" },
  "|": { en: "bar", "pt-BR": "barra vertical" },
};

/** @throws CommandError when it holds no text, or no header can be found in it */
export async function openTextTable(
  path: string,
  bytes: number,
  options: TableOptions,
): Promise<Table> {
  const encoding = options.encoding ?? (await findEncoding(path));
  const lines = new LineReader({ path, bytes, encoding });
  try {
    const { header, delimiter } = await openHeader(lines, options);
    const name = delimiterNames[delimiter];
    return {
      description: {
        en: `${encoding}, ${name.en}`,
        "pt-BR": `${encoding}, ${name["pt-BR"]}`,
      },
      header,
      delimiter,
      records: new RecordReader(lines, delimiter, header.length),
      totalBytes: bytes,
      bytesRead: () => lines.bytesRead,
      close: () => lines.close(),
    };
  } catch (error) {
    await lines.close();
    throw error;
  }
}

interface Candidate {
  readonly record: TableRecord;
  readonly delimiter: Delimiter;
  /** What comes behind it. */
  readonly rest: readonly TextLine[];
}

async function openHeader(
  lines: LineReader,
  options: TableOptions,
): Promise<{
  readonly header: readonly string[];
  readonly delimiter: Delimiter;
}> {
  const first = await firstLines(lines);
  const hinted = excelHint.exec(first[0]?.text ?? "")?.[1];
  const hint = delimiters.find((one) => one === hinted) ?? null;
  const held = hinted === undefined ? first : first.slice(1);
  const [line] = held;
  if (line === undefined) throw empty();
  const wanted = options.delimiter ?? hint;
  if (options.columns !== null) {
    lines.putBack(held);
    const delimiter = wanted ?? mostFrequentDelimiter(line.text);
    return { header: options.columns, delimiter };
  }
  const candidates = await candidatesOf(held, wanted);
  const rows = candidates.map(({ record }) => (record.ok ? record.fields : []));
  const found = candidates[findHeader(rows, options)];
  if (found === undefined) throw noHeader(candidates);
  lines.putBack(found.rest);
  return { header: found.record.fields, delimiter: found.delimiter };
}

/** Each of the first lines as the header that it would be, by a delimiter of its own: a title has none. */
async function candidatesOf(
  held: readonly TextLine[],
  wanted: Delimiter | null,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const [at, line] of held.entries()) {
    if (line.text.trim() === "") continue;
    const delimiter = wanted ?? mostFrequentDelimiter(line.text);
    const source = new LinesInHand(held.slice(at));
    const record = await new RecordReader(source, delimiter, null).next();
    if (record !== null)
      candidates.push({ record, delimiter, rest: source.rest });
  }
  return candidates;
}

async function firstLines(lines: LineReader): Promise<readonly TextLine[]> {
  const held: TextLine[] = [];
  let filled = 0;
  while (filled < rowsBeforeHeader) {
    const line = await lines.next();
    if (line === null) break;
    const hasText = line.text.trim() !== "";
    if (hasText) filled += 1;
    if (hasText || filled > 0) held.push(line);
  }
  return held;
}

function noHeader(candidates: readonly Candidate[]): CommandError {
  const first = candidates[0]?.record;
  if (first === undefined) return empty();
  if (first.ok)
    return headerMissing(candidates.map(({ record }) => record.fields));
  const { line, reason } = first;
  return new CommandError("BAD_HEADER", {
    en: `line ${line}, the header, cannot be read: ${reason.text.en}`,
    "pt-BR": `a linha ${line}, o cabeçalho, não pode ser lida: ${reason.text["pt-BR"]}`,
  });
}

function empty(): CommandError {
  return new CommandError("EMPTY_FILE", {
    en: "the file holds no header line",
    "pt-BR": "o arquivo não tem linha de cabeçalho",
  });
}
