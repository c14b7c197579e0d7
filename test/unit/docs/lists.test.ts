/** The page on lists, in both languages: the same commands, and only options that the import has. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { usage } from "../../../cli/import/usage.ts";
import { readBlocks } from "../../support/page-blocks.ts";

const pages = ["docs/lists.md", "docs/pt-BR/listas.md"] as const;
const read = (name: string) =>
  readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");

it("both languages show the same commands", async () => {
  const [english, portuguese] = await Promise.all(pages.map(readBlocks));
  const texts = (blocks: typeof english) => blocks?.map(({ text }) => text);
  expect(texts(portuguese)).toEqual(texts(english));
  expect(english?.length).toBeGreaterThan(0);
});

it.each(pages)("%s names only options that there are", (page) => {
  const options = read(page).match(/--[a-z][a-z-]+/g) ?? [];
  expect(options.length).toBeGreaterThan(10);
  const known = [...(usage.en.match(/--[a-z][a-z-]+/g) ?? []), "--help"];
  expect(known).toEqual(expect.arrayContaining(options));
});
