/** The SQL of the deploy guide and of the Portuguese README, as it stands there. Both languages of the guide show the same. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { insertCampaign, setAccountRow } from "../../support/dialing-rows.ts";
import { readBlocks } from "../../support/page-blocks.ts";
import { run } from "./run-block.ts";

const uncertain = "0123a000-0000-4000-8000-00000000000a";
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const sqlOf = async (page: string) =>
  (await readBlocks(page)).filter(
    ({ language, info }) => language === "sql" && info !== "trial",
  );

describe("docs/deploy.md", async () => {
  const blocks = await sqlOf("docs/deploy.md");

  it("names the reason why a campaign stands still, and shows and changes a trunk's limit", async () => {
    await insertCampaign(database.pool);
    // One of before accounts had rows, as the migration leaves it.
    await setAccountRow(database.pool, uncertain, { is_active: false });
    const results = [];
    for (const block of blocks) results.push(await run(database, block));
    expect(results).toHaveLength(9);
    const [, , , , , blockers, rates, , migrations] = results;
    expect(blockers?.map(({ reason }) => reason)).toContain("NO_ACTIVE_ENGINE");
    expect(rates).toEqual([
      expect.objectContaining({ name: "carrier", cps_limit: "10" }),
    ]);
    expect(migrations).toHaveLength(5);
  });
});

describe("README.pt-BR.md", async () => {
  const blocks = await sqlOf("README.pt-BR.md");

  it.each(blocks)("$info: its SQL", async (block) => {
    const rows = await run(database, block);
    if (block.text.includes("dialing_blockers"))
      expect(rows.map(({ reason }) => reason)).toContain("NO_PASS_YET");
  });
});
