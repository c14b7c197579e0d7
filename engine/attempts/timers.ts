/**
 * Deadlines. A timer that fires first asks the PBX whether the channel is alive, and only then decides. One that fires
 * too early, because its attempt moved on to a later deadline, re-arms itself.
 */
import { AdapterError } from "../../adapters/port.ts";
import type { VoiceAdapter } from "../../adapters/port.ts";
import type { AttemptRow, EventRecord } from "../../database/attempts.ts";
import { findLocked, lockAttempts } from "../../database/attempts.ts";
import { addJobs, runJobBy } from "../../database/jobs.ts";
import type { KeyedJob } from "../../database/jobs.ts";
import { inTransaction } from "../../database/pools.ts";
import { eventsWait } from "../../database/reconciliation.ts";
import type { Database } from "../../database/pools.ts";
import { isEnded } from "../../dialing/call-facts.ts";
import type {
  AttemptEvent,
  AttemptFacts,
  DeadlineType,
  HangupRequest,
} from "../../dialing/call-facts.ts";
import {
  cancelQueued,
  foldEvents,
  transition,
} from "../../dialing/call-state.ts";
import { hangupGraceMs } from "../../dialing/deadlines.ts";
import { recordOf } from "./apply-events.ts";
import { decideAfterEvents } from "./events-first.ts";
import type { ReceivedEvents } from "./events-first.ts";
import { recallLost, settleWith } from "./past-calls.ts";
import type { Change, Settled, SettleOptions } from "./settlement.ts";

/** Firing this much early counts as on time: timers of the queue are no finer. */
const toleranceMs = 2;
/** The PBX cannot be asked: ask again after this. */
const askAgainMs = 2_000;
/** The longest delay of a PBX's events behind its answers; an end that has not come by then will not come. */
const endLimitMs = 15_000;
/** Another transaction holds the attempt, mostly a short one of ours: try again after this. */
const busyAgainMs = 50;
/** A foreign transaction holds its lead, for an unknown time: try again after this. */
const lockedAgainMs = 500;

export interface TimerDependencies {
  readonly database: Database;
  readonly adapter: VoiceAdapter;
  readonly node: string;
  readonly settle: SettleOptions;
  /**
   * Events of a call that this engine has received and that are not known to be in the database; absent: it receives
   * none.
   */
  readonly received?: ReceivedEvents;
  readonly onLateness: (ms: number) => void;
}

const nothing: Settled = { ended: [], changed: [], locked: [] };

/** A timer's job has come up for an attempt. */
export async function fireTimer(
  dependencies: TimerDependencies,
  attemptId: string,
): Promise<Settled> {
  const row = await readAttempt(dependencies.database, attemptId);
  if (row === "locked") {
    await rearm(dependencies, attemptId, { inMs: busyAgainMs });
    return nothing;
  }
  if (row === undefined || isEnded(row.state) || row.deadlineMs === null)
    return nothing;
  const earlyMs = row.deadlineMs - row.nowMs;
  if (earlyMs > toleranceMs) {
    await rearm(dependencies, attemptId, new Date(row.deadlineMs));
    return nothing;
  }
  dependencies.onLateness(Math.max(0, -earlyMs));
  const settled = await decide(
    dependencies,
    row,
    row.deadlineType as DeadlineType,
  );
  if (settled === "ask_again") {
    await rearm(dependencies, attemptId, { inMs: askAgainMs });
    return nothing;
  }
  if (settled.locked.length > 0)
    await rearm(dependencies, attemptId, { inMs: lockedAgainMs });
  else if (settled.ended.length === 0) await keepTimer(dependencies, attemptId);
  return settled;
}

/** The job that fired was this attempt's only one; a live attempt needs another. */
async function keepTimer(
  dependencies: TimerDependencies,
  attemptId: string,
): Promise<void> {
  const row = await readAttempt(dependencies.database, attemptId);
  if (row === "locked") {
    await rearm(dependencies, attemptId, { inMs: busyAgainMs });
    return;
  }
  if (row === undefined || isEnded(row.state) || row.deadlineMs === null)
    return;
  // A deadline that is still in the past was overtaken between the read and the change.
  const runAtMs = Math.max(row.deadlineMs, row.nowMs + toleranceMs);
  await rearm(dependencies, attemptId, new Date(runAtMs));
}

function readAttempt(
  database: Database,
  attemptId: string,
): Promise<AttemptRow | "locked" | undefined> {
  return inTransaction(database, async (transaction) => {
    const rows = await lockAttempts(transaction, [attemptId]);
    const locked = await findLocked(transaction, [attemptId], rows);
    return locked.length > 0 ? "locked" : rows[0];
  });
}

function rearm(
  { database, node }: TimerDependencies,
  attemptId: string,
  runAt: KeyedJob["runAt"],
): Promise<void> {
  return runJobBy(database, {
    task: `fire_call_timer:${node}`,
    payload: { attemptId },
    runAt,
    key: `timer:${attemptId}`,
  });
}

async function decide(
  dependencies: TimerDependencies,
  row: AttemptRow,
  type: DeadlineType,
): Promise<Settled | "ask_again"> {
  const change = (apply: (row: AttemptRow) => Change) =>
    fire(dependencies, row, type, apply);
  if (type === "QUEUE")
    return change((now) =>
      now.state === "QUEUED"
        ? { facts: cancelQueued(now, isoOf(now.nowMs)) }
        : null,
    );
  // The answer, or the end itself, may be in the queue beside this timer; mostly its job is just being taken.
  if (await eventsWait(dependencies.database, row.id, dependencies.node))
    return "ask_again";
  if (type === "SETTLE" && endIsOnItsWay(dependencies, row)) return "ask_again";
  if (type === "SETTLE") {
    const past = await recallLost(dependencies.adapter, row, endLimitMs);
    if (past === "ask_again") return past;
    return fire(dependencies, row, type, (now) => settleWith(now, past), past);
  }
  let alive: boolean;
  try {
    alive = await dependencies.adapter.isAlive(row.id);
  } catch (error) {
    if (error instanceof AdapterError) return "ask_again";
    throw error;
  }
  if (!alive) return change(lose);
  if (type === "AMD") return change(decideAmd);
  const reason = hangupReason[type];
  const decision = { isDue: false };
  const settled = await change((now) => {
    decision.isDue = true;
    return {
      facts: { ...now, hangupRequested: now.hangupRequested ?? reason },
      deadline: { type, atMs: now.nowMs + hangupGraceMs },
    };
  });
  if (!decision.isDue) return settled;
  await addJobs(dependencies.database, [
    { task: `hangup_call:${row.node}`, payload: { attemptId: row.id, reason } },
  ]);
  return settled;
}

/** The PBX has no such channel, but its events about the call have not reached the end yet. */
function endIsOnItsWay(
  { adapter }: TimerDependencies,
  { id, pendingEnd, deadlineMs, nowMs }: AttemptRow,
): boolean {
  const lateMs = nowMs - (deadlineMs ?? nowMs);
  return (
    pendingEnd?.orphaned === true &&
    lateMs < endLimitMs &&
    adapter.awaitsEnd?.(id) === true
  );
}

const hangupReason: Readonly<
  Record<Exclude<DeadlineType, "QUEUE" | "SETTLE" | "AMD">, HangupRequest>
> = {
  ORIGINATE: "SETUP",
  RING: "RING",
  AGENT_ASSIGN: "AGENT",
  AGENT_RING: "AGENT",
  MAX_DURATION: "MAX_DURATION",
};

/** The PBX does not know the channel: whatever it still says within SETTLE goes before this. */
function lose(row: AttemptRow): Change {
  const at = isoOf(row.nowMs);
  return {
    facts: transition(row, {
      kind: "LOST",
      attemptId: row.id,
      at,
      dedupKey: `LOST:${at}`,
    }),
  };
}

/** Detection that never decides counts as a person. */
function decideAmd(row: AttemptRow): Change {
  const at = isoOf(row.nowMs);
  const event = { attemptId: row.id, at, dedupKey: "AMD_TIMEOUT" } as const;
  return {
    facts: transition(row, { ...event, kind: "AMD_RESULT", result: "NOTSURE" }),
  };
}

/** Changes the attempt if the same deadline still stands after all received events, and records that it fired. */
async function fire(
  dependencies: TimerDependencies,
  row: AttemptRow,
  type: DeadlineType,
  apply: (row: AttemptRow) => Change,
  kept: readonly AttemptEvent[] = [],
): Promise<Settled> {
  const firesAt = isoOf(row.deadlineMs ?? row.nowMs);
  const fired: EventRecord = {
    attempt_id: row.id,
    at: isoOf(row.nowMs),
    kind: "TIMER_FIRED",
    dedup_key: `TIMER:${type}:${firesAt}`,
    detail: { timerType: type, firesAt },
  };
  const records = [fired, ...kept.map(recordOf)];
  return decideAfterEvents(dependencies, row.id, records, (now, isNews) =>
    !isNews && now.deadlineType === type && !isEnded(now.state)
      ? apply(now)
      : null,
  );
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * Ends a leg: for a timer, for a cancelled campaign (only before the answer), or for an operator.
 *
 * @throws AdapterError when the PBX cannot be asked; the job is then tried again
 */
export async function hangUp(
  dependencies: TimerDependencies,
  attemptId: string,
  reason: HangupRequest,
): Promise<Settled> {
  const settled = await decideAfterEvents(dependencies, attemptId, [], (row) =>
    noteHangUp(row, reason),
  );
  const row = await readAttempt(dependencies.database, attemptId);
  if (row === "locked" || settled.locked.length > 0)
    return hangUpLater(dependencies, attemptId, reason, busyAgainMs);
  if (row === undefined || !mayHangUp(row, reason)) return settled;
  // If an event was received since then, the next check takes back that this engine asked for the end.
  if (
    !mayHangUp(
      foldEvents(row, dependencies.received?.(attemptId) ?? []),
      reason,
    )
  )
    return hangUpLater(dependencies, attemptId, reason, busyAgainMs);
  const result = await dependencies.adapter.hangup(attemptId);
  if (result === "requested") return settled;
  const lost = await decideAfterEvents(
    dependencies,
    attemptId,
    [],
    (now, isNews) => (isNews ? null : lose(now)),
  );
  return lost.locked.length > 0
    ? hangUpLater(dependencies, attemptId, reason, lockedAgainMs)
    : lost;
}

async function hangUpLater(
  { database, node }: TimerDependencies,
  attemptId: string,
  reason: HangupRequest,
  inMs: number,
): Promise<Settled> {
  await addJobs(database, [
    {
      task: `hangup_call:${node}`,
      payload: { attemptId, reason },
      inMs,
    },
  ]);
  return nothing;
}

/** The source of the hang-up is derived from this later: a timer that the answer overtook did not end the call. */
function noteHangUp(row: AttemptRow, reason: HangupRequest): Change {
  if (mayHangUp(row, reason))
    return {
      facts: { ...row, hangupRequested: row.hangupRequested ?? reason },
    };
  if (isEnded(row.state) || row.hangupRequested !== reason) return null;
  return { facts: { ...row, hangupRequested: null } };
}

/** A conversation is cut neither by the end of a campaign nor by a deadline from before the answer. */
const beforeTheAnswer: ReadonlySet<HangupRequest> = new Set([
  "CAMPAIGN",
  "SETUP",
  "RING",
]);

function mayHangUp(facts: AttemptFacts, reason: HangupRequest): boolean {
  if (isEnded(facts.state) || facts.state === "QUEUED") return false;
  if (reason === "AGENT") return facts.bridgeAt === null;
  return !beforeTheAnswer.has(reason) || facts.answerAt === null;
}
