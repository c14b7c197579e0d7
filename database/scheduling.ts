/** What one scheduling pass reads and writes. Every function is one statement of `queries/`, in the caller's transaction. */
import { z } from "zod";

import type { Transaction } from "./pools.ts";
import { loadSql } from "./sql.ts";

const campaignRow = z.object({
  id: z.string(),
  accountId: z.string(),
  priority: z.number(),
  maxConcurrentCalls: z.number(),
  maxAttempts: z.number(),
  maxDials: z.number(),
  callerId: z.string().nullable(),
  timezone: z.string(),
  startTime: z.string(),
  endTime: z.string(),
  workDays: z.array(z.number()),
  autoComplete: z.boolean(),
  isTestCall: z.boolean(),
  validUntilMs: z.coerce.number().nullable(),
  defaultCountry: z.string(),
  accountTimezone: z.string(),
  minGapSeconds: z.number(),
  maxDialsPerPhonePerDay: z.number(),
  nowMs: z.coerce.number(),
});
/** A locked campaign with what its account says; `nowMs` is the database's clock, epoch milliseconds. */
export type CampaignToPass = z.infer<typeof campaignRow>;

const trunkRow = z.object({
  id: z.string(),
  name: z.string(),
  node: z.string(),
  dialString: z.string(),
  callerId: z.string().nullable(),
  cpsLimit: z.number(),
  maxChannels: z.number(),
  limitGroup: z.string().nullable(),
  priority: z.number(),
  weight: z.number(),
  numberPattern: z.string().nullable(),
  isActive: z.boolean(),
  health: z.enum(["HEALTHY", "DEGRADED", "OUT"]),
  disabledUntilMs: z.coerce.number().nullable(),
  /** It was out and has reached no phone since: one call at a time. */
  isProbed: z.boolean(),
  hasBucket: z.boolean(),
  nextSlotMs: z.coerce.number().nullable(),
  adapter: z.string().nullable(),
  nodeHeld: z.boolean(),
  pbxConnected: z.boolean(),
  maxOriginates: z.number().nullable(),
});
export type TrunkRow = z.infer<typeof trunkRow>;

const liveCounts = z.object({
  ofCampaign: z.number(),
  byTrunk: z.record(z.string(), z.number()),
  diallingByNode: z.record(z.string(), z.number()),
});
export type LiveCounts = z.infer<typeof liveCounts>;

const groupMember = z.object({
  limitGroup: z.string(),
  node: z.string(),
  cpsLimit: z.number(),
  maxChannels: z.number(),
  nextSlotMs: z.coerce.number().nullable(),
  live: z.number(),
});
export type GroupMember = z.infer<typeof groupMember>;

const rivalRow = z.object({
  accountId: z.string(),
  priority: z.number(),
  trunkIds: z.array(z.string()),
});
export type Rival = z.infer<typeof rivalRow>;

const windowRow = z.object({
  campaignId: z.string(),
  weekday: z.number(),
  opens: z.string(),
  closes: z.string(),
});
export type WindowRow = z.infer<typeof windowRow>;

const bucketRow = z.object({
  zone: z.string(),
  listId: z.string(),
  priority: z.number(),
  dueMs: z.coerce.number(),
  listPriority: z.number(),
  listActive: z.boolean(),
});
/** Leads of one zone, list and priority that wait; `zone` is empty for numbers nobody has looked at. */
export type LeadBucket = z.infer<typeof bucketRow>;

const leadRow = z.object({
  id: z.string(),
  phone: z.string(),
  phoneE164: z.string().nullable(),
  timezone: z.string().nullable(),
  dialTimezone: z.string().nullable(),
  attempts: z.number(),
  dials: z.number(),
  movingFrom: z.string().nullable(),
});
export type LeadRow = z.infer<typeof leadRow>;

const phoneFacts = z.object({
  phone: z.string(),
  onDnc: z.boolean(),
  isLive: z.boolean(),
  dialsToday: z.number(),
  lastRangMs: z.coerce.number().nullable(),
});
export type PhoneFacts = z.infer<typeof phoneFacts>;

const moveRow = z.object({
  id: z.string(),
  trunkId: z.string(),
  wasMove: z.boolean(),
});
export type MoveRow = z.infer<typeof moveRow>;

async function rowsOf<T extends z.ZodType>(
  transaction: Transaction,
  query: string,
  values: readonly unknown[],
  row: T,
): Promise<z.infer<T>[]> {
  const { rows } = await transaction.query(loadSql(query), [...values]);
  return z.array(row).parse(rows);
}

export async function lockCampaign(
  transaction: Transaction,
  campaignId: string,
): Promise<CampaignToPass | null> {
  const rows = await rowsOf(
    transaction,
    "lock_campaign",
    [campaignId],
    campaignRow,
  );
  return rows[0] ?? null;
}

export function lockTrunks(
  transaction: Transaction,
  campaign: CampaignToPass,
): Promise<TrunkRow[]> {
  return rowsOf(
    transaction,
    "lock_trunks",
    [campaign.id, campaign.accountId],
    trunkRow,
  );
}

export async function countLive(
  transaction: Transaction,
  campaignId: string,
  trunks: readonly TrunkRow[],
): Promise<LiveCounts> {
  const nodes = [...new Set(trunks.map((trunk) => trunk.node))];
  const ids = trunks.map((trunk) => trunk.id);
  const { rows } = await transaction.query(loadSql("count_live"), [
    campaignId,
    ids,
    nodes,
  ]);
  return liveCounts.parse(rows[0]);
}

export function countGroupMembers(
  transaction: Transaction,
  trunks: readonly TrunkRow[],
): Promise<GroupMember[]> {
  const groups = trunks.flatMap((trunk) => trunk.limitGroup ?? []);
  if (groups.length === 0) return Promise.resolve([]);
  const values = [trunks.map((t) => t.id), groups, trunks.map((t) => t.node)];
  return rowsOf(transaction, "count_group_members", values, groupMember);
}

export function readRivals(
  transaction: Transaction,
  campaignId: string,
): Promise<Rival[]> {
  return rowsOf(transaction, "read_rivals", [campaignId], rivalRow);
}

export function readWindows(
  transaction: Transaction,
  campaignIds: readonly string[],
): Promise<WindowRow[]> {
  return rowsOf(transaction, "read_windows", [campaignIds], windowRow);
}

export function readBuckets(
  transaction: Transaction,
  campaignId: string,
): Promise<LeadBucket[]> {
  return rowsOf(transaction, "lead_buckets", [campaignId], bucketRow);
}

/** Locks up to `count` due leads of a bucket, except those named. */
export function takeLeads(
  transaction: Transaction,
  campaignId: string,
  bucket: LeadBucket,
  count: number,
  except: readonly string[],
): Promise<LeadRow[]> {
  const values = [
    campaignId,
    bucket.zone,
    bucket.listId,
    bucket.priority,
    count,
    except,
  ];
  return rowsOf(transaction, "take_leads", values, leadRow);
}

/** What became of a lead's number: dialable in `zone`, or not, with the reason. */
export interface NormalisedLead {
  readonly id: string;
  readonly e164: string | null;
  readonly zone: string;
  readonly reason: string | null;
}

/** @returns the ids that may be dialled; duplicates and impossible numbers are INVALID now */
export async function normaliseLeads(
  transaction: Transaction,
  leads: readonly NormalisedLead[],
): Promise<Set<string>> {
  const values = [JSON.stringify(leads)];
  const rows = await rowsOf(
    transaction,
    "normalise_leads",
    values,
    z.object({ id: z.string() }),
  );
  return new Set(rows.map((row) => row.id));
}

/** @param dayStart when the account's day began */
export async function readPhoneFacts(
  transaction: Transaction,
  campaign: CampaignToPass,
  phones: readonly string[],
  dayStart: Date,
): Promise<Map<string, PhoneFacts>> {
  const values = [
    campaign.accountId,
    campaign.id,
    phones,
    campaign.minGapSeconds,
    dayStart,
  ];
  const rows = await rowsOf(
    transaction,
    "read_phone_facts",
    values,
    phoneFacts,
  );
  return new Map(rows.map((row) => [row.phone, row]));
}

export async function readMoves(
  transaction: Transaction,
  attemptIds: readonly string[],
): Promise<Map<string, MoveRow>> {
  if (attemptIds.length === 0) return new Map();
  const rows = await rowsOf(transaction, "read_moves", [attemptIds], moveRow);
  return new Map(rows.map((row) => [row.id, row]));
}

/** An attempt to be queued; column names, because it travels to Postgres as JSON. Times are ISO 8601. */
export interface NewAttempt {
  readonly id: string;
  readonly lead_id: string;
  readonly attempt_number: number;
  readonly previous_attempt_id: string | null;
  readonly phone_e164: string;
  readonly trunk_id: string;
  readonly voice_node: string;
  readonly caller_id: string | null;
  readonly slot_at: string;
  readonly deadline_at: string;
}

/**
 * Queues attempts with their jobs and marks their leads.
 *
 * @returns ids of those that were queued; the others' lead or number is live already
 */
export async function queueAttempts(
  transaction: Transaction,
  campaign: CampaignToPass,
  attempts: readonly NewAttempt[],
): Promise<Set<string>> {
  if (attempts.length === 0) return new Set();
  const inserted = await rowsOf(
    transaction,
    "insert_attempts",
    [JSON.stringify(attempts), campaign.id, campaign.accountId],
    z.object({ id: z.string(), leadId: z.string() }),
  );
  const ids = new Set(inserted.map((row) => row.id));
  const queued = attempts.filter((attempt) => ids.has(attempt.id));
  if (queued.length > 0) {
    await transaction.query(loadSql("mark_in_progress"), [
      inserted.map((row) => row.leadId),
    ]);
    await transaction.query(loadSql("add_attempt_jobs"), [
      JSON.stringify(queued),
    ]);
  }
  return ids;
}

/** A lead that is not dialled now: for good with a status, or until `next_attempt_at` (ISO 8601). */
export interface LeadSetAside {
  readonly id: string;
  readonly status: "DNC" | "FAILED" | null;
  readonly reason: string;
  readonly next_attempt_at: string | null;
  readonly keeps_move: boolean;
}

export async function setAsideLeads(
  transaction: Transaction,
  leads: readonly LeadSetAside[],
): Promise<void> {
  if (leads.length === 0) return;
  await transaction.query(loadSql("set_aside_leads"), [JSON.stringify(leads)]);
}

export async function saveSlots(
  transaction: Transaction,
  slots: readonly { trunk_id: string; next_slot_at: string }[],
): Promise<void> {
  if (slots.length === 0) return;
  await transaction.query(loadSql("save_slots"), [JSON.stringify(slots)]);
}

/** One reason of a verdict, as `dialing_blockers` shows it. */
export interface Blocker {
  readonly reason: string;
  readonly count: number;
  /** ISO 8601, or null when no time will cure it. */
  readonly next_at: string | null;
}

export async function savePass(
  transaction: Transaction,
  campaign: CampaignToPass,
  pass: { nextPassAt: Date; hungry: boolean; verdict: readonly Blocker[] },
): Promise<void> {
  await transaction.query(loadSql("save_pass"), [
    campaign.id,
    campaign.accountId,
    pass.nextPassAt,
    pass.hungry,
    JSON.stringify(pass.verdict),
  ]);
}
