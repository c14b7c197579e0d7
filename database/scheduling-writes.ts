/** What one scheduling pass writes. Every function is one statement of `queries/` or a few, in the caller's transaction. */
import { z } from "zod";

import type { Transaction } from "./pools.ts";
import { rowsOf } from "./scheduling.ts";
import type { CampaignToPass } from "./scheduling.ts";
import { statement } from "./sql.ts";

/** What became of a lead's number: dialable in `zone`, or not, with the reason. */
export interface NormalisedLead {
  readonly id: string;
  readonly e164: string | null;
  readonly zone: string;
  readonly reason: string | null;
}

/** @returns the ids that may be dialled; duplicates and impossible numbers are INVALID now */
export async function normaliseLeads(
  transaction: Transaction,
  leads: readonly NormalisedLead[],
): Promise<Set<string>> {
  const values = [JSON.stringify(leads)];
  const rows = await rowsOf(
    transaction,
    "normalise_leads",
    values,
    z.object({ id: z.string() }),
  );
  return new Set(rows.map((row) => row.id));
}

/** An attempt to be queued; column names, because it travels to Postgres as JSON. Times are ISO 8601. */
export interface NewAttempt {
  readonly id: string;
  readonly lead_id: string;
  readonly attempt_number: number;
  readonly previous_attempt_id: string | null;
  readonly phone_e164: string;
  readonly trunk_id: string;
  readonly voice_node: string;
  readonly caller_id: string | null;
  readonly slot_at: string;
  readonly deadline_at: string;
}

/**
 * Queues attempts with their jobs and marks their leads.
 *
 * @returns ids of those that were queued; the others' lead or number is live already
 */
export async function queueAttempts(
  transaction: Transaction,
  campaign: CampaignToPass,
  attempts: readonly NewAttempt[],
): Promise<Set<string>> {
  if (attempts.length === 0) return new Set();
  const inserted = await rowsOf(
    transaction,
    "insert_attempts",
    [JSON.stringify(attempts), campaign.id, campaign.accountId],
    z.object({ id: z.string(), leadId: z.string() }),
  );
  const ids = new Set(inserted.map((row) => row.id));
  const queued = attempts.filter((attempt) => ids.has(attempt.id));
  if (queued.length > 0) {
    await transaction.query(
      statement("mark_in_progress", [inserted.map((row) => row.leadId)]),
    );
    await transaction.query(
      statement("add_attempt_jobs", [JSON.stringify(queued)]),
    );
  }
  return ids;
}

/** A lead that is not dialled now: for good with a status, or until `next_attempt_at` (ISO 8601). */
export interface LeadSetAside {
  readonly id: string;
  readonly status: "DNC" | "FAILED" | null;
  readonly reason: string;
  readonly next_attempt_at: string | null;
  readonly keeps_move: boolean;
}

export async function setAsideLeads(
  transaction: Transaction,
  leads: readonly LeadSetAside[],
): Promise<void> {
  if (leads.length === 0) return;
  await transaction.query(
    statement("set_aside_leads", [JSON.stringify(leads)]),
  );
}

export async function saveSlots(
  transaction: Transaction,
  slots: readonly { trunk_id: string; next_slot_at: string }[],
): Promise<void> {
  if (slots.length === 0) return;
  await transaction.query(statement("save_slots", [JSON.stringify(slots)]));
}

/** One reason of a verdict, as `dialing_blockers` shows it. */
export interface Blocker {
  readonly reason: string;
  readonly count: number;
  /** ISO 8601, or null when no time will cure it. */
  readonly next_at: string | null;
}

export async function savePass(
  transaction: Transaction,
  campaign: CampaignToPass,
  pass: { nextPassAt: Date; hungry: boolean; verdict: readonly Blocker[] },
): Promise<void> {
  await transaction.query(
    statement("save_pass", [
      campaign.id,
      campaign.accountId,
      pass.nextPassAt,
      pass.hungry,
      JSON.stringify(pass.verdict),
    ]),
  );
}
