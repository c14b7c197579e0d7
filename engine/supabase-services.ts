/**
 * What the engine does with Supabase's HTTP services, where they are configured. Only then is their client loaded: it takes
 * some 20 MB.
 */
import type { Logger } from "pino";

import type { Config } from "../config.ts";
import type { Metrics } from "../health/metrics.ts";
import type { VerifyUser } from "../health/wallboard-access.ts";
import type { UserSessions } from "../health/wallboard-sign-in.ts";
import { componentLogger } from "../logging.ts";
import type { SnapshotBroadcast } from "../realtime/snapshot-broadcast.ts";
import type { Engine } from "./engine.ts";

export interface SupabaseServices {
  /** Null, both: users cannot sign in at the wallboard. */
  readonly verifyUser: VerifyUser | null;
  readonly sessions: UserSessions | null;
  /** Null: nothing is told to the front end. */
  readonly broadcast: SnapshotBroadcast | null;
}

export async function openSupabase(
  supabase: Config["supabase"],
  engine: Engine,
  metrics: Metrics,
  log: Logger,
): Promise<SupabaseServices> {
  if (supabase === null)
    return { verifyUser: null, sessions: null, broadcast: null };
  const [{ createUserVerifier }, { UserSignIn }, { createBroadcast }] =
    await Promise.all([
      import("../realtime/user-verifier.ts"),
      import("../realtime/user-sessions.ts"),
      import("./realtime-snapshots.ts"),
    ]);
  const http = componentLogger(log, "Http");
  return {
    verifyUser: createUserVerifier(supabase, http),
    sessions: new UserSignIn(supabase, http),
    broadcast: createBroadcast(supabase, engine, metrics, log),
  };
}
