/** Leads whose attempt has ended: what decides about them, and what becomes of them. */
import { z } from "zod";

import type { Transaction } from "./pools.ts";
import { statement } from "./sql.ts";

const retryRow = z.object({
  attemptId: z.string(),
  leadId: z.string(),
  dials: z.number(),
  createdMs: z.coerce.number(),
  maxDials: z.number(),
  isTestCall: z.boolean(),
  /** Calls of the last hour that the PBX refused, without this one. */
  refusals: z.number(),
  wasMove: z.boolean(),
  /** A disposition with a rule was given to the call, or a callback is to come. */
  hasFollowUp: z.boolean(),
  /** On a do-not-call list permanently; the next pass sees an entry that ends. */
  onDnc: z.boolean(),
});
export type RetryRow = z.infer<typeof retryRow>;

export interface EndedAttempt {
  readonly attempt_id: string;
  readonly disposition: string | null;
}

/**
 * Locks the leads of attempts that end, in id order; those that another transaction holds are missing from the result.
 */
export async function readRetryFacts(
  transaction: Transaction,
  ended: readonly EndedAttempt[],
): Promise<RetryRow[]> {
  const { rows } = await transaction.query(
    statement("attempts/read_retry_facts", [JSON.stringify(ended)]),
  );
  return z.array(retryRow).parse(rows);
}

/** @returns of the given attempts, those whose call could go through another trunk */
export async function findOtherTrunks(
  transaction: Transaction,
  attempts: readonly {
    attempt_id: string;
    campaign_id: string;
    trunk_id: string;
  }[],
): Promise<Set<string>> {
  if (attempts.length === 0) return new Set();
  const { rows } = await transaction.query<{ attemptId: string }>(
    statement("attempts/other_trunk_exists", [JSON.stringify(attempts)]),
  );
  return new Set(rows.map((row) => row.attemptId));
}

/**
 * What is known of a lead whose attempt ended; column names, because it travels to Postgres as JSON. Without a status
 * the database decides (`dialer_decide_lead`), as it does for dispositions and callbacks that are given later.
 */
export interface FinishedLead {
  readonly id: string;
  readonly attempt_id: string;
  readonly status: string | null;
  readonly reason: string | null;
  readonly counted: 0 | 1;
  readonly outcome: string;
  readonly next_attempt_at: string | null;
  readonly moves: boolean;
  /** Never written, or refused by the PBX before anybody was dialled: it was no dial. */
  readonly never_sent: boolean;
}

export async function finishLeads(
  transaction: Transaction,
  leads: readonly FinishedLead[],
): Promise<void> {
  if (leads.length === 0) return;
  await transaction.query(
    statement("attempts/finish_leads", [JSON.stringify(leads)]),
  );
}
