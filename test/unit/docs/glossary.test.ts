/** One word for each thing in Portuguese: those that the glossary turns down are on no page and in no text of ours. */
import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rejectedIn, rejectedWords } from "../../support/glossary.ts";
import { looksPortuguese } from "../../support/languages.ts";
import { textsIn } from "../../support/source-texts.ts";

const root = new URL("../../../", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), "utf8");
const glossary = "docs/pt-BR/glossario.md";

const pages = globSync(
  ["README.pt-BR.md", "docs/pt-BR/*.md", "docs/*/LEIAME.pt-BR.md"],
  { cwd: root },
).filter((name) => name !== glossary);

/** What people read: no code, no addresses of links. */
function prose(text: string): string {
  return (
    text
      .replaceAll(/^```[\s\S]*?^```/gm, "")
      .replaceAll(/`[^`]*`|\{\w+\}/g, "")
      .replaceAll(/\]\([^)]*\)/g, "]")
      .replaceAll(/<!--[\s\S]*?-->/g, "")
      // Names of buttons in other programs: Dashboards → New → Import.
      .replaceAll(/[^\s|:(]+ → [^|\n.]*/g, "")
  );
}

it("has words to turn down, and pages to look at", () => {
  expect(rejectedWords.length).toBeGreaterThan(10);
  expect(pages.length).toBeGreaterThan(5);
});

it.each(pages)("%s has one word for each thing", (page) => {
  expect(rejectedIn(prose(read(page)))).toEqual([]);
});

it("the texts of commands and wallboard have the same words", () => {
  const texts = textsIn(["cli/**/*.ts", "wallboard/page/text-pt.js"]).filter(
    ({ text }) => looksPortuguese(text),
  );
  expect(texts.length).toBeGreaterThan(400);
  const found = texts.flatMap(({ file, text }) =>
    rejectedIn(prose(text)).map((one) => `${file}: ${one} (${text})`),
  );
  expect(found).toEqual([]);
});
