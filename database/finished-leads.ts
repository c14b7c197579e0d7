/** Leads whose attempt has ended: what decides about them, and what becomes of them. */
import { z } from "zod";

import type { Transaction } from "./pools.ts";
import { statement } from "./sql.ts";

const rule = z
  .object({ delaySeconds: z.number(), maxTries: z.number() })
  .nullable();

const retryRow = z.object({
  attemptId: z.string(),
  leadId: z.string(),
  attempts: z.number(),
  dials: z.number(),
  callbackMs: z.coerce.number().nullable(),
  createdMs: z.coerce.number(),
  maxAttempts: z.number(),
  maxDials: z.number(),
  isTestCall: z.boolean(),
  wasMove: z.boolean(),
  rule,
  dispositionRule: rule,
  earlierTries: z.number(),
  earlierDispositions: z.number(),
  /** On a do-not-call list for good; what a list forbids for a time, the next pass sees. */
  onDnc: z.boolean(),
});
export type RetryRow = z.infer<typeof retryRow>;

export interface EndedAttempt {
  readonly attempt_id: string;
  readonly outcome: string;
  readonly disposition: string | null;
}

/** Locks the leads of attempts that end, in id order; those that somebody else holds are missing from the result. */
export async function readRetryFacts(
  transaction: Transaction,
  ended: readonly EndedAttempt[],
): Promise<RetryRow[]> {
  const { rows } = await transaction.query(
    statement("read_retry_facts", [JSON.stringify(ended)]),
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
    statement("other_trunk_exists", [JSON.stringify(attempts)]),
  );
  return new Set(rows.map((row) => row.attemptId));
}

/** Column names, because it travels to Postgres as JSON. */
export interface FinishedLead {
  readonly id: string;
  readonly attempt_id: string;
  readonly status: string;
  readonly reason: string;
  readonly counted: 0 | 1;
  readonly outcome: string;
  readonly disposition: string | null;
  readonly next_attempt_at: string | null;
  readonly moves: boolean;
  readonly never_sent: boolean;
}

export async function finishLeads(
  transaction: Transaction,
  leads: readonly FinishedLead[],
): Promise<void> {
  if (leads.length === 0) return;
  await transaction.query(statement("finish_leads", [JSON.stringify(leads)]));
}
