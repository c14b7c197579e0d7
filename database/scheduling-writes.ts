/** What one scheduling pass writes. Every function is one statement of `queries/` or a few, in the caller's transaction. */
import { z } from "zod";

import type { Blocker } from "../dialing/blockers.ts";
import type { Usage } from "../dialing/fair-share.ts";
import type { Database, Transaction } from "./pools.ts";
import { rowsOf } from "./scheduling.ts";
import { statement } from "./sql.ts";
import type { CampaignToPass } from "../dialing/pass-facts.ts";

/** An attempt to be queued; column names, because it travels to Postgres as JSON. Times are ISO 8601. */
export interface NewAttempt {
  readonly id: string;
  readonly lead_id: string;
  readonly attempt_number: number;
  readonly previous_attempt_id: string | null;
  readonly phone_e164: string;
  /** The further number that it is; null: the lead's first. */
  readonly lead_phone_id: string | null;
  /** Zone of the number. */
  readonly dial_timezone: string;
  readonly trunk_id: string;
  readonly voice_node: string;
  readonly caller_id: string | null;
  readonly slot_at: string;
  readonly deadline_at: string;
}

/**
 * A lead that is not dialled now: for good with a status, or until `next_attempt_at` (ISO 8601). With `tries_next` this holds
 * for its number only: the lead goes on with another, as soon as one may be dialled.
 */
export interface LeadSetAside {
  readonly id: string;
  readonly status: "DNC" | "FAILED" | null;
  readonly reason: string;
  readonly next_attempt_at: string | null;
  readonly keeps_move: boolean;
  readonly tries_next: boolean;
  /** The further number that was looked at; null: the lead's first. */
  readonly phone_id: string | null;
}

/** What a pass decided. */
export interface PassDecisions {
  readonly attempts: readonly NewAttempt[];
  readonly setAside: readonly LeadSetAside[];
  /** By trunk, the first unassigned slot. */
  readonly slots: readonly {
    trunk_id: string;
    next_slot_at: string;
    /** Calls that accounts were given recently, including this pass's. */
    given: Usage;
  }[];
  readonly nextPassAt: Date;
  /** Trunks for which leads that are due wait. */
  readonly waitingForTrunks: readonly string[];
  /** Nodes that had no place left for them. */
  readonly waitingForNodes: readonly string[];
  readonly blockers: readonly Blocker[];
  /** Zones that are closed, by name: the second since 1970 in which each opens. */
  readonly opens: Readonly<Record<string, number>>;
  /** False: the campaign is not to be dialled any more. */
  readonly hasNext: boolean;
}

/**
 * Writes a pass: queues attempts with their jobs, updates their leads, sets others aside, assigns the slots, and makes
 * the next pass come at its time or earlier.
 *
 * @returns ids of the attempts that were queued; the others' lead or number is live already
 */
export async function writePass(
  transaction: Transaction,
  campaign: CampaignToPass,
  decisions: PassDecisions,
): Promise<Set<string>> {
  const pass = {
    campaign_id: campaign.id,
    account_id: campaign.accountId,
    next_pass_at: decisions.nextPassAt,
    has_next: decisions.hasNext,
    waiting_for_trunks: decisions.waitingForTrunks,
    waiting_for_nodes: decisions.waitingForNodes,
    verdict: decisions.blockers,
    closed_zones: decisions.opens,
  };
  const rows = await rowsOf(
    transaction,
    "scheduling/write_pass",
    [
      JSON.stringify(pass),
      JSON.stringify(decisions.attempts),
      JSON.stringify(decisions.setAside),
      JSON.stringify(decisions.slots),
    ],
    z.object({ ids: z.array(z.string()) }),
  );
  return new Set(rows[0]?.ids);
}

/** Replaces the blockers of the pass just written. */
export async function saveBlockers(
  transaction: Transaction,
  campaign: CampaignToPass,
  blockers: readonly Blocker[],
): Promise<void> {
  await transaction.query(
    statement("scheduling/save_blockers", [
      campaign.id,
      JSON.stringify(blockers),
    ]),
  );
}

/** Notes among the campaign's blockers, in a statement of its own, that its pass failed. */
export async function noteFailedPass(
  database: Database,
  campaignId: string,
  reason: string,
): Promise<void> {
  await database.query(
    statement("scheduling/note_failed_pass", [campaignId, reason]),
  );
}
