/** What a workbook is made of: its sheets, its texts, and which of its cells are dates. */
import { posix } from "node:path";
import { isDateFormat } from "hucre";
import { CommandError } from "../command.ts";
import { readSharedStrings, type SharedStrings } from "./shared-strings.ts";
import { readXml, type XmlAttributes } from "./workbook-xml.ts";
import { damaged, zipEntries, type ZipEntry } from "./zip-directory.ts";

export interface Workbook {
  readonly path: string;
  readonly sheets: readonly WorkbookSheet[];
  readonly strings: SharedStrings;
  /** By a cell's style number. */
  readonly isDate: readonly boolean[];
  /** Days are counted from 1904, as old Macintoshes did. */
  readonly from1904: boolean;
}

export interface WorkbookSheet {
  readonly name: string;
  readonly hidden: boolean;
  readonly entry: ZipEntry;
}

/** Of the texts; sheets are read as they are unpacked and may be of any size. */
const maxTextsBytes = 128 * 1024 * 1024;
/** Of each of the other parts: names of sheets, styles. */
const maxPartBytes = 16 * 1024 * 1024;
/** The value in the table of contents where the true size does not fit (ZIP64). */
const beyondZip = 0xffff_ffff;

type Parts = ReadonlyMap<string, ZipEntry>;

/** @throws CommandError when it is damaged, or too large to be read */
export async function openWorkbook(path: string): Promise<Workbook> {
  const entries = await zipEntries(path);
  const parts: Parts = new Map(
    entries.map((entry) => [entry.name.toLowerCase(), entry]),
  );
  const root = await relationsOf(path, parts, "");
  const main =
    root.find(({ type }) => type === "officeDocument")?.target ??
    entries.find(({ name }) => /^xl\/workbook\d*\.xml$/i.test(name))?.name;
  const mainPart = partOf(parts, main);
  if (main === undefined || mainPart === null) throw damaged(path);
  const relations = await relationsOf(path, parts, main);
  const target = (type: string) =>
    partOf(parts, relations.find((one) => one.type === type)?.target);
  const texts = target("sharedStrings");
  if (texts !== null) checkSize(path, texts, maxTextsBytes);
  const { sheets, from1904 } = await readMain(path, mainPart);
  return {
    path,
    sheets: sheets.flatMap(({ id, ...sheet }) => {
      const found = relations.find((one) => one.id === id);
      if (found?.type !== "worksheet") return [];
      const entry = partOf(parts, found.target);
      if (entry === null) throw damaged(path);
      checkSize(path, entry, beyondZip - 1);
      return [{ ...sheet, entry }];
    }),
    strings: await readSharedStrings(path, texts),
    isDate: await readDateStyles(path, target("styles")),
    from1904,
  };
}

function partOf(parts: Parts, name: string | undefined): ZipEntry | null {
  return parts.get(name?.toLowerCase() ?? "") ?? null;
}

function checkSize(path: string, entry: ZipEntry, max: number): void {
  if (entry.unpackedBytes <= max) return;
  const mib = (size: number) => String(Math.round(size / 1024 / 1024));
  const { name, unpackedBytes } = entry;
  throw new CommandError("WORKBOOK_TOO_LARGE", {
    en: `${path} is too large: ${name} in it holds ${mib(unpackedBytes)} MiB when unpacked; at most ${mib(max)} MiB are read. Save it as "CSV UTF-8", which may be of any size`,
    "pt-BR": `${path} é grande demais: ${name} dentro dele tem ${mib(unpackedBytes)} MiB descompactado; são lidos no máximo ${mib(max)} MiB. Salve como "CSV UTF-8", que pode ter qualquer tamanho`,
  });
}

async function readPart(
  path: string,
  entry: ZipEntry,
  open: (name: string, attributes: XmlAttributes) => void,
): Promise<void> {
  checkSize(path, entry, maxPartBytes);
  await readXml(path, entry, { open });
}

interface Relation {
  readonly id: string;
  /** The last segment of its address. */
  readonly type: string;
  /** Name of the entry. */
  readonly target: string;
}

/** @param of name of a part; empty: of the whole file */
async function relationsOf(
  path: string,
  parts: Parts,
  of: string,
): Promise<readonly Relation[]> {
  const folder = posix.dirname(of);
  const entry = partOf(
    parts,
    posix.join(folder, "_rels", `${posix.basename(of)}.rels`),
  );
  const relations: Relation[] = [];
  if (entry === null) return relations;
  await readPart(path, entry, (name, { Id, Type, Target }) => {
    if (name !== "Relationship" || Target === undefined) return;
    relations.push({
      id: Id ?? "",
      type: Type?.split("/").at(-1) ?? "",
      target: Target.startsWith("/")
        ? Target.slice(1)
        : posix.join(folder, Target),
    });
  });
  return relations;
}

async function readMain(path: string, entry: ZipEntry) {
  const sheets: { name: string; hidden: boolean; id: string }[] = [];
  let from1904 = false;
  await readPart(path, entry, (tag, attributes) => {
    if (tag === "workbookPr")
      from1904 = /^(?:1|true)$/.test(attributes["date1904"] ?? "");
    if (tag !== "sheet") return;
    const idName = Object.keys(attributes).find((one) => one.endsWith(":id"));
    sheets.push({
      name: attributes["name"] ?? "",
      hidden: /^(?:hidden|veryHidden)$/.test(attributes["state"] ?? ""),
      id: attributes[idName ?? ""] ?? "",
    });
  });
  return { sheets, from1904 };
}

/** ECMA-376, 18.8.30: formats that are known by their number; 27 to 36 and 50 to 58 are East Asian dates. */
function isKnownDateFormat(id: number): boolean {
  return (
    (id >= 14 && id <= 22) ||
    (id >= 27 && id <= 36) ||
    (id >= 45 && id <= 47) ||
    (id >= 50 && id <= 58)
  );
}

async function readDateStyles(
  path: string,
  entry: ZipEntry | null,
): Promise<readonly boolean[]> {
  const isDate: boolean[] = [];
  if (entry === null) return isDate;
  const own = new Map<number, boolean>();
  let inCells = false;
  checkSize(path, entry, maxPartBytes);
  await readXml(path, entry, {
    open: (name, attributes) => {
      const id = Number(attributes["numFmtId"] ?? "0");
      if (name === "cellXfs") inCells = true;
      else if (name === "numFmt")
        own.set(id, isDateFormat(attributes["formatCode"] ?? ""));
      else if (name === "xf" && inCells)
        isDate.push(own.get(id) ?? isKnownDateFormat(id));
    },
    close: (name) => {
      if (name === "cellXfs") inCells = false;
    },
  });
  return isDate;
}
