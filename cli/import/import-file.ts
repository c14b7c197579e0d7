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
  hasList,
  insertLeads,
  type CampaignChoice,
} from "./queries.ts";
import type { Database } from "../../database/pools.ts";
import { isKnownCountry } from "../../dialing/phone-number.ts";
import { CommandError } from "../command.ts";
import type { Language, Translated } from "../language.ts";
import { planColumns, type ColumnPlan } from "./columns.ts";
import { createDryWrite } from "./dry-run.ts";
import { findCampaign } from "./find-campaign.ts";
import type { RowRules } from "./lead-rows.ts";
import { LeadWriter } from "./lead-writer.ts";
import { openTable } from "./open-table.ts";
import type { ImportProgress, ImportTally } from "./progress.ts";
import { noRejectFile, RejectFile } from "./reject-file.ts";
import type { Table, TableOptions } from "./table.ts";

export interface ImportOptions extends TableOptions {
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
  readonly source: string | null;
  readonly legalBasis: string | null;
  /** Of the list. */
  readonly priority: number | null;
  /** Names, metadata and priority of existing leads are updated. */
  readonly update: boolean;
  /** Nothing is written, neither to the database nor to a reject file. */
  readonly dryRun: boolean;
}

export interface ImportStart {
  readonly path: string;
  readonly description: Translated;
  readonly plan: ColumnPlan;
  readonly campaign: CampaignChoice;
  readonly list: { readonly name: string; readonly isNew: boolean };
  readonly dryRun: boolean;
}

export interface ImportWatch {
  /** Aborted: what was read is written, then the import ends. */
  readonly signal: AbortSignal;
  /** Of the reasons in the reject file. */
  readonly language: Language;
  readonly progress: ImportProgress;
  /** Kept up to date, so that it can be printed after an error, too. */
  readonly tally: ImportTally;
  readonly onStart: (start: ImportStart) => void;
}

export interface ImportEnd {
  /** Null when nothing was rejected, and in a dry run. */
  readonly rejectFile: string | null;
  /** Last line that was looked at when it was stopped; null: it came to the end. */
  readonly stoppedAtLine: number | null;
  readonly dryRun: boolean;
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
  const { dryRun } = options;
  const table = await openTable(options.file, options);
  try {
    const plan = planColumns(table.header, options);
    const rejects = rejectFile(options, table, watch.language);
    const { campaign, rules } = await readRules(database, options, plan);
    const { list, write } = await openTarget(database, campaign, options);
    const { description } = table;
    const path = options.file;
    watch.onStart({ path, description, plan, campaign, list, dryRun });
    const sink = dryRun ? noRejectFile : rejects;
    const { tally } = watch;
    const writer = new LeadWriter({ plan, rules, write, rejects: sink, tally });
    watch.progress.start(table.totalBytes);
    const stoppedAtLine = await run(table, writer, watch);
    const hasRejects = tally.rejected > 0 && !dryRun;
    return {
      rejectFile: hasRejects ? rejects.path : null,
      stoppedAtLine,
      dryRun,
    };
  } finally {
    watch.progress.stop();
    await table.close();
  }
}

async function run(
  table: Table,
  writer: LeadWriter,
  watch: ImportWatch,
): Promise<number | null> {
  let line = 1;
  const show = () => watch.progress.update(table.bytesRead(), watch.tally);
  try {
    while (!watch.signal.aborted) {
      const record = await table.records.next();
      if (record === null) {
        line = 0;
        break;
      }
      line = record.line;
      const wroteBatch = await writer.add(record);
      if (wroteBatch) show();
    }
    await writer.flush();
    show();
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
  if (!isKnownCountry(country)) {
    throw new CommandError("UNKNOWN_COUNTRY", {
      en: `"${country}" is not a country with phone numbers; give an ISO 3166 code such as --country BR`,
      "pt-BR": `"${country}" não é um país com telefones; dê um código ISO 3166, como --country BR`,
    });
  }
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

/** The list, and what takes the batches. */
async function openTarget(
  database: Database,
  campaign: CampaignChoice,
  options: ImportOptions,
) {
  const { source, legalBasis, priority, update } = options;
  const given = options.list ?? basename(options.file, extname(options.file));
  const name = given
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 200);
  const target = {
    campaignId: campaign.id,
    accountId: campaign.accountId,
    update,
  };
  if (options.dryRun) {
    const isNew = !(await hasList(database, campaign.id, name));
    const write = createDryWrite(database, target);
    return { list: { name, isNew }, write };
  }
  const facts = { name, source, legalBasis, priority };
  const { id: listId, isNew } = await ensureList(database, campaign, facts);
  const write = (leads: Parameters<typeof insertLeads>[2]) =>
    insertLeads(database, { ...target, listId }, leads);
  return { list: { name, isNew }, write };
}

function rejectFile(
  options: ImportOptions,
  { header, delimiter }: Table,
  language: Language,
): RejectFile {
  const stem = options.file.replace(/\.(?:csv|tsv|txt|xlsx|xlsm)$/i, "");
  const path = options.rejects ?? `${stem}.rejects.csv`;
  if (resolve(path) === resolve(options.file)) {
    throw new CommandError("REJECT_FILE", {
      en: "--rejects names the file that is imported; it would be overwritten",
      "pt-BR":
        "--rejects cita o próprio arquivo importado, que seria sobrescrito",
    });
  }
  const own = delimiter ?? (language === "pt-BR" ? ";" : ",");
  return new RejectFile(path, header, own, language);
}
