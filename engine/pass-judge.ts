/** Leads that a pass has taken: looked at for the first time where needed, and judged one by one against all that forbids a call now. */
import { randomUUID } from "node:crypto";

import { lookAtLeads } from "../database/scheduling.ts";
import type {
  LeadFacts,
  LeadRow,
  LeadToLookAt,
} from "../database/scheduling.ts";
import type {
  LeadSetAside,
  NewAttempt,
} from "../database/scheduling-writes.ts";
import { queueDeadlineMs } from "../dialing/deadlines.ts";
import { normalisePhone } from "../dialing/phone-number.ts";
import { dayStartMs, objectionTo } from "./lead-objection.ts";
import type { Objection } from "./lead-objection.ts";
import type { PassContext } from "./pass-context.ts";
import { PassFit } from "./pass-fit.ts";
import type { PassTrunk } from "./pass-trunks.ts";

/** A number that no trunk takes is looked at again much later. */
const noTrunkMs = 300_000;

export class LeadJudge {
  readonly fit: PassFit;
  readonly attempts: NewAttempt[] = [];
  readonly setAside: LeadSetAside[] = [];
  readonly #context: PassContext;
  readonly #phones = new Set<string>();
  #nextDueMs: number | null = null;
  #misfits = 0;
  #foundBehind = false;
  #isOverLimit = false;

  constructor(context: PassContext) {
    this.#context = context;
    this.fit = new PassFit(context);
  }

  /** Leads that are due and whose trunks are full. */
  get misfits(): number {
    return this.#misfits;
  }

  /** More leads were due than lines could be had for, those of the campaign's own limit included. */
  get leadsLeft(): boolean {
    return this.#misfits > 0 || this.#isOverLimit;
  }

  /** Behind a misfit there was one that fits. */
  get foundBehind(): boolean {
    return this.#foundBehind;
  }

  /** Earliest moment at which a lead that waits may be dialled, epoch ms. */
  get nextDueMs(): number | null {
    return this.#nextDueMs;
  }

  noteDue(ms: number): void {
    this.#nextDueMs = Math.min(this.#nextDueMs ?? Infinity, ms);
  }

  /** Judges leads of one bucket; fresh ones get their number and their zone. */
  async lookAt(taken: readonly LeadRow[]): Promise<void> {
    const { transaction, campaign, verdict } = this.#context;
    const leads = taken.filter((lead) => !this.#waitsForLine(lead));
    const looked = leads.map((lead) => this.#normalise(lead));
    const facts = await lookAtLeads(
      transaction,
      campaign,
      looked,
      new Date(dayStartMs(campaign, 0)),
    );
    if (facts.size < leads.length)
      verdict.note("INVALID_NUMBER", leads.length - facts.size);
    for (const [n, lead] of leads.entries()) {
      const { e164, zone } = looked[n] ?? { e164: null, zone: "" };
      const known = facts.get(lead.id);
      if (known === undefined || e164 === null) continue;
      if (this.#isOpen(lead, zone)) this.#judge(lead, e164, known);
    }
  }

  /** Known, and its trunks are full: nothing else about it need be asked. */
  #waitsForLine(lead: LeadRow): boolean {
    if (isFresh(lead) || lead.phoneE164 === null) return false;
    const fit = this.fit.of(lead.phoneE164, null);
    if (fit.trunk !== null || !fit.waits) return false;
    this.#noteMisfit(fit.reason);
    return true;
  }

  #noteMisfit(reason: string): void {
    this.#context.verdict.note(reason);
    this.#misfits += 1;
  }

  /** Whether the zone of a lead may be called now; its bucket said so already, unless it was fresh. */
  #isOpen(lead: LeadRow, zone: string): boolean {
    const { hours, verdict, campaign } = this.#context;
    const state = hours.at(zone);
    if (state.open) return true;
    if (!state.isKnown) {
      const untilMs = campaign.nowMs + noTrunkMs;
      this.#put(lead, { reason: "UNKNOWN_TIMEZONE", untilMs });
      return false;
    }
    verdict.note("OUTSIDE_WINDOW", 1, state.opensAtMs);
    if (state.opensAtMs !== null) this.noteDue(state.opensAtMs);
    return false;
  }

  #normalise(lead: LeadRow): LeadToLookAt {
    const { campaign } = this.#context;
    const row = {
      id: lead.id,
      is_fresh: isFresh(lead),
      moving_from: lead.movingFrom,
      reason: null,
    };
    if (lead.phoneE164 !== null && lead.dialTimezone !== null)
      return { ...row, e164: lead.phoneE164, zone: lead.dialTimezone };
    const result = normalisePhone(
      lead.phoneE164 ?? lead.phone,
      campaign.defaultCountry,
    );
    if (!result.ok)
      return {
        ...row,
        e164: null,
        zone: campaign.timezone,
        reason: result.reason,
      };
    const zone = lead.timezone ?? result.timezone ?? campaign.timezone;
    return { ...row, e164: result.e164, zone };
  }

  #judge(lead: LeadRow, e164: string, facts: LeadFacts): void {
    const isBooked = this.#phones.has(e164);
    const objection = objectionTo(
      lead,
      facts,
      this.#context.campaign,
      isBooked,
    );
    if (objection === null) this.#dial(lead, e164, facts.movedFromTrunkId);
    else this.#put(lead, objection);
  }

  #put(lead: LeadRow, objection: Objection): void {
    const { reason, status = null, untilMs = null } = objection;
    this.#context.verdict.note(reason, 1, untilMs);
    if (untilMs !== null) this.noteDue(untilMs);
    this.setAside.push({
      id: lead.id,
      status,
      reason,
      next_attempt_at:
        untilMs === null ? null : new Date(untilMs).toISOString(),
      keeps_move: status === null && reason !== "NO_OTHER_TRUNK",
    });
  }

  #dial(lead: LeadRow, e164: string, movedFrom: string | null): void {
    const { lines, campaign } = this.#context;
    // More leads are taken than there is room for, because some turn out not to be dialable.
    if (lines.book.campaignFree <= 0) {
      this.#isOverLimit = true;
      return;
    }
    const fit = this.fit.of(e164, movedFrom);
    if (fit.trunk !== null) {
      this.#book(lead, e164, fit.trunk);
      return;
    }
    if (fit.waits) {
      this.#noteMisfit(fit.reason);
      return;
    }
    const reason = movedFrom === null ? fit.reason : "NO_OTHER_TRUNK";
    this.#put(lead, { reason, untilMs: campaign.nowMs + noTrunkMs });
  }

  #book(lead: LeadRow, e164: string, trunk: PassTrunk): void {
    const { lines, campaign } = this.#context;
    const slotMs = lines.book.take(trunk);
    if (this.#misfits > 0) this.#foundBehind = true;
    this.#phones.add(e164);
    this.attempts.push({
      id: randomUUID(),
      lead_id: lead.id,
      attempt_number: lead.dials + 1,
      previous_attempt_id: lead.movingFrom,
      phone_e164: e164,
      trunk_id: trunk.id,
      voice_node: trunk.node,
      caller_id: trunk.callerId ?? campaign.callerId,
      slot_at: new Date(slotMs).toISOString(),
      deadline_at: new Date(slotMs + queueDeadlineMs).toISOString(),
    });
  }
}

/** Nobody has looked at it: number and zone are found together. */
function isFresh({ phoneE164, dialTimezone }: LeadRow): boolean {
  return phoneE164 === null || dialTimezone === null;
}
