import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type ActingAs,
  type TestDatabase,
} from "../../support/database.ts";
import {
  insertAttempt,
  insertCampaign,
  insertLead,
  insertTrunk,
  jobs,
  one,
} from "./rows.ts";

const anna: ActingAs = { sub: "7d0a3f52-0d3f-4a52-9d6b-0f6a5a3c1e11" };
const berta: ActingAs = {
  sub: "11111111-2222-4333-8444-555555555555",
  accountId: "b0b0b0b0-0000-4000-8000-00000000000b",
};

const clientTables = [
  "account_settings",
  "campaigns",
  "campaign_windows",
  "lists",
  "leads",
  "dnc_entries",
  "retry_rules",
  "call_attempts",
  "campaign_trunks",
  "campaign_passes",
  "call_attempt_events",
];
const engineTables = [
  "installation",
  "engines",
  "voice_nodes",
  "rate_limit_buckets",
  "dialer_migrations",
  "dialer_jobs",
  "call_attempt_events_default",
];

let database: TestDatabase;
let campaignId: string;
let leadId: string;
let attemptId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  campaignId = await database.asUser(anna, (client) => insertCampaign(client));
  leadId = await database.asUser(anna, (client) =>
    insertLead(client, campaignId, { external_id: "crm-1" }),
  );
  const trunkId = await insertTrunk(pool);
  ({ attemptId } = await insertAttempt(
    pool,
    campaignId,
    trunkId,
    "RINGING",
    "+551135550123",
  ));
  await pool.query(
    "insert into campaign_trunks (campaign_id, trunk_id) values ($1, $2)",
    [campaignId, trunkId],
  );
  await pool.query("insert into campaign_passes (campaign_id) values ($1)", [
    campaignId,
  ]);
  await pool.query(
    `insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key)
     select id, account_id, now(), 'RINGING', 'k1' from call_attempts`,
  );
  await database.asUser(anna, async (client) => {
    await client.query(
      "insert into account_settings (min_gap_seconds) values (60)",
    );
    await client.query(
      "insert into lists (campaign_id, name) values ($1, 'May')",
      [campaignId],
    );
    await client.query(
      "insert into dnc_entries (phone_e164) values ('+551135550199')",
    );
    await client.query(
      "insert into campaign_windows (campaign_id, weekday, opens, closes) values ($1, 1, '09:00', '24:00')",
      [campaignId],
    );
    await client.query(
      "insert into retry_rules (outcome, delay_seconds, max_tries) values ('BUSY', 60, 1)",
    );
  });
});
afterAll(() => database.drop());

function denied(
  who: ActingAs,
  sql: string,
  values: unknown[] = [],
): Promise<string> {
  return database
    .asUser(who, (client) => client.query(sql, values))
    .then(
      () => "nothing",
      (error: unknown) => String((error as { code?: unknown }).code),
    );
}

describe("a client of an account", () => {
  it("makes a campaign be scheduled by inserting rows, and nothing else", async () => {
    const waiting = await jobs(database.pool, "schedule_campaign");
    expect(waiting.length).toBeGreaterThanOrEqual(2);
    expect(waiting[0]).toEqual({
      task: "schedule_campaign",
      payload: { campaignId },
    });
    const { account_id } = await one(
      database.pool,
      "select account_id from leads where id = $1",
      [leadId],
    );
    expect(account_id).toBe(typeof anna === "string" ? "" : anna.sub);
  });

  it.each(clientTables)(
    "sees its own rows of %s, another account none",
    async (table) => {
      const count = `select count(*)::int as rows from ${table} where account_id is not null`;
      const own = await database.asUser(anna, (client) => one(client, count));
      const others = await database.asUser(berta, (client) =>
        one(client, count),
      );
      expect(own["rows"]).toBeGreaterThan(0);
      expect(others["rows"]).toBe(0);
    },
  );

  it.each(["campaign_progress", "dialing_blockers", "call_attempt_timers"])(
    "sees its own campaigns in %s, another account none",
    async (view) => {
      const count = `select count(*)::int as rows from ${view}`;
      const own = await database.asUser(anna, (client) => one(client, count));
      const others = await database.asUser(berta, (client) =>
        one(client, count),
      );
      expect(own["rows"]).toBeGreaterThan(0);
      expect(others["rows"]).toBe(0);
    },
  );

  it("reads shared trunks, outcomes and the installation's retry rules", async () => {
    const counts = await database.asUser(berta, (client) =>
      one(
        client,
        `select (select count(*)::int from trunk_config) as trunks,
           (select count(*)::int from outcomes) as outcomes, (select count(*)::int from retry_rules) as rules`,
      ),
    );
    expect(counts).toEqual({ trunks: 1, outcomes: 16, rules: 16 });
  });

  it("reads no trunk of another account", async () => {
    await insertTrunk(database.pool, {
      name: "carrier-anna",
      account_id: typeof anna === "string" ? null : anna.sub,
    });
    const sql = "select name from trunk_config order by name";
    const names = async (who: ActingAs) =>
      database.asUser(who, async (client) =>
        (await client.query<{ name: string }>(sql)).rows.map((row) => row.name),
      );
    expect(await names(anna)).toEqual(["carrier-a", "carrier-anna"]);
    expect(await names(berta)).toEqual(["carrier-a"]);
  });

  it.each([
    ["campaigns", "name = 'stolen'"],
    ["leads", "first_name = 'stolen'"],
    ["lists", "name = 'stolen'"],
    ["dnc_entries", "reason = 'stolen'"],
    ["retry_rules", "max_tries = 9"],
    ["account_settings", "min_gap_seconds = 0"],
    ["campaign_windows", "weekday = 2"],
    ["call_attempts", "disposition = 'stolen'"],
  ])("changes no row of another account in %s", async (table, change) => {
    const changed = await database.asUser(
      berta,
      async (client) =>
        (await client.query(`update ${table} set ${change}`)).rowCount,
    );
    expect(changed).toBe(0);
  });

  it.each([
    [
      "a lead",
      "insert into leads (campaign_id, phone) values ($1, '11 3555-0101')",
    ],
    ["a list", "insert into lists (campaign_id, name) values ($1, 'x')"],
    [
      "a window",
      "insert into campaign_windows (campaign_id, weekday, opens, closes) values ($1, 1, '10:00', '11:00')",
    ],
    [
      "a DNC entry",
      "insert into dnc_entries (campaign_id, phone_e164) values ($1, '+551135550102')",
    ],
    [
      "a retry rule",
      "insert into retry_rules (campaign_id, outcome, delay_seconds, max_tries) values ($1, 'BUSY', 1, 1)",
    ],
  ])("cannot hang %s on another account's campaign", async (_what, sql) => {
    expect(await denied(berta, sql, [campaignId])).toBe("23503");
  });

  it("cannot put a lead into a list of another campaign", async () => {
    const result = database.asUser(anna, async (client) => {
      const other = await insertCampaign(client, { name: "Other" });
      const list = await one(
        client,
        "insert into lists (campaign_id, name) values ($1, 'June') returning id",
        [other],
      );
      await client.query("update leads set list_id = $1 where id = $2", [
        list["id"],
        leadId,
      ]);
    });
    await expect(result).rejects.toMatchObject({ code: "23503" });
  });

  it.each([
    ["the account", "update campaigns set account_id = gen_random_uuid()"],
    ["dialplan_context", "update campaigns set dialplan_context = 'internal'"],
    [
      "dialplan_extension",
      "insert into campaigns (name, dialplan_extension) values ('x', '100')",
    ],
    [
      "setup_timeout_seconds",
      "update campaigns set setup_timeout_seconds = 30",
    ],
    ["max_dials", "update campaigns set max_dials = 100"],
    ["pause_reason", "update campaigns set pause_reason = null"],
    ["attempts", "update leads set attempts = 0"],
    ["dials", "update leads set dials = 0"],
    ["a lead's status", "update leads set status = 'DONE'"],
    ["phone_e164", "update leads set phone_e164 = '+551135550100'"],
    ["next_attempt_at", "update leads set next_attempt_at = now()"],
    ["a lead's campaign", "update leads set campaign_id = gen_random_uuid()"],
    ["an attempt's state", "update call_attempts set state = 'ENDED'"],
    [
      "an attempt",
      "insert into call_attempts (account_id) values (gen_random_uuid())",
    ],
    [
      "dial_string",
      "update trunk_config set dial_string = 'Local/{number}@any'",
    ],
    ["cps_limit", "update trunk_config set cps_limit = 1000"],
    ["campaign_trunks", "delete from campaign_trunks"],
    ["events", "delete from call_attempt_events"],
    ["the verdict", "update campaign_passes set verdict = '[]'"],
    ["outcomes", "update outcomes set counts_as_attempt = false"],
  ])("cannot write what is not a client's: %s", async (_what, sql) => {
    expect(await denied(anna, sql)).toBe("42501");
  });

  it.each([
    ["MONITOR-EXEC", '{"MONITOR-EXEC": "x"}'],
    ["a line end in a value", '{"NAME": "x\\nAction: Originate"}'],
    ["an object as value", '{"NAME": {"a": 1}}'],
    ["an array", '["a"]'],
    ["a value of 256 characters", JSON.stringify({ NAME: "x".repeat(256) })],
  ])(
    "cannot give a variable that could become a command: %s",
    async (_what, variables) => {
      expect(
        await denied(anna, "update campaigns set variables = $1::jsonb", [
          variables,
        ]),
      ).toBe("23514");
    },
  );

  it.each([
    "select * from graphile_worker.jobs",
    "select * from graphile_worker._private_jobs",
    "select graphile_worker.add_job('originate_call:default')",
    "select add_keyed_job('x', '{}', now(), 'k', 'replace')",
    "select drop_queued_attempts(gen_random_uuid())",
    "select dialer_wake('{}')",
    "select dialer_cancel_queued('{}')",
    "select dialer_list_jobs()",
    "select grant_api_roles()",
    "select ensure_event_partitions(1)",
    ...engineTables.map((table) => `select * from ${table}`),
  ])("cannot reach the machinery: %s", async (sql) => {
    expect(await denied(anna, sql)).toBe("42501");
    expect(await denied("anon", sql)).toBe("42501");
  });

  it("hangs up its own call, and cannot tell another account's from none", async () => {
    const hangUp = (who: ActingAs) =>
      database.asUser(who, (client) =>
        one(client, "select hangup_attempt($1) as asked", [attemptId]),
      );
    await expect(hangUp(berta)).rejects.toMatchObject({ code: "P0002" });
    expect(await hangUp(anna)).toEqual({ asked: true });
    expect(await hangUp("service_role")).toEqual({ asked: true });
    expect(await jobs(database.pool, "hangup_call")).toEqual(
      Array(2).fill({
        task: "hangup_call:default",
        payload: { attemptId, reason: "OPERATOR" },
      }),
    );
  });

  it("sets the disposition of its own call, and its time is kept", async () => {
    await database.asUser(anna, (client) =>
      client.query(
        "update call_attempts set disposition = 'SALE' where id = $1",
        [attemptId],
      ),
    );
    const row = await one(
      database.pool,
      "select disposition, disposition_at from call_attempts where id = $1",
      [attemptId],
    );
    expect(row).toEqual({
      disposition: "SALE",
      disposition_at: expect.any(Date) as Date,
    });
  });

  it("deletes a lead or campaign only while no attempt refers to it", async () => {
    expect(
      await denied(anna, "delete from campaigns where id = $1", [campaignId]),
    ).toBe("23503");
    const deleted = await database.asUser(
      anna,
      async (client) =>
        (await client.query("delete from leads where id = $1", [leadId]))
          .rowCount,
    );
    expect(deleted).toBe(1);
  });
});

describe("other roles", () => {
  it.each([...clientTables, ...engineTables, "trunk_config", "outcomes"])(
    "anon cannot read %s",
    async (table) => {
      expect(await denied("anon", `select * from ${table}`)).toBe("42501");
    },
  );

  it("a token that names nobody has no account", async () => {
    const client = await database.pool.connect();
    try {
      await client.query("begin");
      await client.query("select set_config('role', 'authenticated', true)");
      await client.query(
        `select set_config('request.jwt.claims', '{"role":"authenticated"}', true)`,
      );
      expect(
        await one(client, "select current_account_id() as account"),
      ).toEqual({ account: null });
    } finally {
      await client.query("rollback");
      client.release();
    }
  });

  it("service_role administers trunks in all accounts and leaves the engine's columns alone", async () => {
    await database.asUser("service_role", async (client) => {
      const trunkId = await insertTrunk(client, {
        name: "carrier-z",
        voice_node: "second",
      });
      await client.query(
        "update trunk_config set cps_limit = 2.5 where id = $1",
        [trunkId],
      );
      const { task_count } = await one(
        client,
        "select count(*)::int as task_count from dialer_jobs where campaign_id is not null",
      );
      expect(task_count).toBeGreaterThan(0);
    });
    expect(
      await denied("service_role", "update trunk_config set health = 'OUT'"),
    ).toBe("42501");
    expect(await denied("service_role", "update leads set attempts = 0")).toBe(
      "42501",
    );
    expect(
      await denied("service_role", "select * from graphile_worker.jobs"),
    ).toBe("42501");
  });

  it("privileged writers get the account of the campaign, whatever they gave", async () => {
    const id = await database.asUser("service_role", (client) =>
      insertLead(client, campaignId, {
        phone: "11 3555-0177",
        account_id: "99999999-0000-4000-8000-000000000000",
      }),
    );
    const row = await one(
      database.pool,
      "select leads.account_id = campaigns.account_id as same from leads join campaigns on campaigns.id = campaign_id where leads.id = $1",
      [id],
    );
    expect(row).toEqual({ same: true });
  });

  it("a campaign cannot use a trunk of another account", async () => {
    const trunkId = await insertTrunk(database.pool, {
      name: "carrier-b",
      account_id: "b0b0b0b0-0000-4000-8000-00000000000b",
    });
    await expect(
      database.pool.query(
        "insert into campaign_trunks (campaign_id, trunk_id) values ($1, $2)",
        [campaignId, trunkId],
      ),
    ).rejects.toMatchObject({ code: "23503" });
  });

  it("no function of ours may be called by everybody, nor be led astray by a search_path", async () => {
    const { rows } = await database.pool.query(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace
         and (has_function_privilege('anon', oid, 'execute')
           or ((prosecdef or prolang <> (select oid from pg_language where lanname = 'sql')) and not exists (
             select from unnest(proconfig) as setting where setting = 'search_path=public, graphile_worker, pg_temp')))`,
    );
    expect(rows).toEqual([]);
  });
});
