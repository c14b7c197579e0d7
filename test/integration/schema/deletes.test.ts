/**
 * What is deleted costs what it is, not what its account has beside it, also where no statistics say which index is good:
 * in a new installation, and in a session that has planned its checks when the tables were empty.
 */
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { insertRow } from "../../support/dialing-rows.ts";
import { insertCampaign, insertTrunk, one } from "./rows.ts";

const beside = 3_000;
const callsOfEach = 3;
const deleted = 300;

let database: TestDatabase;
let trunk = "";
let early: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  for (const table of [
    "leads",
    "lists",
    "lead_phones",
    "call_attempts",
    "campaigns",
  ])
    await pool.query(`alter table ${table} set (autovacuum_enabled = false)`);
  trunk = await insertTrunk(pool);
  early = new pg.Client({ connectionString: database.url });
  await early.connect();
  await early.query("delete from campaigns where id = $1", [await victim(2)]);
  await fill();
});
afterAll(async () => {
  await early.end();
  await database.drop();
});

/** Another campaign of the account, with calls. They are of one number, which makes the index by telephone the smallest. */
async function fill(): Promise<void> {
  const { pool } = database;
  const campaign = await insertCampaign(pool);
  const list = await insertRow(pool, "lists", {
    campaign_id: campaign,
    name: "x",
  });
  await pool.query(
    `insert into leads (campaign_id, list_id, phone, phone_e164, status)
     select $1, $2, '+551135' || 100000 + n, '+551135' || 100000 + n, 'DONE' from generate_series(1, $3::int) as n`,
    [campaign, list, beside],
  );
  await pool.query(
    `insert into lead_phones (lead_id, phone) select id, '+551136' || right(phone, 6) from leads where campaign_id = $1`,
    [campaign],
  );
  await pool.query(
    `insert into call_attempts (campaign_id, account_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id, voice_node, originate_at, end_at)
     select campaign_id, account_id, id, n, '+551135550100', 'ENDED', 'ANSWERED', $2, 'default', clock_timestamp(), clock_timestamp()
     from leads, generate_series(1, $3::int) as n where campaign_id = $1`,
    [campaign, trunk, callsOfEach],
  );
}

/** A campaign with leads in as many lists. @returns its id */
async function victim(lists: number): Promise<string> {
  const campaign = await insertCampaign(database.pool);
  await database.pool.query(
    "insert into lists (campaign_id, name) select $1, 'list ' || n from generate_series(1, $2::int) as n",
    [campaign, lists],
  );
  await database.pool.query(
    `insert into leads (campaign_id, list_id, phone)
     select $1, (array(select id from lists where campaign_id = $1))[1 + n % $2::int], '(11) 98000-' || 1000 + n
     from generate_series(1, $3::int) as n`,
    [campaign, lists, deleted],
  );
  return campaign;
}

/** Rows and index entries that a session has read so far in these tables. */
async function readSoFar(client: pg.Client): Promise<number> {
  const { read } = await one(
    client,
    `select (sum(pg_stat_get_xact_tuples_returned(oid)) + sum(pg_stat_get_xact_tuples_fetched(oid)))::int as read
     from pg_class where relname = any('{leads,call_attempts,lists,lead_phones}')
       or oid in (select indexrelid from pg_index where indrelid = any('{leads,call_attempts,lists,lead_phones}'::regclass[]))`,
  );
  return read as number;
}

async function readBy(
  client: pg.Client,
  work: () => Promise<unknown>,
): Promise<number> {
  await client.query("begin");
  const before = await readSoFar(client);
  await work();
  const read = (await readSoFar(client)) - before;
  await client.query("commit");
  return read;
}

const session = {
  early: (use: (client: pg.Client) => Promise<number>) => use(early),
  fresh: async (use: (client: pg.Client) => Promise<number>) => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    return use(client).finally(() => client.end());
  },
};

test.each<[string, keyof typeof session, string, number]>(
  (["early", "fresh"] as const).flatMap((which) => [
    ["leads", which, "delete from leads where campaign_id = $1", 1],
    ["lists", which, "delete from lists where campaign_id = $1", 100],
    ["a campaign", which, "delete from campaigns where id = $1", 1],
    ["a campaign of many", which, "delete from campaigns where id = $1", 100],
  ]),
)(
  "deleting %s (in the %s session) reads what goes, not every call of the account",
  async (_what, which, sql, lists) => {
    const campaign = await victim(lists);
    const read = await session[which]((client) =>
      readBy(client, () => client.query(sql, [campaign])),
    );
    expect(read).toBeGreaterThan(0);
    // Each table may be read once, to find what goes.
    expect(read).toBeLessThan(2 * beside * callsOfEach + 10 * deleted);
    expect(
      await one(
        database.pool,
        "select count(*)::int as left from leads where campaign_id = $1",
        [campaign],
      ),
    ).toEqual({ left: 0 });
  },
);
