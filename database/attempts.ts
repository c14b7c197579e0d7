/** Attempts as the reducer reads and writes them, in the caller's transaction. */
import { z } from "zod";

import { amdResults, hangupSources, refusalReasons } from "../adapters/port.ts";
import type { HandOver } from "../dialing/short-call-breaker.ts";
import { hangupRequests } from "../dialing/call-facts.ts";
import type { AttemptFacts, PendingEnd } from "../dialing/call-facts.ts";
import type { Deadline } from "../dialing/deadlines.ts";
import type { Queryable, Transaction } from "./pools.ts";
import { statement } from "./sql.ts";

const time = z.iso.datetime({ offset: true }).nullable();
/** Postgres writes `+00:00` and up to six digits; the PBX's events have `Z` and three. One form, so that texts compare. */
const isoTime = time.transform((text) =>
  text === null ? null : new Date(text).toISOString(),
);
const milliseconds = z.coerce.number().nullable();

const causeShape = {
  cause: z.number().nullable(),
  causeName: z.string().nullable(),
  sipStatus: z.number().nullable(),
  sipReason: z.string().nullable(),
};
const sourceShape = z.enum(hangupSources).nullable();

const pendingEnd: z.ZodType<PendingEnd> = z.object({
  ...causeShape,
  rank: z.number(),
  at: z.string(),
  sipCallId: z.string().nullable(),
  source: sourceShape,
  timedOut: z.boolean(),
  orphaned: z.boolean(),
});

const attemptRow = z.object({
  id: z.string(),
  campaignId: z.string(),
  leadId: z.string(),
  trunkId: z.string(),
  node: z.string(),
  accountId: z.string(),
  previousAttemptId: z.string().nullable(),
  state: z.string().transform((state) => state as AttemptFacts["state"]),
  outcome: z
    .string()
    .nullable()
    .transform((outcome) => outcome as AttemptFacts["outcome"]),
  ringAt: isoTime,
  earlyMediaAt: isoTime,
  answerAt: isoTime,
  bridgeAt: isoTime,
  endAt: isoTime,
  agentPhaseAt: isoTime,
  agentId: z.string().nullable(),
  agentChannel: z.string().nullable(),
  amdResult: z.enum(amdResults).nullable(),
  disposition: z.string().nullable(),
  hangupRequested: z.enum(hangupRequests).nullable(),
  pendingEnd: pendingEnd.nullable(),
  hangupCause: z.string().nullable(),
  hangupCauseCode: z.number().nullable(),
  sipFinalCode: z.number().nullable(),
  sipFinalReason: z.string().nullable(),
  sipCallId: z.string().nullable(),
  hangupSource: sourceShape,
  refusal: z.enum(refusalReasons).nullable(),
  deadlineMs: milliseconds,
  deadlineType: z.string().nullable(),
  originateMs: milliseconds,
  handOverMs: milliseconds,
  setupTimeoutSeconds: z.number(),
  ringTimeoutSeconds: z.number(),
  maxCallDurationSeconds: z.number(),
  nowMs: z.coerce.number(),
});

/** A locked attempt with its campaign's time limits; `nowMs` is the database's clock. */
export type AttemptRow = z.infer<typeof attemptRow>;

/**
 * Locks attempts in id order; those that do not exist, and those that other transactions hold, are missing from the
 * result.
 */
export async function lockAttempts(
  transaction: Transaction,
  ids: readonly string[],
): Promise<AttemptRow[]> {
  const { rows } = await transaction.query(
    statement("attempts/lock_attempts", [ids]),
  );
  return z.array(attemptRow).parse(rows);
}

/** @returns of the wanted attempts, those that exist and could not be locked */
export async function findLocked(
  connection: Queryable,
  wanted: readonly string[],
  locked: readonly { readonly id: string }[],
): Promise<string[]> {
  if (locked.length === new Set(wanted).size) return [];
  const had = new Set(locked.map(({ id }) => id));
  const missing = wanted.filter((id) => !had.has(id));
  const { rows } = await connection.query<{ id: string }>(
    statement("attempts/existing_attempts", [missing]),
  );
  return rows.map(({ id }) => id);
}

/** What became of an attempt: its facts, and a new deadline if it has one. */
export interface AttemptChange {
  readonly row: AttemptRow;
  readonly facts: AttemptFacts;
  readonly deadline: Deadline | null;
  /** What the call says to the short-call circuit breaker. */
  readonly handOver: HandOver;
  /** It ends without having been written, or refused by the PBX itself: its Originate did not happen. */
  readonly neverSent: boolean;
}

/** Writes changes, and moves or removes the timers that belong to them. */
export async function writeAttempts(
  transaction: Transaction,
  changes: readonly AttemptChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const ended = changes.filter(({ facts }) => facts.endAt !== null);
  await transaction.query(
    statement("attempts/update_attempts", [
      JSON.stringify(changes.map(columnsOf)),
    ]),
  );
  if (ended.length > 0)
    await transaction.query(
      statement("attempts/remove_timers", [ended.map(({ row }) => row.id)]),
    );
  await advanceTimers(transaction, changes);
}

async function advanceTimers(
  transaction: Transaction,
  changes: readonly AttemptChange[],
): Promise<void> {
  // A deadline that moved later needs nothing: the timer fires at the old one and re-arms itself.
  const earlier = changes.flatMap(({ row, facts, deadline }) =>
    facts.endAt === null &&
    deadline !== null &&
    deadline.atMs < (row.deadlineMs ?? Infinity)
      ? {
          id: row.id,
          node: row.node,
          deadline_at: new Date(deadline.atMs).toISOString(),
        }
      : [],
  );
  if (earlier.length > 0)
    await transaction.query(
      statement("attempts/advance_timers", [JSON.stringify(earlier)]),
    );
}

function columnsOf({
  row,
  facts,
  deadline,
  handOver,
  neverSent,
}: AttemptChange): Record<string, unknown> {
  const ended = facts.endAt !== null;
  const deadlineMs = ended ? null : (deadline?.atMs ?? row.deadlineMs);
  return {
    id: facts.id,
    never_sent: neverSent,
    state: facts.state,
    outcome: facts.outcome,
    ring_at: facts.ringAt,
    early_media_at: facts.earlyMediaAt,
    answer_at: facts.answerAt,
    bridge_at: facts.bridgeAt,
    end_at: facts.endAt,
    agent_phase_at: facts.agentPhaseAt,
    agent_id: facts.agentId,
    agent_channel: facts.agentChannel,
    amd_result: facts.amdResult,
    disposition: facts.disposition,
    hangup_requested: facts.hangupRequested,
    pending_end: facts.pendingEnd,
    hangup_cause: facts.hangupCause,
    hangup_cause_code: facts.hangupCauseCode,
    sip_final_code: facts.sipFinalCode,
    sip_final_reason: facts.sipFinalReason,
    sip_call_id: facts.sipCallId,
    hangup_source: facts.hangupSource,
    refusal: facts.refusal,
    hand_over_at:
      handOver.atMs === null ? null : new Date(handOver.atMs).toISOString(),
    hand_over_is_short: handOver.isShort,
    deadline_at:
      deadlineMs === null ? null : new Date(deadlineMs).toISOString(),
    deadline_type: ended ? null : (deadline?.type ?? row.deadlineType),
  };
}

/** An event as it is stored; column names, because it travels to Postgres as JSON. */
export interface EventRecord {
  readonly attempt_id: string;
  readonly at: string;
  readonly kind: string;
  readonly dedup_key: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Appends events; those already stored, and those of attempts that do not exist, are left out. */
export async function insertEvents(
  connection: Queryable,
  events: readonly EventRecord[],
): Promise<void> {
  if (events.length === 0) return;
  await connection.query(
    statement("attempts/insert_events", [JSON.stringify(events)]),
  );
}
