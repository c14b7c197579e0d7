/** One entry of a ZIP file, unpacked piece by piece, as fast as the pieces are read. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { PassThrough, type Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { damaged, type ZipEntry } from "./zip-directory.ts";

const chunkBytes = 64 * 1024;
const headerSignature = 0x04034b50;
const stored = 0;
const deflated = 8;

/**
 * @param onPacked receives how many packed bytes were read
 * @throws CommandError when method, size or checksum of the entry differ from the table of contents
 */
export async function* unpacked(
  path: string,
  entry: ZipEntry,
  onPacked: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const { packedBytes, unpackedBytes, method, isEncrypted } = entry;
  if (isEncrypted || (method !== stored && method !== deflated))
    throw damaged(path);
  if (unpackedBytes === 0) return;
  const start = await dataOf(path, entry);
  const end = start + Math.max(packedBytes, 1) - 1;
  const packed = createReadStream(path, {
    start,
    end,
    highWaterMark: chunkBytes,
  });
  packed.on("data", (chunk) => onPacked(chunk.length));
  const plain = method === stored ? new PassThrough() : createInflateRaw();
  const piped = pipeline(packed, plain).catch((error: unknown) => {
    plain.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    yield* checked(path, entry, plain);
  } finally {
    packed.destroy();
    plain.destroy();
    await piped;
  }
}

async function* checked(
  path: string,
  { unpackedBytes, crc32: expected }: ZipEntry,
  plain: Readable,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  let sum = 0;
  const pieces = plain[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    const piece = await pieces.next().catch((error: unknown) => {
      throw damaged(path, error);
    });
    if (piece.done === true) break;
    bytes += piece.value.length;
    if (bytes > unpackedBytes) throw damaged(path);
    sum = crc32(piece.value, sum);
    yield piece.value;
  }
  if (bytes !== unpackedBytes || sum !== expected) throw damaged(path);
}

/** Where the bytes of an entry begin: behind its own header, whose name and extra field may differ from the table's. */
async function dataOf(path: string, { at }: ZipEntry): Promise<number> {
  const handle = await open(path, "r");
  try {
    const header = Buffer.alloc(30);
    const { bytesRead } = await handle.read(header, 0, 30, at);
    if (bytesRead < 30 || header.readUInt32LE(0) !== headerSignature)
      throw damaged(path);
    return at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await handle.close();
  }
}
