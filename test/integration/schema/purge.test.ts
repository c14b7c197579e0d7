/** The nightly purge on a table with many events: it reads what it deletes, and not the rest. */
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStatePool } from "../../../database/pools.ts";
import { purgeHistory } from "../../../database/retention.ts";
import { statement } from "../../../database/sql.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { count } from "../faults/scene.ts";

const EVENTS = 200_000;
/** Of the events, the first so many are past their retention. */
const OLD = 5_000;

let database: TestDatabase;
/** As an engine opens it: with generic plans. */
let state: pg.Pool;
let before: Date;

beforeAll(async () => {
  database = await createTestDatabase();
  state = createStatePool(
    {
      url: database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "purge test",
    },
    1,
    () => undefined,
  );
  // One second apart, so that they fill little more than two days of this month. An engine's statements have 10 s, and so many
  // rows on a machine that is busy need longer.
  await database.pool.query(
    `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key)
     select gen_random_uuid(), gen_random_uuid(), date_trunc('month', now(), 'UTC') + n * interval '1 s', 'RINGING', n::text
     from generate_series(1, $1::int) as n`,
    [EVENTS],
  );
  await database.pool.query("vacuum analyze call_attempt_events");
  const { rows } = await state.query<{ before: Date }>(
    "select date_trunc('month', now(), 'UTC') + ($1::int + 1) * interval '1 s' as before",
    [OLD],
  );
  before = rows[0]?.before ?? new Date(0);
});
afterAll(async () => {
  await state.end();
  await database.drop();
});

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Plan[];
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

test("a bite reads the events that it deletes and no others", async () => {
  const { text } = statement("retention/delete_old_events", []);
  const client = await state.connect();
  try {
    await client.query("begin");
    await client.query(`prepare bite as ${text}`);
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
      `explain (analyze, buffers, format json) execute bite ('${before.toISOString()}', 1000, '-infinity')`,
    );
    await client.query("rollback");
    const nodes = nodesOf(
      (rows[0] as { "QUERY PLAN": [{ Plan: Plan }] })["QUERY PLAN"][0].Plan,
    );
    // Partitions without a row may be read as they like.
    const { rows: filled } = await client.query<{ name: string }>(
      "select tableoid::regclass::text as name from call_attempt_events limit 1",
    );
    const read = nodes.filter(
      (node) =>
        node["Relation Name"] === filled[0]?.name &&
        node["Node Type"] !== "ModifyTable",
    );
    expect(read.map((node) => node["Node Type"])).toHaveLength(2);
    for (const node of read) {
      expect(node["Node Type"]).not.toBe("Seq Scan");
      expect(node["Actual Rows"] ?? 0).toBeLessThanOrEqual(1_000);
      expect(node["Rows Removed by Filter"] ?? 0).toBe(0);
    }
  } finally {
    client.release();
  }
});

test("events of one moment go together, even if they are more than a bite", async () => {
  await state.query(
    `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key)
     select gen_random_uuid(), gen_random_uuid(), date_trunc('month', now(), 'UTC') + interval '2 s', 'RINGING', 'x' || n
     from generate_series(1, 5000) as n`,
  );
  const purged = await purgeHistory(
    state,
    { eventsDays: 30, attemptsDays: 1_825, leadsDays: 1_825 },
    new Date(before.getTime() + 30 * 86_400_000),
  );
  expect(purged.eventsDeleted).toBe(OLD + 5_000);
  expect(await count(state, "select count(*) from call_attempt_events")).toBe(
    EVENTS - OLD,
  );
});
