/** A client's question reads rows of its own account, however large another one is and however few accounts there are. */
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { anna, berta } from "./accounts.ts";
import { insertCampaign, insertTrunk } from "./rows.ts";

/** Anna has so many rows in each large table, Berta ten. */
const many = 5_000;

let database: TestDatabase;
let trunkId = "";

async function fill(
  client: pg.Pool,
  account: string,
  rows: number,
): Promise<void> {
  const campaignId = await insertCampaign(client, { account_id: account });
  await client.query(
    `insert into leads (campaign_id, account_id, phone, phone_e164, status)
     select $1, $2, '+551135' || 100000 + n, '+551135' || 100000 + n, 'DONE' from generate_series(1, $3::int) as n`,
    [campaignId, account, rows],
  );
  await client.query(
    `insert into call_attempts (campaign_id, account_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id, voice_node, end_at)
     select campaign_id, account_id, id, 1, phone_e164, 'ENDED', 'ANSWERED', $2, 'default', clock_timestamp()
     from leads where campaign_id = $1`,
    [campaignId, trunkId],
  );
  await client.query(
    `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key)
     select id, account_id, clock_timestamp(), 'RINGING', 'k' from call_attempts where campaign_id = $1`,
    [campaignId],
  );
  await client.query(
    `insert into dnc_entries (account_id, phone_e164)
     select account_id, phone_e164 from leads where campaign_id = $1`,
    [campaignId],
  );
}

beforeAll(async () => {
  database = await createTestDatabase();
  trunkId = await insertTrunk(database.pool);
  // The triggers of an insert of a client, a job for each statement, are not what is looked at.
  await database.pool.query("set dialer.engine = 'on'");
  await fill(database.pool, anna.sub, many);
  await fill(database.pool, berta.accountId, 10);
  await database.pool.query("analyze");
});
afterAll(() => database.drop());

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [
  plan,
  ...(plan.Plans ?? []).flatMap(nodesOf),
];

describe.each(["leads", "call_attempts", "call_attempt_events", "dnc_entries"])(
  "a question about %s",
  (table) => {
    it.each([
      ["all of it", `select * from ${table}`],
      ["how much it is", `select count(*) from ${table}`],
      ["how far its campaigns are", "select * from campaign_progress"],
    ])("(%s) reads no row of another account", async (_what, sql) => {
      const plan = await database.asUser(berta, async (client) => {
        const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
          `explain (analyze, format json) ${sql}`,
        );
        return (rows[0] as { "QUERY PLAN": [{ Plan: Plan }] })["QUERY PLAN"][0]
          .Plan;
      });
      const large = nodesOf(plan).filter((node) =>
        /^(leads|call_attempts|call_attempt_events_|dnc_entries)/.test(
          node["Relation Name"] ?? "",
        ),
      );
      expect(large.length).toBeGreaterThan(0);
      for (const node of large) {
        const read =
          ((node["Actual Rows"] ?? 0) +
            (node["Rows Removed by Filter"] ?? 0) +
            (node["Rows Removed by Index Recheck"] ?? 0)) *
          (node["Actual Loops"] ?? 1);
        expect(read, JSON.stringify(node)).toBeLessThanOrEqual(10);
      }
    });
  },
);

it("every table whose policy asks for the account has an index that begins with it", async () => {
  const { rows } = await database.pool.query(
    `select class.oid::regclass::text as table
     from pg_class as class
     join pg_attribute as account on account.attrelid = class.oid and account.attname = 'account_id'
     where class.oid in (select polrelid from pg_policy) and class.relnamespace = 'public'::regnamespace
       and class.relname <> 'trunk_config'
       and not exists (select from pg_index where indrelid = class.oid and indkey[0] = account.attnum and indpred is null)`,
  );
  expect(rows).toEqual([]);
});
