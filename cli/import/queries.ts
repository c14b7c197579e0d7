/**
 * The queries of the import.
 *
 * It is a client like any other: its connections do not say `dialer.engine`, so that the triggers wake
 * the campaigns whose leads arrive.
 */
import pg from "pg";
import { z } from "zod";
import {
  connectionSettings,
  isRetryable,
  type Database,
  type DatabaseOptions,
} from "../../database/pools.ts";
import { statementsIn } from "../../database/sql.ts";

const own = statementsIn(new URL("queries/", import.meta.url));

export interface CampaignChoice {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly status: string;
  readonly timezone: string;
  /** ISO 3166 code of the account, `BR` when it has no settings. */
  readonly country: string;
}

export interface ListFacts {
  readonly name: string;
  /** The next three: null leaves what an existing list says. */
  readonly source: string | null;
  readonly legalBasis: string | null;
  readonly priority: number | null;
}

/** A checked row; the names are those of the columns in `queries/leads.sql`. */
export interface ImportedLead {
  /** In the file; the answer refers to it. */
  readonly line: number;
  readonly phone: string;
  readonly e164: string;
  /** IANA zone for `dial_timezone`. */
  readonly zone: string;
  readonly timezone: string | null;
  readonly external_id: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly priority: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Further numbers, in their order; at most 20. */
  readonly phones: readonly ImportedNumber[];
}

export interface ImportedNumber {
  readonly phone: string;
  readonly e164: string;
  readonly zone: string;
  /** What it is, for people; at most 40 characters. */
  readonly kind: string | null;
}

/** Why a lead of a batch was not inserted. */
export type LeadResult =
  | {
      readonly line: number;
      /**
       * The campaign has the number (and the lead was updated, or need not be), the id with another number, or the
       * reverse.
       */
      readonly kind: "ALREADY_THERE" | "UPDATED" | "OTHER_NUMBER" | "OTHER_ID";
    }
  | {
      readonly line: number;
      readonly kind: "REFUSED";
      /** The database's own message. */
      readonly message: string;
    };

/** What would become of a lead. */
export interface LeadPreview {
  readonly line: number;
  readonly kind:
    "NEW" | "ALREADY_THERE" | "UPDATED" | "OTHER_NUMBER" | "OTHER_ID";
  /** Equal for two spellings of one telephone. */
  readonly key: string;
}

export interface ImportTarget {
  readonly campaignId: string;
  readonly accountId: string;
  readonly listId: string;
  /** Whether names, metadata and priority of existing leads are updated. */
  readonly update: boolean;
}

/** A batch behind a lock of the engine waits; it is not stuck before this. */
const statementTimeoutMs = 60_000;
const attemptsPerBatch = 4;

/** A pool of one connection: batches go one after another, in the order of the file. */
export function createImportPool(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...connectionSettings(options),
    query_timeout: statementTimeoutMs + 5_000,
    max: 1,
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the types say void; pg-pool waits for it
    onConnect: async (client) => {
      await client.query(
        `set search_path = "${options.schema}", "${options.workerSchema}", pg_temp;
         set timezone = 'UTC'; set statement_timeout = ${String(statementTimeoutMs)}; set synchronous_commit = on`,
      );
    },
  });
  // An idle connection that breaks is replaced; the next query reports what matters.
  pool.on("error", () => undefined);
  return pool;
}

const campaignRow: z.ZodType<CampaignChoice> = z.object({
  id: z.uuid(),
  accountId: z.string(),
  name: z.string(),
  status: z.string(),
  timezone: z.string(),
  country: z.string(),
});
const nameRow = z.object({ name: z.string() });
const listRow = z.object({ id: z.string(), isNew: z.boolean() });
const existingKinds = [
  "ALREADY_THERE",
  "UPDATED",
  "OTHER_NUMBER",
  "OTHER_ID",
] as const;
const leftOverRow = z.object({ line: z.number(), kind: z.enum(existingKinds) });
const previewRow = z.object({
  line: z.number(),
  kind: z.enum(["NEW", ...existingKinds]),
  key: z.string(),
});

/** Campaigns of exactly this id or name, one with that id first, at most 20. */
export async function findCampaigns(
  database: Database,
  wanted: {
    readonly id: string | null;
    readonly name: string;
    readonly accountId: string | null;
  },
): Promise<readonly CampaignChoice[]> {
  const values = [wanted.id, wanted.name, wanted.accountId];
  const { rows } = await database.query(own.loadSql("find_campaigns"), values);
  return z.array(campaignRow).parse(rows);
}

/** Names of the newest 500 campaigns, for a suggestion. */
export async function campaignNames(
  database: Database,
  accountId: string | null,
): Promise<readonly string[]> {
  const { rows } = await database.query(own.loadSql("campaign_names"), [
    accountId,
  ]);
  return z
    .array(nameRow)
    .parse(rows)
    .map(({ name }) => name);
}

/** Whether the campaign has a list of that name. */
export async function hasList(
  database: Database,
  campaignId: string,
  name: string,
): Promise<boolean> {
  const { rows } = await database.query(own.loadSql("has_list"), [
    campaignId,
    name,
  ]);
  return rows.length > 0;
}

/** Finds or makes the list by its name; run again it finds the same one. */
export async function ensureList(
  database: Database,
  campaign: CampaignChoice,
  list: ListFacts,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { rows } = await database.query(own.loadSql("list"), [
    campaign.id,
    campaign.accountId,
    list.name,
    list.source,
    list.legalBasis,
    list.priority,
  ]);
  return listRow.parse(rows[0]);
}

/** IANA names that `leads.timezone` takes; about 600. */
export async function databaseTimezones(
  database: Database,
): Promise<ReadonlySet<string>> {
  const { rows } = await database.query(own.loadSql("timezones"));
  return new Set(
    z
      .array(nameRow)
      .parse(rows)
      .map(({ name }) => name),
  );
}

/**
 * Inserts a batch in one statement, which is one transaction. What the campaign has already, by number
 * or external id, stays as it is, or is renewed. Rows that a constraint refuses are found by halving, so
 * that they do not take the others with them. Safe to repeat.
 *
 * @param leads of different numbers and external ids
 * @returns those that were not inserted
 * @throws when the database is away or the campaign is gone
 */
export async function insertLeads(
  database: Database,
  target: ImportTarget,
  leads: readonly ImportedLead[],
): Promise<readonly LeadResult[]> {
  try {
    const rows = await leadsStatement(database, target, leads, false);
    return z.array(leftOverRow).parse(rows);
  } catch (error) {
    const message = refusal(error);
    if (message === null) throw error;
    const [only] = leads;
    if (only && leads.length === 1) {
      return [{ line: only.line, kind: "REFUSED", message }];
    }
    const middle = Math.ceil(leads.length / 2);
    return [
      ...(await insertLeads(database, target, leads.slice(0, middle))),
      ...(await insertLeads(database, target, leads.slice(middle))),
    ];
  }
}

/** What `insertLeads` would make of a batch, by the same statement, without a write. */
export async function previewLeads(
  database: Database,
  target: Omit<ImportTarget, "listId">,
  leads: readonly ImportedLead[],
): Promise<readonly LeadPreview[]> {
  const whole = { ...target, listId: null };
  const rows = await leadsStatement(database, whole, leads, true);
  return z.array(previewRow).parse(rows);
}

async function leadsStatement(
  database: Database,
  target: Omit<ImportTarget, "listId"> & { readonly listId: string | null },
  leads: readonly ImportedLead[],
  isDry: boolean,
): Promise<unknown[]> {
  const values = [
    target.campaignId,
    target.accountId,
    target.listId,
    JSON.stringify(leads),
    target.update,
    isDry,
  ];
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await database.query(own.loadSql("leads"), values);
      return result.rows as unknown[];
    } catch (error) {
      if (attempt >= attemptsPerBatch || !isRetryable(error)) throw error;
    }
  }
}

/** Data that a column cannot hold (class 22), or that a check or a not-null constraint refuses. */
function refusal(error: unknown): string | null {
  if (!(error instanceof pg.DatabaseError)) return null;
  const isData = /^22|^23514$|^23502$/.test(error.code ?? "");
  return isData ? error.message : null;
}
