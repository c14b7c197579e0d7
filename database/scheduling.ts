/** What one scheduling pass reads and locks. Every function is one statement of `queries/`, in the caller's transaction. */
import { z } from "zod";

import { pauseReasons } from "../adapters/port.ts";
import { secondsOf } from "../dialing/account-limits.ts";
import type {
  AccountLoad,
  CampaignToPass,
  LeadPartition,
  LeadFacts,
  LeadPosition,
  LeadRow,
  PassFacts,
  Rival,
  TrunkRow,
  WindowRow,
} from "../dialing/pass-facts.ts";
import type { Database, Transaction } from "./pools.ts";
import { statement } from "./sql.ts";

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
  disabledUntilMs: z.number().nullable(),
  isAllowed: z.boolean(),
  isProbed: z.boolean(),
  isDemoted: z.boolean(),
}) satisfies z.ZodType<TrunkRow>;

const destinationFlaw = z
  .enum(["DESTINATION_INACTIVE", "DESTINATION_NOT_PERMITTED"])
  .nullable();
const accountFlaw = z.enum(["ACCOUNT_UNKNOWN", "ACCOUNT_INACTIVE"]).nullable();

const campaignRow = z.object({
  id: z.string(),
  accountId: z.string(),
  accountFlaw,
  destinationFlaw,
  hasTrunkLimit: z.boolean(),
  allowedCountries: z.array(z.string()).nullable(),
  allowedCallerIds: z.array(z.string()).nullable(),
  accountConcurrentCalls: z.number().nullable(),
  accountCallsPerSecond: z.number().nullable(),
  accountDialsPerDay: z.number().nullable(),
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
  trunks: z.array(trunkRow),
}) satisfies z.ZodType<CampaignToPass>;

export const windowRow = z.object({
  weekday: z.number(),
  opens: z.string(),
  closes: z.string(),
}) satisfies z.ZodType<WindowRow>;

export const partitionRow = z.object({
  zone: z.string(),
  listId: z.string(),
  priority: z.number(),
  dueMs: z.number(),
  listPriority: z.number(),
  listActive: z.boolean(),
}) satisfies z.ZodType<LeadPartition>;

const rivalRow = z.object({
  accountId: z.string(),
  trunkId: z.string().nullable(),
  node: z.string().nullable(),
  earliest: z.number(),
  equals: z.number(),
}) satisfies z.ZodType<Rival>;

const accountLoad = z.object({
  unanswered: z.number(),
  queued: z.number(),
  live: z.number(),
}) satisfies z.ZodType<AccountLoad>;

const passFacts = z.object({
  liveOfCampaign: z.number(),
  account: z.object({
    live: z.number(),
    queued: z.number(),
    sentLately: z.number(),
    dialsToday: z.number(),
  }),
  trunks: z.record(
    z.string(),
    z.object({
      live: z.number(),
      liveOf: z.record(z.string(), z.number()),
      given: z.record(z.string(), z.tuple([z.number(), z.number()])),
      overdue: z.number(),
      hasBucket: z.boolean(),
      nextSlotMs: z.number().nullable(),
    }),
  ),
  nodes: z.record(
    z.string(),
    z.object({
      adapter: z.string().nullable(),
      isHeld: z.boolean(),
      pbxConnected: z.boolean(),
      pbxPause: z.enum(pauseReasons).nullable(),
      maxOriginates: z.number().nullable(),
      unanswered: z.number(),
      queued: z.number(),
      accounts: z.record(z.string(), accountLoad),
      pbxCallsPerSecond: z.number().nullable(),
      pbxFreeCalls: z.number().nullable(),
      unheardCalls: z.number(),
      unheardUntilMs: z.number().nullable(),
    }),
  ),
  rivals: z.array(rivalRow),
  windows: z.array(windowRow),
  partitions: z.array(partitionRow),
}) satisfies z.ZodType<PassFacts>;

const leadRow = z.object({
  partition: z.number(),
  id: z.string(),
  phoneId: z.string().nullable(),
  phone: z.string(),
  phoneE164: z.string().nullable(),
  hasMore: z.boolean(),
  timezone: z.string().nullable(),
  dialTimezone: z.string().nullable(),
  attempts: z.number(),
  dials: z.number(),
  lastOutcome: z.string().nullable(),
  calledBack: z.boolean(),
  movingFrom: z.string().nullable(),
  dueAt: z.string(),
}) satisfies z.ZodType<LeadRow>;

const leadFacts = z.object({
  id: z.string(),
  dncUntilMs: z.coerce.number().nullable(),
  isLive: z.boolean(),
  dialsToday: z.number(),
  lastRangMs: z.coerce.number().nullable(),
  movedFromTrunkId: z.string().nullable(),
}) satisfies z.ZodType<LeadFacts>;

const activeCampaign = z.object({ id: z.string(), accountId: z.string() });
export type ActiveCampaign = z.infer<typeof activeCampaign>;

export async function readActiveCampaigns(
  database: Database,
): Promise<ActiveCampaign[]> {
  const { rows } = await database.query(
    statement("scheduling/active_campaigns"),
  );
  return z.array(activeCampaign).parse(rows);
}

export async function readCampaignAccounts(
  database: Database,
  campaignIds: readonly string[],
): Promise<ActiveCampaign[]> {
  const { rows } = await database.query(
    statement("scheduling/campaign_accounts", [campaignIds]),
  );
  return z.array(activeCampaign).parse(rows);
}

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

/** Locks a campaign with its trunks. @returns null when it is not ACTIVE */
export async function lockPass(
  transaction: Transaction,
  campaignId: string,
): Promise<CampaignToPass | null> {
  const rows = await rowsOf(
    transaction,
    "scheduling/lock_pass",
    [campaignId],
    campaignRow,
  );
  return rows[0] ?? null;
}

export async function readPass(
  transaction: Transaction,
  campaign: CampaignToPass,
  dayStart: Date,
  partitionsAtMost: number,
): Promise<PassFacts> {
  const { id, trunks, priority, accountId } = campaign;
  const { accountCallsPerSecond, accountDialsPerDay } = campaign;
  const given = {
    campaign_id: id,
    account_id: accountId,
    priority,
    trunk_ids: trunks.map((trunk) => trunk.id),
    nodes: [...new Set(trunks.map((trunk) => trunk.node))],
    counts_seconds:
      accountCallsPerSecond === null ? null : secondsOf(accountCallsPerSecond),
    day_start: accountDialsPerDay === null ? null : dayStart,
    most_partitions: partitionsAtMost,
  };
  const { rows } = await transaction.query(
    statement("scheduling/read_pass", [JSON.stringify(given)]),
  );
  return passFacts.parse(rows[0]);
}

/** Where to continue in a partition. */
export interface PartitionPosition {
  readonly partition: LeadPartition;
  readonly after: LeadPosition;
}

/** Locks up to `count` due leads of these partitions, in their order, behind the position in each, except those named. */
export function takeLeads(
  transaction: Transaction,
  campaignId: string,
  positions: readonly PartitionPosition[],
  count: number,
  except: readonly string[],
): Promise<LeadRow[]> {
  const partitions = positions.map(({ partition, after }) => ({
    zone: partition.zone,
    list_id: partition.listId,
    priority: partition.priority,
    after_due_at: after.dueAt,
    after_id: after.id,
  }));
  const values = [campaignId, JSON.stringify(partitions), count, except];
  return rowsOf(transaction, "scheduling/take_leads", values, leadRow);
}

/**
 * Locks up to `count` leads with further numbers that are due in zones that are closed; none when all numbers of the campaign
 * are in these zones.
 */
export function takeLeadsOfClosedZones(
  transaction: Transaction,
  campaignId: string,
  closedZones: readonly string[],
  count: number,
): Promise<LeadRow[]> {
  const values = [campaignId, closedZones, count];
  return rowsOf(
    transaction,
    "scheduling/take_leads_of_closed_zones",
    values,
    leadRow,
  );
}

const otherNumber = z.object({
  leadId: z.string(),
  phoneId: z.string().nullable(),
  phone: z.string(),
  phoneE164: z.string(),
  /** Null: the number is new. */
  zone: z.string().nullable(),
});
/** A number of a lead beside the one that is next. */
export type OtherNumber = z.infer<typeof otherNumber>;

/** Numbers of these locked leads, beside the next, that are themselves free to be dialled now; in the order of leads and numbers. */
export function readOtherNumbers(
  transaction: Transaction,
  campaign: CampaignToPass,
  leadIds: readonly string[],
): Promise<OtherNumber[]> {
  const values = [campaign.accountId, leadIds];
  return rowsOf(
    transaction,
    "scheduling/read_other_numbers",
    values,
    otherNumber,
  );
}

/** A lead to check; column names, because it travels to Postgres as JSON. */
export interface LeadToPrepare {
  readonly id: string;
  /** Null: not a number, for the `reason`. */
  readonly e164: string | null;
  readonly zone: string;
  readonly reason: string | null;
  /** New: number and zone are written. */
  readonly is_fresh: boolean;
  readonly moving_from: string | null;
  /** The further number that `e164` is; null: the lead's first. */
  readonly phone_id: string | null;
  readonly has_more: boolean;
}

/**
 * Checks leads that are locked.
 *
 * @param dayStart when the account's day began
 * @returns facts of those that have a number, by lead; leads with impossible numbers and duplicates are INVALID now, or
 *   go on with their next number
 */
export async function prepareLeads(
  transaction: Transaction,
  campaign: CampaignToPass,
  leads: readonly LeadToPrepare[],
  dayStart: Date,
): Promise<Map<string, LeadFacts>> {
  if (leads.length === 0) return new Map();
  const values = [
    JSON.stringify(leads),
    campaign.accountId,
    campaign.id,
    campaign.minGapSeconds,
    dayStart,
  ];
  const rows = await rowsOf(
    transaction,
    "scheduling/prepare_leads",
    values,
    leadFacts,
  );
  return new Map(rows.map((row) => [row.id, row]));
}
