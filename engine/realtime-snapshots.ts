/** The engine's part in what is broadcast to the front end: reads the campaigns, counts what was sent. */
import type { Logger } from "pino";

import type { Config } from "../config.ts";
import {
  readCampaignSnapshots,
  snapshotsAtOnce,
} from "../database/campaign-snapshots.ts";
import type { SnapshotPlaces } from "../database/campaign-snapshots.ts";
import { readProgress } from "../database/wallboard.ts";
import type { Metrics } from "../health/metrics.ts";
import { componentLogger } from "../logging.ts";
import { SnapshotBroadcast } from "../realtime/snapshot-broadcast.ts";
import { createSnapshotSender } from "../realtime/snapshot-sender.ts";
import { monotonicMs } from "./clock.ts";
import type { Engine } from "./engine.ts";

/** A snapshot later than this is of no use: the next one is due. */
const sendTimeoutMs = 2_000;

/** What is to be started and stopped with the engine. */
export function createBroadcast(
  supabase: NonNullable<Config["supabase"]>,
  engine: Engine,
  metrics: Metrics,
  log: Logger,
): SnapshotBroadcast {
  const places: SnapshotPlaces = new Map();
  return new SnapshotBroadcast({
    read: async (alsoIds) => {
      const rows = await readCampaignSnapshots(
        engine.database,
        engine.id,
        alsoIds,
        places,
      );
      const progress = new Map(
        (
          await readProgress(
            engine.database,
            rows.map(({ campaignId }) => campaignId),
          )
        ).map(({ campaignId, ...counts }) => [campaignId, counts]),
      );
      return {
        isAll: rows.length < snapshotsAtOnce,
        // What it tells does not name the account.
        snapshots: rows.map(({ accountId: _account, ...row }) => ({
          ...row,
          progress: progress.get(row.campaignId) ?? null,
        })),
      };
    },
    send: createSnapshotSender(supabase, sendTimeoutMs),
    isHolder: () => engine.isHolder,
    onSent: () => {
      metrics.realtimeSnapshots.inc({ result: "sent" });
    },
    onFailed: () => {
      metrics.realtimeSnapshots.inc({ result: "failed" });
    },
    log: componentLogger(log, "Realtime"),
    nowMs: monotonicMs,
  });
}
