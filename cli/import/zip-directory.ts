/**
 * The table of contents of a ZIP file: names, sizes and places, without unpacking anything.
 *
 * No entry is unpacked beyond the size that stands here (`zip-entry.ts`); so what a part may become in memory is known,
 * and refused, before.
 */
import { open } from "node:fs/promises";
import { CommandError } from "../command.ts";

export interface ZipEntry {
  readonly name: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc32: number;
  readonly isEncrypted: boolean;
  /** Of its own header in the file. */
  readonly at: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
/** The end record and the longest comment behind it. */
const endBytes = 22 + 0xffff;
/** Of a workbook some dozens are usual. */
const maxDirectoryBytes = 4 * 1024 * 1024;

export async function zipNames(path: string): Promise<readonly string[]> {
  return (await zipEntries(path)).map(({ name }) => name);
}

/** @throws CommandError for a file whose table cannot be read */
export async function zipEntries(path: string): Promise<readonly ZipEntry[]> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const read = async (from: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await handle.read(buffer, 0, length, from);
      return buffer.subarray(0, bytesRead);
    };
    const tailFrom = Math.max(0, size - endBytes);
    const tail = await read(tailFrom, size - tailFrom);
    const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    if (at === -1 || at + 22 > tail.length) throw damaged(path);
    if (tail.readUInt32LE(at) !== endSignature) throw damaged(path);
    const bytes = tail.readUInt32LE(at + 12);
    const from = tail.readUInt32LE(at + 16);
    if (bytes > maxDirectoryBytes || from + bytes > size) throw damaged(path);
    return entriesOf(await read(from, bytes));
  } finally {
    await handle.close();
  }
}

function entriesOf(directory: Buffer): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (
    at + 46 <= directory.length &&
    directory.readUInt32LE(at) === entrySignature
  ) {
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraBytes = directory.readUInt16LE(at + 30);
    const commentBytes = directory.readUInt16LE(at + 32);
    entries.push({
      name: directory.toString("utf8", at + 46, at + 46 + nameBytes),
      isEncrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
      method: directory.readUInt16LE(at + 10),
      crc32: directory.readUInt32LE(at + 16),
      packedBytes: directory.readUInt32LE(at + 20),
      unpackedBytes: directory.readUInt32LE(at + 24),
      at: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return entries;
}

export function damaged(path: string, cause?: unknown): CommandError {
  return new CommandError(
    "DAMAGED_WORKBOOK",
    {
      en: `${path} is damaged or not complete, and cannot be unpacked; open it in a spreadsheet program and save it again`,
      "pt-BR": `${path} está danificado ou incompleto, e não pode ser descompactado; abra-o num programa de planilhas e salve de novo`,
    },
    cause === undefined ? {} : { cause },
  );
}
