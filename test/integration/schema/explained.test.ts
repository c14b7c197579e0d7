/** Every error that an API role can meet has a text in both languages, whoever found it: ours, Postgres, PostgREST, the network. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { beforeAll, describe, expect, it } from "vitest";
import type { ActingAs } from "../../support/database.ts";
import { supabaseClient } from "../../support/postgrest.ts";
import { anna, shareAccounts } from "./accounts.ts";
import { errorOf, explained } from "./explaining.ts";
import type { Row } from "./written-tables.ts";

const scene = shareAccounts();
let client: SupabaseClient;

beforeAll(() => {
  client = supabaseClient(scene.database, anna);
});

const explain = (error: Parameters<typeof explained>[1], given?: object) =>
  explained(scene.database, error, given);
const refusal = (who: ActingAs, sql: string) =>
  errorOf(scene.database, who, sql);
const rowsOf = async <Type extends Row>(sql: string): Promise<Type[]> =>
  (await scene.database.pool.query<Type>(sql)).rows;

describe("a text for", () => {
  it("every unique key, with its values and where Postgres keeps them to itself", async () => {
    const keys = await rowsOf<{ name: string; table: string; columns: string }>(
      `select index_class.relname as name, indrelid::regclass::text as table,
         string_agg(pg_get_indexdef(indexrelid, place, false), ', ' order by place) as columns
       from pg_index join pg_class as index_class on index_class.oid = indexrelid, generate_series(1, indnkeyatts) as place
       where indisunique and relnamespace = 'public'::regnamespace group by 1, 2`,
    );
    expect(keys.length).toBeGreaterThan(40);
    for (const { name, table, columns } of keys) {
      const message = `duplicate key value violates unique constraint "${name}"`;
      const values = columns
        .split(", ")
        .map((_, place) => `value ${String(place)}`)
        .join(", ");
      const seen = await explain({
        code: "23505",
        message,
        details: `Key (${columns})=(${values}) already exists.`,
      });
      expect(seen).toMatchObject({ code: "ROW_EXISTS", table_name: table });
      const unseen = await explain({ code: "23505", message, details: null });
      expect(unseen).toMatchObject({ code: "ROW_EXISTS", table_name: table });
    }
  });

  it("both ends of every foreign key", async () => {
    const references = await rowsOf<{
      name: string;
      child: string;
      parent: string;
    }>(
      `select conname as name, conrelid::regclass::text as child, confrelid::regclass::text as parent
       from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0`,
    );
    expect(references.length).toBeGreaterThan(20);
    for (const { name, child, parent } of references)
      for (const details of [null, "Key (a_id)=(7)"]) {
        const to = await explain({
          code: "23503",
          message: `insert or update on table "${child}" violates foreign key constraint "${name}"`,
          details: details && `${details} is not present in table "${parent}".`,
        });
        expect(to).toMatchObject({
          code: "REFERENCE_IS_UNKNOWN",
          table_name: child,
        });
        const from = await explain({
          code: "23503",
          message: `update or delete on table "${parent}" violates foreign key constraint "${name}" on table "${child}"`,
          details:
            details && `${details} is still referenced from table "${child}".`,
        });
        expect(from).toMatchObject({
          code: "ROW_IS_REFERRED_TO",
          table_name: parent,
        });
        expect(from.message).toContain(child);
      }
  });

  it("every check", async () => {
    const checks = await rowsOf<{ name: string; table: string }>(
      `select conname as name, conrelid::regclass::text as table from pg_constraint
       where contype = 'c' and connamespace = 'public'::regnamespace`,
    );
    for (const { name, table } of checks)
      await explain({
        code: "23514",
        message: `new row for relation "${table}" violates check constraint "${name}"`,
      });
  });

  it("every table, view and function that a role may not use, as Postgres really refuses it", async () => {
    let refused = 0;
    for (const role of ["authenticated", "service_role"]) {
      const who = role === "authenticated" ? anna : "service_role";
      const relations = await rowsOf<{ name: string; verb: string }>(
        `select relname as name, verb from pg_class, unnest(array['select', 'insert', 'update', 'delete']) as verb
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not has_table_privilege('${role}', oid, verb)`,
      );
      const statements: Record<string, string> = {
        select: "select * from %",
        insert: "insert into % default values",
        update: "update % set #",
        delete: "delete from %",
      };
      for (const { name, verb } of relations) {
        const [column] = await rowsOf<{ name: string }>(
          `select quote_ident(attname) || ' = ' || quote_ident(attname) as name from pg_attribute
           where attrelid = '${name}'::regclass and attnum > 0 and attgenerated = '' and attidentity = '' order by attnum limit 1`,
        );
        const sql = (statements[verb] ?? "")
          .replace("%", name)
          .replace("#", String(column?.name));
        const error = await refusal(who, sql);
        if (error.code !== "42501") continue; // A view that cannot be written at all.
        expect(await explain(error), sql).toMatchObject({
          code: "NOT_PERMITTED",
          table_name: name,
        });
        refused += 1;
      }
      const functions = await rowsOf<{ name: string; call: string }>(
        `select proname as name, format('select %I(%s)', proname,
           (select string_agg('null::' || format_type(type, null), ', ' order by place) from unnest(proargtypes) with ordinality as given (type, place))) as call
         from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f' and prorettype <> 'trigger'::regtype
           and provariadic = 0 and 2276 <> all (proargtypes::oid[]) and not has_function_privilege('${role}', oid, 'execute')`,
      );
      for (const { name, call } of functions) {
        const told = await explain(await refusal(who, call));
        expect(told.code, call).toBe("NOT_PERMITTED");
        expect(told.message).toContain(name);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(200);
    await explain(await refusal(anna, "select * from trunk_config"));
    await explain(await refusal("anon", "select * from leads"));
  });

  it("every type that a column of a client's table has, told with the column where the row is given", async () => {
    const columns = await rowsOf<{ name: string; table: string; type: string }>(
      `select attname as name, relname as table, format_type(atttypid, null) as type
       from pg_class as class join pg_attribute on attrelid = class.oid
       where relnamespace = 'public'::regnamespace and relkind = 'r'
         and attname = any (dialer_granted_columns(class.oid, 'authenticated', 'INSERT')) and atttypid <> 'text'::regtype`,
    );
    const types = new Set<string>();
    for (const { name, table, type } of columns) {
      if (type === "jsonb") continue; // Any value is one.
      types.add(type);
      const row = { [name]: "high" };
      const { error } = await client.from(table).insert(row);
      const told = await explain(error, row);
      expect(told, `${table}.${name}`).toMatchObject({
        code: "VALUE_IS_NO_TYPE",
        column_name: name,
        value: "high",
      });
      expect(told.message).toContain(`${name}: `);
    }
    expect(types.size).toBeGreaterThan(5);
    const { error } = await client
      .from("campaigns")
      .insert({ name: "x", priority: 99999999999 });
    expect(await explain(error, [{ priority: 99999999999 }])).toMatchObject({
      code: "VALUE_IS_OUT_OF_RANGE",
      column_name: "priority",
    });
  });

  it.each([
    ["a moment that does not exist", "select timestamptz '2026-13-45 10:00'"],
    ["a date", "select date 'tomorrow week'"],
    ["a zone", "select now() at time zone 'Brasilia'"],
    ["a span", "select interval 'soon'"],
    ["JSON", "select '{a'::jsonb"],
    ["a character that is none", "select convert_from('\\xff', 'UTF8')"],
    ["a table that is not there", "select * from campaing"],
    ["a column that is not there", "select nam from campaigns"],
    ["a function that is not there", "select hang_up(1)"],
    ["a null", "insert into lists (campaign_id, name) select null, 'x'"],
  ])("%s", async (_what, sql) => {
    await explain(await refusal(anna, sql));
  });

  it.each([
    [
      "PGRST116",
      "Cannot coerce the result to a single JSON object",
      "NOT_ONE_ROW",
    ],
    [
      "PGRST204",
      "Could not find the 'nam' column of 'leads' in the schema cache",
      "NAME_IS_UNKNOWN",
    ],
    [
      "PGRST202",
      "Could not find the function public.hang_up(id) in the schema cache",
      "NAME_IS_UNKNOWN",
    ],
    ["PGRST301", "JWT expired", "SIGN_IN_AGAIN"],
    ["57014", "canceling statement due to statement timeout", "TOOK_TOO_LONG"],
    ["40P01", "deadlock detected", "TRY_AGAIN"],
    ["53300", "too many connections for role", "DATABASE_IS_AWAY"],
    ["", "TypeError: fetch failed", "NO_ANSWER_CAME"],
  ])("%s (%s)", async (code, message, expected) => {
    expect(await explain({ code, message })).toMatchObject({
      code: expected,
    });
  });

  it("what nobody knows, in the words that came", async () => {
    const { data } = await client.rpc("dialer_explain", {
      error: { code: "XX000", message: "something else" },
      locale: "pt-BR",
    });
    expect(data).toMatchObject([
      { code: "UNKNOWN", message: "something else" },
    ]);
  });
});
