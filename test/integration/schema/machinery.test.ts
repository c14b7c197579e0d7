import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type pg from "pg";
import { startLocalPostgres } from "../../../local-postgres/local-postgres.ts";
import { migrate } from "../../../database/migrations/migrate.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { withClient } from "../../support/prepared-server.ts";
import { waitFor } from "../../support/wait-for.ts";
import { insertCampaign, insertTrunk, one } from "./rows.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
afterAll(() => database.drop());

describe("partitions of the events", () => {
  const partitions = async () =>
    (
      await pool.query<{ name: string }>(
        `select inhrelid::regclass::text as name from pg_inherits
         where inhparent = 'call_attempt_events'::regclass order by 1`,
      )
    ).rows.map((row) => row.name);
  const insertEvent = (at: string) =>
    pool.query(
      `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key)
       values (gen_random_uuid(), gen_random_uuid(), ${at}, 'RINGING', 'k')`,
    );

  it("are made ahead, once, by several at a time, and take over what lay in the default", async () => {
    const before = await partitions();
    expect(before).toHaveLength(4);
    await insertEvent(
      "date_trunc('month', now(), 'UTC') + interval '4 months 3 days'",
    );
    await insertEvent(
      "date_trunc('month', now(), 'UTC') + interval '30 months'",
    );
    const made = await Promise.all(
      [5, 5, 5].map((months) =>
        one(pool, "select ensure_event_partitions($1) as made", [months]),
      ),
    );
    expect(made.map((row) => row["made"]).sort()).toEqual([0, 0, 3]);
    expect(await partitions()).toHaveLength(7);
    const { rows } = await pool.query(
      "select tableoid::regclass::text like '%default' as in_default from call_attempt_events order by at",
    );
    expect(rows).toEqual([{ in_default: false }, { in_default: true }]);
    const unprotected = await pool.query(
      `select from pg_inherits join pg_class on oid = inhrelid
       where inhparent = 'call_attempt_events'::regclass and not relrowsecurity`,
    );
    expect(unprotected.rowCount).toBe(0);
  });

  it("are dropped once they lie wholly in the past, with what the default holds from then", async () => {
    await insertEvent("now()");
    await insertEvent("timestamptz '1970-01-01 00:00Z'");
    expect(
      await one(pool, "select drop_event_partitions(now()) as dropped"),
    ).toEqual({ dropped: 0 });
    const { rows } = await pool.query(
      "select from call_attempt_events where at < '2000-01-01'",
    );
    expect(rows).toHaveLength(0);
    const next = "date_trunc('month', now(), 'UTC') + interval '1 month'";
    expect(
      await one(pool, `select drop_event_partitions(${next}) as dropped`),
    ).toEqual({ dropped: 1 });
    await pool.query("select ensure_event_partitions(2)");
  });
});

describe("jobs with a key", () => {
  it("are added even if a worker locks the job of that key in between", async () => {
    const add =
      "select add_keyed_job('tick', '{\"n\": 1}', null, 'tick:1', 'replace') as id";
    const { id: first } = await one(pool, add);
    const worker = await pool.connect();
    try {
      await worker.query("begin");
      await worker.query(
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where id = $1",
        [first],
      );
      const second = one(pool, add);
      const plain = one(
        pool,
        "select (graphile_worker.add_job('tick', job_key => 'tick:1')).id",
      );
      await waitFor("both to wait for the worker", async () => {
        const { rows } = await pool.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rows.length === 2;
      });
      await worker.query("commit");
      const ids = [(await second)["id"], (await plain)["id"]];
      expect(ids[0]).not.toBeNull();
      expect(ids[0]).not.toBe(first);
      const { rows } = await pool.query(
        "select id from graphile_worker._private_jobs where key = 'tick:1'",
      );
      expect(rows).toEqual([{ id: ids[0] }]);
    } finally {
      worker.release();
    }
  });

  it("keep an earlier run_at when a task re-adds itself", async () => {
    const add = (at: string) =>
      pool.query(
        `select add_keyed_job('tick', '{}', ${at}, 'tick:2', 'preserve_run_at')`,
      );
    await add("timestamptz '2030-01-01 00:00Z'");
    await add("timestamptz '2031-01-01 00:00Z'");
    expect(
      await one(
        pool,
        "select run_at from graphile_worker._private_jobs where key = 'tick:2'",
      ),
    ).toEqual({
      run_at: new Date("2030-01-01T00:00:00Z"),
    });
  });
});

describe("trunks", () => {
  it("have a bucket that follows cps_limit, and a voice node that is known", async () => {
    const trunkId = await insertTrunk(pool, {
      voice_node: "north",
      cps_limit: 5,
    });
    const bucket = () =>
      one(
        pool,
        "select max_tokens::float, refill_rate::float from rate_limit_buckets where trunk_id = $1",
        [trunkId],
      );
    expect(await bucket()).toEqual({ max_tokens: 5, refill_rate: 5 });
    await pool.query("update trunk_config set cps_limit = 0.5 where id = $1", [
      trunkId,
    ]);
    expect(await bucket()).toEqual({ max_tokens: 1, refill_rate: 0.5 });
    expect(
      await one(
        pool,
        "select lease_epoch from voice_nodes where name = 'north'",
      ),
    ).toEqual({ lease_epoch: "0" });
  });

  it.each([
    "PJSIP/021{national}@carrier",
    "sofia/gateway/carrier/0{national}",
    "Local/{number}@from-internal/n",
    "mock/a/{e164}",
  ])("take the dial string %s", async (dialString) => {
    await expect(
      insertTrunk(pool, {
        name: dialString.slice(0, 4),
        dial_string: dialString,
      }),
    ).resolves.toBeDefined();
  });

  it.each([
    "PJSIP/100@x",
    "PJSIP/{phone}@x",
    "PJSIP/{number}@x\r\nAction: y",
    "x/{number};y",
    "x/{number}&y",
    "x/{number}|y",
    "x/{number},y",
    "[a=b]{number} z",
    "{a={number}",
  ])("refuse the dial string %j", async (dialString) => {
    await expect(
      insertTrunk(pool, { dial_string: dialString }),
    ).rejects.toMatchObject({
      constraint: "trunk_config_dial_string_is_safe",
    });
  });
});

describe("a Local channel in a dial string", () => {
  it.each([
    "Local/{number}@from-internal",
    "local/{number}@from-internal/j",
    "Local/{number}",
  ])("is refused without /n: %s", async (dialString) => {
    await expect(
      insertTrunk(pool, { name: "inside", dial_string: dialString }),
    ).rejects.toMatchObject({
      constraint: "trunk_config_local_keeps_its_channel",
      hint: expect.stringContaining("Local/{number}@context/n") as string,
    });
  });

  it.each(["Local/{number}@from-internal/jn", "local/{number}@x/nj"] as const)(
    "is taken with it: %s",
    async (dialString) => {
      await expect(
        insertTrunk(pool, {
          name: dialString.slice(0, 4) + dialString.slice(-2),
          dial_string: dialString,
        }),
      ).resolves.toBeDefined();
    },
  );
});

describe("a Postgres without Supabase's roles", () => {
  it("is set up as well, and gives a role its rights at the next migrate", async () => {
    const server = await startLocalPostgres({
      superuser: "postgres",
      binaries: "any",
      durable: false,
    });
    try {
      const url = server.url("postgres", "postgres");
      const options = {
        databaseUrl: url,
        dialerSchema: "dialer",
        workerSchema: "dialer_worker",
      };
      await migrate(options);
      await withClient(url, async (client) => {
        await client.query("set search_path to dialer");
        await insertCampaign(client);
        expect(await one(client, "select account_id from campaigns")).toEqual({
          account_id: "00000000-0000-0000-0000-000000000000",
        });
        await client.query("create role authenticated");
        await migrate(options);
        expect(
          await one(
            client,
            "select has_table_privilege('authenticated', 'dialer.campaigns', 'select') as granted",
          ),
        ).toEqual({ granted: true });
      });
    } finally {
      await server.stop();
    }
  });
});
