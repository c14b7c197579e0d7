/** What the wallboard reads: as its viewer, and by index whatever the size of the tables. */
import type { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";

import { createStatePool } from "../../../database/pools.ts";
import { loadSql } from "../../../database/sql.ts";
import { readCallHistory, readWallboard } from "../../../wallboard/queries.ts";
import type { ReadAs } from "../../../wallboard/queries.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { insertTrunk, setAccountRow } from "../../support/dialing-rows.ts";
import { withClient } from "../../support/prepared-server.ts";

const anna = "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11";
const berta = "11111111-2222-4333-8444-555555555555";
const campaign = "00000000-0000-4000-8000-000000000001";
const attempts = 40_000;

let database: TestDatabase;
/** One connection, as the engine opens them: what one reading leaves on it, the next one finds. */
let pool: Pool;

const operator: ReadAs = { kind: "operator" };
const user = (sub: string, more = {}): ReadAs => ({
  kind: "account",
  claims: { sub, role: "authenticated", ...more },
});
/** The calls end a second apart until then. */
let newest: Date;
const since = (seconds: number) => {
  const at = new Date(newest.getTime() - seconds * 1_000);
  return { ended: at, fine: at, started: at };
};

beforeAll(async () => {
  database = await createTestDatabase();
  const trunk = await insertTrunk(database.pool, { name: "shared" });
  for (const account of [anna, berta])
    await setAccountRow(database.pool, account);
  await withClient(database.superUrl, async (client) => {
    // Without triggers: what is looked at here is the reading.
    await client.query("set session_replication_role = replica");
    await client.query(
      "insert into campaigns (id, account_id, name, status) values ($1, $2, 'Annas', 'ACTIVE')",
      [campaign, anna],
    );
    await client.query(
      `insert into leads (id, account_id, campaign_id, phone, status)
       select ('20000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, $2, $1, n::text,
         case when n % 2 = 0 then 'DONE' else 'NEW' end
       from generate_series(1, $3) as n`,
      [campaign, anna, attempts],
    );
    // One a second, backwards; the newest ten are live.
    newest = new Date();
    await client.query(
      `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id,
         voice_node, originate_at, answer_at, end_at)
       select account_id, campaign_id, id, 1, '+55118' || lpad(n::text, 8, '0'),
         case when n <= 10 then 'ANSWERED' when n % 4 = 0 then 'ABANDONED' when n % 2 = 0 then 'ENDED' else 'NO_ANSWER' end,
         case when n <= 10 then null when n % 4 = 0 then 'ABANDONED' when n % 2 = 0 then 'ANSWERED' else 'NO_ANSWER' end,
         $1, 'default', at, case when n <= 10 or n % 2 = 0 then at end, case when n > 10 then at end
       from (select *, phone::int as n, $2::timestamptz - phone::int * interval '1 second' as at from leads) as numbered`,
      [trunk, newest],
    );
    await client.query("reset session_replication_role; analyze");
  });
  const options = { schema: "public", workerSchema: "graphile_worker" };
  pool = createStatePool(
    { ...options, url: database.url, applicationName: "wallboard test" },
    1,
    () => undefined,
  );
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

test("an operator sees every account, an account's user its own rows, and others none", async () => {
  for (const viewer of [operator, user(anna)]) {
    const board = await readWallboard(pool, viewer, since(300));
    expect(board.campaigns).toMatchObject([
      { id: campaign, liveCalls: { ANSWERED: 10 } },
    ]);
    expect(board.states).toEqual([{ state: "ANSWERED", attempts: 10 }]);
    const dialled = board.ended.reduce((sum, slice) => sum + slice.dialled, 0);
    expect(dialled).toBeGreaterThan(270);
    expect(dialled).toBeLessThan(300);
    // What was really sent is in the buckets, which operators see.
    if (viewer.kind === "operator") expect(board.started).toEqual([]);
    else expect(board.started.length).toBeGreaterThan(280);
    expect(board.progress).toMatchObject([
      {
        campaignId: campaign,
        leads: attempts,
        leadsDone: attempts / 2,
        percentDone: 50,
      },
    ]);
  }
  const colleague = user(berta, { app_metadata: { account_id: anna } });
  expect(
    (await readWallboard(pool, colleague, since(1))).campaigns,
  ).toHaveLength(1);
  for (const stranger of [user(berta), user(anna, { sub: undefined })]) {
    const board = await readWallboard(pool, stranger, since(300));
    expect(board).toMatchObject({
      campaigns: [],
      progress: [],
      states: [],
      blockers: [],
      ended: [],
      started: [],
      trunks: [{ name: "shared", liveChannels: 0, callsPerSecond: 0 }],
    });
  }
});

test("a claim cannot name another role, and nothing of a reading is left on the connection", async () => {
  const board = await readWallboard(
    pool,
    user(berta, { role: "service_role" }),
    since(300),
  );
  expect(board.campaigns).toEqual([]);
  await expect(
    readWallboard(pool, user("no uuid"), since(1)),
  ).rejects.toMatchObject({ code: "22P02" });
  const { rows } = await pool.query(
    "select current_user::text as role, current_setting('request.jwt.claims', true) as claims, current_setting('transaction_read_only') as read_only",
  );
  expect(rows).toEqual([{ role: "postgres", claims: "", read_only: "off" }]);
  expect(
    (await readWallboard(pool, operator, since(1))).campaigns,
  ).toHaveLength(1);
});

test("counts tell answered, people reached and abandoned apart", async () => {
  const { ended } = await readWallboard(pool, operator, since(3_600));
  const sum = { dialled: 0, answered: 0, people: 0, abandoned: 0 };
  for (const slice of ended)
    for (const name of Object.keys(sum) as (keyof typeof sum)[])
      sum[name] += slice[name];
  expect(sum.dialled).toBeGreaterThan(3_500);
  expect(sum.answered / sum.dialled).toBeCloseTo(0.5, 1);
  expect(sum.people).toBe(sum.answered);
  expect(sum.abandoned / sum.answered).toBeCloseTo(0.5, 1);
});

test.each([
  ["wallboard/ended", "operator", 2],
  ["wallboard/history", "operator", 2],
  ["wallboard/campaigns", "operator", 0],
  ["wallboard/trunks", "operator", 0],
  ["wallboard/ended", "account", 2],
  ["wallboard/history", "account", 2],
  ["wallboard/started", "account", 1],
  ["wallboard/account_trunks", "account", 1],
] as const)(
  "%s reads calls by an index for an %s",
  async (name, kind, times) => {
    const client = await pool.connect();
    try {
      await client.query("begin");
      await client.query("set local plan_cache_mode = force_custom_plan");
      if (kind === "account")
        await client.query(
          "select set_config('request.jwt.claims', $1, true), set_config('role', 'authenticated', true)",
          [JSON.stringify({ sub: anna, role: "authenticated" })],
        );
      const values = [since(40).ended, new Date()].slice(0, times);
      const { rows } = await client.query<Record<string, string>>(
        `explain ${loadSql(name).replace(/^--.*$/gm, "")}`,
        values,
      );
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      expect(plan).toMatch(/call_attempts_(by_end|live_by_\w+|one_live_\w+)/);
      expect(plan).not.toMatch(/Seq Scan on (call_attempts|leads)/);
    } finally {
      await client.query("rollback");
      client.release();
    }
  },
);

test("a thousand campaigns are read with as many statements as one, and the history is the calls' own", async () => {
  let statements = 0;
  const client = await pool.connect();
  const query = client.query.bind(client) as (...all: unknown[]) => unknown;
  Object.assign(client, {
    query: (...all: unknown[]) => {
      statements += 1;
      return query(...all);
    },
  });
  const counting = {
    connect: () => Promise.resolve(client),
  } as unknown as Pool;
  const release = client.release.bind(client);
  Object.assign(client, { release: () => undefined });
  try {
    await readWallboard(counting, operator, since(40));
    const ofOne = statements;
    await withClient(database.superUrl, async (admin) => {
      await admin.query("set session_replication_role = replica");
      await admin.query(
        `insert into campaigns (account_id, name, status)
         select $1, 'Region ' || n, case when n % 2 = 0 then 'ACTIVE' else 'PAUSED' end from generate_series(1, 1200) as n`,
        [anna],
      );
      await admin.query("reset session_replication_role; analyze campaigns");
    });
    statements = 0;
    const board = await readWallboard(counting, operator, since(40));
    expect(statements).toBe(ofOne);
    expect(board.campaigns).toHaveLength(1_001);
    expect(board.blockers.length).toBeLessThanOrEqual(5_000);
    const history = await readCallHistory(
      counting,
      user(anna),
      since(3_600).ended,
      new Date(),
    );
    const all = history.reduce((sum, { calls }) => sum + calls, 0);
    expect(all).toBeGreaterThan(3_500);
    const abandoned = history.filter(({ outcome }) => outcome === "ABANDONED");
    expect(abandoned.every(({ isPerson }) => isPerson)).toBe(true);
    expect(
      await readCallHistory(counting, user(berta), new Date(0), new Date()),
    ).toEqual([]);
  } finally {
    Object.assign(client, { release });
    release(true);
  }
});
