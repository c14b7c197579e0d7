/**
 * Imports a file of any size: reads, checks, and writes in batches, each of them one transaction.
 *
 * There is no bookkeeping of what was done: a batch leaves alone what the campaign has already, so an
 * import that was cut off is completed by running it again.
 */
import { basename, extname, resolve } from "node:path";
import { IANAZone } from "luxon";
import {
  databaseTimezones,
  ensureList,
  type CampaignChoice,
} from "../../database/importing.ts";
import type { Database } from "../../database/pools.ts";
import {
  normalisePhone,
  PhoneNumberError,
} from "../../dialing/phone-number.ts";
import { CommandError } from "../command.ts";
import { planColumns, type ColumnPlan } from "./columns.ts";
import { openCsv, RecordReader, type Delimiter } from "./csv-records.ts";
import { findCampaign } from "./find-campaign.ts";
import type { RowRules } from "./lead-rows.ts";
import { LeadWriter } from "./lead-writer.ts";
import type { ImportProgress, ImportTally } from "./progress.ts";
import { RejectFile } from "./reject-file.ts";
import {
  inspectTextFile,
  LineReader,
  type TextEncoding,
  type TextFile,
} from "./text-lines.ts";

export interface ImportOptions {
  readonly file: string;
  /** Name or id. */
  readonly campaign: string;
  readonly accountId: string | null;
  /** Null: the file's name. */
  readonly list: string | null;
  /** ISO 3166; null: the account's. */
  readonly country: string | null;
  /** Null: beside the file, `<file>.rejects.csv`. */
  readonly rejects: string | null;
  /** Null: found out, as for `encoding`. */
  readonly delimiter: Delimiter | null;
  readonly encoding: TextEncoding | null;
  readonly source: string | null;
  readonly legalBasis: string | null;
  /** Of the list. */
  readonly priority: number | null;
}

export interface ImportStart {
  readonly file: TextFile;
  readonly delimiter: Delimiter;
  readonly plan: ColumnPlan;
  readonly campaign: CampaignChoice;
  readonly list: { readonly name: string; readonly isNew: boolean };
}

export interface ImportWatch {
  /** Aborted: what was read is written, then the import ends. */
  readonly signal: AbortSignal;
  readonly progress: ImportProgress;
  /** Kept up to date, so that it can be told after an error too. */
  readonly tally: ImportTally;
  readonly onStart: (start: ImportStart) => void;
}

export interface ImportEnd {
  /** Null when nothing was rejected. */
  readonly rejectFile: string | null;
  /** Last line that was looked at when it was stopped; null: it came to the end. */
  readonly stoppedAtLine: number | null;
}

/**
 * @throws CommandError for everything the person can put right
 * @throws the database's errors; what was written before stays, and a second run completes it
 */
export async function importFile(
  database: Database,
  options: ImportOptions,
  watch: ImportWatch,
): Promise<ImportEnd> {
  const file = await inspectTextFile(options.file, options.encoding);
  const lines = new LineReader(file);
  try {
    const { header, delimiter } = await openCsv(lines, options.delimiter);
    const plan = planColumns(header);
    const rejects = new RejectFile(rejectPath(options), header, delimiter);
    const { campaign, rules } = await readRules(database, options, plan);
    const list = await openList(database, campaign, options);
    watch.onStart({ file, delimiter, plan, campaign, list });
    const target = {
      campaignId: campaign.id,
      accountId: campaign.accountId,
      listId: list.id,
    };
    const writer = new LeadWriter({
      database,
      target,
      plan,
      rules,
      rejects,
      tally: watch.tally,
    });
    const records = new RecordReader(lines, delimiter, header.length);
    watch.progress.start(file.bytes);
    const stoppedAtLine = await run(lines, records, writer, watch);
    return {
      rejectFile: watch.tally.rejected > 0 ? rejects.path : null,
      stoppedAtLine,
    };
  } finally {
    watch.progress.stop();
    await lines.close();
  }
}

async function run(
  lines: LineReader,
  records: RecordReader,
  writer: LeadWriter,
  watch: ImportWatch,
): Promise<number | null> {
  let line = 1;
  try {
    while (!watch.signal.aborted) {
      const record = await records.next();
      if (record === null) {
        line = 0;
        break;
      }
      line = record.line;
      const wroteBatch = await writer.add(record);
      if (wroteBatch) watch.progress.update(lines.bytesRead, watch.tally);
    }
    await writer.flush();
    watch.progress.update(lines.bytesRead, watch.tally);
  } finally {
    await writer.close();
  }
  return line === 0 ? null : line;
}

async function readRules(
  database: Database,
  options: ImportOptions,
  plan: ColumnPlan,
): Promise<{ readonly campaign: CampaignChoice; readonly rules: RowRules }> {
  const { campaign: wanted, accountId } = options;
  const campaign = await findCampaign(database, wanted, accountId);
  const country = options.country ?? campaign.country;
  checkCountry(country);
  const zones =
    plan.fields.timezone === undefined
      ? new Set<string>()
      : await databaseTimezones(database);
  const rules: RowRules = {
    country,
    campaignTimezone: campaign.timezone,
    isTimezone: (name) => zones.has(name) && IANAZone.isValidZone(name),
  };
  return { campaign, rules };
}

function checkCountry(country: string): void {
  try {
    normalisePhone("", country);
  } catch (error) {
    if (!(error instanceof PhoneNumberError)) throw error;
    throw new CommandError(
      "UNKNOWN_COUNTRY",
      `"${country}" is not a country with phone numbers; give an ISO 3166 code such as --country BR`,
      { cause: error },
    );
  }
}

async function openList(
  database: Database,
  campaign: CampaignChoice,
  options: ImportOptions,
) {
  const { source, legalBasis, priority } = options;
  const given = options.list ?? basename(options.file, extname(options.file));
  const name = given
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 200);
  const facts = { name, source, legalBasis, priority };
  const list = await ensureList(database, campaign, facts);
  return { name, ...list };
}

function rejectPath(options: ImportOptions): string {
  const path =
    options.rejects ?? `${options.file.replace(/\.csv$/i, "")}.rejects.csv`;
  if (resolve(path) === resolve(options.file)) {
    throw new CommandError(
      "REJECT_FILE",
      "--rejects names the file that is imported; it would be overwritten",
    );
  }
  return path;
}
