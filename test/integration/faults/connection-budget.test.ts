/** However pools come and go: the server never has more connections of a part than that part may have. */
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";

import { ConnectionBudget } from "../../../database/connection-budget.ts";
import { createWorkerPool, cutPool } from "../../../database/pools.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";

let database: TestDatabase;
let admin: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.superUrl });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await database.drop({ sessionsMayRemain: true });
});

async function connections(): Promise<number> {
  const { rows } = await admin.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where application_name = 'budget-test'",
  );
  return rows[0]?.n ?? 0;
}

const poolOn = (budget: ConnectionBudget) =>
  createWorkerPool(
    {
      url: database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "budget-test",
    },
    budget,
    () => undefined,
  );

test.each([
  ["at once", "select pg_sleep(30)"],
  [
    "two seconds after it was cancelled",
    `do $$ begin
       perform pg_sleep(30);
     exception when query_canceled then
       perform pg_sleep(2);
     end $$`,
  ],
])(
  "a pool that replaces one whose connections are busy opens none before they are gone at the server, whose statement ends %s",
  async (_when, statement) => {
    const budget = new ConnectionBudget(2, 120_000);
    const old = poolOn(budget);
    const busy = [1, 2].map(() => old.query(statement).catch(() => "cut"));
    await waitFor("both to be busy", async () => (await connections()) === 2);
    cutPool(old);
    // Whoever used them is told at once.
    expect(await Promise.all(busy)).toEqual(["cut", "cut"]);
    const next = poolOn(budget);
    let most = 0;
    const state = { done: false };
    const counting = (async () => {
      while (!state.done) most = Math.max(most, await connections());
    })();
    // Far sooner than the statements would have ended by themselves.
    await Promise.all([next.query("select 1"), next.query("select 2")]);
    state.done = true;
    await counting;
    expect(most).toBeLessThanOrEqual(2);
    await next.end();
  },
);

test("a server that never closes its end keeps nobody waiting for longer than is allowed", async () => {
  const budget = new ConnectionBudget(1, 200);
  const old = poolOn(budget);
  const busy = old
    .query(
      `do $$ begin
         for n in 1..60 loop
           begin perform pg_sleep(1); exception when query_canceled then null; end;
         end loop;
       end $$`,
    )
    .catch(() => "cut");
  await waitFor("it to be busy", async () => (await connections()) === 1);
  cutPool(old);
  const next = poolOn(budget);
  await next.query("select 1");
  expect(await busy).toBe("cut");
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'budget-test'",
  );
  await next.end();
});

test("a pool that was cut opens nothing any more, whoever still holds it", async () => {
  const budget = new ConnectionBudget(2);
  const pool = poolOn(budget);
  const client = await pool.connect();
  const second = pool.connect().catch(() => null);
  cutPool(pool);
  client.release(true);
  (await second)?.release(true);
  await expect(pool.query("select 1")).rejects.toThrow();
  await waitFor("all to be gone", async () => (await connections()) === 0);
  await waitFor("the budget to be free", () => budget.open === 0);
});

test("who gives up waiting for room takes none", async () => {
  const budget = new ConnectionBudget(1);
  const pool = poolOn(budget);
  const client = await pool.connect();
  const waiting = budget.socket();
  waiting.connect(1, "127.0.0.1");
  waiting.destroy();
  await new Promise((resolve) => waiting.once("close", resolve));
  expect(budget.open).toBe(1);
  client.release();
  await pool.end();
  await waitFor("the budget to be free", () => budget.open === 0);
});
