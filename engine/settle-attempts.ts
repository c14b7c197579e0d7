/**
 * The one way in which attempts change after they were sent: locked, changed by a pure function, written
 * back with their timers, and, when they ended, their leads decided. Used by the events of the PBX, by
 * timers and by reconciliation alike, so that an end releases everything exactly once.
 */
import type {
  EventRecord,
  AttemptChange,
  AttemptRow,
} from "../database/attempts.ts";
import {
  findLocked,
  insertEvents,
  lockAttempts,
  writeAttempts,
} from "../database/attempts.ts";
import {
  findOtherTrunks,
  finishLeads,
  readRetryFacts,
} from "../database/finished-leads.ts";
import type { FinishedLead, RetryRow } from "../database/finished-leads.ts";
import { inTransaction } from "../database/pools.ts";
import type { Database, Transaction } from "../database/pools.ts";
import { isEnded } from "../dialing/call-facts.ts";
import type { AttemptFacts } from "../dialing/call-facts.ts";
import { deadlineAfter } from "../dialing/deadlines.ts";
import type { Deadline } from "../dialing/deadlines.ts";
import { outcomeTraits } from "../dialing/outcome.ts";
import type { Outcome } from "../dialing/outcome.ts";
import { decideRetry, mayMoveTrunk } from "../dialing/retry.ts";

/** An attempt that has just ended, for whoever counts, watches trunks or wakes campaigns. */
export interface EndedCall {
  readonly attemptId: string;
  readonly campaignId: string;
  readonly trunkId: string;
  readonly outcome: Outcome;
  readonly rung: boolean;
  readonly answeredMs: number | null;
  readonly refusal: AttemptFacts["refusal"];
}

export interface Settled {
  readonly ended: readonly EndedCall[];
  readonly changed: readonly AttemptFacts[];
  /** Attempts left alone because somebody's open transaction holds their row or their lead: try again. */
  readonly locked: readonly string[];
}

/** What to do with one attempt. `deadline` overrides the one that follows from the new state. */
export type Change = {
  readonly facts: AttemptFacts;
  readonly deadline?: Deadline;
  /** If this ends it: its Originate was never written to the wire. */
  readonly neverSent?: boolean;
} | null;

/** A call that was not sent is tried again after this, up to twice as long. */
const notSentAgainMs = 2_000;

export interface SettleOptions {
  readonly settleMs: number;
  readonly agentTimeoutMs: number;
  readonly random: () => number;
}

/**
 * Applies `change` to each attempt in one transaction, and appends `events` first. It waits for nobody: what is
 * locked by others is left out and named in the result.
 *
 * @param change pure; null or unchanged facts leave the row alone
 */
export function settleAttempts(
  database: Database,
  ids: readonly string[],
  events: readonly EventRecord[],
  change: (row: AttemptRow) => Change,
  options: SettleOptions,
): Promise<Settled> {
  return inTransaction(database, async (transaction) => {
    const rows = await lockAttempts(transaction, ids);
    await insertEvents(transaction, events);
    const wanted = rows.flatMap((row) => changeOf(row, change(row), options));
    const ending = wanted.filter(endsNow);
    const leads = await lockLeads(transaction, ending);
    // An end and its lead's next status are one change: without the lead there is no end either.
    const changes = wanted.filter(
      (one) => !endsNow(one) || leads.has(one.row.id),
    );
    const ended = ending.filter(({ row }) => leads.has(row.id));
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
      outcome: facts.outcome ?? "SYSTEM_ERROR",
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
  const neverSent =
    change.neverSent === true &&
    row.state === "ORIGINATING" &&
    isEnded(facts.state);
  return [{ row, facts, deadline, neverSent }];
}

function isSame(row: AttemptRow, facts: AttemptFacts): boolean {
  const known: object = row;
  return Object.entries(facts).every(([name, value]) => {
    const before: unknown = Reflect.get(known, name);
    return before === value || JSON.stringify(before) === JSON.stringify(value);
  });
}

function endedCall({
  row,
  facts,
}: Pick<AttemptChange, "row" | "facts">): EndedCall {
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
  };
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
  const call = endedCall({ row, facts });
  const base = {
    id: lead.leadId,
    attempt_id: row.id,
    counted,
    outcome,
    disposition: facts.disposition,
    moves: false,
    never_sent: neverSent,
  } as const;
  // Nothing happened to this person; what kept the call from the wire needs a moment to pass.
  if (neverSent)
    return {
      ...base,
      status: lead.dials > 1 ? "RETRY" : "NEW",
      reason: "NOT_SENT",
      next_attempt_at: new Date(
        row.nowMs + notSentAgainMs * (1 + options.random()),
      ).toISOString(),
    };
  const moves =
    lead.dials < lead.maxDials &&
    !lead.onDnc &&
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
  const { status, reason, nextMs } = afterRules(change, lead, counted, options);
  return {
    ...base,
    status,
    reason,
    next_attempt_at: nextMs === null ? null : new Date(nextMs).toISOString(),
  };
}

/** What the rules make of a lead whose call has ended. */
function afterRules(
  { row, facts }: AttemptChange,
  lead: RetryRow,
  counted: 0 | 1,
  options: SettleOptions,
): { status: string; reason: string; nextMs: number | null } {
  const decision = decideRetry({
    outcome: facts.outcome ?? "SYSTEM_ERROR",
    endMs: row.nowMs,
    attemptsCounted: lead.attempts + counted,
    dials: lead.dials,
    maxAttempts: lead.maxAttempts,
    maxDials: lead.maxDials,
    triesOfThisOutcome:
      lead.dispositionRule === null
        ? lead.earlierTries
        : lead.earlierDispositions,
    rule: lead.rule,
    dispositionRule: lead.dispositionRule,
    callbackAtMs: lead.callbackMs,
    doNotCall: lead.onDnc,
    jitter: options.random(),
  });
  const nextMs = decision.status === "RETRY" ? decision.nextAttemptAtMs : null;
  return { status: decision.status, reason: decision.reason, nextMs };
}
