/**
 * Books the leads that a pass has taken: a new lead gets its number and zone first; then each lead is checked against
 * everything that forbids a call now.
 */
import { randomUUID } from "node:crypto";

import { prepareLeads } from "../../database/scheduling.ts";
import type { LeadToPrepare } from "../../database/scheduling.ts";
import type {
  LeadSetAside,
  NewAttempt,
} from "../../database/scheduling-writes.ts";
import { queueDeadlineMs } from "../../dialing/deadlines.ts";
import { normalisePhone } from "../../dialing/phone-number.ts";
import {
  dayStartMs,
  checkEligibility,
} from "../../dialing/lead-eligibility.ts";
import type { Ineligibility } from "../../dialing/lead-eligibility.ts";
import type { PassContext } from "./pass-context.ts";
import { Routing } from "./routing.ts";
import { maySwitchNumber, switchToFreeTrunks } from "./other-numbers.ts";
import type { PassTrunk } from "../../dialing/trunk-capacity.ts";
import type { LeadFacts, LeadRow } from "../../dialing/pass-facts.ts";

/** A number that no trunk takes is tried again much later. */
const noTrunkMs = 300_000;

export class LeadBooking {
  readonly routing: Routing;
  readonly attempts: NewAttempt[] = [];
  readonly setAside: LeadSetAside[] = [];
  readonly #context: PassContext;
  readonly #phones = new Set<string>();
  /** Leads without a free trunk for their number, and what is done with them if no other number has one. */
  #trunkless: { readonly lead: LeadRow; readonly giveUp: () => void }[] = [];
  #nextDueMs: number | null = null;
  #leadsWithoutTrunk = 0;
  #foundBehind = false;
  #isOverLimit = false;

  constructor(context: PassContext) {
    this.#context = context;
    this.routing = new Routing(context);
  }

  /** Leads that are due and whose trunks are full. */
  get leadsWithoutTrunk(): number {
    return this.#leadsWithoutTrunk;
  }

  /** More leads were due than trunks had room for, including those stopped by the campaign's own limit. */
  get leadsLeft(): boolean {
    return this.#leadsWithoutTrunk > 0 || this.#isOverLimit;
  }

  /** Behind a lead that did not fit there was one that fitted. */
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

  /** Checks leads of one partition; new ones get their number and their zone. */
  async book(taken: readonly LeadRow[]): Promise<void> {
    const { transaction, campaign, blockers } = this.#context;
    const leads = taken.filter((lead) => !this.#waitsForTrunk(lead));
    const prepared = leads.map((lead) => this.#normalise(lead));
    const facts = await prepareLeads(
      transaction,
      campaign,
      prepared,
      new Date(dayStartMs(campaign, 0)),
    );
    if (facts.size < leads.length)
      blockers.note("INVALID_NUMBER", leads.length - facts.size);
    for (const [n, lead] of leads.entries()) {
      const { e164, zone } = prepared[n] ?? { e164: null, zone: "" };
      const known = facts.get(lead.id);
      if (known === undefined || e164 === null) {
        if (lead.hasMore) this.noteDue(campaign.nowMs);
        continue;
      }
      if (this.#isOpen(lead, zone)) this.#check(lead, e164, zone, known);
    }
    await this.#switchNumbers();
  }

  /** Sets aside leads whose zone is closed; if the lead has another number, only its number is set aside. */
  setAsideClosed(leads: readonly LeadRow[]): void {
    const { hours, campaign } = this.#context;
    for (const lead of leads) {
      const state = hours.at(lead.dialTimezone ?? "");
      if (state.open) continue;
      this.#put(lead, {
        reason: state.isKnown ? "OUTSIDE_WINDOW" : "UNKNOWN_TIMEZONE",
        untilMs: state.opensAtMs ?? campaign.nowMs + noTrunkMs,
        ...(maySwitchNumber(lead) && { isOfNumber: true }),
      });
    }
  }

  /** A lead that waits for a trunk goes on with a number that has one, if nothing else speaks against it. */
  async #switchNumbers(): Promise<void> {
    const waiting = this.#trunkless;
    this.#trunkless = [];
    const leads = waiting.map(({ lead }) => lead);
    const switched = await switchToFreeTrunks(
      this.#context,
      this.routing,
      leads,
    );
    const { transaction, campaign } = this.#context;
    const facts = await prepareLeads(
      transaction,
      campaign,
      [...switched.values()].map((lead) => this.#normalise(lead)),
      new Date(dayStartMs(campaign, 0)),
    );
    for (const { lead, giveUp } of waiting) {
      const [other, known] = [switched.get(lead.id), facts.get(lead.id)];
      const isBooked =
        other !== undefined &&
        known !== undefined &&
        this.#bookOther(lead, other, known);
      if (!isBooked) giveUp();
    }
  }

  /** @returns whether a call was booked */
  #bookOther(lead: LeadRow, other: LeadRow, facts: LeadFacts): boolean {
    const { campaign, usable } = this.#context;
    const { phoneE164: e164, dialTimezone: zone } = other;
    if (e164 === null || zone === null || usable.capacity.campaignFree <= 0)
      return false;
    const isBooked = [lead.phoneE164, e164].some(
      (phone) => phone !== null && this.#phones.has(phone),
    );
    if (checkEligibility(other, e164, facts, campaign, isBooked)) return false;
    const { trunk } = this.routing.routeFor(e164, null);
    if (trunk !== null) this.#book(other, e164, zone, trunk);
    return trunk !== null;
  }

  #lackTrunk(lead: LeadRow, giveUp: () => void): void {
    if (maySwitchNumber(lead)) this.#trunkless.push({ lead, giveUp });
    else giveUp();
  }

  /** Its number is known and its trunks are full: nothing else needs to be checked. */
  #waitsForTrunk(lead: LeadRow): boolean {
    if (isFresh(lead) || lead.phoneE164 === null) return false;
    const route = this.routing.routeFor(lead.phoneE164, null);
    if (route.trunk !== null || !route.waits) return false;
    this.#lackTrunk(lead, () => {
      this.#noteWithoutTrunk(route.reason);
    });
    return true;
  }

  #noteWithoutTrunk(reason: string): void {
    this.#context.blockers.note(reason);
    this.#leadsWithoutTrunk += 1;
  }

  /** Whether the zone of a lead may be called now; for a known lead its partition has shown that already. */
  #isOpen(lead: LeadRow, zone: string): boolean {
    const { hours, blockers, campaign } = this.#context;
    const state = hours.at(zone);
    if (state.open) return true;
    if (!state.isKnown) {
      const untilMs = campaign.nowMs + noTrunkMs;
      this.#put(lead, {
        reason: "UNKNOWN_TIMEZONE",
        untilMs,
        isOfNumber: true,
      });
      return false;
    }
    const { opensAtMs } = state;
    if (lead.hasMore && opensAtMs !== null) {
      this.#put(lead, {
        reason: "OUTSIDE_WINDOW",
        untilMs: opensAtMs,
        isOfNumber: true,
      });
      return false;
    }
    blockers.note("OUTSIDE_WINDOW", 1, state.opensAtMs);
    if (state.opensAtMs !== null) this.noteDue(state.opensAtMs);
    return false;
  }

  #normalise(lead: LeadRow): LeadToPrepare {
    const { campaign } = this.#context;
    const row = {
      id: lead.id,
      is_fresh: isFresh(lead),
      moving_from: lead.movingFrom,
      phone_id: lead.phoneId,
      has_more: lead.hasMore,
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

  #check(lead: LeadRow, e164: string, zone: string, facts: LeadFacts): void {
    const isBooked = this.#phones.has(e164);
    const ineligibility = checkEligibility(
      lead,
      e164,
      facts,
      this.#context.campaign,
      isBooked,
    );
    if (ineligibility === null)
      this.#dial(lead, e164, zone, facts.movedFromTrunkId);
    else this.#put(lead, ineligibility);
  }

  #put(lead: LeadRow, ineligibility: Ineligibility): void {
    const { reason, status = null, untilMs = null } = ineligibility;
    this.#context.blockers.note(reason, 1, untilMs);
    // A dial that goes on through another trunk keeps its number, unless that number must not be called.
    const triesNext =
      lead.hasMore &&
      ineligibility.isOfNumber === true &&
      (lead.movingFrom === null || status !== null);
    // The statement that writes this finds the next number and its time; the next pass reads them.
    if (triesNext) this.noteDue(this.#context.campaign.nowMs);
    else if (untilMs !== null) this.noteDue(untilMs);
    this.setAside.push({
      id: lead.id,
      status,
      reason,
      next_attempt_at:
        untilMs === null ? null : new Date(untilMs).toISOString(),
      keeps_move: status === null && reason !== "NO_OTHER_TRUNK",
      tries_next: triesNext,
      phone_id: lead.phoneId,
    });
  }

  #dial(
    lead: LeadRow,
    e164: string,
    zone: string,
    movedFrom: string | null,
  ): void {
    const { usable, campaign } = this.#context;
    // More leads are taken than there is room for, because some turn out not to be dialable.
    if (usable.capacity.campaignFree <= 0) {
      this.#isOverLimit = true;
      return;
    }
    const route = this.routing.routeFor(e164, movedFrom);
    if (route.trunk !== null) {
      this.#book(lead, e164, zone, route.trunk);
      return;
    }
    if (route.waits) {
      this.#lackTrunk(lead, () => {
        this.#noteWithoutTrunk(route.reason);
      });
      return;
    }
    const reason = movedFrom === null ? route.reason : "NO_OTHER_TRUNK";
    const untilMs = campaign.nowMs + noTrunkMs;
    // Only the fact that trunks do not take this number is specific to the number.
    const ineligibility: Ineligibility = {
      reason,
      untilMs,
      ...(reason === "NO_TRUNK_FOR_NUMBER" && { isOfNumber: true }),
    };
    this.#lackTrunk(lead, () => {
      this.#put(lead, ineligibility);
    });
  }

  #book(lead: LeadRow, e164: string, zone: string, trunk: PassTrunk): void {
    const { usable, campaign } = this.#context;
    const slotMs = usable.capacity.book(trunk);
    if (this.#leadsWithoutTrunk > 0) this.#foundBehind = true;
    this.#phones.add(e164);
    this.attempts.push({
      id: randomUUID(),
      lead_id: lead.id,
      attempt_number: lead.dials + 1,
      previous_attempt_id: lead.movingFrom,
      phone_e164: e164,
      lead_phone_id: lead.phoneId,
      dial_timezone: zone,
      trunk_id: trunk.id,
      voice_node: trunk.node,
      caller_id: trunk.callerId ?? campaign.callerId,
      slot_at: new Date(slotMs).toISOString(),
      deadline_at: new Date(slotMs + queueDeadlineMs).toISOString(),
    });
  }
}

/** The lead is new: number and zone are found together. */
function isFresh({ phoneE164, dialTimezone }: LeadRow): boolean {
  return phoneE164 === null || dialTimezone === null;
}
