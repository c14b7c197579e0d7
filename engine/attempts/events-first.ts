/**
 * The one gate of every decision that is not an event of the PBX: a deadline, SETTLE, a hang-up, a call that the PBX no
 * longer knows. An event that this engine has heard is never overtaken by one of them, wherever it is by then.
 *
 * The attempt is locked first. Then an event of it is in one of four places, and this is the order in which it leaves
 * them: the memory of this engine; the memory and the queue, while nobody knows whether the queue has it; the queue; the
 * attempt itself. So the memory is looked at before the queue, and both after the lock: whatever moves on meanwhile has
 * been seen, and nobody else can write it into the attempt. What is found is folded in, in the transaction that decides;
 * that its job does so again changes nothing.
 */
import type { AttemptRow, EventRecord } from "../../database/attempts.ts";
import type { Database, Transaction } from "../../database/pools.ts";
import { readQueuedEvents } from "../../database/reconciliation.ts";
import type { AttemptEvent } from "../../dialing/call-facts.ts";
import { foldEvents } from "../../dialing/call-state.ts";
import { isNeverSent, readEvents, recordOf } from "./apply-events.ts";
import { isSame, settleAttempts } from "./settlement.ts";
import type { Change, Settled, SettleOptions } from "./settlement.ts";

/** Events of an attempt in this engine's memory; called synchronously. */
export type Heard = (attemptId: string) => readonly AttemptEvent[];

export interface GateDependencies {
  readonly database: Database;
  readonly settle: SettleOptions;
  readonly heard?: Heard;
}

/**
 * Decides about one attempt, after all that has been heard of it.
 *
 * @param records appended when the decision changes something
 * @param decide gets the attempt as it is by then, and whether that is news to its row; null changes nothing more
 */
export function decideHeardFirst(
  { database, settle, heard = () => [] }: GateDependencies,
  attemptId: string,
  records: readonly EventRecord[],
  decide: (row: AttemptRow, isNews: boolean) => Change,
): Promise<Settled> {
  let change: Change = null;
  return settleAttempts(
    database,
    [attemptId],
    async (transaction, [row]) => {
      change = null;
      if (row === undefined) return [];
      const events = await heardOf(transaction, attemptId, heard);
      const facts = foldEvents(row, events);
      const isNews = !isSame(row, facts);
      const now = { ...row, ...facts };
      const decided = decide(now, isNews);
      const neverSent = isNeverSent(events);
      if (decided !== null) change = { neverSent, ...decided };
      else if (isNews) change = { facts, neverSent };
      const heardNow = events.map(recordOf);
      return decided === null ? heardNow : [...heardNow, ...records];
    },
    () => change,
    settle,
  );
}

async function heardOf(
  transaction: Transaction,
  attemptId: string,
  heard: Heard,
): Promise<AttemptEvent[]> {
  const inMemory = heard(attemptId);
  const queued = await readQueuedEvents(transaction, [attemptId]);
  // What cannot be read is told by the job that it came in.
  return [...readEvents(queued).events, ...inMemory];
}
