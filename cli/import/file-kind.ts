/** The kind of a file by its first bytes, whatever its name: text, a workbook, or something that cannot be imported. */
import { open, stat } from "node:fs/promises";
import { CommandError } from "../command.ts";
import type { Translated } from "../language.ts";
import { zipNames } from "./zip-directory.ts";

export type FileKind = "text" | "workbook";

const headBytes = 64 * 1024;

/** @throws CommandError for a file that is none, is empty, or is of a kind that cannot be imported */
export async function fileKind(
  path: string,
): Promise<{ readonly kind: FileKind; readonly bytes: number }> {
  const bytes = await sizeOf(path);
  const head = await headOf(path);
  const begins = (...values: readonly number[]) =>
    values.every((byte, index) => head[index] === byte);
  if (begins(0x50, 0x4b, 0x03, 0x04)) {
    await checkWorkbook(path);
    return { kind: "workbook", bytes };
  }
  if (begins(0xd0, 0xcf, 0x11, 0xe0)) throw await oldOrEncrypted(path);
  const start = head.subarray(0, 512).toString("latin1");
  const other = otherKinds.find(([sign]) => sign.test(start));
  if (other !== undefined) throw notImported(path, other[1], other[2]);
  if (isBinary(head)) throw binary(path);
  return { kind: "text", bytes };
}

const saveAs: Translated = {
  en: 'open it in a spreadsheet program and save it as .xlsx or as "CSV UTF-8"',
  "pt-BR":
    'abra-o num programa de planilhas e salve como .xlsx ou como "CSV UTF-8"',
};
const unpack: Translated = {
  en: "unpack it and import what is in it",
  "pt-BR": "descompacte-o e importe o que há dentro",
};
const exportCsv: Translated = {
  en: "export the list as CSV or XLSX",
  "pt-BR": "exporte a lista como CSV ou XLSX",
};

/** By their first bytes, read as Latin 1. */
const otherKinds: readonly (readonly [RegExp, Translated, Translated])[] = [
  [
    /^\x1f\x8b/,
    { en: "an archive (gzip)", "pt-BR": "um arquivo compactado (gzip)" },
    unpack,
  ],
  [
    /^(?:Rar!|7z\xbc\xaf)/,
    { en: "an archive", "pt-BR": "um arquivo compactado" },
    unpack,
  ],
  [/^%PDF/, { en: "a PDF document", "pt-BR": "um documento PDF" }, exportCsv],
  [
    /^(?:\xef\xbb\xbf)?\s*BEGIN:VCARD/i,
    { en: "a list of vCards", "pt-BR": "uma lista de vCards" },
    exportCsv,
  ],
  [
    /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*>[^]*(?:mso-application|urn:schemas-microsoft-com:office:spreadsheet)/i,
    {
      en: "an XML spreadsheet (Excel 2003)",
      "pt-BR": "uma planilha XML (Excel 2003)",
    },
    saveAs,
  ],
  [
    /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|meta|table|style)\b/i,
    {
      en: "a web page (some programs give it the name of an Excel file)",
      "pt-BR":
        "uma página web (há programas que a salvam com nome de planilha Excel)",
    },
    saveAs,
  ],
  [
    /^(?:\xef\xbb\xbf)?\s*[[{]\s*["{[]/,
    { en: "a JSON file", "pt-BR": "um arquivo JSON" },
    exportCsv,
  ],
];

function notImported(
  path: string,
  what: Translated,
  advice: Translated,
): CommandError {
  return new CommandError("NOT_A_LIST", {
    en: `${path} is ${what.en}, not a CSV file or an .xlsx workbook; ${advice.en}`,
    "pt-BR": `${path} é ${what["pt-BR"]}, não um CSV nem uma planilha .xlsx; ${advice["pt-BR"]}`,
  });
}

function binary(path: string): CommandError {
  return new CommandError("NOT_TEXT", {
    en: `${path} is not a text file; a CSV file or an .xlsx workbook is expected`,
    "pt-BR": `${path} não é um arquivo de texto; é esperado um CSV ou uma planilha .xlsx`,
  });
}

/** In a list a zero byte or two may have strayed; a picture or a program is full of control characters. */
function isBinary(head: Buffer): boolean {
  if (looksLikeUtf16(head) !== null) return false;
  const control = head.filter(
    (byte) => byte < 0x20 && !allowedControls.has(byte),
  ).length;
  return control > 3 && control * 20 > head.length;
}

/** Tab, line ends, form feed, the end mark of DOS, escape. */
const allowedControls: ReadonlySet<number> = new Set([
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1a, 0x1b,
]);

/** By mark, or by the zero bytes that every second byte of Latin text then is; null: not UTF-16. */
export function looksLikeUtf16(head: Buffer): "utf-16le" | "utf-16be" | null {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const pairs = Math.floor(head.length / 2);
  if (pairs < 2) return null;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < pairs; at++) {
    if (head[2 * at] === 0) even += 1;
    if (head[2 * at + 1] === 0) odd += 1;
  }
  if (odd > pairs / 2 && even < pairs / 20) return "utf-16le";
  return even > pairs / 2 && odd < pairs / 20 ? "utf-16be" : null;
}

async function sizeOf(path: string): Promise<number> {
  const facts = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new CommandError("NO_FILE", {
        en: `there is no file ${path}`,
        "pt-BR": `não há arquivo ${path}`,
      });
    }
    throw error;
  });
  if (!facts.isFile()) {
    throw new CommandError("NO_FILE", {
      en: `${path} is not a file`,
      "pt-BR": `${path} não é um arquivo`,
    });
  }
  if (facts.size === 0) {
    throw new CommandError("EMPTY_FILE", {
      en: `${path} is empty`,
      "pt-BR": `${path} está vazio`,
    });
  }
  return facts.size;
}

export async function headOf(path: string): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const buffer = Buffer.alloc(headBytes);
    const { bytesRead } = await handle.read(buffer, 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** An old .xls, or a new workbook behind a password: both are such containers. */
async function oldOrEncrypted(path: string): Promise<CommandError> {
  const encryptedPackage = Buffer.from("EncryptedPackage", "utf16le");
  const handle = await open(path, "r");
  try {
    let rest = Buffer.alloc(0);
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      const data = Buffer.concat([rest, chunk as Buffer]);
      if (data.includes(encryptedPackage)) return passwordProtected(path);
      rest = data.subarray(-encryptedPackage.length);
    }
  } finally {
    await handle.close();
  }
  return notImported(
    path,
    {
      en: "an old Excel workbook (.xls) or another old Office document",
      "pt-BR":
        "uma planilha antiga do Excel (.xls) ou outro documento antigo do Office",
    },
    saveAs,
  );
}

function passwordProtected(path: string): CommandError {
  return new CommandError("ENCRYPTED", {
    en: `${path} is protected by a password; open it, take the password off (File, Info, Protect Workbook) and save it`,
    "pt-BR": `${path} está protegido por senha; abra-o, tire a senha (Arquivo, Informações, Proteger Pasta de Trabalho) e salve`,
  });
}

async function checkWorkbook(path: string): Promise<void> {
  const names = await zipNames(path);
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/^xl\/workbook\d*\.xml$/i)) return;
  if (has(/^content\.xml$/)) {
    throw notImported(
      path,
      {
        en: "an OpenDocument workbook (.ods)",
        "pt-BR": "uma planilha OpenDocument (.ods)",
      },
      saveAs,
    );
  }
  if (has(/^xl\/.*\.bin$/i)) {
    throw notImported(
      path,
      {
        en: "a binary workbook (.xlsb)",
        "pt-BR": "uma planilha binária (.xlsb)",
      },
      saveAs,
    );
  }
  if (has(/^Index\/.*\.iwa$/)) {
    throw notImported(
      path,
      { en: "a Numbers workbook", "pt-BR": "uma planilha do Numbers" },
      saveAs,
    );
  }
  throw notImported(
    path,
    { en: "an archive", "pt-BR": "um arquivo compactado" },
    unpack,
  );
}
