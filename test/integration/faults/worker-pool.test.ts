/** What Graphile Worker does to its pool when a connection breaks under it. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { createWorkerPool } from "../../../database/pools.ts";
import type { Database, Transaction } from "../../../database/pools.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let database: TestDatabase;
let pool: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createWorkerPool(
    {
      url: database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "worker-pool-test",
    },
    1,
    () => undefined,
  );
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

function borrow(): Promise<[Transaction, () => void]> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client, release) => {
      if (client === undefined) reject(error ?? new Error("no client"));
      else resolve([client, release]);
    });
  });
}

test("a client that is given back twice is given back once", async () => {
  const [, giveBack] = await borrow();
  giveBack();
  expect(giveBack).not.toThrow();
  expect(pool.idleCount).toBe(1);

  const [client, giveBackAgain] = await borrow();
  giveBack();
  expect(pool.idleCount).toBe(0);
  const { rows } = await client.query("select 1 as one");
  expect(rows).toEqual([{ one: 1 }]);
  giveBackAgain();
});
