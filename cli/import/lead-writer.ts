/** Takes records, keeps the good ones until a batch is full, and puts the others into the reject file. */
import { setImmediate as eventLoopTurn } from "node:timers/promises";
import {
  insertLeads,
  type ImportedLead,
  type ImportTarget,
  type NotImported,
} from "../../database/importing.ts";
import type { Database } from "../../database/pools.ts";
import type { ColumnPlan } from "./columns.ts";
import type { CsvRecord } from "./csv-records.ts";
import { prepareRow, type RowRules } from "./lead-rows.ts";
import type { ImportTally } from "./progress.ts";
import { RecentLines } from "./recent-lines.ts";
import type { RejectFile } from "./reject-file.ts";

interface WriterParts {
  readonly database: Database;
  readonly target: ImportTarget;
  readonly plan: ColumnPlan;
  readonly rules: RowRules;
  readonly rejects: RejectFile;
  readonly tally: ImportTally;
}

interface Batch {
  readonly leads: ImportedLead[];
  readonly fieldsByLine: Map<number, readonly string[]>;
}

const batchRows = 1_000;
/** While one batch is on its way to the database the next is read and checked. */
export class LeadWriter {
  readonly #parts: WriterParts;
  #batch: Batch = emptyBatch();
  #writing: Promise<void> | null = null;
  readonly #lineByPhone = new RecentLines();
  readonly #lineByExternalId = new RecentLines();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** @returns whether a full batch was handed to the database */
  async add(record: CsvRecord): Promise<boolean> {
    const { plan, rules, tally } = this.#parts;
    tally.read += 1;
    const { line, fields } = record;
    const row = record.ok
      ? prepareRow(line, fields, plan, rules)
      : { ok: false as const, reason: record.reason };
    const reason = row.ok ? this.#repeated(row.lead) : row.reason;
    if (!row.ok || reason !== null) {
      await this.#reject(line, reason ?? "", fields);
      return false;
    }
    this.#remember(row.lead);
    this.#batch.leads.push(row.lead);
    this.#batch.fieldsByLine.set(line, fields);
    if (this.#batch.leads.length < batchRows) return false;
    await this.#startWriting();
    return true;
  }

  /** Everything added so far is written when it resolves. */
  async flush(): Promise<void> {
    if (this.#batch.leads.length > 0) await this.#startWriting();
    await this.#writing;
  }

  /** Waits for a batch on its way, whatever comes of it, and closes the reject file. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#writing]);
    await this.#parts.rejects.close();
  }

  async #startWriting(): Promise<void> {
    await this.#writing;
    const batch = this.#batch;
    this.#batch = emptyBatch();
    this.#writing = this.#write(batch);
    // Looked at by the next flush; until then nobody waits for it.
    this.#writing.catch(() => undefined);
    // Reading goes on without a pause: the statement has to be on the wire before.
    await eventLoopTurn();
  }

  async #write(batch: Batch): Promise<void> {
    const { database, target, tally } = this.#parts;
    const left = await insertLeads(database, target, batch.leads);
    tally.imported += batch.leads.length - left.length;
    for (const one of left) await this.#leave(one, batch);
  }

  async #leave(one: NotImported, batch: Batch): Promise<void> {
    if (one.kind === "ALREADY_THERE") {
      this.#parts.tally.alreadyThere += 1;
      return;
    }
    const fields = batch.fieldsByLine.get(one.line) ?? [];
    await this.#reject(one.line, one.reason, fields);
  }

  async #reject(line: number, reason: string, fields: readonly string[]) {
    this.#parts.tally.rejected += 1;
    await this.#parts.rejects.add({ line, reason, fields });
  }

  #repeated(lead: ImportedLead): string | null {
    const samePhone = this.#lineByPhone.get(lead.e164);
    if (samePhone !== undefined) return `same number as line ${samePhone}`;
    if (lead.external_id === null) return null;
    const sameId = this.#lineByExternalId.get(lead.external_id);
    return sameId === undefined ? null : `same external id as line ${sameId}`;
  }

  #remember(lead: ImportedLead): void {
    this.#lineByPhone.set(lead.e164, lead.line);
    if (lead.external_id !== null) {
      this.#lineByExternalId.set(lead.external_id, lead.line);
    }
  }
}

function emptyBatch(): Batch {
  return { leads: [], fieldsByLine: new Map() };
}
