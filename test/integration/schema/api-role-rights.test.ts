/** What each API role may read, write and call. */
import { describe, expect, it } from "vitest";
import { anna, clientTables, engineTables, shareAccounts } from "./accounts.ts";
import { insertLead, insertTrunk, one } from "./rows.ts";

const scene = shareAccounts();

describe("a client of an account", () => {
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
    ["pause_reason", "update campaigns set pause_reason = 'BRAKE'"],
    ["attempts", "update leads set attempts = 7"],
    ["dials", "update leads set dials = 7"],
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
    expect(await scene.denied(anna, sql)).toBe("42501");
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
        await scene.denied(anna, "update campaigns set variables = $1::jsonb", [
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
    expect(await scene.denied(anna, sql)).toBe("42501");
    expect(await scene.denied("anon", sql)).toBe("42501");
  });
});

describe("other roles", () => {
  it.each([...clientTables, ...engineTables, "trunk_config", "outcomes"])(
    "anon cannot read %s",
    async (table) => {
      expect(await scene.denied("anon", `select * from ${table}`)).toBe(
        "42501",
      );
    },
  );

  it("a token that names nobody has no account", async () => {
    const client = await scene.database.pool.connect();
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
    await scene.database.asUser("service_role", async (client) => {
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
      await scene.denied(
        "service_role",
        "update trunk_config set health = 'OUT'",
      ),
    ).toBe("42501");
    expect(
      await scene.denied("service_role", "update leads set attempts = 7"),
    ).toBe("42501");
    expect(
      await scene.denied("service_role", "select * from graphile_worker.jobs"),
    ).toBe("42501");
  });

  it("privileged writers get the account of the campaign, whatever they gave", async () => {
    const id = await scene.database.asUser("service_role", (client) =>
      insertLead(client, scene.campaignId, {
        phone: "11 3555-0177",
        account_id: "99999999-0000-4000-8000-000000000000",
      }),
    );
    const row = await one(
      scene.database.pool,
      "select leads.account_id = campaigns.account_id as same from leads join campaigns on campaigns.id = campaign_id where leads.id = $1",
      [id],
    );
    expect(row).toEqual({ same: true });
  });

  it("a campaign cannot use a trunk of another account", async () => {
    const trunkId = await insertTrunk(scene.database.pool, {
      name: "carrier-b",
      account_id: "b0b0b0b0-0000-4000-8000-00000000000b",
    });
    await expect(
      scene.database.pool.query(
        "insert into campaign_trunks (campaign_id, trunk_id) values ($1, $2)",
        [scene.campaignId, trunkId],
      ),
    ).rejects.toMatchObject({ code: "23503" });
  });

  it("no function of ours may be called by everybody, nor be led astray by a search_path", async () => {
    const { rows } = await scene.database.pool.query(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace
         and (has_function_privilege('anon', oid, 'execute')
           or ((prosecdef or prolang <> (select oid from pg_language where lanname = 'sql')) and not exists (
             select from unnest(proconfig) as setting where setting = 'search_path=public, graphile_worker, pg_temp')))`,
    );
    expect(rows).toEqual([]);
  });
});
