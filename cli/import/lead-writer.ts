/** Takes records, keeps the good ones until a batch is full, and puts the others into the reject file. */
import { setImmediate as eventLoopTurn } from "node:timers/promises";
import type { ImportedLead, LeadResult } from "./queries.ts";
import type { ColumnPlan } from "./columns.ts";
import { prepareRow, type RowRules } from "./lead-rows.ts";
import type { ImportTally } from "./progress.ts";
import { countReason, rowReasons, type Reason } from "./reasons.ts";
import { RecentLines } from "./recent-lines.ts";
import type { TableRecord } from "./table-record.ts";

interface WriterParts {
  readonly plan: ColumnPlan;
  readonly rules: RowRules;
  /**
   * Writes a batch of leads with different numbers and external ids, or only finds out what the import would do with
   * it.
   */
  readonly write: (
    leads: readonly ImportedLead[],
  ) => Promise<readonly LeadResult[]>;
  readonly rejects: RejectSink;
  readonly tally: ImportTally;
}

/** Where rejected rows go: a file, or nowhere. */
export interface RejectSink {
  add(reject: {
    readonly line: number;
    readonly reason: Reason;
    readonly fields: readonly string[];
  }): Promise<void>;
  close(): Promise<void>;
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
  async add(record: TableRecord): Promise<boolean> {
    const { plan, rules, tally } = this.#parts;
    tally.read += 1;
    const { line, fields } = record;
    if (!record.ok) return this.#reject(line, record.reason, fields);
    const row = prepareRow(line, fields, plan, rules);
    if (!row.ok) return this.#reject(line, row.reason, fields);
    const repeated = this.#repeated(row.lead);
    if (repeated !== null) return this.#reject(line, repeated, fields);
    for (const one of row.unread) countReason(tally.unreadNumbers, one);
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

  /** Waits for the batch under way, whatever its result, and closes the reject file. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#writing]);
    await this.#parts.rejects.close();
  }

  async #startWriting(): Promise<void> {
    await this.#writing;
    const batch = this.#batch;
    this.#batch = emptyBatch();
    this.#writing = this.#write(batch);
    // The next flush checks the result; this prevents an unhandled rejection until then.
    this.#writing.catch(() => undefined);
    // Reading does not pause, so the statement has to be on the wire before.
    await eventLoopTurn();
  }

  async #write(batch: Batch): Promise<void> {
    const { write, tally } = this.#parts;
    const left = await write(batch.leads);
    tally.imported += batch.leads.length - left.length;
    for (const one of left) await this.#leave(one, batch);
  }

  async #leave(one: LeadResult, batch: Batch): Promise<void> {
    const { tally } = this.#parts;
    if (one.kind === "ALREADY_THERE") tally.alreadyThere += 1;
    else if (one.kind === "UPDATED") tally.updated += 1;
    else {
      const reason =
        one.kind === "REFUSED"
          ? rowReasons.byDatabase(one.message)
          : conflicts[one.kind];
      await this.#reject(
        one.line,
        reason,
        batch.fieldsByLine.get(one.line) ?? [],
      );
    }
  }

  /** @returns false: no batch is full by it */
  async #reject(
    line: number,
    reason: Reason,
    fields: readonly string[],
  ): Promise<false> {
    const { tally, rejects } = this.#parts;
    tally.rejected += 1;
    countReason(tally.reasons, reason);
    await rejects.add({ line, reason, fields });
    return false;
  }

  #repeated(lead: ImportedLead): Reason | null {
    const samePhone = this.#lineByPhone.get(lead.e164);
    if (samePhone !== undefined) return rowReasons.sameNumber(samePhone);
    if (lead.external_id === null) return null;
    const sameId = this.#lineByExternalId.get(lead.external_id);
    return sameId === undefined ? null : rowReasons.sameId(sameId);
  }

  #remember(lead: ImportedLead): void {
    this.#lineByPhone.set(lead.e164, lead.line);
    if (lead.external_id !== null) {
      this.#lineByExternalId.set(lead.external_id, lead.line);
    }
  }
}

const conflicts: Readonly<Record<"OTHER_NUMBER" | "OTHER_ID", Reason>> = {
  OTHER_NUMBER: rowReasons.otherNumber,
  OTHER_ID: rowReasons.otherId,
};

function emptyBatch(): Batch {
  return { leads: [], fieldsByLine: new Map() };
}
