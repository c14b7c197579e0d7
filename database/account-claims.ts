/**
 * What the administrator's limits leave an account at a claim. Passes respect them when they queue; this check applies
 * what was lowered since.
 *
 * If two engines on two nodes claim for one account, one of them counts and claims; the other's calls stay queued and
 * come again. Killed or gone in between: the lock ends with the transaction.
 */
import { DateTime } from "luxon";
import { z } from "zod";

import { accountRooms, secondsOf } from "../dialing/account-limits.ts";
import type { AccountLimits, AccountRoom } from "../dialing/account-limits.ts";
import { isKnownZone } from "../dialing/calling-windows.ts";
import type { Transaction } from "./pools.ts";
import { statement } from "./sql.ts";

/** An attempt to be claimed, as far as its account's limits are concerned. */
export interface LimitedAttempt extends AccountLimits {
  readonly accountId: string;
  readonly accountTimezone: string;
  /** The database's clock, epoch ms. */
  readonly nowMs: number;
}

/** By account that has a limit: what it leaves, or null while another engine claims for it. */
export type AccountRooms = ReadonlyMap<string, readonly AccountRoom[] | null>;

const loadRow = z.object({
  id: z.string(),
  live: z.number(),
  sentLately: z.number(),
  dialsToday: z.number(),
});

/**
 * Locks the claims of the accounts that have limits, and counts what they have; called after their attempts were
 * locked.
 */
export async function takeAccountRooms(
  transaction: Transaction,
  attempts: readonly LimitedAttempt[],
): Promise<AccountRooms> {
  const limited = new Map(
    attempts.filter(isLimited).map((attempt) => [attempt.accountId, attempt]),
  );
  if (limited.size === 0) return new Map();
  const locked = await transaction.query<{ id: string }>(
    statement("originating/lock_account_claims", [[...limited.keys()]]),
  );
  const ours = locked.rows.flatMap(({ id }) => limited.get(id) ?? []);
  const rooms = new Map<string, readonly AccountRoom[] | null>(
    [...limited.keys()].map((id) => [id, null]),
  );
  for (const load of await readLoads(transaction, ours)) {
    const limits = limited.get(load.id);
    if (limits !== undefined)
      rooms.set(load.id, accountRooms(limits, { ...load, queued: 0 }));
  }
  return rooms;
}

function isLimited(limits: AccountLimits): boolean {
  const { maxConcurrentCalls, maxCallsPerSecond, maxDialsPerDay } = limits;
  return (
    maxConcurrentCalls !== null ||
    maxCallsPerSecond !== null ||
    maxDialsPerDay !== null
  );
}

async function readLoads(
  transaction: Transaction,
  accounts: readonly LimitedAttempt[],
): Promise<z.infer<typeof loadRow>[]> {
  if (accounts.length === 0) return [];
  const { rows } = await transaction.query(
    statement("originating/read_account_loads", [
      accounts.map(({ accountId }) => accountId),
      accounts.map(({ maxCallsPerSecond }) =>
        maxCallsPerSecond === null ? null : secondsOf(maxCallsPerSecond),
      ),
      accounts.map(dayStart),
    ]),
  );
  return z.array(loadRow).parse(rows);
}

/** An account whose zone does not exist has no day; such a call is refused for the zone. */
function dayStart(account: LimitedAttempt): Date | null {
  const { accountTimezone, maxDialsPerDay, nowMs } = account;
  if (maxDialsPerDay === null || !isKnownZone(accountTimezone)) return null;
  return DateTime.fromMillis(nowMs, { zone: accountTimezone })
    .startOf("day")
    .toJSDate();
}
