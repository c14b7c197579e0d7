/**
 * The claim: QUEUED to ORIGINATING for a few attempts in one transaction, under the lease. Only after it has committed
 * may anything be written to a PBX. An engine that crashes in between has sent nothing; reconciliation closes the
 * attempt, and it is not sent again.
 */
import { z } from "zod";

import { refuseClaim } from "../dialing/claim-check.ts";
import type { ClaimRefusal } from "../dialing/claim-check.ts";
import { windowsOf } from "../dialing/calling-windows.ts";
import type { CallingWindow, Weekday } from "../dialing/calling-windows.ts";
import { queueDeadlineMs } from "../dialing/deadlines.ts";
import { takeAccountRooms } from "./account-claims.ts";
import type { AccountRooms } from "./account-claims.ts";
import { inTransaction } from "./pools.ts";
import type { Database, Transaction } from "./pools.ts";
import { windowRow } from "./scheduling.ts";
import { statement } from "./sql.ts";

const claimRow = z.object({
  id: z.string(),
  campaignId: z.string(),
  accountId: z.string(),
  leadId: z.string(),
  phoneE164: z.string(),
  trunkId: z.string(),
  callerId: z.string().nullable(),
  slotMs: z.coerce.number(),
  nowMs: z.coerce.number(),
  campaignStatus: z.string(),
  accountFlaw: z
    .enum(["ACCOUNT_UNKNOWN", "ACCOUNT_INACTIVE", "ACCOUNT_TRUNKS"])
    .nullable(),
  destinationFlaw: z
    .enum([
      "DESTINATION_INACTIVE",
      "DESTINATION_NOT_PERMITTED",
      "DESTINATION_NODE",
    ])
    .nullable(),
  allowedCountries: z.array(z.string()).nullable(),
  allowedCallerIds: z.array(z.string()).nullable(),
  trunkCallerId: z.string().nullable(),
  /** Limits of the account. */
  maxConcurrentCalls: z.number().nullable(),
  maxCallsPerSecond: z.number().nullable(),
  maxDialsPerDay: z.number().nullable(),
  defaultCountry: z.string(),
  accountTimezone: z.string(),
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
    /** UNREADABLE: a value that no row should have; the attempt stays queued until its timer ends it. */
    readonly reason: ClaimRefusal | "UNREADABLE";
  }[];
  /** Still QUEUED, but another transaction holds the attempt or its lead, or claims for its account: try again. */
  readonly locked: readonly string[];
}

const lost: ClaimResult = {
  held: false,
  claimed: [],
  refused: [],
  locked: [],
};

/**
 * Claims attempts. Those missing from the result are past QUEUED: they were dealt with already.
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
      statement("originating/read_claims", [attemptIds, ...lease]),
    );
    // Either none of them is QUEUED any more, or the node is another engine's: a rare case, and the two differ.
    if (attempts.rows.length === 0 && !(await holdsLease(transaction, lease)))
      return lost;
    const found = readClaims(attempts.rows);
    const { locked, ...decided } = await decideClaims(
      transaction,
      identity,
      found,
    );
    const held = await findQueued(transaction, attemptIds, attempts.rows);
    return { held: true, ...decided, locked: [...locked, ...held] };
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
    statement("leadership/hold_lease", lease),
  );
  return rows[0]?.held === true;
}

/** @returns of the wanted attempts that were not found, those that are still QUEUED */
async function findQueued(
  transaction: Transaction,
  wanted: readonly string[],
  found: readonly unknown[],
): Promise<string[]> {
  if (found.length === wanted.length) return [];
  const had = new Set(found.map((row) => anyRow.parse(row).id));
  const missing = wanted.filter((id) => !had.has(id));
  const { rows } = await transaction.query<{ id: string }>(
    statement("originating/queued_of", [missing]),
  );
  return rows.map(({ id }) => id);
}

async function decideClaims(
  transaction: Transaction,
  identity: ClaimIdentity,
  { found, unreadable }: FoundClaims,
): Promise<Pick<ClaimResult, "claimed" | "refused" | "locked">> {
  const rooms = await takeAccountRooms(transaction, found);
  const { claimed, refused, locked } = judgeClaims(found, rooms);
  const started = await startClaims(transaction, identity, claimed);
  for (const { id, campaignId } of claimed)
    if (!started.has(id)) refused.push({ id, campaignId, reason: "DNC" });
  if (refused.length > 0)
    await transaction.query(
      statement("originating/cancel_queued", [refused.map(({ id }) => id)]),
    );
  return {
    claimed: claimed.filter(({ id }) => started.has(id)),
    refused: [
      ...refused,
      ...unreadable.map((row) => ({ ...row, reason: "UNREADABLE" as const })),
    ],
    locked,
  };
}

interface JudgedClaims {
  readonly claimed: ClaimedAttempt[];
  readonly refused: {
    readonly id: string;
    readonly campaignId: string;
    readonly reason: ClaimRefusal;
  }[];
  readonly locked: string[];
}

function judgeClaims(
  found: readonly ClaimedAttempt[],
  rooms: AccountRooms,
): JudgedClaims {
  const judged: JudgedClaims = { claimed: [], refused: [], locked: [] };
  const claimedOf = new Map<string, number>();
  for (const attempt of found) {
    const { id, accountId, campaignId } = attempt;
    const room = rooms.get(accountId);
    if (room === null) {
      judged.locked.push(id);
      continue;
    }
    const mine = claimedOf.get(accountId) ?? 0;
    const reason = refuseClaim(
      {
        ...attempt,
        zone: attempt.zone ?? attempt.timezone,
        accountLimit: room?.find(({ free }) => free <= mine)?.reason ?? null,
      },
      windowsOf(
        { ...attempt, workDays: attempt.workDays as Weekday[] },
        attempt.windows as CallingWindow[],
      ),
    );
    if (reason === null) {
      judged.claimed.push(attempt);
      claimedOf.set(accountId, mine + 1);
    } else judged.refused.push({ id, campaignId, reason });
  }
  return judged;
}

/** @returns ids of those that were started; the others' phone was added to a do-not-call list a moment ago */
async function startClaims(
  transaction: Transaction,
  identity: ClaimIdentity,
  claimed: readonly ClaimedAttempt[],
): Promise<Set<string>> {
  if (claimed.length === 0) return new Set();
  const rows = claimed.map((attempt) => ({
    id: attempt.id,
    setup_seconds: attempt.setupTimeoutSeconds,
  }));
  const values = [JSON.stringify(rows), identity.engineId, identity.epoch];
  const result = await transaction.query<{ id: string }>(
    statement("originating/start_originates", values),
  );
  const started = new Set(result.rows.map(({ id }) => id));
  await advanceTimers(
    transaction,
    claimed.filter(({ id }) => started.has(id)),
  );
  return started;
}

/** A set-up time shorter than the queue's ends before the timer that was made with the attempt. */
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
      statement("originating/advance_setup_timers", [
        earlier.map(({ id }) => id),
      ]),
    );
}

/** Ids of the node's calls between Originate and answer. */
export async function readUnanswered(
  database: Database,
  node: string,
): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    statement("originating/read_unanswered", [node]),
  );
  return rows.map((row) => row.id);
}
