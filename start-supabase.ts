/**
 * What the engine does with Supabase's HTTP services. Loaded only where they are configured: their client takes some 20 MB.
 */
import type { Logger } from "pino";
import type { Config } from "./config/reading.ts";
import type { Metrics } from "./metrics.ts";
import type { VerifyUser } from "./wallboard/access.ts";
import type { UserSessions } from "./wallboard/sign-in.ts";
import { UserSignIn } from "./realtime/user-sessions.ts";
import { createUserVerifier } from "./realtime/user-verifier.ts";
import { componentLogger } from "./logging.ts";
import type { Engine } from "./engine/engine.ts";
import {
  readCampaignSnapshots,
  snapshotsAtOnce,
} from "./database/campaign-snapshots.ts";
import type { SnapshotCursors } from "./database/campaign-snapshots.ts";
import { readProgress } from "./wallboard/queries.ts";
import { SnapshotBroadcast } from "./realtime/snapshot-broadcast.ts";
import { createSnapshotSender } from "./realtime/snapshot-sender.ts";
import { monotonicMs } from "./timing.ts";

/** A snapshot later than this is of no use: the next one is due. */
const sendTimeoutMs = 2_000;

export interface SupabaseServices {
  readonly verifyUser: VerifyUser;
  readonly sessions: UserSessions;
  readonly broadcast: SnapshotBroadcast;
}

export function openSupabase(
  supabase: NonNullable<Config["supabase"]>,
  engine: Engine,
  metrics: Metrics,
  log: Logger,
): SupabaseServices {
  const http = componentLogger(log, "Http");
  return {
    verifyUser: createUserVerifier(supabase, http),
    sessions: new UserSignIn(supabase, http),
    broadcast: createBroadcast(supabase, engine, metrics, log),
  };
}

/** What is broadcast to the front end: reads the campaigns, counts what was sent. Started and stopped with the engine. */
function createBroadcast(
  supabase: NonNullable<Config["supabase"]>,
  engine: Engine,
  metrics: Metrics,
  log: Logger,
): SnapshotBroadcast {
  const cursors: SnapshotCursors = new Map();
  return new SnapshotBroadcast({
    read: async (alsoIds) => {
      const rows = await readCampaignSnapshots(
        engine.database,
        engine.id,
        alsoIds,
        cursors,
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
    isLeader: () => engine.isLeader,
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
