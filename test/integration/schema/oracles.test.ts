/** What one account could learn of another by asking: nothing, whichever table, key, function or view it asks. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { anna, berta, shareAccounts } from "./accounts.ts";
import { insertCampaign, insertTrunk, one } from "./rows.ts";

const scene = shareAccounts();
/** Nobody's. */
const unknownId = "0f0f0f0f-0000-4000-8000-0000000000ff";
const carriersWords = "603 from sbc-17 of the carrier";

/** Ids of Anna's rows, by the table they are of. */
const annas: Record<string, string> = {};
let bertasCampaign = "";
let bertasList = "";

beforeAll(async () => {
  const { pool } = scene.database;
  annas["trunk_config"] = await insertTrunk(pool, {
    name: "only-anna",
    account_id: anna.sub,
    voice_node: "node-of-anna",
    dial_string: "PJSIP/{number}@line-of-anna",
  });
  await pool.query(
    `update trunk_config set disabled_reason = $1, last_fault = $1, limit_group = 'shared-limit'`,
    [carriersWords],
  );
  const destination = await one(
    pool,
    "insert into destinations (name, account_ids) values ('Annas place', array[$1::uuid]) returning id",
    [anna.sub],
  );
  annas["destinations"] = String(destination["id"]);
  await pool.query(
    "update campaign_passes set waiting_for_trunks = array[$1::uuid]",
    [annas["trunk_config"]],
  );
  await scene.database.asUser(anna, async (client) => {
    await client.query(
      "insert into dnc_entries (campaign_id, phone_e164, reason) values ($1, '+551135550177', 'asked Anna')",
      [scene.campaignId],
    );
    await client.query(
      `insert into retry_rules (campaign_id, disposition, delay_seconds, max_tries) values ($1, 'ANNAS_RESULT', 60, 1)`,
      [scene.campaignId],
    );
    await client.query(
      "update leads set list_id = (select id from lists limit 1), first_name = 'Annas lead'",
    );
  });
  await scene.database.asUser(berta, async (client) => {
    bertasCampaign = await insertCampaign(client, { name: "Of Berta" });
    const list = await one(
      client,
      "insert into lists (campaign_id, name) values ($1, 'June') returning id",
      [bertasCampaign],
    );
    bertasList = list["id"] as string;
  });
  for (const table of ["campaigns", "lists", "leads", "call_attempts"]) {
    const { id } = await one(
      pool,
      `select min(id::text) as id from ${table} where account_id = $1`,
      [anna.sub],
    );
    annas[table] = id as string;
  }
});

interface Answer {
  readonly rows?: unknown;
  readonly error?: Record<string, unknown>;
}

/** What Berta is told, with ids left out: that she gave another one is what she knows herself. */
async function answer(sql: string, values: unknown[] = []): Promise<Answer> {
  const plain = (text: unknown) =>
    typeof text === "string"
      ? text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
      : text;
  const undo = new Error("rolled back");
  let rows: unknown;
  try {
    await scene.database.asUser(berta, async (client) => {
      const result = await client.query(sql, values);
      rows = { rowCount: result.rowCount, rows: result.rows as unknown };
      throw undo;
    });
  } catch (error) {
    if (error === undo) return { rows: plain(JSON.stringify(rows)) };
    const said = error as Record<string, unknown>;
    return {
      error: Object.fromEntries(
        ["code", "message", "detail", "hint", "constraint", "table", "where"]
          .map((name) => [name, plain(said[name])])
          .filter(([, value]) => value !== undefined),
      ),
    };
  }
  return {};
}

/** Tables of ours that a client may write, with the columns that it may give, and which of them name another row. */
async function writableTables(privilege: "insert" | "update") {
  const { rows } = await scene.database.pool.query<{
    table: string;
    columns: string[] | null;
    references: string[] | null;
  }>(
    `select relname as table,
       array_agg(attname::text order by attnum) filter (where attname = any (dialer_granted_columns(class.oid, 'authenticated', upper($1)))) as columns,
       array_agg(attname::text order by attnum) filter (where attname = any (dialer_granted_columns(class.oid, 'authenticated', upper($1)))
         and attnum in (select unnest(conkey) from pg_constraint where contype = 'f' and conrelid = class.oid)
         and atttypid = 'uuid'::regtype) as references
     from pg_class as class join pg_attribute on attrelid = class.oid and attnum > 0 and not attisdropped
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     group by class.oid, relname
     having bool_or(attname = any (dialer_granted_columns(class.oid, 'authenticated', upper($1))))
     order by relname`,
    [privilege],
  );
  return rows.map((row) => ({
    ...row,
    columns: row.columns ?? [],
    references: row.references ?? [],
  }));
}

const ownIds = (): Record<string, string> => ({
  campaign_id: bertasCampaign,
  list_id: bertasList,
});

const insertOf = (table: string, columns: readonly string[]) =>
  `insert into ${table} (${columns.join(", ")})
   select ${columns.map((name) => `given.${name}`).join(", ")} from jsonb_populate_record(null::${table}, $1) as given`;

describe("another account's row and one that does not exist", () => {
  it("are refused in the same words as the parent of a new row, whatever else the row repeats", async () => {
    let compared = 0;
    for (const { table, columns, references } of await writableTables(
      "insert",
    )) {
      const given = columns.filter((name) => name !== "id");
      const { rows } = await scene.database.pool.query<{
        row: Record<string, unknown>;
      }>(
        `select to_jsonb(mine) as row from ${table} as mine where account_id = $1`,
        [anna.sub],
      );
      for (const { row } of rows) {
        for (const column of references.filter((name) => row[name] !== null)) {
          const own = { ...row, ...ownIds(), [column]: row[column] };
          const none = { ...own, [column]: unknownId };
          const copy = { ...row };
          const nobodys = { ...row, [column]: unknownId };
          for (const [hers, nobody] of [
            [own, none],
            [copy, nobodys],
          ]) {
            const sql = insertOf(table, given);
            const refused = await answer(sql, [JSON.stringify(hers)]);
            expect(refused.error, `${table}.${column}`).toMatchObject({
              code: "23503",
            });
            expect(refused, `${table}.${column}`).toEqual(
              await answer(sql, [JSON.stringify(nobody)]),
            );
            compared += 1;
          }
        }
      }
    }
    expect(compared).toBeGreaterThanOrEqual(12);
  });

  it("are the same to an update of a reference, an update by key, and a delete", async () => {
    const updatable = await writableTables("update");
    expect(updatable.length).toBeGreaterThan(6);
    for (const { table, columns, references } of updatable) {
      const [column] = columns;
      const key =
        table === "account_settings"
          ? "account_id"
          : `(to_jsonb(${table}) ->> 'id')::uuid`;
      const hers = table === "account_settings" ? anna.sub : annas[table];
      for (const sql of [
        `update ${table} set ${String(column)} = ${String(column)} where ${key} = $1`,
        `delete from ${table} where ${key} = $1`,
      ])
        expect(await answer(sql, [hers ?? unknownId]), sql).toEqual(
          await answer(sql, [unknownId]),
        );
      for (const reference of references) {
        const sql = `update ${table} set ${reference} = $1`;
        const parent = reference.replace(/_id$/, "s");
        await scene.database.asUser(berta, (client) =>
          client.query(
            "insert into leads (campaign_id, phone) values ($1, '11 3555-0131')",
            [bertasCampaign],
          ),
        );
        const refused = await answer(sql, [annas[parent]]);
        expect(refused.error).toMatchObject({ code: "23503" });
        expect(refused).toEqual(await answer(sql, [unknownId]));
      }
    }
  });

  it("are the same to an upsert", async () => {
    const sql = `insert into leads (campaign_id, phone, external_id) values ($1, '11 3555-0100', 'crm-1')
      on conflict (campaign_id, external_id) do update set first_name = 'x'`;
    const refused = await answer(sql, [scene.campaignId]);
    expect(refused.error).toMatchObject({ code: "23503" });
    expect(refused).toEqual(await answer(sql, [unknownId]));
  });

  it("are the same to every function that a client may call", async () => {
    const { rows } = await scene.database.pool.query<{
      name: string;
      types: string[];
    }>(
      `select proname as name, coalesce(array(select format_type(type, null) from unnest(proargtypes) as type), '{}') as types
       from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f'
         and prorettype <> 'trigger'::regtype and has_function_privilege('authenticated', oid, 'execute')
         and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')`,
    );
    const asking = rows.filter(({ types }) => types.includes("uuid"));
    expect(asking.map(({ name }) => name)).toContain("hangup_attempt");
    for (const { name, types } of asking) {
      const call = `select ${name}(${types.map((type) => (type === "uuid" ? "$1::uuid" : `null::${type}`)).join(", ")})`;
      for (const [table, id] of Object.entries(annas))
        expect(await answer(call, [id]), `${name} of ${table}`).toEqual(
          await answer(call, [unknownId]),
        );
    }
  });
});

describe("what a client can read", () => {
  /** Relations and functions without parameters, with the columns that it may read. */
  async function readable(): Promise<string[]> {
    const { rows } = await scene.database.pool.query<{ sql: string }>(
      `select format('select to_jsonb(seen)::text as row from (select %s from %I) as seen',
         string_agg(quote_ident(attname), ', ' order by attnum), relname) as sql
       from pg_class as class join pg_attribute on attrelid = class.oid and attnum > 0 and not attisdropped
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
         and has_column_privilege('authenticated', class.oid, attnum, 'select')
       group by class.oid, relname
       union all
       select format('select to_jsonb(seen)::text as row from %I() as seen', proname)
       from pg_proc where pronamespace = 'public'::regnamespace and pronargs = 0 and prokind = 'f'
         and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype, 'void'::regtype)
         and has_function_privilege('authenticated', oid, 'execute')`,
    );
    return rows.map(({ sql }) => sql);
  }

  it("holds no word of another account, nor what a shared trunk dials and why it failed", async () => {
    const questions = await readable();
    expect(questions.length).toBeGreaterThan(15);
    const words = [
      anna.sub,
      ...Object.values(annas),
      "only-anna",
      "node-of-anna",
      "line-of-anna",
      "Annas lead",
      "asked Anna",
      "ANNAS_RESULT",
      "Spring",
      carriersWords,
      "shared-limit",
      "mock/a/{number}",
    ];
    for (const sql of questions) {
      const { rows } = await scene.database.asUser(berta, (client) =>
        client.query<{ row: string }>(sql),
      );
      const seen = rows.map(({ row }) => row).join("\n");
      for (const word of words) expect(seen, sql).not.toContain(word);
    }
  });

  it("is decided by row level security, in every view too", async () => {
    const { rows } = await scene.database.pool.query(
      `select relname from pg_class
       where relnamespace = 'public'::regnamespace and has_table_privilege('authenticated', oid, 'select')
         and (relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false)
           or relkind in ('r', 'p') and not relrowsecurity or relkind = 'm')`,
    );
    expect(rows).toEqual([]);
  });

  it("is of a trunk what a front end needs", async () => {
    const trunks = await scene.database.asUser(berta, (client) =>
      client.query(
        "select name, voice_node, is_active, health, disabled_until, cps_limit, max_channels, number_pattern from trunk_config",
      ),
    );
    expect(trunks.rows).toHaveLength(1);
    for (const column of [
      "dial_string",
      "caller_id",
      "limit_group",
      "disabled_reason",
      "last_fault",
      "last_fault_at",
      "last_answer_at",
      "consecutive_faults",
      "updated_at",
    ])
      expect(
        await scene.denied(anna, `select ${column} from trunk_config`),
        column,
      ).toBe("42501");
  });

  it("tells of voice nodes and buckets of its own trunks, and of shared ones", async () => {
    const asked = (who: typeof anna) =>
      scene.database.asUser(who, (client) =>
        one(
          client,
          `select array(select voice_node from dialer_node_facts() order by 1) as nodes,
             dialer_trunk_has_bucket($1) as has_bucket`,
          [annas["trunk_config"]],
        ),
      );
    expect(await asked(anna)).toEqual({
      nodes: ["default", "node-of-anna"],
      has_bucket: true,
    });
    expect(await asked(berta as never)).toEqual({
      nodes: ["default"],
      has_bucket: false,
    });
  });
});

describe("a carrier's password in a dial string", () => {
  const refusal = (dialString: string) =>
    insertTrunk(scene.database.pool, {
      name: "with-password",
      dial_string: dialString,
    }).then(
      () => null,
      (error: unknown) => error as { constraint?: string; hint?: string },
    );

  it("is refused wherever a password can stand", async () => {
    const secret = fc
      .string({
        unit: fc.constantFrom(..."abcXYZ0189!$%*_-.".split("")),
        minLength: 1,
        maxLength: 20,
      })
      .filter((text) => !/^\d{1,5}$/.test(text));
    const form = fc.constantFrom(
      (word: string) => `SIP/user:${word}@sip.example.com/{number}`,
      (word: string) => `SIP/{number}:${word}:md5:user@sip.example.com`,
      (word: string) => `IAX2/user:${word}@peer/{number}`,
      (word: string) => `sofia/external/{number}:${word}@sip.example.com`,
      (word: string) =>
        `PJSIP/carrier/sip:user:${word}@sip.example.com/{number}`,
      (word: string) =>
        `[sip_auth_password=${word}]sofia/gateway/carrier/{number}`,
      (word: string) => `PJSIP/{number}@carrier?password=${word}`,
      (word: string) => `Local/{number}@out/secret:${word}`,
    );
    await fc.assert(
      fc.asyncProperty(secret, form, async (word, write) => {
        const refused = await refusal(write(word));
        expect(refused, write(word)).toMatchObject({
          constraint: "trunk_config_dial_string_holds_no_password",
          hint: expect.stringContaining("pjsip.conf") as string,
        });
      }),
      { numRuns: 120 },
    );
  });

  it.each([
    "PJSIP/carrier/sip:0{national}@sip.example.com:5061",
    "PJSIP/carrier/sips:{e164}@sip.example.com:5061",
    "IAX2/peer:4569/{number}@from-dialer",
    "SIP/0{national}@carrier",
    "sofia/gateway/carrier/0{national}",
    "sofia/external/{number}@192.0.2.7:5080",
    "Local/{number}@from-internal/n",
    "mock/a/{e164}",
  ])("is not seen in %s", async (dialString) => {
    const client = await scene.database.pool.connect();
    try {
      await client.query("begin");
      await insertTrunk(client, { name: "plain", dial_string: dialString });
    } finally {
      await client.query("rollback");
      client.release();
    }
  });

  it("does not stop the engine's notes on a trunk that has had one since before", async () => {
    const client = await scene.database.pool.connect();
    try {
      await client.query("begin");
      await client.query("alter table trunk_config disable trigger user");
      const id = await insertTrunk(client, {
        name: "old",
        dial_string: "SIP/user:s3cr3t@sip.example.com/{number}",
      });
      await client.query("alter table trunk_config enable trigger user");
      const noted = await client.query(
        "update trunk_config set health = 'OUT', last_fault = 'TRUNK_FAULT' where id = $1",
        [id],
      );
      expect(noted.rowCount).toBe(1);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
});
