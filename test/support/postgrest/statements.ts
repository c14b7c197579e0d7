/**
 * The one statement that PostgREST (12 to 14) makes of a request, from its `QueryBuilder.hs`, `SqlFragment.hs` and `Statements.hs`:
 * the change in a CTE `pgrst_source`, the body read by `json_to_recordset`, the answer aggregated by Postgres.
 */
import {
  ident,
  orderAndLimit,
  Parameters,
  selection,
  splitList,
  where,
} from "./filters.ts";

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
  /** Its default, where it has one that is not generated. */
  readonly default: string | null;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
}

export interface Request {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: string;
  /** Words of `Prefer`, such as `return=representation`. */
  readonly preferences: ReadonlySet<string>;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** An answer of PostgREST's own, before anything is asked of the database. */
export class PostgrestError extends Error {
  readonly status: number;
  readonly body: {
    readonly code: string;
    readonly message: string;
    readonly details: string | null;
    readonly hint: string | null;
  };

  constructor(
    status: number,
    code: string,
    message: string,
    details: string | null = null,
  ) {
    super(message);
    this.status = status;
    this.body = { code, message, details, hint: null };
  }
}

const qualified = (table: Table) =>
  `${ident(table.schema)}.${ident(table.name)}`;

/** The columns that a body names: `?columns=`, else the keys of its first object; all objects must have the same then. */
function columnsOf(table: Table, request: Request): Column[] {
  const body = JSON.parse(request.body) as object;
  const asked = request.query.get("columns");
  const [first = {}, ...others] = (
    Array.isArray(body) ? body : [body]
  ) as object[];
  const keys =
    asked === null
      ? Object.keys(first)
      : splitList(asked).map((name) => name.replaceAll('"', ""));
  const alike = (row: object) =>
    Object.keys(row).sort().join() === [...keys].sort().join();
  if (asked === null && !others.every(alike))
    throw new PostgrestError(400, "PGRST102", "All object keys must match");
  return keys.map((name) => {
    const column = table.columns.find((known) => known.name === name);
    if (column === undefined)
      throw new PostgrestError(
        400,
        "PGRST204",
        `Could not find the '${name}' column of '${table.name}' in the schema cache`,
      );
    return column;
  });
}

/** `FROM (SELECT $1::json …) pgrst_payload, LATERAL (…) pgrst_body`. */
function fromBody(
  columns: readonly Column[],
  request: Request,
  parameters: Parameters,
): string {
  const isObject = request.body.trimStart().startsWith("{");
  const fillsIn = request.preferences.has("missing=default");
  const json = fillsIn ? "jsonb" : "json";
  const defaults = columns
    .filter((column) => column.default !== null)
    .map((column) => `'${column.name}', ${String(column.default)}`);
  const object = `jsonb_build_object(${defaults.join(",")})`;
  const filled = isObject
    ? `LATERAL (SELECT ${object} || pgrst_payload.json_data AS val) pgrst_json_defs, `
    : `LATERAL (SELECT jsonb_agg(${object} || elem) AS val from jsonb_array_elements(pgrst_payload.json_data) elem) pgrst_json_defs, `;
  const source = fillsIn ? "pgrst_json_defs.val" : "pgrst_payload.json_data";
  const names = columns.map(({ name }) => ident(name)).join(", ");
  const typed = columns
    .map(({ name, type }) => `${ident(name)} ${type}`)
    .join(", ");
  const rows =
    columns.length === 0
      ? isObject
        ? "(values(1)) _ "
        : `${json}_array_elements(${source}) _ `
      : `${json}_to_record${isObject ? "" : "set"}(${source}) AS _(${typed}) `;
  return `FROM (SELECT ${parameters.add(request.body)}::${json} AS json_data) pgrst_payload, ${fillsIn ? filled : ""}LATERAL (SELECT ${names} FROM ${rows}) pgrst_body `;
}

function insert(
  table: Table,
  request: Request,
  parameters: Parameters,
): string {
  const columns = columnsOf(table, request);
  const names = columns.map(({ name }) => ident(name));
  const target = names.length === 0 ? " " : `(${names.join(", ")}) `;
  const given = names.map((name) => `"pgrst_body".${name}`).join(", ");
  return `INSERT INTO ${qualified(table)}${target}SELECT ${given} ${fromBody(columns, request, parameters)}${onConflict(table, request, names)}`;
}

function onConflict(
  table: Table,
  { query, preferences, method }: Request,
  names: readonly string[],
): string {
  const ignores = preferences.has("resolution=ignore-duplicates");
  if (
    !ignores &&
    !preferences.has("resolution=merge-duplicates") &&
    method !== "PUT"
  )
    return "";
  const asked = query.get("on_conflict");
  const keys =
    asked === null
      ? table.columns.filter(({ isKey }) => isKey).map(({ name }) => name)
      : splitList(asked);
  const target = `ON CONFLICT(${keys.map(ident).join(", ")}) `;
  return ignores || names.length === 0
    ? `${target}DO NOTHING `
    : `${target}DO UPDATE SET ${names.map((name) => `${name} = EXCLUDED.${name}`).join(", ")} `;
}

function update(
  table: Table,
  request: Request,
  parameters: Parameters,
): string {
  const columns = columnsOf(table, request);
  const set = columns.map(
    ({ name }) => `${ident(name)} = "pgrst_body".${ident(name)}`,
  );
  return `UPDATE ${qualified(table)} SET ${set.join(", ")} ${fromBody(columns, request, parameters)}${where(qualified(table), request.query, parameters)} `;
}

function change(
  table: Table,
  request: Request,
  parameters: Parameters,
): string {
  if (request.method === "PATCH") return update(table, request, parameters);
  if (request.method === "DELETE")
    return `DELETE FROM ${qualified(table)} ${where(qualified(table), request.query, parameters)} `;
  return insert(table, request, parameters);
}

const answer = (source: string, count: string) =>
  `SELECT ${count} AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, ${source} AS body, nullif(current_setting('response.headers', true), '') AS response_headers, nullif(current_setting('response.status', true), '') AS response_status`;
const aggregated = "coalesce(json_agg(_postgrest_t), '[]')::text";

/** The statement of an insert, upsert, update or delete. */
export function writeStatement(table: Table, request: Request): Statement {
  const parameters = new Parameters();
  const changes = change(table, request, parameters);
  const isAnswered = request.preferences.has("return=representation");
  if (!isAnswered)
    return {
      sql: `WITH pgrst_source AS (${changes}RETURNING 1) ${answer("''", "''")} FROM (SELECT * FROM pgrst_source) _postgrest_t`,
      values: parameters.values,
    };
  const select = selection(
    "pgrst_source",
    request.query.get("select") ?? "*",
    parameters,
  );
  const returned = select.names.map((name) =>
    name === "*"
      ? `${qualified(table)}.*`
      : `${qualified(table)}.${ident(name)}`,
  );
  return {
    sql: `WITH pgrst_source AS (${changes}RETURNING ${returned.join(", ")}) ${answer(aggregated, "''")} FROM (SELECT ${select.items} FROM pgrst_source) _postgrest_t`,
    values: parameters.values,
  };
}

/** The statement of a GET or HEAD. */
export function readStatement(table: Table, request: Request): Statement {
  const parameters = new Parameters();
  const relation = qualified(table);
  const select = selection(
    relation,
    request.query.get("select") ?? "*",
    parameters,
  );
  const rows = `SELECT ${select.items} FROM ${relation}${where(relation, request.query, parameters)}${orderAndLimit(relation, request.query, parameters)}`;
  const counts = [...request.preferences].some((word) =>
    word.startsWith("count="),
  );
  const count = counts
    ? `, pgrst_source_count AS (SELECT 1 FROM ${relation}${where(relation, request.query, parameters)})`
    : "";
  return {
    sql: `WITH pgrst_source AS (${rows})${count} ${answer(aggregated, counts ? "(SELECT pg_catalog.count(*) FROM pgrst_source_count)" : "null::bigint")} FROM (SELECT * FROM pgrst_source) _postgrest_t`,
    values: parameters.values,
  };
}
