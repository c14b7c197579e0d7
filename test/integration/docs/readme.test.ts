/** Every example of the README is run as it stands there. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { one } from "../schema/rows.ts";
import { clara, isSql, run, type Row } from "./run-block.ts";
import { readBlocks } from "../../support/page-blocks.ts";
import { supabaseClient } from "../../support/postgrest.ts";

const readme = await readBlocks("README.md");

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe("the README", () => {
  it.each(readme.filter(isSql))("$heading: its SQL", async (block) => {
    const rows = await run(database, block);
    if (block.text.includes("dialing_blockers"))
      expect(rows.map(({ reason }) => reason)).toContain("NO_PASS_YET");
  });

  it("has an example in supabase-js that makes a campaign dial and asks why it does not", async () => {
    const [example, ...more] = readme.filter(
      (block) => block.language === "js",
    );
    expect(more).toEqual([]);
    const code = `export const run = async (supabase) => { ${example?.text ?? ""}; return { campaign, blockers }; };`;
    const { run: runExample } = (await import(
      /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`
    )) as {
      run: (
        supabase: SupabaseClient,
      ) => Promise<{ campaign: { id: string }; blockers: Row[] }>;
    };
    const result = await runExample(supabaseClient(database, clara));
    expect(result.blockers.map(({ reason }) => reason)).toContain(
      "NO_PASS_YET",
    );
    expect(
      await one(
        database.pool,
        `select status, (select count(*)::int from leads where campaign_id = campaign.id) as leads,
          (select count(*)::int from dialer_jobs where campaign_id = campaign.id) as jobs
        from campaigns as campaign where id = '${result.campaign.id}'`,
      ),
    ).toEqual({ status: "ACTIVE", leads: 2, jobs: 1 });
  });
});
