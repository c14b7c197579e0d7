/**
 * Which single-byte encoding a text is written in: Windows-1252 (Excel), MacRoman (old Macintoshes) or CP850 (DOS, and
 * programs that still export as it did). Each byte above ASCII is read in all three, beside its neighbours, and the one
 * that makes more words of Portuguese and Spanish is taken. Digits are the same in all of them, so no number depends on
 * it.
 */

export type TextEncoding =
  "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | "macintosh" | "cp850";

type OneByteEncoding = Extract<
  TextEncoding,
  "windows-1252" | "macintosh" | "cp850"
>;

/** 0x80 to 0xff in CP850, which TextDecoder does not know. */
const cp850 = [
  "ÇüéâäàåçêëèïîìÄÅ",
  "ÉæÆôöòûùÿÖÜø£Ø×ƒ",
  "áíóúñÑªº¿®¬½¼¡«»",
  "░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐",
  "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤",
  "ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀",
  "ÓßÔÒõÕµþÞÚÛÙýÝ¯´",
  "\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0",
].join("");

/** A decoder whose interface is the part of TextDecoder's that is used. */
export class Cp850Decoder {
  decode(bytes: Uint8Array = new Uint8Array()): string {
    return Buffer.from(bytes)
      .toString("latin1")
      .replace(/[\x80-\xff]/g, (sign) => cp850[sign.charCodeAt(0) - 128] ?? "");
  }
}

/** What stands beside a byte: nothing that matters, a digit, a letter of ASCII, or another byte above ASCII. */
const kinds = {
  other: 0,
  digit: 1,
  lowerVowel: 2,
  lower: 3,
  upperVowel: 4,
  upper: 5,
  high: 6,
} as const;
const kindCount = 7;

const kindOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  const sign = String.fromCharCode(byte);
  if (byte >= 128) return kinds.high;
  if (/[aeiou]/.test(sign)) return kinds.lowerVowel;
  if (/[a-z]/.test(sign)) return kinds.lower;
  if (/[AEIOU]/.test(sign)) return kinds.upperVowel;
  if (/[A-Z]/.test(sign)) return kinds.upper;
  return /\d/.test(sign) ? kinds.digit : kinds.other;
});

const lineEnd = 0x0a;

/** How often each byte above ASCII stood between which neighbours, over a whole file. */
export class ByteNeighbours {
  readonly #counts = new Float64Array(128 * kindCount * kindCount);
  #before = lineEnd;
  #last = lineEnd;

  /** @param chunk the next piece of the file */
  add(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.#last >= 128) this.#count(byte);
      this.#before = this.#last;
      this.#last = byte;
    }
  }

  /** The last byte, whose neighbour behind is known now. */
  #count(behind: number): void {
    const kinds =
      (kindOf[this.#before] ?? 0) * kindCount + (kindOf[behind] ?? 0);
    const place = (this.#last - 128) * kindCount ** 2 + kinds;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  /** Windows-1252 unless another makes more sense; CP850 before MacRoman, of which there are fewer. */
  bestEncoding(): OneByteEncoding {
    this.add(Uint8Array.of(lineEnd));
    const windows = this.#sense("windows-1252");
    const dos = this.#sense("cp850");
    const macintosh = this.#sense("macintosh");
    if (windows >= dos && windows >= macintosh) return "windows-1252";
    return dos >= macintosh ? "cp850" : "macintosh";
  }

  #sense(encoding: OneByteEncoding): number {
    const signs = signsOf(encoding);
    let sum = 0;
    for (const [place, count] of this.#counts.entries()) {
      if (count === 0) continue;
      const behind = place % kindCount;
      const before = Math.floor(place / kindCount) % kindCount;
      const sign = signs[Math.floor(place / kindCount ** 2)] ?? "";
      sum += count * senseOf(sign, before, behind);
    }
    return sum;
  }
}

function signsOf(encoding: OneByteEncoding): readonly string[] {
  const decoder =
    encoding === "cp850" ? new Cp850Decoder() : new TextDecoder(encoding);
  return Array.from({ length: 128 }, (_, at) =>
    decoder.decode(Uint8Array.of(at + 128)),
  );
}

const isUpper = (kind: number) =>
  kind === kinds.upper || kind === kinds.upperVowel;
const isLower = (kind: number) =>
  kind === kinds.lower || kind === kinds.lowerVowel;
const isVowel = (kind: number) =>
  kind === kinds.lowerVowel || kind === kinds.upperVowel;
const isLetter = (kind: number) => isUpper(kind) || isLower(kind);

/** 0 no word has this, 1 it may be, 2 as words and texts are written. */
function senseOf(sign: string, before: number, behind: number): number {
  if (/[áéíóúâêôãõàüçñ]/.test(sign)) return senseOfLower(sign, before, behind);
  if (/[ÁÉÍÓÚÂÊÔÃÕÀÜÇÑ]/.test(sign)) return senseOfUpper(sign, before, behind);
  const isInside = isLetter(before) && isLetter(behind);
  if (/[ªº°]/.test(sign))
    return before === kinds.other || isLetter(behind) ? 0 : 2;
  // D’Ávila; a space that is no line's end, before a name or a number.
  if (sign === "’") return isInside || behind === kinds.high ? 2 : 1;
  if (sign === "\u00a0") return isLower(before) && isLower(behind) ? 1 : 2;
  return /[‘“”–—…€¿¡«»]/.test(sign) && !isInside ? 1 : 0;
}

function senseOfLower(sign: string, before: number, behind: number): number {
  if (before === kinds.digit || behind === kinds.digit) return 0;
  if (isUpper(behind)) return 0;
  if (isUpper(before) && !isLower(behind)) return 1;
  if (/[çñ]/.test(sign))
    return isVowel(behind) || behind === kinds.high ? 2 : 0;
  return fitsVowels(sign, before, behind) ? 2 : 1;
}

function senseOfUpper(sign: string, before: number, behind: number): number {
  if (before === kinds.digit || behind === kinds.digit) return 0;
  // Ângela, ÂNGELA: at the beginning anything may follow; inside a word all are capitals.
  if (isLower(before)) return 0;
  if (isLetter(before) && isLower(behind)) return 0;
  if (isUpper(before) && !isUpper(behind) && behind !== kinds.high) return 1;
  if (/[ÇÑ]/.test(sign))
    return isVowel(behind) || behind === kinds.high ? 2 : 0;
  return fitsVowels(sign.toLowerCase(), before, behind) ? 2 : 1;
}

/** Of two vowels beside each other one is rarely á or â: João, Luís and María are names, Joâo is none. */
function fitsVowels(sign: string, before: number, behind: number): boolean {
  if (/[íúé]/.test(sign)) return true;
  if (/[ãõ]/.test(sign)) return !isVowel(before);
  return !isVowel(behind) && (/[óü]/.test(sign) || !isVowel(before));
}
