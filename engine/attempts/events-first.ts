/**
 * The gate of every decision that is not an event of the PBX: a deadline, SETTLE, a hang-up, a call that the PBX no
 * longer knows. None of them overtakes an event that this engine has received.
 *
 * The attempt is locked first. An event of it is then in one of four places, which it leaves in this order: the memory
 * of this engine; memory and queue, while it is not known whether the queue has it; the queue; the attempt itself. So
 * memory is read before the queue, and both after the lock: whatever moves on meanwhile has been seen, and nobody else
 * can write it into the attempt. What is found is folded in, in the transaction that decides; when its own job folds it
 * in again, nothing changes.
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
export type ReceivedEvents = (attemptId: string) => readonly AttemptEvent[];

export interface GateDependencies {
  readonly database: Database;
  readonly settle: SettleOptions;
  readonly received?: ReceivedEvents;
}

/**
 * Decides about one attempt, after all received events of it.
 *
 * @param records appended if the decision changes something
 * @param decide gets the attempt with these events, and whether they change its row; null changes nothing more
 */
export function decideAfterEvents(
  { database, settle, received = () => [] }: GateDependencies,
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
      const events = await receivedOf(transaction, attemptId, received);
      const facts = foldEvents(row, events);
      const isNews = !isSame(row, facts);
      const now = { ...row, ...facts };
      const decided = decide(now, isNews);
      const neverSent = isNeverSent(events);
      if (decided !== null) change = { neverSent, ...decided };
      else if (isNews) change = { facts, neverSent };
      const receivedNow = events.map(recordOf);
      return decided === null ? receivedNow : [...receivedNow, ...records];
    },
    () => change,
    settle,
  );
}

async function receivedOf(
  transaction: Transaction,
  attemptId: string,
  received: ReceivedEvents,
): Promise<AttemptEvent[]> {
  const inMemory = received(attemptId);
  const queued = await readQueuedEvents(transaction, [attemptId]);
  // What cannot be read is reported by the job in which it came.
  return [...readEvents(queued).events, ...inMemory];
}
