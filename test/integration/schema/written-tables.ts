/** The tables that clients write, with rows to write into each, for the tests of what PostgREST sends. */
import type { SupabaseClient } from "@supabase/supabase-js";
import type pg from "pg";

export type Row = Record<string, unknown>;

export interface WrittenTable {
  readonly name: string;
  /** Fewest columns of a new row, another at each call, below a campaign and a lead of the account. */
  minimal(campaignId: string, leadId: string): Row;
  /** A further column that a client may set, and a value that is not its default. */
  readonly extra: readonly [string, unknown];
  /** Unique columns beside the id that an upsert may name. */
  readonly naturalKey?: readonly string[];
  /** Values that no trigger minds, for columns whose type alone does not give one. */
  readonly samples?: Row;
}

let written = 0;
const next = () => (written += 1);

/** Each but `call_attempts`, of which clients only say how a call went. */
export const writtenTables: readonly WrittenTable[] = [
  {
    name: "campaigns",
    minimal: () => ({ name: `Campaign ${String(next())}` }),
    extra: ["max_concurrent_calls", 3],
  },
  {
    name: "campaign_windows",
    minimal: (campaign_id) => ({
      campaign_id,
      weekday: (next() % 7) + 1,
      opens: `0${String(Math.floor(written / 60) % 10)}:${String(written % 60).padStart(2, "0")}`,
      closes: "22:00",
    }),
    extra: ["closes", "21:30:00"],
    naturalKey: ["campaign_id", "weekday", "opens"],
  },
  {
    name: "lists",
    minimal: (campaign_id) => ({ campaign_id, name: `List ${String(next())}` }),
    extra: ["priority", 7],
  },
  {
    name: "leads",
    minimal: (campaign_id) => ({
      campaign_id,
      phone: `11 3555-${String(next()).padStart(4, "0")}`,
      external_id: `crm-${String(written)}`,
    }),
    extra: ["priority", 5],
    naturalKey: ["campaign_id", "external_id"],
  },
  {
    name: "lead_phones",
    minimal: (_campaign, lead_id) => ({
      lead_id,
      phone: `11 3555-${String(7000 + next())}`,
    }),
    extra: ["kind", "work"],
  },
  {
    name: "dnc_entries",
    minimal: () => ({
      phone_e164: `+55113555${String(5000 + next())}`,
    }),
    extra: ["reason", "asked for it"],
    naturalKey: ["account_id", "phone_e164", "campaign_id"],
  },
  {
    name: "retry_rules",
    minimal: () => ({
      disposition: `RESULT_${String(next())}`,
      delay_seconds: 60,
      max_tries: 1,
    }),
    extra: ["max_tries", 4],
    naturalKey: ["account_id", "campaign_id", "outcome", "disposition"],
  },
];

/** Of a table's columns: which a client may set at an insert or an update, as the column grants say. */
export async function settableColumns(
  pool: pg.Pool,
  table: string,
  privilege: "INSERT" | "UPDATE",
  role = "authenticated",
): Promise<Set<string>> {
  const { rows } = await pool.query<{ name: string }>(
    `select attname as name from pg_attribute, aclexplode(attacl) as item
     where attrelid = to_regclass($1) and item.grantee = to_regrole($3) and item.privilege_type = $2`,
    [table, privilege, role],
  );
  return new Set(rows.map(({ name }) => name));
}

/** Another value than the one that is there, of every column, as JSON. */
export async function otherValues(
  pool: pg.Pool,
  table: string,
  row: Row,
): Promise<Row> {
  const { rows } = await pool.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [table],
  );
  return Object.fromEntries(
    rows.map(({ name, type }) => [
      name,
      name === "phone_e164" ? "+551135550999" : otherValue(type, row[name]),
    ]),
  );
}

function otherValue(type: string, held: unknown): unknown {
  switch (type) {
    case "uuid":
      return "0f0f0f0f-0000-4000-8000-0000000000ff";
    case "boolean":
      return held !== true;
    case "timestamp with time zone":
      return "2001-02-03T04:05:06+00:00";
    case "jsonb":
      return { other: "value" };
    case "bigint":
    case "integer":
    case "numeric":
    case "smallint":
      return Number(held ?? 0) + 1;
    case "time without time zone":
      return held === "07:00:00" ? "08:00:00" : "07:00:00";
    default:
      return type.endsWith("[]") ? [1] : "other";
  }
}

/** Inserts and gives the whole row as the client reads it. */
export async function insertAndRead(
  client: SupabaseClient,
  table: string,
  row: Row,
): Promise<Row> {
  const { data, error } = await client
    .from(table)
    .insert(row)
    .select()
    .single<Row>();
  if (error !== null) throw new Error(`${table}: ${error.message}`);
  return data;
}
