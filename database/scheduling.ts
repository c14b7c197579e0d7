/** What one scheduling pass reads and locks. Every function is one statement of `queries/`, in the caller's transaction. */
import { z } from "zod";

import type { Transaction } from "./pools.ts";
import { statement } from "./sql.ts";

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

/** Runs a query of `queries/` and checks its rows. */
export async function rowsOf<T extends z.ZodType>(
  transaction: Transaction,
  query: string,
  values: readonly unknown[],
  row: T,
): Promise<z.infer<T>[]> {
  const { rows } = await transaction.query(statement(query, values));
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
  const { rows } = await transaction.query(
    statement("count_live", [campaignId, ids, nodes]),
  );
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
