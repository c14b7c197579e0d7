/** The counts that campaign_progress reads are what counting would give, whoever writes leads and calls, and however. */
import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  foldCounts,
  rebuildCounts,
} from "../../../database/campaign-counts.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { readCounts } from "../../support/kept-counts.ts";
import { withClient } from "../../support/prepared-server.ts";
import { insertCampaign, insertLead, insertTrunk, one } from "./rows.ts";

let database: TestDatabase;
let pool: pg.Pool;
let trunkId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  trunkId = await insertTrunk(pool);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await pool.query("truncate campaigns cascade");
});

type Client = Pick<pg.PoolClient, "query">;

async function expectEqual(client: Client = pool): Promise<void> {
  for (const { kept, counted } of await readCounts(client))
    expect(kept).toEqual(counted);
}

/** Ten leads, five of them in a list, three called and two of these answered. */
async function fill(client: Client = pool): Promise<string> {
  const campaignId = await insertCampaign(client, { status: "DRAFT" });
  await client.query(
    `with list as (insert into lists (campaign_id, name) values ($1, 'May') returning id)
     insert into leads (campaign_id, list_id, phone, status, attempts, dials)
     select $1, case when n > 5 then list.id end, n::text, case when n = 1 then 'RETRY' else 'NEW' end, n % 2, n % 3
     from generate_series(1, 10) as n, list`,
    [campaignId],
  );
  await insertCalls(client, campaignId, 3);
  await client.query(
    `update call_attempts set answer_at = now() where id in (
       select id from call_attempts where campaign_id = $1 order by id limit 2)`,
    [campaignId],
  );
  return campaignId;
}

const insertCalls = (client: Client, campaignId: string, howMany: number) =>
  client.query(
    `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id,
       voice_node, end_at)
     select account_id, campaign_id, id, 1, '+551135550100', 'ENDED', 'ANSWERED', $2, 'default', now()
     from leads where campaign_id = $1 order by id limit $3`,
    [campaignId, trunkId, howMany],
  );

const progress = (campaignId: string) =>
  one(pool, "select * from campaign_progress where campaign_id = $1", [
    campaignId,
  ]);

describe("the counts of a campaign", () => {
  it("are what its leads and calls are", async () => {
    const campaignId = await fill();
    expect(await progress(campaignId)).toMatchObject({
      leads: "10",
      leads_new: "9",
      leads_retry: "1",
      attempts: "5",
      dials: "10",
      answered: "2",
      percent_done: "0.0",
    });
    await expectEqual();
  });

  it.each([
    ["a status", "update leads set status = 'DONE' where phone > '5'"],
    ["counters", "update leads set attempts = attempts + 2, dials = dials + 3"],
    ["a list that is left", "update leads set list_id = null"],
    ["a list that is deleted", "delete from call_attempts; delete from lists"],
    [
      "leads that are deleted",
      "delete from leads where id not in (select lead_id from call_attempts)",
    ],
    ["calls that are deleted", "delete from call_attempts"],
    ["an answer that was none", "update call_attempts set answer_at = null"],
    [
      "leads that are erased",
      "update leads set erased_at = now() where phone > '3'",
    ],
    ["calls that are truncated", "truncate call_attempts cascade"],
    ["leads that are truncated", "truncate leads cascade"],
    [
      "an upsert that inserts and updates",
      `insert into leads (id, campaign_id, phone, status)
       select id, campaign_id, phone, status from leads where phone in ('1', '2')
       union all select gen_random_uuid(), id, 'new', 'NEW' from campaigns
       on conflict (id) do update set status = 'FAILED'`,
    ],
    [
      "a merge that inserts, updates and deletes",
      `merge into leads using (
         select id, campaign_id, phone from leads where id not in (select lead_id from call_attempts)
         union all select gen_random_uuid(), id, 'new' from campaigns) as given on leads.id = given.id
       when matched and given.phone > '5' then delete
       when matched then update set status = 'DNC'
       when not matched then insert (campaign_id, phone) values (given.campaign_id, given.phone)`,
    ],
    [
      "two tables in one statement",
      `with gone as (delete from call_attempts returning lead_id)
       update leads set status = 'INVALID' from gone where id = gone.lead_id`,
    ],
    [
      "a lead that is moved to another campaign",
      `with other as (select id from campaigns where name = 'Other')
       update leads set campaign_id = other.id, list_id = null from other
       where leads.id not in (select lead_id from call_attempts)`,
    ],
  ])("follow %s", async (_what, sql) => {
    await insertCampaign(pool, { name: "Other", status: "DRAFT" });
    await fill();
    const before = await readCounts(pool);
    await pool.query(sql);
    await expectEqual();
    if (!sql.includes("list"))
      expect(await readCounts(pool)).not.toEqual(before);
    expect(await rebuildCounts(pool)).toEqual([]);
  });

  it("forget what is rolled back, in part or in full", async () => {
    const campaignId = await fill();
    const client = await pool.connect();
    try {
      await client.query("begin");
      await client.query("update leads set status = 'DONE'");
      await client.query("savepoint part");
      await client.query("update leads set status = 'DNC'");
      await client.query("rollback to part");
      expect(await progressIn(client, campaignId)).toMatchObject({
        leads_done: "10",
        leads_dnc: "0",
      });
      await client.query("rollback");
    } finally {
      client.release();
    }
    expect(await progress(campaignId)).toMatchObject({ leads_done: "0" });
    await expectEqual();
  });

  it("are gone with the campaign, for the account's limit of leads too", async () => {
    const campaignId = await fill();
    await pool.query("delete from call_attempts");
    await pool.query("delete from campaigns where id = $1", [campaignId]);
    await pool.query("update accounts set max_leads = 10");
    await fill();
    await expect(
      insertLead(pool, (await readCounts(pool))[0]?.campaignId ?? ""),
    ).rejects.toThrow("may have 10 leads in all its campaigns");
    await pool.query("update accounts set max_leads = null");
    await foldCounts(pool);
    expect(
      await one(
        pool,
        "select count(*)::int as rows from campaign_counts where campaign_id = $1",
        [campaignId],
      ),
    ).toEqual({ rows: 0 });
  });
});

const progressIn = (client: Client, campaignId: string) =>
  one(client, "select * from campaign_progress where campaign_id = $1", [
    campaignId,
  ]);

describe("what goes round the triggers", () => {
  /** As a person does who loads a dump of the data, or means to be quick. */
  const asReplica = (work: (client: pg.Client) => Promise<unknown>) =>
    withClient(database.superUrl, async (client) => {
      await client.query("set session_replication_role = replica");
      await work(client);
    });

  it("is counted too where triggers are turned off by session_replication_role", async () => {
    await fill();
    await asReplica((client) =>
      client.query("update leads set status = 'DNC'"),
    );
    await expectEqual();
    await asReplica((client) => client.query("delete from call_attempts"));
    await expectEqual();
  });

  it.each(["origin", "replica"])(
    "counts a dump of the data that is loaded with role %s once",
    async (role) => {
      const campaignId = await fill();
      const tables = ["campaigns", "lists", "leads", "call_attempts"];
      await withClient(database.superUrl, async (client) => {
        for (const table of [...tables, "campaign_counts"])
          await client.query(
            `create temp table dumped_${table} as select * from ${table}`,
          );
        await client.query("truncate campaigns cascade");
        await client.query(`set session_replication_role = ${role}`);
        for (const table of tables) {
          const { rows } = await client.query<{ names: string }>(
            `select string_agg(quote_ident(attname), ', ') as names from pg_attribute
             where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
            [table],
          );
          const names = rows[0]?.names ?? "";
          await client.query(
            `insert into ${table} (${names}) select ${names} from dumped_${table}`,
          );
        }
        await client.query(
          "insert into campaign_counts overriding system value select * from dumped_campaign_counts",
        );
      });
      expect(await progress(campaignId)).toMatchObject({
        leads: "10",
        answered: "2",
      });
      await expectEqual();
    },
  );

  it("is put right by rebuilding, which says what was wrong", async () => {
    const campaignId = await fill();
    await pool.query("alter table leads disable trigger count_on_update");
    await pool.query(
      "update leads set status = 'DNC' where phone in ('3', '4')",
    );
    await pool.query("alter table leads enable always trigger count_on_update");
    expect(await progress(campaignId)).toMatchObject({ leads_dnc: "0" });
    expect(await rebuildCounts(pool)).toEqual([
      { campaignId, countsChanged: 4 },
    ]);
    await expectEqual();
    expect(await rebuildCounts(pool)).toEqual([]);
  });

  it("cannot be rebuilt from an old snapshot", async () => {
    const client = await pool.connect();
    try {
      await client.query("begin isolation level repeatable read");
      await expect(
        client.query("select rebuild_campaign_counts()"),
      ).rejects.toThrow("does not see what another rebuilding did");
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
});

describe("folding", () => {
  it("leaves one row for each campaign and list, and changes no count in an older snapshot", async () => {
    await fill();
    for (let n = 0; n < 20; n++)
      await pool.query("update leads set dials = dials + 1");
    const reader = await pool.connect();
    try {
      await reader.query("begin isolation level repeatable read");
      const before = await readCounts(reader);
      expect(await foldCounts(pool)).toBeGreaterThan(20);
      expect(await readCounts(reader)).toEqual(before);
      expect(await readCounts(pool)).toEqual(before);
      expect(
        await one(pool, "select count(*)::int as rows from campaign_counts"),
      ).toEqual({ rows: 2 });
    } finally {
      await reader.query("rollback");
      reader.release();
    }
  });

  it("waits for no other that folds, nor do writers for it", async () => {
    await fill();
    for (let n = 0; n < 20; n++)
      await pool.query("update leads set dials = dials + 1");
    const first = await pool.connect();
    try {
      await first.query("begin");
      await first.query("select dialer_fold_counts()");
      await withClient(database.url, async (second) => {
        await second.query("set lock_timeout = '1ms'");
        await second.query("update leads set dials = dials + 1");
        const { rows } = await second.query("select dialer_fold_counts() as n");
        // Its own two rows; it passes over those that the first holds.
        expect(rows).toEqual([{ n: 2 }]);
        await expectEqual(second);
      });
      await first.query("commit");
    } finally {
      first.release();
    }
    await expectEqual();
  });
});

/** One statement of a writer; `pick` chooses the rows. */
const statements = [
  "insert into leads (campaign_id, phone, status, dials) select id, ($1::int)::text, 'NEW', $1::int % 3 from campaigns order by id limit 1 + $1::int % 2",
  "insert into leads (campaign_id, list_id, phone) select campaign_id, id, ($1::int)::text from lists",
  "update leads set status = (array['NEW','IN_PROGRESS','RETRY','DONE','FAILED','DNC','INVALID'])[1 + ($1 + dials) % 7] where abs(hashtext(id::text)) % 3 = $1::int % 3",
  "update leads set attempts = attempts + 1, dials = dials + $1::int where abs(hashtext(id::text)) % 4 = $1::int % 4",
  "update leads set list_id = (select id from lists where lists.campaign_id = leads.campaign_id order by id limit 1) where abs(hashtext(id::text)) % 3 = $1::int % 3",
  "delete from leads where abs(hashtext(id::text)) % 5 = $1::int % 5 and not exists (select from call_attempts where lead_id = leads.id)",
  "update call_attempts set answer_at = case when answer_at is null then now() end where abs(hashtext(id::text)) % 3 = $1::int % 3",
  "delete from call_attempts where abs(hashtext(id::text)) % 4 = $1::int % 4",
  "update leads set erased_at = now() where abs(hashtext(id::text)) % 9 = $1::int % 9",
  "delete from lists where abs(hashtext(id::text)) % 3 = $1::int % 3 and not exists (select from leads join call_attempts on lead_id = leads.id where list_id = lists.id)",
  "insert into lists (campaign_id, name) select id, ($1::int)::text from campaigns",
  "delete from campaigns where abs(hashtext(id::text)) % 7 = $1::int % 7 and not exists (select from call_attempts where campaign_id = campaigns.id)",
  "insert into campaigns (name, status) values (($1::int)::text, 'DRAFT')",
  "select dialer_fold_counts(), $1::int",
  "select rebuild_campaign_counts(), $1::int",
] as const;

interface Step {
  readonly sql: string;
  readonly pick: number;
  readonly end: "commit" | "rollback" | "go on";
}

/** Steps of one writer, in transactions of some steps. What loses a race is rolled back, as by any program. */
async function write(steps: readonly Step[]): Promise<void> {
  const client = await pool.connect();
  let isOpen = false;
  try {
    for (const { sql, pick, end } of steps) {
      if (!isOpen) await client.query("begin");
      isOpen = true;
      const failed = await client.query(sql, [pick]).then(
        () => false,
        (error: unknown) => {
          expect(["40P01", "23503", "23514"]).toContain(
            (error as { code?: unknown }).code,
          );
          return true;
        },
      );
      if (end === "go on" && !failed) continue;
      await client.query(failed ? "rollback" : end);
      isOpen = false;
      await expectEqual(client);
    }
    if (isOpen) await client.query("commit");
  } finally {
    client.release();
  }
}

const step: fc.Arbitrary<Step> = fc.record({
  sql: fc.constantFrom(...statements),
  pick: fc.integer({ min: 0, max: 1_000 }),
  end: fc.constantFrom("commit", "commit", "rollback", "go on"),
});

it("are equal to the count in every snapshot, whatever several writers do at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 5, maxLength: 25 }), {
        minLength: 3,
        maxLength: 4,
      }),
      async (writers) => {
        await pool.query("truncate campaigns cascade");
        const campaignId = await fill();
        await fill();
        await pool.query("delete from call_attempts where campaign_id = $1", [
          campaignId,
        ]);
        const done = await Promise.allSettled(writers.map(write));
        for (const result of done)
          if (result.status === "rejected") throw result.reason;
        await expectEqual();
        expect(await rebuildCounts(pool)).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});
