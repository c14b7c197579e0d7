/**
 * PostgREST without PostgREST: a `fetch` for supabase-js that runs the statement which PostgREST would make of the request, in
 * a transaction with its role, claims and headers, and answers as it answers. Rights, row level security, triggers and
 * errors are the database's own.
 */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import pg from "pg";
import type { ActingAs, TestDatabase } from "./database.ts";
import {
  PostgrestError,
  readStatement,
  writeStatement,
  type Column,
  type Request as TableRequest,
  type Statement,
  type Table,
} from "./postgrest/statements.ts";

const columnsQuery = `
  select attname as name, format_type(atttypid, atttypmod) as type,
    coalesce(indexes.indkey::smallint[] @> array[attnum], false) as "isKey",
    case when attgenerated = '' then pg_get_expr(adbin, adrelid) end as default
  from pg_attribute
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  left join pg_index as indexes on indexes.indrelid = attrelid and indisprimary
  where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
  order by attnum`;

interface Answer {
  readonly total_result_set: string | null;
  readonly page_total: string;
  readonly body: string;
}

/**
 * A supabase-js client whose requests reach the test database as this user, or as nobody. Each request is one transaction.
 *
 * @param headers of every request, such as `accept-language`
 */
export function supabaseClient(
  database: TestDatabase,
  who: ActingAs,
  headers: Readonly<Record<string, string>> = {},
): SupabaseClient {
  return createClient("http://postgrest.test", "key", {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers, fetch: postgrestFetch(database, who) },
  }) as SupabaseClient;
}

function postgrestFetch(database: TestDatabase, who: ActingAs): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    try {
      const url = new URL(request.url);
      const body = await request.text();
      const run = async (client: pg.PoolClient) => {
        await client.query(
          "select set_config('request.method', $1, true), set_config('request.path', $2, true), set_config('request.headers', $3, true)",
          [request.method, url.pathname, JSON.stringify(headers)],
        );
        return handle(database, client, request, url, body);
      };
      return await database.asUser(who, run);
    } catch (error) {
      return failure(error, who);
    }
  };
}

async function handle(
  database: TestDatabase,
  client: pg.PoolClient,
  request: Request,
  url: URL,
  body: string,
): Promise<Response> {
  const name = url.pathname.replace(/^\/rest\/v1\//, "");
  const preferences = new Set(
    (request.headers.get("prefer") ?? "")
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== ""),
  );
  const asked: TableRequest = {
    method: request.method,
    query: url.searchParams,
    body,
    preferences,
  };
  const reads = ["GET", "HEAD"].includes(request.method);
  const statement = name.startsWith("rpc/")
    ? await callStatement(database, name.slice(4), asked)
    : reads
      ? readStatement(await describe(database, name), asked)
      : writeStatement(await describe(database, name), asked);
  const { rows } = await client.query<Answer>(statement.sql, [
    ...statement.values,
  ]);
  const [answer] = rows;
  if (answer === undefined) throw new Error("the statement gave no row");
  return respond(answer, request, preferences);
}

function respond(
  answer: Answer,
  request: Request,
  preferences: ReadonlySet<string>,
): Response {
  const isSingle = (request.headers.get("accept") ?? "").includes(
    "vnd.pgrst.object",
  );
  const total = answer.total_result_set ?? "";
  const headers = {
    "content-type": "application/json",
    "content-range": `0-${String(Number(answer.page_total) - 1)}/${total === "" ? "*" : total}`,
  };
  if (answer.body === "" && !isSingle)
    return new Response(null, {
      status: request.method === "POST" ? 201 : 204,
      headers,
    });
  if (isSingle && answer.page_total !== "1")
    throw new PostgrestError(
      406,
      "PGRST116",
      "Cannot coerce the result to a single JSON object",
      `The result contains ${answer.page_total} rows`,
    );
  const json = isSingle
    ? JSON.stringify((JSON.parse(answer.body) as unknown[])[0])
    : answer.body;
  return new Response(request.method === "HEAD" ? null : json, {
    status:
      request.method === "POST" && preferences.has("return=representation")
        ? 201
        : 200,
    headers,
  });
}

/** A function called with named arguments. A scalar is answered bare, a row as an object, a set as a list. */
async function callStatement(
  database: TestDatabase,
  name: string,
  { body }: TableRequest,
): Promise<Statement> {
  const given = JSON.parse(body === "" ? "{}" : body) as Record<
    string,
    unknown
  >;
  const { rows } = await database.pool.query<{
    isSet: boolean;
    isScalar: boolean;
  }>(
    `select proretset as "isSet", typtype in ('b', 'd', 'e') or prorettype = 'void'::regtype as "isScalar"
     from pg_proc join pg_type on pg_type.oid = prorettype
     where pronamespace = 'public'::regnamespace and proname = $1`,
    [name],
  );
  const [form] = rows;
  if (form === undefined)
    throw new PostgrestError(
      404,
      "PGRST202",
      `Could not find the function public.${name} in the schema cache`,
    );
  const entries = Object.entries(given);
  const call = `"public"."${name}"(${entries.map(([key], index) => `"${key}" := $${String(index + 1)}`).join(", ")})`;
  const item = form.isScalar ? "_postgrest_t.pgrst_scalar" : "_postgrest_t";
  const all = `json_agg(${item})`;
  return {
    sql: `WITH pgrst_source AS (SELECT pgrst_call.* FROM ${form.isScalar ? `(SELECT ${call} pgrst_scalar)` : call} pgrst_call)
      SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total,
        ${form.isSet ? `coalesce(${all}, '[]')` : `coalesce(${all}->0, 'null')`}::text AS body FROM (SELECT * FROM pgrst_source) _postgrest_t`,
    values: entries.map(([, value]) =>
      typeof value === "object" && value !== null
        ? JSON.stringify(value)
        : value,
    ),
  };
}

/** From the catalogue, as PostgREST's schema cache knows it: with the rights of its own connection. */
async function describe(database: TestDatabase, name: string): Promise<Table> {
  const { rows } = await database.pool.query<Column>(columnsQuery, [
    `public.${name}`,
  ]);
  if (rows.length === 0)
    throw new PostgrestError(
      404,
      "PGRST205",
      `Could not find the table 'public.${name}' in the schema cache`,
    );
  return { schema: "public", name, columns: rows };
}

/** As PostgREST's `Error.hs` answers a SQLSTATE. */
function statusOf(code: string, who: ActingAs): number {
  if (code === "42501") return who === "anon" ? 401 : 403;
  if (["23503", "23505"].includes(code)) return 409;
  if (["42883", "42P01"].includes(code)) return 404;
  if (code === "P0001") return 400;
  return /^(09|25|2D|38|39|3B|40|54|55|57|58|F0|HV|P0|XX)/.test(code)
    ? 500
    : 400;
}

function failure(error: unknown, who: ActingAs): Response {
  const answer = (status: number, body: object) =>
    new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json" },
    });
  if (error instanceof PostgrestError) return answer(error.status, error.body);
  if (!(error instanceof pg.DatabaseError)) throw error;
  const code = error.code ?? "XX000";
  return answer(statusOf(code, who), {
    code,
    message: error.message,
    details: error.detail ?? null,
    hint: error.hint ?? null,
  });
}
