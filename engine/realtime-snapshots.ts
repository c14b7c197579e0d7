/** The engine's part in what is broadcast to the front end: reads the campaigns, counts what was sent. */
import type { Logger } from "pino";

import type { Config } from "../config.ts";
import { readCampaignSnapshots } from "../database/campaign-snapshots.ts";
import { readCampaignProgress } from "../database/wallboard.ts";
import type { Metrics } from "../health/metrics.ts";
import { componentLogger } from "../logging.ts";
import { SnapshotBroadcast } from "../realtime/snapshot-broadcast.ts";
import { createSnapshotSender } from "../realtime/snapshot-sender.ts";
import { monotonicMs } from "./clock.ts";
import type { Engine } from "./engine.ts";
import { ProgressCounts } from "./progress-counts.ts";

/** A snapshot later than this is of no use: the next one is due. */
const sendTimeoutMs = 2_000;

/** What is to be started and stopped with the engine. */
export function createBroadcast(
  supabase: NonNullable<Config["supabase"]>,
  engine: Engine,
  metrics: Metrics,
  log: Logger,
): SnapshotBroadcast {
  const progress = new ProgressCounts(
    (id) => readCampaignProgress(engine.database, { kind: "operator" }, id),
    monotonicMs,
  );
  return new SnapshotBroadcast({
    read: async (alsoIds) => {
      const rows = await readCampaignSnapshots(
        engine.database,
        engine.id,
        alsoIds,
      );
      // A count that takes too long leaves the last one standing.
      await progress
        .refresh(rows.map(({ campaignId }) => campaignId))
        .catch(() => undefined);
      return rows.map((row) => ({
        ...row,
        progress: progress.of(row.campaignId),
      }));
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
