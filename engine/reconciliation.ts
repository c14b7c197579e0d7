/**
 * The database and the PBX compared, after anything that may have let them drift apart: a take-over, a
 * lost line, a restart of either.
 *
 * Live in both: adopted, its events and timers go on. In the database only: the PBX is asked once more
 * for that very channel, then it is LOST and SETTLE decides. In the PBX only, with our mark: hung up,
 * because nobody would ever end it. Channels without our mark are never looked at.
 */
import type { Logger } from "pino";

import type { VoiceAdapter } from "../adapters/port.ts";
import type { Database } from "../database/pools.ts";
import { readKnownLive, readLiveAttempts } from "../database/reconciling.ts";
import type { AttemptEvent } from "../dialing/call-facts.ts";

/** A call that was committed this recently may still be on its way to the PBX. */
const youngMs = 2_000;

export interface ReconciliationDependencies {
  readonly database: Database;
  readonly adapter: VoiceAdapter;
  readonly node: string;
  readonly log: Logger;
  readonly onLost: (event: AttemptEvent) => void;
}

export interface ReconciliationResult {
  readonly adopted: number;
  readonly lost: number;
  readonly orphansHungUp: number;
  /** Calls too young to judge: reconcile again. */
  readonly tooYoung: number;
}

/**
 * Compares once.
 *
 * @throws AdapterError when the PBX cannot be asked, or the database's error; call again then
 */
export async function reconcile(
  dependencies: ReconciliationDependencies,
): Promise<ReconciliationResult> {
  const { database, adapter, node, log, onLost } = dependencies;
  const attempts = await readLiveAttempts(database, node);
  const channels = new Set(
    (await adapter.listLiveCalls()).map((call) => call.attemptId),
  );
  let adopted = 0;
  let lost = 0;
  let tooYoung = 0;
  for (const attempt of attempts) {
    if (channels.has(attempt.id) || (await adapter.isAlive(attempt.id)))
      adopted += 1;
    else if (attempt.ageMs < youngMs) tooYoung += 1;
    else {
      lost += 1;
      const at = new Date().toISOString();
      onLost({
        kind: "LOST",
        attemptId: attempt.id,
        at,
        dedupKey: `LOST:${at}`,
      });
    }
  }
  const orphansHungUp = await hangUpOrphans(dependencies, channels, attempts);
  if (adopted + lost + orphansHungUp > 0)
    log.info(
      { adopted, lost, orphansHungUp },
      "Compared live calls with the PBX",
    );
  return { adopted, lost, orphansHungUp, tooYoung };
}

async function hangUpOrphans(
  { database, adapter, log }: ReconciliationDependencies,
  channels: ReadonlySet<string>,
  attempts: readonly { id: string }[],
): Promise<number> {
  const known = new Set(attempts.map(({ id }) => id));
  const strange = [...channels].filter((id) => !known.has(id));
  if (strange.length === 0) return 0;
  // Claimed after the attempts were read: looked up again before anything is hung up.
  const live = await readKnownLive(database, strange);
  const orphans = strange.filter((id) => !live.has(id));
  for (const id of orphans) {
    log.warn(
      { attemptId: id },
      "Hanging up a call of ours that no attempt is live for",
    );
    await adapter.hangup(id);
  }
  return orphans.length;
}
