/** In which encoding names were written is found by the words that come of it. People are fictitious. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ByteNeighbours,
  Cp850Decoder,
} from "../../../../cli/import/one-byte-encodings.ts";

const encodings = ["windows-1252", "cp850", "macintosh"] as const;
type Encoding = (typeof encodings)[number];

const names =
  "João José Antônio Antônia Luís Luísa Conceição Assunção Araújo Gonçalves Mendonça França Brandão Leão Falcão Simão Sebastião Inês Otávio Flávia Flávio Fábio Fabrício Patrícia Letícia Lúcia Lúcio Mônica Verônica Angélica Érica Édson Álvaro Ângela Ítalo Óscar Ésquilo Vinícius Márcia Márcio Sérgio Rogério Cláudia Cláudio Júlia Júlio Otília Cecília Emília Natália Amália Rosália Débora Bárbara Íris Taís Laís Thaís Aída Saúl Raúl Raquel Simões Magalhães Guimarães Camões Muñoz Núñez Ibáñez Peña Begoña Iñaki Agüero Müller Sofía María Jesús Hernández Gómez Pérez López Rodríguez Martínez Zé Sá Vitória Goiânia Brasília Cuiabá Maceió Belém Macapá Paraná Niterói Ribeirão Uberlândia Maringá Cascavel Avenida São Praça Estação"
    .split(" ")
    .filter((name) => /[^\0-\x7f]/.test(name));

/** The byte of each sign in an encoding. */
function bytesOf(encoding: Encoding): ReadonlyMap<string, number> {
  const decoder =
    encoding === "cp850" ? new Cp850Decoder() : new TextDecoder(encoding);
  return new Map(
    Array.from({ length: 256 }, (_, byte) => [
      byte < 128
        ? String.fromCharCode(byte)
        : decoder.decode(Uint8Array.of(byte)),
      byte,
    ]),
  );
}
const tables = new Map(encodings.map((one) => [one, bytesOf(one)]));

function written(text: string, encoding: Encoding): Uint8Array {
  return Uint8Array.from(text, (sign) => {
    const byte = tables.get(encoding)?.get(sign);
    if (byte === undefined) throw new Error(`${encoding} has no ${sign}`);
    return byte;
  });
}

function encodingOf(...chunks: readonly Uint8Array[]): string {
  const neighbours = new ByteNeighbours();
  for (const chunk of chunks) neighbours.add(chunk);
  return neighbours.bestEncoding();
}

const styles = {
  "as names are written": (name: string) => name,
  "in capitals": (name: string) => name.toUpperCase(),
  "in small letters": (name: string) => name.toLowerCase(),
};

describe.each(encodings)("%s", (encoding) => {
  it.each(Object.entries(styles))(
    "is found by any eight names %s",
    (_, style) => {
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.constantFrom(...names), {
            minLength: 8,
            maxLength: 20,
          }),
          (some) => {
            const text = some
              .map(
                (name, at) => `${style(name)};11 9876${String(5000 + at)}\r\n`,
              )
              .join("");
            expect(encodingOf(written(text, encoding)), text).toBe(encoding);
          },
        ),
        { numRuns: 300 },
      );
    },
  );
});

it("a single name of Windows-1252, the commonest, is read as that", () => {
  const all = names.flatMap((name) =>
    Object.values(styles).map((style) => style(name)),
  );
  const wrong = all.filter(
    (name) =>
      encodingOf(written(`${name};11 98765-0001\r\n`, "windows-1252")) !==
      "windows-1252",
  );
  expect(wrong).toEqual([]);
});

it.each([
  "D\u2019\u00c1vila;1\u00ba andar\r\n",
  "Maria\u00a0Silva;11\u00a098765-0001\r\n",
  "tel\u00a0(11)\u00a098765-0001\r\n",
  "\u201cMana\u201d Silva \u2013 \u20ac\r\n",
])("signs of Windows-1252 are no letters of another: %j", (text) => {
  expect(encodingOf(written(text, "windows-1252"))).toBe("windows-1252");
});

it("pieces of a file are looked at as one", () => {
  const whole = written("Conceição;JOÃO;Antônio", "cp850");
  const pieces = [...whole].map((byte) => Uint8Array.of(byte));
  expect(encodingOf(...pieces)).toBe("cp850");
});

it("CP850 is decoded to its letters, ASCII as it is", () => {
  const text = "11 98765-0001;João Conceição;ÁRVORE;½³²¹";
  expect(new Cp850Decoder().decode(written(text, "cp850"))).toBe(text);
  expect(new Cp850Decoder().decode()).toBe("");
});
