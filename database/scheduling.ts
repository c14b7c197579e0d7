/** What one scheduling pass reads and locks. Every function is one statement of `queries/`, in the caller's transaction. */
import { z } from "zod";

import type { Transaction } from "./pools.ts";
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
  /** False: it only shares a limit group with one that the campaign may use. */
  isAllowed: z.boolean(),
  /** It was out and has reached no phone since: one call at a time. */
  isProbed: z.boolean(),
  isDemoted: z.boolean(),
});
export type TrunkRow = z.infer<typeof trunkRow>;

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
  trunks: z.array(trunkRow),
});
/** A locked campaign with its locked trunks; `nowMs` is the database's clock, epoch milliseconds. */
export type CampaignToPass = z.infer<typeof campaignRow>;

/** Calling hours of one weekday; times as `HH:MM`. */
export const windowRow = z.object({
  weekday: z.number(),
  opens: z.string(),
  closes: z.string(),
});

const bucketRow = z.object({
  zone: z.string(),
  listId: z.string(),
  priority: z.number(),
  dueMs: z.number(),
  listPriority: z.number(),
  listActive: z.boolean(),
});
/** Leads of one zone, list and priority that wait; `zone` is empty for numbers nobody has looked at. */
export type LeadBucket = z.infer<typeof bucketRow>;

/** Kinds that one look at a campaign gives at most; the number stands in read_pass.sql as well. */
export const mostKinds = 5_000;

const rivalRow = z.object({
  priority: z.number(),
  /** Those that it waits for. */
  trunkIds: z.array(z.string()),
});
export type Rival = z.infer<typeof rivalRow>;

const passFacts = z.object({
  liveOfCampaign: z.number(),
  /** By trunk id. `nextSlotMs` null: every slot is free. */
  trunks: z.record(
    z.string(),
    z.object({
      live: z.number(),
      /** Queued, and their slot is over. */
      overdue: z.number(),
      hasBucket: z.boolean(),
      nextSlotMs: z.number().nullable(),
    }),
  ),
  /**
   * By name. `unanswered`: attempts up to the answer, those still queued included. What the PBX itself allows
   * is null when it does not say.
   */
  nodes: z.record(
    z.string(),
    z.object({
      adapter: z.string().nullable(),
      isHeld: z.boolean(),
      pbxConnected: z.boolean(),
      maxOriginates: z.number().nullable(),
      unanswered: z.number(),
      queued: z.number(),
      pbxCallsPerSecond: z.number().nullable(),
      pbxFreeCalls: z.number().nullable(),
    }),
  ),
  rivals: z.array(rivalRow),
  windows: z.array(windowRow),
  buckets: z.array(bucketRow),
});
/** What a pass goes by; times in epoch milliseconds. */
export type PassFacts = z.infer<typeof passFacts>;

const leadRow = z.object({
  id: z.string(),
  phone: z.string(),
  phoneE164: z.string().nullable(),
  timezone: z.string().nullable(),
  dialTimezone: z.string().nullable(),
  attempts: z.number(),
  dials: z.number(),
  movingFrom: z.string().nullable(),
  dueAt: z.string(),
});
export type LeadRow = z.infer<typeof leadRow>;

const leadFacts = z.object({
  id: z.string(),
  /** Until when a do-not-call list forbids the number; null: it does not. */
  dncUntilMs: z.coerce.number().nullable(),
  isLive: z.boolean(),
  dialsToday: z.number(),
  lastRangMs: z.coerce.number().nullable(),
  /** The trunk that it is to be moved away from. */
  movedFromTrunkId: z.string().nullable(),
});
/** What speaks for and against dialling a lead's number; times in epoch milliseconds. */
export type LeadFacts = z.infer<typeof leadFacts>;

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
    "lock_pass",
    [campaignId],
    campaignRow,
  );
  return rows[0] ?? null;
}

export async function readPass(
  transaction: Transaction,
  { id, trunks }: CampaignToPass,
): Promise<PassFacts> {
  const nodes = [...new Set(trunks.map((trunk) => trunk.node))];
  const values = [id, trunks.map((trunk) => trunk.id), nodes];
  const { rows } = await transaction.query(statement("read_pass", values));
  return passFacts.parse(rows[0]);
}

/** The kinds of leads that wait, but for those of the zones named. */
export function readKinds(
  transaction: Transaction,
  campaignId: string,
  closedZones: readonly string[],
): Promise<LeadBucket[]> {
  const values = [campaignId, closedZones, mostKinds];
  return rowsOf(transaction, "read_kinds", values, bucketRow);
}

/** A lead's place in its bucket. */
export interface LeadPlace {
  /** As Postgres writes it in JSON, so that no microsecond is lost. */
  readonly dueAt: string;
  readonly id: string;
}

/** Before every lead of a bucket. */
export const bucketStart: LeadPlace = {
  dueAt: "-infinity",
  id: "00000000-0000-0000-0000-000000000000",
};

/** Locks up to `count` due leads of a bucket behind a place, except those named. */
export function takeLeads(
  transaction: Transaction,
  campaignId: string,
  bucket: LeadBucket,
  count: number,
  after: LeadPlace,
  except: readonly string[],
): Promise<LeadRow[]> {
  const values = [
    campaignId,
    bucket.zone,
    bucket.listId,
    bucket.priority,
    count,
    except,
    after.dueAt,
    after.id,
  ];
  return rowsOf(transaction, "take_leads", values, leadRow);
}

/** A lead to look at; column names, because it travels to Postgres as JSON. */
export interface LeadToLookAt {
  readonly id: string;
  /** Null: not a number, for the `reason`. */
  readonly e164: string | null;
  readonly zone: string;
  readonly reason: string | null;
  /** Looked at for the first time: number and zone are written. */
  readonly is_fresh: boolean;
  readonly moving_from: string | null;
}

/**
 * Looks at leads that are locked.
 *
 * @param dayStart when the account's day began
 * @returns facts of those that have a number, by lead; impossible numbers and duplicates are INVALID now
 */
export async function lookAtLeads(
  transaction: Transaction,
  campaign: CampaignToPass,
  leads: readonly LeadToLookAt[],
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
  const rows = await rowsOf(transaction, "look_at_leads", values, leadFacts);
  return new Map(rows.map((row) => [row.id, row]));
}
