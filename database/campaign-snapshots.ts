/** What the front end receives about its campaigns, once a second. */
import { z } from "zod";

import type { Database } from "./pools.ts";
import { statement } from "./sql.ts";

const row = z.object({
  campaignId: z.string(),
  accountId: z.string(),
  status: z.string(),
  liveCalls: z.record(z.string(), z.number()),
  blockers: z.array(
    z.object({
      reason: z.string(),
      count: z.number(),
      nextAt: z.string().nullable(),
      /** Of NOT_ACTIVE: why. */
      detail: z.string().nullable(),
    }),
  ),
});

export type SnapshotRow = z.output<typeof row>;

/** Campaigns of one read; its cost grows with them. The others follow in the next, in turn. */
export const snapshotsAtOnce = 200;

/** Of each account the campaign that was read last. */
export type SnapshotCursors = Map<string, string>;

/**
 * ACTIVE campaigns and those of `alsoIds`, `snapshotsAtOnce` at most, in turn by account; none if another engine is the
 * one to broadcast.
 *
 * @param engineId the engine that asks
 * @param cursors where the last read stopped; updated
 */
export async function readCampaignSnapshots(
  database: Database,
  engineId: string,
  alsoIds: readonly string[],
  cursors: SnapshotCursors,
): Promise<SnapshotRow[]> {
  const { rows } = await database.query(
    statement("realtime/snapshot_campaigns", [
      engineId,
      alsoIds,
      JSON.stringify(Object.fromEntries(cursors)),
      snapshotsAtOnce,
    ]),
  );
  const found = z.array(row).parse(rows);
  if (found.length < snapshotsAtOnce) cursors.clear();
  // They come by turn, so the last of each account is where it stopped.
  else
    for (const { accountId, campaignId } of found)
      cursors.set(accountId, campaignId);
  return found;
}
