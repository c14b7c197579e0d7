/**
 * The only way in which attempts change after they were sent: locked, changed by a pure function, written back with
 * their timers; if they ended, their leads are decided too. Events of the PBX, timers and reconciliation all use it, so
 * that an end releases everything exactly once.
 */
import type {
  EventRecord,
  AttemptChange,
  AttemptRow,
} from "../../database/attempts.ts";
import {
  findLocked,
  insertEvents,
  lockAttempts,
  writeAttempts,
} from "../../database/attempts.ts";
import {
  findOtherTrunks,
  finishLeads,
  readRetryFacts,
} from "../../database/finished-leads.ts";
import type { FinishedLead, RetryRow } from "../../database/finished-leads.ts";
import { inTransaction } from "../../database/pools.ts";
import type { Database, Transaction } from "../../database/pools.ts";
import { handOverOf } from "../../dialing/short-call-breaker.ts";
import { isEnded } from "../../dialing/call-facts.ts";
import type { AttemptFacts } from "../../dialing/call-facts.ts";
import { deadlineAfter } from "../../dialing/deadlines.ts";
import type { Deadline } from "../../dialing/deadlines.ts";
import { describeEnd } from "../../dialing/end-codes.ts";
import { isTurnedAway, outcomeTraits } from "../../dialing/outcome.ts";
import type { Outcome } from "../../dialing/outcome.ts";
import { mayMoveTrunk } from "../../dialing/trunk-move.ts";

/** An attempt that has just ended, for whatever counts, watches trunks or wakes campaigns. */
export interface EndedCall {
  readonly attemptId: string;
  readonly campaignId: string;
  readonly trunkId: string;
  readonly outcome: Outcome;
  readonly rung: boolean;
  readonly answeredMs: number | null;
  readonly refusal: AttemptFacts["refusal"];
  /** Milliseconds since it was sent, if it ended without any event of the PBX about it; else null. */
  readonly unheardMs: number | null;
  /** What carrier or PBX said about it. */
  readonly description: string;
  /** The short-call circuit breaker takes it as a sign of a broken hand-over. */
  readonly handOverWasShort: boolean;
}

export interface Settled {
  readonly ended: readonly EndedCall[];
  readonly changed: readonly AttemptFacts[];
  /** Attempts left out because another transaction holds their row or their lead: try again. */
  readonly locked: readonly string[];
}

/** What to do with one attempt. `deadline` overrides the one that follows from the new state. */
export type Change = {
  readonly facts: AttemptFacts;
  readonly deadline?: Deadline;
  /** If this ends it: its Originate was never written to the wire. */
  readonly neverSent?: boolean;
  /** If this ends it: the end was not received in full. */
  readonly endIsAssumed?: boolean;
} | null;

/** A call that was not sent is tried again after this, up to twice as long. */
const notSentAgainMs = 2_000;
/**
 * One that the PBX refused, twice as long with each time, some ten minutes at most: a permanent refusal costs less and
 * less.
 */
const mostDoublings = 8;

export interface SettleOptions {
  readonly settleMs: number;
  readonly agentTimeoutMs: number;
  readonly random: () => number;
}

/** Events to append: known before, or found once the attempts are locked. */
export type EventsToAppend =
  | readonly EventRecord[]
  | ((
      transaction: Transaction,
      rows: readonly AttemptRow[],
    ) => Promise<readonly EventRecord[]>);

/**
 * Applies `change` to each attempt in one transaction, and appends `events` first. It waits for no foreign lock: what
 * others hold is left out and named in the result.
 *
 * @param change pure; null or unchanged facts leave the row alone
 */
export function settleAttempts(
  database: Database,
  ids: readonly string[],
  events: EventsToAppend,
  change: (row: AttemptRow) => Change,
  options: SettleOptions,
): Promise<Settled> {
  return inTransaction(database, async (transaction) => {
    const rows = await lockAttempts(transaction, ids);
    const records =
      typeof events === "function" ? await events(transaction, rows) : events;
    await insertEvents(transaction, records);
    const wanted = rows.flatMap((row) => changeOf(row, change(row), options));
    const ending = wanted.filter(endsNow);
    const leads = await lockLeads(transaction, ending);
    // An end and its lead's next status are one change: without the lead there is no end either.
    const changes = wanted.flatMap((one) => {
      const lead = leads.get(one.row.id);
      if (!endsNow(one)) return [one];
      return lead === undefined ? [] : [withTestCall(one, lead)];
    });
    const ended = changes.filter(endsNow);
    await writeAttempts(transaction, changes);
    await decideLeads(transaction, ended, leads, options);
    return {
      ended: ended.map(endedCall),
      changed: changes.map(({ facts }) => facts),
      locked: [
        ...(await findLocked(transaction, ids, rows)),
        ...ending.flatMap(({ row }) => (leads.has(row.id) ? [] : [row.id])),
      ],
    };
  });
}

function endsNow({ row, facts }: AttemptChange): boolean {
  return !isEnded(row.state) && isEnded(facts.state);
}

function wasTurnedAway({
  refusal,
  ringAt,
  earlyMediaAt,
  answerAt,
}: AttemptFacts): boolean {
  const rung = ringAt !== null || earlyMediaAt !== null;
  return isTurnedAway({ refusal, rung, answered: answerAt !== null });
}

/** Whoever makes a test call is told what the PBX says, and no other call is made. */
function withTestCall(change: AttemptChange, lead: RetryRow): AttemptChange {
  return lead.isTestCall && wasTurnedAway(change.facts)
    ? { ...change, neverSent: false }
    : change;
}

/** @returns by attempt id, what decides about the leads that could be locked */
async function lockLeads(
  transaction: Transaction,
  ending: readonly AttemptChange[],
): Promise<Map<string, RetryRow>> {
  if (ending.length === 0) return new Map();
  const rows = await readRetryFacts(
    transaction,
    ending.map(({ row, facts }) => ({
      attempt_id: row.id,
      disposition: facts.disposition,
    })),
  );
  return new Map(rows.map((row) => [row.attemptId, row]));
}

function changeOf(
  row: AttemptRow,
  change: Change,
  options: SettleOptions,
): AttemptChange[] {
  if (change === null) return [];
  const { facts } = change;
  const deadline =
    change.deadline ??
    deadlineAfter(
      row,
      facts,
      {
        setupTimeoutMs: row.setupTimeoutSeconds * 1_000,
        ringTimeoutMs: row.ringTimeoutSeconds * 1_000,
        maxCallDurationMs: row.maxCallDurationSeconds * 1_000,
        settleMs: options.settleMs,
        agentTimeoutMs: options.agentTimeoutMs,
      },
      row.nowMs,
    );
  const same = deadline === null && isSame(row, facts);
  if (same) return [];
  const isOverAtOnce = row.state === "ORIGINATING" && isEnded(facts.state);
  const neverSent =
    isOverAtOnce && (change.neverSent === true || wasTurnedAway(facts));
  const handOver = handOverOf(facts, {
    answerNotedMs: row.handOverMs,
    nowMs: row.nowMs,
    endIsAssumed: change.endIsAssumed === true,
  });
  return [{ row, facts, deadline, handOver, neverSent }];
}

/** Whether the row already has these facts. */
export function isSame(row: AttemptFacts, facts: AttemptFacts): boolean {
  const known: object = row;
  return Object.entries(facts).every(([name, value]) => {
    const before: unknown = Reflect.get(known, name);
    return before === value || JSON.stringify(before) === JSON.stringify(value);
  });
}

function endedCall({
  row,
  facts,
  handOver,
}: Pick<AttemptChange, "row" | "facts" | "handOver">): EndedCall {
  const { answerAt, endAt } = facts;
  return {
    attemptId: row.id,
    campaignId: row.campaignId,
    trunkId: row.trunkId,
    outcome: facts.outcome ?? "SYSTEM_ERROR",
    rung: facts.ringAt !== null || facts.earlyMediaAt !== null,
    answeredMs:
      answerAt === null || endAt === null
        ? null
        : Math.max(0, Date.parse(endAt) - Date.parse(answerAt)),
    refusal: facts.refusal,
    description: describeEnd(facts),
    handOverWasShort: handOver.isShort,
    unheardMs: unheardMs(row, facts),
  };
}

/** What remains of a call of which only its absence is known. */
function unheardMs(row: AttemptRow, facts: AttemptFacts): number | null {
  const { ringAt, earlyMediaAt, answerAt, outcome } = facts;
  const isSilent =
    ringAt === null && earlyMediaAt === null && answerAt === null;
  if (outcome !== "ORPHANED" || !isSilent || row.originateMs === null)
    return null;
  return Math.max(0, row.nowMs - row.originateMs);
}

async function decideLeads(
  transaction: Transaction,
  ended: readonly AttemptChange[],
  leads: ReadonlyMap<string, RetryRow>,
  options: SettleOptions,
): Promise<void> {
  if (ended.length === 0) return;
  const movable = ended.filter(
    (change) =>
      outcomeTraits[change.facts.outcome ?? "SYSTEM_ERROR"].mayMoveTrunk,
  );
  const others = await findOtherTrunks(
    transaction,
    movable.map(({ row }) => ({
      attempt_id: row.id,
      campaign_id: row.campaignId,
      trunk_id: row.trunkId,
    })),
  );
  const finished = ended.flatMap((change) => {
    const lead = leads.get(change.row.id);
    return lead === undefined ? [] : [leadAfter(change, lead, others, options)];
  });
  await finishLeads(transaction, finished);
}

function leadAfter(
  change: AttemptChange,
  lead: RetryRow,
  others: ReadonlySet<string>,
  options: SettleOptions,
): FinishedLead {
  const { row, facts, neverSent } = change;
  const outcome = facts.outcome ?? "SYSTEM_ERROR";
  const counted = outcomeTraits[outcome].countsAsAttempt ? 1 : 0;
  const call = endedCall(change);
  const base = {
    id: lead.leadId,
    attempt_id: row.id,
    counted,
    outcome,
    moves: false,
    never_sent: neverSent,
  } as const;
  // Nothing happened to this person; the obstacle needs a moment to pass.
  if (neverSent) {
    const isRefused = outcome === "SWITCH_REFUSED";
    const doublings = isRefused ? Math.min(lead.refusals, mostDoublings) : 0;
    const waitMs = notSentAgainMs * 2 ** doublings * (1 + options.random());
    return {
      ...base,
      status: lead.dials > 1 ? "RETRY" : "NEW",
      reason: isRefused ? outcome : "NOT_SENT",
      next_attempt_at: new Date(row.nowMs + waitMs).toISOString(),
    };
  }
  const moves =
    lead.dials < lead.maxDials &&
    !lead.onDnc &&
    !lead.hasFollowUp &&
    !lead.isTestCall &&
    mayMoveTrunk({
      outcome,
      rung: call.rung,
      movesSoFar: lead.wasMove ? 1 : 0,
      otherTrunkAvailable: others.has(row.id),
    });
  // The same dial goes on: the lead keeps the place it had when it was new.
  if (moves)
    return {
      ...base,
      status: "RETRY",
      reason: "OTHER_TRUNK",
      next_attempt_at: new Date(lead.createdMs).toISOString(),
      moves,
    };
  return { ...base, status: null, reason: null, next_attempt_at: null };
}
