/** What the front end is told of its campaigns, once a second. */
import { z } from "zod";

import type { Database } from "./pools.ts";
import { statement } from "./sql.ts";

const row = z.object({
  campaignId: z.string(),
  status: z.string(),
  liveCalls: z.record(z.string(), z.number()),
  blockers: z.array(
    z.object({
      reason: z.string(),
      count: z.number(),
      nextAt: z.string().nullable(),
    }),
  ),
});

export type SnapshotRow = z.output<typeof row>;

/**
 * Every ACTIVE campaign and those of `alsoIds`, by id; none when another engine is the one to tell.
 *
 * @param engineId the engine that asks
 */
export async function readCampaignSnapshots(
  database: Database,
  engineId: string,
  alsoIds: readonly string[],
): Promise<SnapshotRow[]> {
  const { rows } = await database.query(
    statement("snapshot_campaigns", [engineId, alsoIds]),
  );
  return z.array(row).parse(rows);
}
