/** Every statement of the wallboard's page is run, in the order of the page, in both languages. */
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import { readBlocks } from "../../support/page-blocks.ts";
import { isSql, run } from "./run-block.ts";

const pages = ["docs/wallboard.md", "docs/pt-BR/painel.md"] as const;

describe.each(pages)("%s", (page) => {
  it("makes displays, lists them and takes one back", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const blocks = (await readBlocks(page)).filter(isSql);
    const results = [];
    for (const block of blocks) results.push(await run(database, block));
    const [made, , listed, revoked] = results;
    expect(made).toEqual([
      expect.objectContaining({
        token: expect.stringMatching(/^display_[0-9a-f]{64}$/) as string,
      }),
    ]);
    expect(listed).toHaveLength(2);
    expect(revoked).toHaveLength(1);
  });
});
