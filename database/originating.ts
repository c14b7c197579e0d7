/**
 * The claim: QUEUED to ORIGINATING for a few attempts in one transaction, under the lease. Only after it
 * has committed may anything be written to a PBX; whoever crashes in between has sent nothing, and the
 * attempt is closed by reconciliation, not sent again.
 */
import { z } from "zod";

import { refuseClaim } from "../dialing/claim-check.ts";
import type { ClaimRefusal } from "../dialing/claim-check.ts";
import { windowsOf } from "../dialing/calling-windows.ts";
import type { CallingWindow, Weekday } from "../dialing/calling-windows.ts";
import { queueDeadlineMs } from "../dialing/deadlines.ts";
import { inTransaction } from "./pools.ts";
import type { Database, Transaction } from "./pools.ts";
import { windowRow } from "./scheduling.ts";
import { statement } from "./sql.ts";

const claimRow = z.object({
  id: z.string(),
  campaignId: z.string(),
  leadId: z.string(),
  phoneE164: z.string(),
  trunkId: z.string(),
  callerId: z.string().nullable(),
  slotMs: z.coerce.number(),
  nowMs: z.coerce.number(),
  campaignStatus: z.string(),
  validUntilMs: z.coerce.number().nullable(),
  timezone: z.string(),
  startTime: z.string(),
  endTime: z.string(),
  workDays: z.array(z.number()),
  context: z.string().nullable(),
  extension: z.string(),
  setupTimeoutSeconds: z.number(),
  ringTimeoutSeconds: z.number(),
  maxCallDurationSeconds: z.number(),
  maxDials: z.number(),
  variables: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()]),
  ),
  zone: z.string().nullable(),
  leadStatus: z.string(),
  leadPhoneE164: z.string().nullable(),
  dials: z.number(),
  dialString: z.string(),
  trunkIsActive: z.boolean(),
  onDnc: z.boolean(),
  windows: z.array(windowRow),
});
/** An attempt that may be sent now, with everything its Originate needs. */
export type ClaimedAttempt = z.infer<typeof claimRow>;

export interface ClaimIdentity {
  readonly engineId: string;
  readonly node: string;
  readonly epoch: number;
}

export interface ClaimResult {
  /** False: the lease is gone; nothing was changed. */
  readonly held: boolean;
  readonly claimed: readonly ClaimedAttempt[];
  readonly refused: readonly {
    readonly id: string;
    readonly campaignId: string;
    /** UNREADABLE: a value that no row should have; it stays queued until its timer ends it. */
    readonly reason: ClaimRefusal | "UNREADABLE";
  }[];
  /** Still QUEUED, but somebody's open transaction holds the attempt or its lead: try again. */
  readonly locked: readonly string[];
}

const lost: ClaimResult = {
  held: false,
  claimed: [],
  refused: [],
  locked: [],
};

/**
 * Claims attempts. Those missing from the result are past QUEUED: somebody dealt with them already.
 *
 * @throws whatever the database throws; after a lost connection the claim may have happened all the same
 */
export function claimOriginates(
  database: Database,
  identity: ClaimIdentity,
  attemptIds: readonly string[],
): Promise<ClaimResult> {
  return inTransaction(database, async (transaction) => {
    const lease = [identity.node, identity.engineId, identity.epoch];
    const attempts = await transaction.query(
      statement("read_claims", [attemptIds, ...lease]),
    );
    // None of them is QUEUED any more, or the node is another's: a rare case, and two different ones.
    if (attempts.rows.length === 0 && !(await holdsLease(transaction, lease)))
      return lost;
    const found = readClaims(attempts.rows);
    const decided = await decideClaims(transaction, identity, found);
    const locked = await findQueued(transaction, attemptIds, attempts.rows);
    return { held: true, ...decided, locked };
  });
}

const anyRow = z.object({ id: z.string(), campaignId: z.string() });

interface FoundClaims {
  readonly found: readonly ClaimedAttempt[];
  readonly unreadable: readonly z.infer<typeof anyRow>[];
}

/** Row by row: what one account has written must not keep the others' calls from being sent. */
function readClaims(rows: readonly unknown[]): FoundClaims {
  const found: ClaimedAttempt[] = [];
  const unreadable: z.infer<typeof anyRow>[] = [];
  for (const row of rows) {
    const read = claimRow.safeParse(row);
    if (read.success) found.push(read.data);
    else unreadable.push(anyRow.parse(row));
  }
  return { found, unreadable };
}

async function holdsLease(
  transaction: Transaction,
  lease: readonly unknown[],
): Promise<boolean> {
  const { rows } = await transaction.query<{ held: boolean }>(
    statement("hold_lease", lease),
  );
  return rows[0]?.held === true;
}

/** @returns of the wanted attempts that were not found, those that are QUEUED all the same */
async function findQueued(
  transaction: Transaction,
  wanted: readonly string[],
  found: readonly unknown[],
): Promise<string[]> {
  if (found.length === wanted.length) return [];
  const had = new Set(found.map((row) => anyRow.parse(row).id));
  const missing = wanted.filter((id) => !had.has(id));
  const { rows } = await transaction.query<{ id: string }>(
    statement("queued_of", [missing]),
  );
  return rows.map(({ id }) => id);
}

async function decideClaims(
  transaction: Transaction,
  identity: ClaimIdentity,
  { found, unreadable }: FoundClaims,
): Promise<Pick<ClaimResult, "claimed" | "refused">> {
  const claimed: ClaimedAttempt[] = [];
  const refused: { id: string; campaignId: string; reason: ClaimRefusal }[] =
    [];
  for (const attempt of found) {
    const reason = refuseClaim(
      { ...attempt, zone: attempt.zone ?? attempt.timezone },
      windowsOf(
        { ...attempt, workDays: attempt.workDays as Weekday[] },
        attempt.windows as CallingWindow[],
      ),
    );
    if (reason === null) claimed.push(attempt);
    else
      refused.push({ id: attempt.id, campaignId: attempt.campaignId, reason });
  }
  await writeClaims(transaction, identity, claimed, refused);
  return {
    claimed,
    refused: [
      ...refused,
      ...unreadable.map((row) => ({ ...row, reason: "UNREADABLE" as const })),
    ],
  };
}

async function writeClaims(
  transaction: Transaction,
  identity: ClaimIdentity,
  claimed: readonly ClaimedAttempt[],
  refused: readonly { id: string }[],
): Promise<void> {
  if (claimed.length > 0) {
    const rows = claimed.map((attempt) => ({
      id: attempt.id,
      setup_seconds: attempt.setupTimeoutSeconds,
    }));
    await transaction.query(
      statement("start_originates", [
        JSON.stringify(rows),
        identity.engineId,
        identity.epoch,
      ]),
    );
    await advanceTimers(transaction, claimed);
  }
  if (refused.length > 0)
    await transaction.query(
      statement("cancel_queued", [refused.map(({ id }) => id)]),
    );
}

/** A set-up time shorter than the queue's is over before the timer that was made with the attempt. */
async function advanceTimers(
  transaction: Transaction,
  claimed: readonly ClaimedAttempt[],
): Promise<void> {
  const earlier = claimed.filter(
    ({ nowMs, slotMs, setupTimeoutSeconds }) =>
      nowMs + setupTimeoutSeconds * 1_000 < slotMs + queueDeadlineMs,
  );
  if (earlier.length > 0)
    await transaction.query(
      statement("advance_setup_timers", [earlier.map(({ id }) => id)]),
    );
}

const limitRow = z.object({
  id: z.string(),
  name: z.string(),
  line: z.string(),
  cpsLimit: z.number(),
});
/** Rate limit of a trunk; trunks with the same `line` share it. */
export type TrunkLimit = z.infer<typeof limitRow>;

export async function readTrunkLimits(
  database: Database,
  node: string,
): Promise<TrunkLimit[]> {
  const { rows } = await database.query(statement("read_trunk_limits", [node]));
  return z.array(limitRow).parse(rows);
}

/** What a trunk really sent; column names, because it travels to Postgres as JSON. */
export interface PublishedRate {
  readonly trunk_id: string;
  readonly sent: number;
  readonly worst: number;
}

export async function publishRates(
  database: Database,
  rates: readonly PublishedRate[],
): Promise<void> {
  if (rates.length === 0) return;
  await database.query(statement("publish_rates", [JSON.stringify(rates)]));
}

/** Ids of the node's calls between Originate and answer. */
export async function readUnanswered(
  database: Database,
  node: string,
): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    statement("read_unanswered", [node]),
  );
  return rows.map((row) => row.id);
}
