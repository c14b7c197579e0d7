/** What a person is told when a row is refused: which column, which value, what is right, in the own language, every fault at once. */
import type { PostgrestError, SupabaseClient } from "@supabase/supabase-js";
import { beforeAll, describe, expect, it } from "vitest";
import { readBlocks } from "../../support/page-blocks.ts";
import { supabaseClient } from "../../support/postgrest.ts";
import { isSql, run } from "../docs/run-block.ts";
import { anna, berta, shareAccounts } from "./accounts.ts";
import type { Row } from "./written-tables.ts";

const scene = shareAccounts();
let client: SupabaseClient;
let brazilian: SupabaseClient;
let administrator: SupabaseClient;

beforeAll(() => {
  client = supabaseClient(scene.database, anna);
  brazilian = supabaseClient(scene.database, anna, {
    "accept-language": "fr;q=0.9, pt-BR,pt;q=0.9, en;q=0.5",
  });
  administrator = supabaseClient(scene.database, "service_role");
});

interface Fault {
  readonly code: string;
  readonly params: Readonly<Record<string, string | null>>;
}

const faultsOf = (error: PostgrestError | null): readonly Fault[] =>
  error === null
    ? []
    : (JSON.parse(error.details) as { faults: Fault[] }).faults;

/** Of each table: a row that is right, and by code values that are not. */
const wrong: readonly (readonly [
  table: string,
  row: (ids: { campaign: string; lead: string }) => Row,
  faults: readonly (readonly [code: string, column: string, value: unknown])[],
])[] = [
  [
    "campaigns",
    () => ({ name: "Right" }),
    [
      ["campaigns_status_check", "status", "active"],
      ["campaigns_dial_mode_check", "dial_mode", "PREDICTIVE"],
      ["campaigns_dial_ratio_check", "dial_ratio", 11],
      ["campaigns_name_check", "name", ""],
      ["campaigns_purpose_check", "purpose", "x".repeat(201)],
      ["campaigns_caller_id_check", "caller_id", "my number"],
      ["campaigns_ring_timeout_seconds_check", "ring_timeout_seconds", 5],
      [
        "campaigns_max_call_duration_seconds_check",
        "max_call_duration_seconds",
        1,
      ],
      ["campaigns_max_attempts_check", "max_attempts", 0],
      ["campaigns_max_concurrent_calls_check", "max_concurrent_calls", 0],
      ["campaigns_timezone_is_known", "timezone", "Sao Paulo"],
      ["campaigns_start_time_check", "start_time", "09:00:30"],
      ["campaigns_end_time_check", "end_time", "21:00:30"],
      ["campaigns_start_time_differs_from_end_time", "start_time", "21:00"],
      ["campaigns_work_days_check", "work_days", [0]],
      ["VARIABLE_CHARACTER", "variables", { GREETING: "Olá, mundo" }],
      ["VARIABLE_NAME", "variables", { "bad name": "x" }],
    ],
  ],
  [
    "leads",
    ({ campaign }) => ({ campaign_id: campaign, phone: "11 3555-0321" }),
    [
      ["leads_phone_check", "phone", ""],
      ["leads_external_id_check", "external_id", ""],
      ["leads_first_name_check", "first_name", "x".repeat(201)],
      ["leads_last_name_check", "last_name", "x".repeat(201)],
      ["leads_metadata_check", "metadata", [1]],
      ["leads_timezone_is_known", "timezone", "America/Nowhere"],
      ["leads_disposition_check", "disposition", ""],
      ["LIST_IS_UNKNOWN", "list_id", "0f0f0f0f-0000-4000-8000-0000000000ff"],
      [
        "CAMPAIGN_IS_UNKNOWN",
        "campaign_id",
        "0f0f0f0f-0000-4000-8000-0000000000ff",
      ],
    ],
  ],
  [
    "lists",
    ({ campaign }) => ({ campaign_id: campaign, name: "Right" }),
    [
      ["lists_name_check", "name", "a\nb"],
      ["lists_source_check", "source", "x".repeat(501)],
      ["lists_legal_basis_check", "legal_basis", "x".repeat(501)],
    ],
  ],
  [
    "lead_phones",
    ({ lead }) => ({ lead_id: lead, phone: "11 3555-0456" }),
    [
      ["lead_phones_kind_check", "kind", ""],
      ["lead_phones_position_check", "position", 0],
      ["PHONE_MAY_BE_MEANT", "phone", "11 3555-0456 ramal 2"],
      ["LEAD_IS_UNKNOWN", "lead_id", "0f0f0f0f-0000-4000-8000-0000000000ff"],
    ],
  ],
  [
    "dnc_entries",
    () => ({ phone_e164: "(11) 98765-4399" }),
    [
      ["dnc_entries_reason_check", "reason", "x".repeat(501)],
      ["dnc_entries_source_check", "source", "x".repeat(201)],
      ["PHONE_CANNOT_BE_READ", "phone_e164", "nobody"],
    ],
  ],
  [
    "retry_rules",
    () => ({ outcome: "NO_ANSWER", delay_seconds: 60, max_tries: 1 }),
    [
      ["retry_rules_delay_seconds_check", "delay_seconds", -1],
      ["retry_rules_max_tries_check", "max_tries", 51],
      ["retry_rules_name_one_result", "disposition", "SALE"],
      ["retry_rules_next_number_check", "next_number", "SOON"],
      ["retry_rules_outcome_fkey", "outcome", "ENGAGED"],
    ],
  ],
  [
    "campaign_windows",
    ({ campaign }) => ({
      campaign_id: campaign,
      weekday: 6,
      opens: "09:00",
      closes: "10:00",
    }),
    [
      ["campaign_windows_weekday_check", "weekday", 8],
      ["campaign_windows_opens_check", "opens", "24:00"],
      ["campaign_windows_closes_check", "closes", "10:00:30"],
      ["campaign_windows_opens_differs_from_closes", "opens", "10:00"],
    ],
  ],
  [
    "account_settings",
    () => ({}),
    [
      ["account_settings_default_country_is_known", "default_country", "ZZ"],
      ["account_settings_timezone_is_known", "timezone", "Brasilia"],
      ["account_settings_min_gap_seconds_check", "min_gap_seconds", -1],
      [
        "account_settings_max_dials_per_phone_per_day_check",
        "max_dials_per_phone_per_day",
        0,
      ],
    ],
  ],
];

describe.each(wrong)("a row of %s", (table, row, faults) => {
  const ids = () => ({ campaign: scene.campaignId, lead: scene.leadId });

  it.each(faults)("is refused for %s", async (code, column, value) => {
    const given = { ...row(ids()), [column]: value };
    for (const who of [client, administrator]) {
      // An administrator's key is in no account: it finds no campaign by the foreign key alone.
      if (who === administrator && code.endsWith("_IS_UNKNOWN")) continue;
      const { error } = await who.from(table).insert(given);
      expect(faultsOf(error).map((fault) => fault.code)).toContain(code);
      expect(error?.message, code).toContain(
        column
          .replace("campaign_id", "campaign")
          .replace("lead_id", "lead")
          .replace("list_id", "list"),
      );
      expect(error?.message).not.toMatch(/violates|\?/);
      expect(error?.hint).not.toMatch(/^$|\?/);
      if (
        !code.startsWith("VARIABLE") &&
        String(value).length < 100 &&
        !Array.isArray(value) &&
        value !== true &&
        value !== "SALE"
      )
        expect(error?.message).toContain(String(value));
    }
    const { error: told } = await brazilian.from(table).insert(given);
    const { error: english } = await client.from(table).insert(given);
    expect(told?.message).not.toBe(english?.message);
    expect(faultsOf(told)).toEqual(faultsOf(english));
    for (const fault of faultsOf(told)) {
      const texts = await client
        .from("dialer_messages")
        .select("locale")
        .eq("code", fault.code)
        .order("locale");
      expect(texts.data).toEqual([{ locale: "en" }, { locale: "pt-BR" }]);
      const again = await client.rpc("dialer_message", {
        code: fault.code,
        params: fault.params,
        locale: "pt-BR",
      });
      expect(told?.message).toContain(
        (again.data as { message: string }[])[0]?.message,
      );
    }
  });
});

describe("faults", () => {
  it("are all told at once, with what is missing", async () => {
    const { error } = await client.from("campaigns").insert({
      status: "active",
      timezone: "Sao Paulo",
      max_attempts: 0,
      variables: { A: "x, y" },
    });
    expect(
      faultsOf(error)
        .map(({ code }) => code)
        .sort(),
    ).toEqual([
      "COLUMN_IS_MISSING",
      "VARIABLE_CHARACTER",
      "campaigns_max_attempts_check",
      "campaigns_status_check",
      "campaigns_timezone_is_known",
    ]);
    expect(error?.message).toContain("name of campaigns is missing");
    expect(error?.hint).toContain(
      "DRAFT, ACTIVE, PAUSED, COMPLETED, CANCELLED",
    );
    const { data } = await client.rpc("dialer_explain", {
      error,
      locale: "pt-BR",
    });
    expect(data).toHaveLength(5);
  });

  it("are told of an update as of an insert, and of a legal change none", async () => {
    const { error } = await client
      .from("campaigns")
      .update({ status: "PAUSE", priority: 3 })
      .eq("id", scene.campaignId);
    expect(faultsOf(error)).toMatchObject([
      {
        code: "campaigns_status_check",
        params: { value: "PAUSE", column: "status" },
      },
    ]);
    const change = await client
      .from("campaigns")
      .update({ status: "DRAFT" })
      .eq("id", scene.campaignId);
    expect(faultsOf(change.error)).toMatchObject([
      { code: "CAMPAIGN_STATUS_CHANGE" },
    ]);
    const archive = await client
      .from("campaigns")
      .update({ is_archived: true })
      .eq("id", scene.campaignId);
    expect(faultsOf(archive.error)).toMatchObject([
      { code: "campaigns_archived_have_ended" },
    ]);
  });

  it("that Postgres itself finds are explained too", async () => {
    const explain = async (error: PostgrestError | null, locale: string) => {
      const { data } = await client.rpc("dialer_explain", {
        error: {
          code: error?.code,
          message: error?.message,
          details: error?.details,
        },
        locale,
      });
      return (data as { code: string; message: string; hint: string }[])[0];
    };
    const lead = {
      campaign_id: scene.campaignId,
      phone: "11 3555-0777",
      external_id: "twice",
    };
    await client.from("leads").insert(lead);
    const twice = await client.from("leads").insert(lead);
    const number = await client
      .from("campaigns")
      .insert({ name: "x", priority: "high" });
    const foreign = await supabaseClient(scene.database, berta)
      .from("campaigns")
      .upsert({ id: scene.campaignId, name: "x" });
    const unsigned = await supabaseClient(scene.database, "anon")
      .from("leads")
      .select();
    for (const [error, code] of [
      [twice.error, "ROW_EXISTS"],
      [number.error, "VALUE_IS_NO_TYPE"],
      [foreign.error, "NOT_PERMITTED"],
      [unsigned.error, "NOT_PERMITTED"],
    ] as const) {
      const english = await explain(error, "en");
      const portuguese = await explain(error, "pt-BR");
      expect(english).toMatchObject({ code });
      expect(english?.message).not.toContain("?");
      expect(portuguese?.message).not.toBe(english?.message);
    }
    expect((await explain(twice.error, "en"))?.message).toContain(
      "external_id",
    );
  });

  it("of what has calls on record are told before the foreign key", async () => {
    const { error } = await client
      .from("campaigns")
      .delete()
      .eq("id", scene.campaignId);
    expect(error).toMatchObject({
      code: "23503",
      message: expect.stringContaining("has calls on record") as string,
    });
  });
});

describe("what people write", () => {
  it.each([
    ["(11) 3555-0100", "+551135550100"],
    ["+55 11 3555 0100", "+551135550100"],
    ["1135550100", "1135550100"],
    ["4004", "4004"],
  ])("caller_id %s is %s", async (written, held) => {
    const { data } = await client
      .from("campaigns")
      .insert({ name: "Caller", caller_id: written })
      .select("caller_id")
      .single();
    expect(data).toEqual({ caller_id: held });
  });

  it("is a do-not-call number in the account's country, and the same number written anew is no change", async () => {
    const { data } = await client
      .from("dnc_entries")
      .insert([
        { phone_e164: "11 98765-4301", account_id: null },
        { phone_e164: "+55 (11) 98765-4302", account_id: anna.sub },
      ])
      .select("id, phone_e164");
    expect(data?.map((row) => row.phone_e164 as unknown)).toEqual([
      "+5511987654301",
      "+5511987654302",
    ]);
    const { error } = await client
      .from("dnc_entries")
      .update({ phone_e164: "(11) 98765-4301", reason: "asked" })
      .eq("id", data?.[0]?.id);
    expect(error).toBeNull();
  });

  it.each([
    ["23:59:59", "24:00:00"],
    ["23:59:59.999", "24:00:00"],
    ["18:59:59", "19:00:00"],
    ["24:00", "24:00:00"],
    ["18:30", "18:30:00"],
  ])("an end of %s is %s", async (written, held) => {
    const campaign = await client
      .from("campaigns")
      .insert({ name: "End", end_time: written })
      .select("id, end_time")
      .single();
    expect(campaign.data?.end_time).toBe(held);
    const window = await client
      .from("campaign_windows")
      .insert({
        campaign_id: campaign.data?.id as string,
        weekday: 1,
        opens: "08:00",
        closes: written,
      })
      .select("closes")
      .single();
    expect(window.data).toEqual({ closes: held });
  });
});

describe("docs/errors.md", () => {
  it("shows an error as it is", async () => {
    const shown = (await readBlocks("docs/errors.md")).find(
      ({ language }) => language === "json",
    );
    const { error } = await client
      .from("campaigns")
      .insert({ name: "x", status: "active", max_attempts: 0 });
    const { details, ...rest } = JSON.parse(shown?.text ?? "{}") as Record<
      string,
      string
    >;
    expect(error).toMatchObject(rest);
    expect(faultsOf(error)).toEqual(
      (JSON.parse(details ?? "") as { faults: unknown }).faults,
    );
  });

  it("shows SQL that a client may run", async () => {
    const blocks = (await readBlocks("docs/errors.md")).filter(isSql);
    expect(blocks).toHaveLength(2);
    for (const block of blocks)
      expect(await run(scene.database, block)).toHaveLength(1);
  });
});

describe("the catalogue of texts", () => {
  const rows = async (sql: string) =>
    (await scene.database.pool.query<Row>(sql)).rows;

  it("has one in each language for every check, rule, key and reference of a table that a client or administrator writes", async () => {
    const missing = await rows(
      `with relation as (
         select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
           and has_any_column_privilege('authenticated', oid, 'update') or relname in ('trunk_config', 'accounts') and relkind = 'r'
       ), settable as (
         select relation.oid as relation, attnum from relation join pg_attribute on attrelid = relation.oid
         where attnum > 0 and (attname = any (dialer_granted_columns(relation.oid, 'authenticated', 'INSERT') || dialer_granted_columns(relation.oid, 'authenticated', 'UPDATE'))
           or attname = any (dialer_granted_columns(relation.oid, 'service_role', 'INSERT') || dialer_granted_columns(relation.oid, 'service_role', 'UPDATE')))
       ), code as (
         select conname::text as code from pg_constraint join relation on relation.oid = conrelid
         where contype = 'c' and exists (select from settable where settable.relation = conrelid and settable.attnum = any (conkey))
         union all select rule.code from dialer_rules as rule
       )
       select code, locale from code cross join unnest(array['en', 'pt-BR']) as locale
       where not exists (select from dialer_messages as text where text.code = code.code and text.locale = locale)`,
    );
    expect(missing).toEqual([]);
  });

  it("has every text in both languages, with the same parameters", async () => {
    const odd = await rows(
      `select code from dialer_messages group by code
       having count(*) <> 2 or count(distinct (select array_agg(distinct m[1] order by m[1]) from regexp_matches(message || ' ' || coalesce(hint, ''), '\\{[a-z_]+\\}', 'g') as m)) > 1`,
    );
    expect(odd).toEqual([]);
  });

  it("is what every trigger of such a table refuses with: none raises words of its own", async () => {
    const raising = await rows(
      `select distinct proname from pg_trigger join pg_proc on pg_proc.oid = tgfoid
       where not tgisinternal and tgtype & 32 = 0 and prosrc ~* 'raise exception'
         and tgrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace
           and (has_any_column_privilege('authenticated', oid, 'update') or relname = 'trunk_config'))`,
    );
    expect(raising).toEqual([]);
  });

  it("is where every code stands that a function names", async () => {
    const unknown = await rows(
      `select distinct proname, named[1] as code from pg_proc, regexp_matches(prosrc, 'dialer_fault\\(''([A-Z_]+)''', 'g') as named
       where pronamespace = 'public'::regnamespace and not exists (select from dialer_messages where code = named[1])`,
    );
    expect(unknown).toEqual([]);
  });
});
