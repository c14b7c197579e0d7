/** Every statement of docs/sql.md is run, in the order of the page. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type ActingAs,
  type TestDatabase,
} from "../../support/database.ts";
import { isSql, run, sqlPage, variables } from "./run-block.ts";
import { after, before } from "./sql-page-expectations.ts";
import { statementsOf } from "../../support/page-blocks.ts";

const stranger: ActingAs = { sub: "57a26e00-0000-4000-8000-000000000001" };

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe("docs/sql.md", () => {
  it.each(sqlPage.filter(isSql))("$heading", async (block) => {
    await before[block.heading]?.(database.pool);
    const rows = await run(database, block);
    await after[block.heading]?.(rows, database.pool);
  });

  it("has a block for each expectation above", () => {
    const headings = sqlPage.filter(isSql).map((block) => block.heading);
    expect(headings).toEqual(
      expect.arrayContaining([...Object.keys(before), ...Object.keys(after)]),
    );
    expect(new Set(headings).size).toBe(headings.length);
  });

  it("shows nothing of it to another account", async () => {
    const lookups = sqlPage.filter(
      (block) =>
        isSql(block) &&
        block.info === "authenticated" &&
        block.text.startsWith("select") &&
        /:'(campaign|lead|attempt)_id'/.test(block.text) &&
        !/outcomes|retry_rules|hangup_attempt/.test(block.text),
    );
    expect(lookups.length).toBeGreaterThan(5);
    for (const block of lookups) {
      const [statement = ""] = statementsOf(block, variables);
      const { rows } = await database.asUser(stranger, (client) =>
        client.query(statement),
      );
      expect(rows, block.heading).toEqual([]);
    }
  });
});
