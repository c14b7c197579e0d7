/** The words that the glossary of the Portuguese pages rejects, and where they occur in a text. */
import { readFileSync } from "node:fs";

const page = new URL("../../docs/pt-BR/glossario.md", import.meta.url);

/** Accepted word → rejected words. */
export const rejectedWords: readonly (readonly [string, string])[] =
  readFileSync(page, "utf8")
    .split("\n")
    .filter((line) => /^\| [^-]/.test(line))
    .slice(1)
    .flatMap((line) => {
      const [, word = "", , , not = ""] = line.split("|");
      const others = [...not.matchAll(/`([^`]+)`/g)].map(
        ([, other = ""]) => other,
      );
      return others.map((other) => [other, word.trim()] as const);
    });

/** @returns one line for each: the word, and what to say instead */
export function rejectedIn(text: string): string[] {
  return rejectedWords.flatMap(([other, word]) =>
    [...text.matchAll(pattern(other))].map(
      ([said]) => `"${said}": say ${word}`,
    ),
  );
}

/** The word alone, in singular and plural; letters with accents belong to words. */
function pattern(word: string): RegExp {
  // PBX is PABX in Portuguese, but FreePBX is a name.
  const flags = word === word.toUpperCase() ? "gu" : "giu";
  return new RegExp(
    `(?<![\\p{L}\\d_-])${word}e?s?(?![\\p{L}\\d_-]|\\.\\w)`,
    flags,
  );
}
