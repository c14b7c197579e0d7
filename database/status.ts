/** What the database can show an operator, for `/status`: bounded in rows and in time on a million leads. */

import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { cleanText, maskPhone } from "../logging.ts";
import { loadSql } from "./sql.ts";

/** A section that could not be read; the others are not affected. */
export interface SectionError {
  readonly error: string;
}

type Row = Record<string, unknown>;
type Section = Row[] | SectionError;

/** Rows as the files `queries/status_*.sql` name their columns; times are Dates. */
export interface DatabaseStatus extends Record<string, unknown> {
  /** Each with `progress`: its row of campaign_progress. */
  readonly campaigns: Section;
  readonly trunks: Section;
  readonly liveAttempts: Section;
  readonly blockers: Section;
  readonly engines: Section;
  readonly voiceNodes: Section;
  /** Phone numbers masked. */
  readonly recentFailures: Section;
  readonly queue: Section;
  readonly failingJobs: Section;
}

/** No section may take longer, so that a huge campaign cannot hold a connection. */
const sectionTimeoutMs = 2000;
/** Sections that would begin later than this are not read any more. */
const totalBudgetMs = 5000;

const campaignRow = z.looseObject({ id: z.string() });
const progressRow = z.looseObject({ campaignId: z.string() });
const failureRow = z.looseObject({ phone: z.string().nullable() });
const jobRow = z.looseObject({ error: z.string() });

/**
 * Reads every section in one read-only transaction. Never rejects: a section that fails, or a
 * database that is away, gives `{error}` in its place.
 *
 * @param pool connections with the dialer's schema first in their search path
 * @param workerSchema of Graphile Worker, whose view `jobs` an application's own table could shadow
 */
export async function readStatus(
  pool: Pool,
  workerSchema: string,
): Promise<DatabaseStatus> {
  let client: PoolClient | undefined;
  let broken: Error | undefined;
  try {
    client = await pool.connect();
    await client.query("begin read only");
    await client.query(
      `set local statement_timeout = ${String(sectionTimeoutMs)}`,
    );
    return await readSections(new SectionReader(client), workerSchema);
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    return everySection(sectionError(error));
  } finally {
    await client?.query("rollback").catch((error: unknown) => {
      broken ??= error instanceof Error ? error : new Error(String(error));
    });
    client?.release(broken);
  }
}

async function readSections(
  reader: SectionReader,
  workerSchema: string,
): Promise<DatabaseStatus> {
  const campaigns = await readCampaigns(reader);
  const trunks = await reader.read("health/trunks");
  const liveAttempts = await reader.read("health/attempts");
  const blockers = await reader.read("health/blockers");
  const engines = await reader.read("health/engines");
  const voiceNodes = await reader.read("health/voice_nodes");
  const failures = await reader.read("health/failures");
  // Last, because from here on nothing of ours can be named.
  await reader.narrowTo(workerSchema);
  const queue = await reader.read("health/queue");
  const failing = await reader.read("health/failing_jobs");
  return {
    campaigns,
    trunks,
    liveAttempts,
    blockers,
    engines,
    voiceNodes,
    recentFailures: eachRow(failures, (row) => {
      const failure = failureRow.parse(row);
      return {
        ...failure,
        phone: failure.phone === null ? null : maskPhone(failure.phone),
      };
    }),
    queue,
    failingJobs: eachRow(failing, (row) => {
      const job = jobRow.parse(row);
      return { ...job, error: cleanText(job.error) };
    }),
  };
}

async function readCampaigns(reader: SectionReader): Promise<Section> {
  const campaigns = await reader.read("health/campaigns");
  if (!Array.isArray(campaigns)) return campaigns;
  const rows = z.array(campaignRow).parse(campaigns);
  const progress = await reader.read("health/progress", [
    rows.map(({ id }) => id),
  ]);
  if (!Array.isArray(progress))
    return rows.map((row) => ({ ...row, progress }));
  const byCampaign = new Map(
    z
      .array(progressRow)
      .parse(progress)
      .map(({ campaignId, ...counts }) => [campaignId, counts]),
  );
  return rows.map((row) => ({
    ...row,
    progress: byCampaign.get(row.id) ?? null,
  }));
}

/** Reads sections one after the other on one connection, each inside a savepoint of its own. */
class SectionReader {
  readonly #client: PoolClient;
  readonly #startedAtMs = performance.now();

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async read(query: string, parameters: unknown[] = []): Promise<Section> {
    if (performance.now() - this.#startedAtMs > totalBudgetMs) {
      return {
        error: `not read: the sections before it took ${String(totalBudgetMs)} ms`,
      };
    }
    await this.#client.query("savepoint section");
    try {
      const { rows } = await this.#client.query<Row>(
        loadSql(query),
        parameters,
      );
      return rows;
    } catch (error) {
      // On a broken connection this throws as well, and ends the whole reading.
      await this.#client.query("rollback to savepoint section");
      return sectionError(error);
    }
  }

  async narrowTo(schema: string): Promise<void> {
    await this.#client.query(
      "select set_config('search_path', quote_ident($1) || ', pg_temp', true)",
      [schema],
    );
  }
}

function eachRow(section: Section, change: (row: Row) => Row): Section {
  return Array.isArray(section) ? section.map(change) : section;
}

function sectionError(error: unknown): SectionError {
  if (!(error instanceof Error)) return { error: cleanText(String(error)) };
  const code = "code" in error ? ` (${String(error.code)})` : "";
  return { error: cleanText(`${error.message}${code}`) };
}

function everySection(error: SectionError): DatabaseStatus {
  return {
    campaigns: error,
    trunks: error,
    liveAttempts: error,
    blockers: error,
    engines: error,
    voiceNodes: error,
    recentFailures: error,
    queue: error,
    failingJobs: error,
  };
}
