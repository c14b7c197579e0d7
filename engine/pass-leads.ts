/**
 * The leads of one pass: taken bucket by bucket in the order of their priorities, looked at for the
 * first time where needed, and judged one by one against everything that forbids a call now.
 */
import { randomUUID } from "node:crypto";

import { lookAtLeads, takeLeads } from "../database/scheduling.ts";
import type {
  LeadBucket,
  LeadFacts,
  LeadRow,
  LeadToLookAt,
} from "../database/scheduling.ts";
import type {
  LeadSetAside,
  NewAttempt,
} from "../database/scheduling-writes.ts";
import { queueDeadlineMs } from "../dialing/deadlines.ts";
import { asCandidate } from "../dialing/line-book.ts";
import { normalisePhone, numberKind } from "../dialing/phone-number.ts";
import { chooseTrunk } from "../dialing/trunk-choice.ts";
import { dayStartMs, objectionTo } from "./lead-objection.ts";
import type { Objection } from "./lead-objection.ts";
import { ZoneHours } from "./pass-context.ts";
import type { PassContext } from "./pass-context.ts";
import type { PassTrunk } from "./pass-trunks.ts";

/** Leads looked at in one go, and at most in one pass: a pass stays short whatever the list holds. */
const batchSize = 200;
const mostLooks = 1_000;
/** A number that no trunk takes is looked at again much later. */
const noTrunkMs = 300_000;

export interface LeadHarvest {
  readonly attempts: readonly NewAttempt[];
  readonly setAside: readonly LeadSetAside[];
  /** More leads were due than lines could be had for. */
  readonly leadsLeft: boolean;
  /** Earliest moment at which a lead that waits may be dialled, epoch ms. */
  readonly nextDueMs: number | null;
}

/** Takes leads until the lines are full, nothing is due any more, or the pass has looked at enough. */
export async function harvestLeads(
  context: PassContext,
  buckets: readonly LeadBucket[],
): Promise<LeadHarvest> {
  return new Harvest(context).run(buckets);
}

class Harvest {
  readonly #context: PassContext;
  readonly #hours: ZoneHours;
  readonly #attempts: NewAttempt[] = [];
  readonly #setAside: LeadSetAside[] = [];
  readonly #phones = new Set<string>();
  readonly #seen: string[] = [];
  #nextDueMs: number | null = null;
  #leadsLeft = false;

  constructor(context: PassContext) {
    this.#context = context;
    this.#hours = new ZoneHours(context);
  }

  async run(buckets: readonly LeadBucket[]): Promise<LeadHarvest> {
    const { campaign } = this.#context;
    const waiting = buckets.filter((bucket) => this.#isDialable(bucket));
    waiting.sort(
      (a, b) =>
        a.listPriority - b.listPriority ||
        a.priority - b.priority ||
        a.dueMs - b.dueMs,
    );
    for (const bucket of waiting) {
      if (bucket.dueMs > campaign.nowMs) {
        this.#noteDue(bucket.dueMs);
        continue;
      }
      await this.#empty(bucket);
    }
    return {
      attempts: this.#attempts,
      setAside: this.#setAside,
      leadsLeft: this.#leadsLeft,
      nextDueMs: this.#nextDueMs,
    };
  }

  #isDialable(bucket: LeadBucket): boolean {
    const { verdict } = this.#context;
    if (!bucket.listActive) {
      verdict.note("LIST_INACTIVE");
      return false;
    }
    const hours = this.#hours.at(bucket.zone);
    if (hours.open || bucket.zone === "") return true;
    verdict.note("OUTSIDE_WINDOW", 1, hours.opensAtMs);
    if (hours.opensAtMs !== null)
      this.#noteDue(Math.max(hours.opensAtMs, bucket.dueMs));
    return false;
  }

  #noteDue(ms: number): void {
    this.#nextDueMs = Math.min(this.#nextDueMs ?? Infinity, ms);
  }

  #room(): number {
    const { lines } = this.#context;
    return lines.book.capacity(lines.trunks);
  }

  async #empty(bucket: LeadBucket): Promise<void> {
    const { transaction, campaign } = this.#context;
    for (;;) {
      const room = this.#room();
      if (room === 0 || this.#seen.length >= mostLooks) {
        this.#leadsLeft = true;
        return;
      }
      const wanted = Math.min(batchSize, Math.max(room, 20));
      const except = bucket.zone === "" ? [] : this.#seen;
      const leads = await takeLeads(
        transaction,
        campaign.id,
        bucket,
        wanted,
        except,
      );
      this.#seen.push(...leads.map((lead) => lead.id));
      await this.#lookAt(leads, bucket.zone === "");
      if (leads.length < wanted) return;
    }
  }

  /** Judges leads of one bucket; fresh ones get their number and their zone. */
  async #lookAt(leads: readonly LeadRow[], areFresh: boolean): Promise<void> {
    const { transaction, campaign, verdict } = this.#context;
    const looked = leads.map((lead) => this.#normalise(lead, areFresh));
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
      if (known === undefined || e164 === null || !this.#isOpen(zone)) continue;
      this.#judge(lead, e164, known);
    }
  }

  /** Whether the zone of a lead may be called now; its bucket said so already, unless it was fresh. */
  #isOpen(zone: string): boolean {
    const hours = this.#hours.at(zone);
    if (hours.open) return true;
    this.#context.verdict.note("OUTSIDE_WINDOW", 1, hours.opensAtMs);
    if (hours.opensAtMs !== null) this.#noteDue(hours.opensAtMs);
    return false;
  }

  #normalise(lead: LeadRow, isFresh: boolean): LeadToLookAt {
    const { campaign } = this.#context;
    const row = {
      id: lead.id,
      is_fresh: isFresh,
      moving_from: lead.movingFrom,
      reason: null,
    };
    if (!isFresh && lead.phoneE164 !== null)
      return {
        ...row,
        e164: lead.phoneE164,
        zone: lead.dialTimezone ?? campaign.timezone,
      };
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
    if (untilMs !== null) this.#noteDue(untilMs);
    this.#setAside.push({
      id: lead.id,
      status,
      reason,
      next_attempt_at:
        untilMs === null ? null : new Date(untilMs).toISOString(),
      keeps_move: status === null && reason !== "NO_OTHER_TRUNK",
    });
  }

  #dial(lead: LeadRow, e164: string, movedFrom: string | null): void {
    const { lines, campaign, verdict, random } = this.#context;
    // More leads are taken than there is room for, because some turn out not to be dialable.
    if (lines.book.campaignFree <= 0) {
      this.#leadsLeft = true;
      return;
    }
    const allowed = lines.trunks.filter((trunk) => trunk.id !== movedFrom);
    const candidates = allowed.map((trunk) => asCandidate(trunk, lines.book));
    const number = { e164, kind: numberKind(e164, campaign.defaultCountry) };
    const choice = chooseTrunk(candidates, number, campaign.nowMs, random());
    if (choice.trunk !== null) {
      this.#book(lead, e164, choice.trunk);
      return;
    }
    if (choice.reason === "CPS" || choice.reason === "TRUNK_CHANNELS") {
      verdict.note(choice.reason);
      this.#leadsLeft = true;
      return;
    }
    const reason = movedFrom === null ? choice.reason : "NO_OTHER_TRUNK";
    this.#put(lead, { reason, untilMs: campaign.nowMs + noTrunkMs });
  }

  #book(lead: LeadRow, e164: string, trunk: PassTrunk): void {
    const { lines, campaign } = this.#context;
    const slotMs = lines.book.take(trunk);
    this.#phones.add(e164);
    this.#attempts.push({
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
