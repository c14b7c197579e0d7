/** Rows as a front end and an administrator insert them, and helpers that wait for their effects. */
import type pg from "pg";

import type { JournalEntry } from "../../adapters/mock/journal.ts";
import type { MockPbx } from "../../adapters/mock/pbx.ts";
import { PATIENCE_MS, waitFor } from "./wait-for.ts";

/** Anything that runs SQL: a pool, a client, or the client inside `asUser`. */
export type Sql = Pick<pg.PoolClient, "query">;
export type Values = Readonly<Record<string, unknown>>;

/** Inserts one row and gives its id (or `returning`). Values become parameters. */
export async function insertRow(
  sql: Sql,
  table: string,
  values: Values,
  returning = "id",
): Promise<string> {
  const names = Object.keys(values);
  const places = names.map((_, index) => `$${String(index + 1)}`);
  const { rows } = await sql.query<{ key: string }>(
    `insert into ${table} (${names.join(", ")}) values (${places.join(", ")}) returning ${returning} as key`,
    Object.values(values),
  );
  return must(rows[0]).key;
}

/** The account as its administrator makes it, or changes it. Limits that are not given stay as they are. */
export async function setAccountRow(
  sql: Sql,
  id: string,
  values: Values = {},
): Promise<void> {
  await sql.query(
    "insert into accounts (id, name) values ($1, 'Test account') on conflict do nothing",
    [id],
  );
  const names = Object.keys(values);
  if (names.length === 0) return;
  const given = names.map((name, n) => `${name} = $${String(n + 2)}`);
  await sql.query(`update accounts set ${given.join(", ")} where id = $1`, [
    id,
    ...Object.values(values),
  ]);
}

/** An ACTIVE campaign that may call at any hour; `values` are laid over it. An account that is given is made. */
export async function insertCampaign(
  sql: Sql,
  values: Values = {},
): Promise<string> {
  if (typeof values["account_id"] === "string")
    await setAccountRow(sql, values["account_id"]);
  return insertRow(sql, "campaigns", {
    name: "Renewals",
    status: "ACTIVE",
    start_time: "00:00",
    end_time: "24:00",
    work_days: [1, 2, 3, 4, 5, 6, 7],
    ...values,
  });
}

/**
 * A mock trunk with room for a test's calls. Its name is the trunk's at the PBX, unless `values` say more. An account that is
 * given is made.
 */
export async function insertTrunk(
  sql: Sql,
  values: Values = {},
): Promise<string> {
  if (typeof values["account_id"] === "string")
    await setAccountRow(sql, values["account_id"]);
  const name = typeof values["name"] === "string" ? values["name"] : "a";
  return insertRow(sql, "trunk_config", {
    name,
    dial_string: `mock/${name}/{number}`,
    cps_limit: 100,
    max_channels: 100,
    ...values,
  });
}

export function insertLead(
  sql: Sql,
  campaignId: string,
  values: Values = {},
): Promise<string> {
  return insertRow(sql, "leads", {
    campaign_id: campaignId,
    phone: phone(1),
    ...values,
  });
}

/** Leads `first` to `first + count - 1`, in one statement; their numbers are `phone(n)`. */
export async function insertLeads(
  sql: Sql,
  campaignId: string,
  count: number,
  { first = 1, ...values }: Values & { readonly first?: number } = {},
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) =>
    phone(first + index),
  );
  const names = Object.keys(values);
  const columns = ["campaign_id", "phone", ...names].join(", ");
  const given = names.map((_, index) => `, $${String(index + 3)}`).join("");
  await sql.query(
    `insert into leads (${columns}) select $1, number${given} from unnest($2::text[]) as number`,
    [campaignId, numbers, ...Object.values(values)],
  );
}

/** Settings of the nil account. The default here is no gap, so that retries of seconds are seen. */
export async function setAccount(sql: Sql, values: Values = {}): Promise<void> {
  await sql.query("delete from account_settings");
  await insertRow(
    sql,
    "account_settings",
    { min_gap_seconds: 0, max_dials_per_phone_per_day: 1000, ...values },
    "account_id",
  );
}

/** Changes the installation's own rules: all of them, or those of one outcome. */
export async function setRetry(
  sql: Sql,
  rule: { readonly delaySeconds?: number; readonly maxTries?: number },
  outcome: string | null = null,
): Promise<void> {
  await sql.query(
    `update retry_rules set delay_seconds = coalesce($1, delay_seconds), max_tries = coalesce($2, max_tries)
     where account_id is null and ($3::text is null or outcome = $3)`,
    [rule.delaySeconds ?? null, rule.maxTries ?? null, outcome],
  );
}

/** A fictitious mobile in São Paulo, as people write it: `(11) 98000-0001` for 1. */
export function phone(n: number): string {
  const digits = digitsOf(n);
  return `(${digits.slice(2, 4)}) ${digits.slice(4, 9)}-${digits.slice(9)}`;
}

/** The same number as the mock PBX sees it: `5511980000001`. */
export function digitsOf(n: number): string {
  return `55119800${String(n).padStart(5, "0")}`;
}

/** The same number in E.164. */
export function e164(n: number): string {
  return `+${digitsOf(n)}`;
}

export interface AttemptRow extends pg.QueryResultRow {
  readonly id: string;
  readonly lead_id: string;
  readonly trunk: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly previous_attempt_id: string | null;
  readonly [column: string]: unknown;
}

/** Attempts in the order in which they were queued, with their trunk's name. `where` may use $1…. */
export async function attempts(
  sql: Sql,
  where = "true",
  values: readonly unknown[] = [],
): Promise<AttemptRow[]> {
  const { rows } = await sql.query<AttemptRow>(
    `select call_attempts.*, trunk_config.name as trunk
     from call_attempts join trunk_config on trunk_config.id = call_attempts.trunk_id
     where ${where} order by queued_at, slot_at, call_attempts.id`,
    [...values],
  );
  return rows;
}

export interface LeadRow extends pg.QueryResultRow {
  readonly id: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly attempts: number;
  readonly dials: number;
  readonly last_outcome: string | null;
  readonly next_attempt_at: Date | null;
  readonly [column: string]: unknown;
}

/** Leads by phone. `where` may use $1…. */
export async function leads(
  sql: Sql,
  where = "true",
  values: readonly unknown[] = [],
): Promise<LeadRow[]> {
  const { rows } = await sql.query<LeadRow>(
    `select * from leads where ${where} order by phone, id`,
    [...values],
  );
  return rows;
}

/** The one lead of a test, or the one with this id. */
export async function lead(sql: Sql, id?: string): Promise<LeadRow> {
  const found = await leads(sql, "$1::uuid is null or id = $1", [id ?? null]);
  if (found.length > 1) throw new Error("there is more than one lead");
  return must(found[0]);
}

export interface Blocker {
  readonly reason: string;
  readonly count: number;
  readonly nextAt: Date | null;
}

export async function blockers(
  sql: Sql,
  campaignId: string,
): Promise<Blocker[]> {
  const { rows } = await sql.query<Blocker>(
    `select reason, count::int, next_at as "nextAt" from dialing_blockers where campaign_id = $1 order by reason`,
    [campaignId],
  );
  return rows;
}

/** Waits until the campaign shows this reason. */
export function untilBlocked(
  sql: Sql,
  campaignId: string,
  reason: string,
  timeoutMs = PATIENCE_MS,
): Promise<Blocker> {
  const look = async () => {
    const shown = await blockers(sql, campaignId);
    return shown.find((blocker) => blocker.reason === reason) ?? null;
  };
  return waitFor(`blocker ${reason}`, look, { timeoutMs });
}

/** Waits until no lead of the campaign waits or is being called. */
export async function untilFinal(
  sql: Sql,
  campaignId: string,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  await waitFor(
    "every lead to have a final status",
    async () => {
      const { rows } = await sql.query<{ open: number }>(
        `select count(*)::int as open from leads
         where campaign_id = $1 and status in ('NEW', 'IN_PROGRESS', 'RETRY')`,
        [campaignId],
      );
      return must(rows[0]).open === 0;
    },
    { timeoutMs, intervalMs: 15 },
  );
}

export async function untilStatus(
  sql: Sql,
  campaignId: string,
  status: string,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  await waitFor(
    `campaign to become ${status}`,
    async () => {
      const { rows } = await sql.query<{ status: string }>(
        "select status from campaigns where id = $1",
        [campaignId],
      );
      return must(rows[0]).status === status;
    },
    { timeoutMs, intervalMs: 15 },
  );
}

/** Waits until so many attempts fit, and gives them. */
export function untilAttempts(
  sql: Sql,
  count: number,
  where: string,
  values: readonly unknown[] = [],
  timeoutMs = PATIENCE_MS,
): Promise<AttemptRow[]> {
  const awaited = `${String(count)} attempts where ${where}`;
  const look = async () => {
    const found = await attempts(sql, where, values);
    return found.length >= count ? found : null;
  };
  return waitFor(awaited, look, { timeoutMs });
}

/** Waits until the campaign was looked at by a pass that began after this call. */
export async function untilPass(sql: Sql, campaignId: string): Promise<void> {
  const { rows } = await sql.query<{ now: Date }>(
    "select clock_timestamp() as now, graphile_worker.add_job('schedule_campaign', json_build_object('campaignId', $1::text))",
    [campaignId],
  );
  const since = must(rows[0]).now;
  await waitFor("a scheduling pass", async () => {
    const { rowCount } = await sql.query(
      "select from campaign_passes where campaign_id = $1 and pass_at > $2",
      [campaignId, since],
    );
    return rowCount === 1;
  });
}

/** Waits until the PBX has received so many Originates, and gives all of them. */
export function untilDialled(
  pbx: MockPbx,
  count: number,
  timeoutMs = PATIENCE_MS,
): Promise<readonly JournalEntry[]> {
  return waitFor(
    `${String(count)} Originates`,
    () => {
      const entries = pbx.journal();
      return entries.length >= count ? entries : null;
    },
    { timeoutMs },
  );
}

/** The value, which the test knows to be there. */
export function must<T>(value: T | null | undefined): T {
  if (value === undefined || value === null)
    throw new Error("a value that the test relies on is missing");
  return value;
}
