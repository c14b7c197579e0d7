/** What is told before Postgres tells it: what is there already, what is in use, and whatever a function refuses. */
import type { PostgrestError, SupabaseClient } from "@supabase/supabase-js";
import { beforeAll, describe, expect, it } from "vitest";
import { supabaseClient } from "../../support/postgrest.ts";
import { anna, shareAccounts } from "./accounts.ts";
import { explained, raw } from "./explaining.ts";
import { insertTrunk } from "./rows.ts";
import type { Row } from "./written-tables.ts";

const scene = shareAccounts();
let client: SupabaseClient;
let administrator: SupabaseClient;

beforeAll(() => {
  client = supabaseClient(scene.database, anna);
  administrator = supabaseClient(scene.database, "service_role");
});

const explain = (error: Parameters<typeof explained>[1]) =>
  explained(scene.database, error);
const rowsOf = async <Type extends Row>(sql: string): Promise<Type[]> =>
  (await scene.database.pool.query<Type>(sql)).rows;

describe("before Postgres says it", () => {
  const faultsOf = (error: PostgrestError | null) =>
    (JSON.parse(error?.details ?? "{}") as { faults?: { code: string }[] })
      .faults ?? [];

  it("a row that is there already is refused in words, at insert and at update, and an upsert is not", async () => {
    const { pool } = scene.database;
    const pairs: readonly (readonly [SupabaseClient, string, Row, Row])[] = [
      [
        client,
        "lists",
        { id: crypto.randomUUID(), campaign_id: scene.campaignId, name: "One" },
        {},
      ],
      [
        client,
        "campaign_windows",
        {
          campaign_id: scene.campaignId,
          weekday: 7,
          opens: "09:00",
          closes: "10:00",
        },
        { opens: "12:00" },
      ],
      [
        client,
        "retry_rules",
        {
          campaign_id: scene.campaignId,
          disposition: "LATER",
          delay_seconds: 60,
          max_tries: 1,
        },
        {},
      ],
      [administrator, "voice_nodes", { name: "second-pbx" }, {}],
      [
        administrator,
        "destinations",
        { name: "Told twice" },
        { name: "Told once" },
      ],
      [
        administrator,
        "trunk_config",
        {
          name: "told-twice",
          dial_string: "mock/a/{number}",
          cps_limit: 1,
          max_channels: 1,
        },
        { name: "told-once" },
      ],
    ];
    for (const [who, table, row, other] of pairs) {
      expect((await who.from(table).insert(row)).error).toBeNull();
      const { error } = await who.from(table).insert(row);
      expect(error, table).toMatchObject({ code: "23505" });
      expect(faultsOf(error)).toMatchObject([{ code: "ROW_EXISTS" }]);
      expect(`${String(error?.message)} ${String(error?.hint)}`).not.toMatch(
        raw,
      );
      if (Object.keys(other).length === 0) continue;
      expect(
        (await who.from(table).insert({ ...row, ...other })).error,
      ).toBeNull();
      let update = who.from(table).update(pickFrom(row, other));
      for (const [column, value] of Object.entries({ ...row, ...other }))
        if (
          !["closes", "max_channels", "cps_limit", "dial_string"].includes(
            column,
          )
        )
          update = update.eq(column, value);
      expect(faultsOf((await update).error)).toMatchObject([
        { code: "ROW_EXISTS" },
      ]);
    }
    const upsert = await client.from("campaign_windows").upsert(
      {
        campaign_id: scene.campaignId,
        weekday: 7,
        opens: "09:00",
        closes: "11:00",
      },
      { onConflict: "campaign_id,weekday,opens" },
    );
    expect(upsert.error).toBeNull();
    // Another program's statement may say what is to be done with a row that exists.
    await scene.database.asUser(anna, (as) =>
      as.query(
        "insert into campaign_windows (campaign_id, weekday, opens, closes) values ($1, 7, '09:00', '13:00') on conflict do nothing",
        [scene.campaignId],
      ),
    );
    await pool.query("delete from campaign_windows where weekday = 7");
  });

  it("what is in use is not deleted, and the refusal says by what", async () => {
    const trunk = await insertTrunk(scene.database.pool, {
      name: "in-use",
      voice_node: "pbx-in-use",
    });
    const node = await administrator
      .from("voice_nodes")
      .delete()
      .eq("name", "pbx-in-use");
    expect(node.error?.message).toContain(
      '1 trunks lead out of it, such as "in-use"',
    );
    await scene.database.pool.query("update call_attempts set trunk_id = $1", [
      trunk,
    ]);
    const used = await administrator
      .from("trunk_config")
      .delete()
      .eq("id", trunk);
    expect(used.error).toMatchObject({
      code: "23503",
      message: `trunk ${trunk} has calls on record and cannot be deleted`,
    });
    const list = await client
      .from("lists")
      .insert({ campaign_id: scene.campaignId, name: "Called" })
      .select("id")
      .single();
    await scene.database.pool.query(
      "update leads set list_id = $1 where campaign_id = $2",
      [list.data?.id, scene.campaignId],
    );
    const called = await client.from("lists").delete().eq("id", list.data?.id);
    expect(called.error?.message).toContain("has leads with calls on record");
  });

  it("an administrator's key too is told that a campaign or a trunk is not there", async () => {
    const unknown = "0f0f0f0f-0000-4000-8000-0000000000ff";
    const lead = await administrator
      .from("leads")
      .insert({ campaign_id: unknown, phone: "11 3555-0100" });
    expect(faultsOf(lead.error)).toMatchObject([
      { code: "CAMPAIGN_IS_UNKNOWN" },
    ]);
    const trunk = await administrator
      .from("campaign_trunks")
      .insert({ campaign_id: scene.campaignId, trunk_id: unknown });
    expect(faultsOf(trunk.error)).toMatchObject([{ code: "TRUNK_IS_UNKNOWN" }]);
  });
});

const pickFrom = (row: Row, names: Row): Row =>
  Object.fromEntries(Object.keys(names).map((name) => [name, row[name]]));

describe("functions", () => {
  it("refuse with a code and a text, and in no words of their own", async () => {
    const raising = await rowsOf(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosrc ~* '\\mraise\\s+(exception|sqlstate|[a-z_]+;)'
         and proname <> 'dialer_refuse' and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')`,
    );
    expect(raising).toEqual([]);
    const unknown = await rowsOf(
      `select distinct proname, named[1] as code from pg_proc,
         regexp_matches(prosrc, 'dialer_(?:fault\\(|refuse_call\\(''[0-9A-Z]{5}'', )''([A-Z_]+)''', 'g') as named
       where pronamespace = 'public'::regnamespace
         and 2 <> (select count(*) from dialer_messages where code = named[1] or code like named[1] || '.%' and locale = 'en' limit 2)
         and not exists (select from dialer_messages as en join dialer_messages as pt on pt.code = en.code and pt.locale = 'pt-BR'
           where en.locale = 'en' and en.code = named[1])`,
    );
    expect(unknown).toEqual([]);
  });

  const nobody = "0f0f0f0f-0000-4000-8000-0000000000ff";
  it.each([
    ["hangup_attempt", { attempt_id: nobody }, "P0002", "ATTEMPT_IS_UNKNOWN"],
    ["erase_person", { phone: "nobody" }, "22023", "PHONE_TO_ERASE"],
    [
      "erase_person",
      { phone: "+5511999990123", account_id: nobody },
      "42501",
      "ERASURE_IN_ANOTHER_ACCOUNT",
    ],
    [
      "erase_person_of_lead",
      { lead_id: nobody },
      "P0002",
      "LEAD_TO_ERASE_IS_UNKNOWN",
    ],
    [
      "empty_campaign",
      { campaign_id: nobody },
      "P0002",
      "CAMPAIGN_TO_EMPTY_IS_UNKNOWN",
    ],
    [
      "calls_at",
      { moment: "2026-05-06T10:03:00Z", minutes: 0 },
      "22023",
      "MINUTES_OF_CALLS",
    ],
    ["number_history", { phone: "nobody" }, "22023", "PHONE_ASKED_FOR"],
    [
      "calls_by_hour",
      { day: "2026-05-06", zone: "Brasilia" },
      "22023",
      "ZONE_ASKED_FOR",
    ],
  ])(
    "%s(%j) says it in the caller's language",
    async (name, given, state, code) => {
      const brazilian = supabaseClient(scene.database, anna, {
        "accept-language": "pt-BR",
      });
      const { error: english } = await client.rpc(name, given);
      const { error: portuguese } = await brazilian.rpc(name, given);
      expect(english?.code).toBe(state);
      expect(JSON.parse(english?.details ?? "{}")).toMatchObject({
        faults: [{ code }],
      });
      expect(portuguese?.details).toBe(english?.details);
      expect(portuguese?.message).not.toBe(english?.message);
      for (const error of [english, portuguese]) {
        expect(error?.hint).not.toBe("");
        expect(error?.message).not.toMatch(raw);
      }
      expect(await explain(english)).toMatchObject({ code });
    },
  );

  it("for administrators do so too", async () => {
    for (const [name, given] of [
      ["create_wallboard_display", { name: " " }],
      ["create_wallboard_display", { name: "TV", valid_for: "9 years" }],
      ["create_wallboard_display", { name: "x".repeat(201) }],
      ["revoke_wallboard_display", { display_id: nobody }],
      ["find_number", { phone: "nobody" }],
    ] as const) {
      const { error } = await administrator.rpc(name, given);
      expect(error, name).not.toBeNull();
      await explain(error);
    }
  });
});
