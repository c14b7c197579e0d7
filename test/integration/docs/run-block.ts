/** Runs what the documents show: a block's statements, by the role it names, on a test database. */
import type pg from "pg";
import { expect } from "vitest";
import type { ActingAs, TestDatabase } from "../../support/database.ts";
import {
  readBlocks,
  roleOf,
  statementsOf,
  type Block,
} from "../../support/page-blocks.ts";

/** Whose rows the examples are. */
export const clara = {
  sub: "c1a7a000-0000-4000-8000-0000000000c1",
} satisfies ActingAs;

export const sqlPage = await readBlocks("docs/sql.md");

/** By name, what docs/sql.md sets with psql's `\set`. */
export const variables: Readonly<Record<string, string>> = Object.fromEntries(
  sqlPage
    .filter((block) => block.language === "text")
    .flatMap((block) => [...block.text.matchAll(/^\\set (\w+) +'([^']+)'/gm)])
    .map((match) => [match[1] ?? "", match[2] ?? ""]),
);

export type Row = Record<string, unknown>;

export const isSql = (block: Block) => block.language === "sql";

/**
 * Each statement must return or change at least one row: a query that finds nothing would prove nothing.
 *
 * @returns the rows of the last one
 */
export async function run(
  database: TestDatabase,
  block: Block,
): Promise<Row[]> {
  const statements = statementsOf(block, variables);
  if (roleOf(block) === "authenticated")
    return database.asUser(clara, (client) => runAll(client, statements));
  const client = await database.pool.connect();
  try {
    return await runAll(client, statements);
  } finally {
    client.release();
  }
}

async function runAll(
  client: pg.PoolClient,
  statements: readonly string[],
): Promise<Row[]> {
  expect(statements.length).toBeGreaterThan(0);
  let last: Row[] = [];
  for (const statement of statements) {
    const { rowCount, rows } = await client.query<Row>(statement);
    expect(rowCount, statement).toBeGreaterThan(0);
    last = rows;
  }
  return last;
}
