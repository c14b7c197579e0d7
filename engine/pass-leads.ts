/**
 * The leads of one pass: taken bucket by bucket in the order of their priorities, looked at for the
 * first time where needed, and judged one by one against everything that forbids a call now.
 */
import { randomUUID } from "node:crypto";

import { DateTime } from "luxon";

import type { Transaction } from "../database/pools.ts";
import {
  normaliseLeads,
  readMoves,
  readPhoneFacts,
  takeLeads,
} from "../database/scheduling.ts";
import type {
  CampaignToPass,
  LeadBucket,
  LeadRow,
  LeadSetAside,
  MoveRow,
  NewAttempt,
  NormalisedLead,
  PhoneFacts,
} from "../database/scheduling.ts";
import type { CallingWindow, WindowState } from "../dialing/calling-windows.ts";
import { isOpen } from "../dialing/calling-windows.ts";
import { queueDeadlineMs } from "../dialing/deadlines.ts";
import { asCandidate } from "../dialing/line-book.ts";
import { normalisePhone, numberKind } from "../dialing/phone-number.ts";
import { chooseTrunk } from "../dialing/trunk-choice.ts";
import type { PassTrunk } from "./pass-trunks.ts";
import type { PassLines } from "./pass-trunks.ts";
import type { PassVerdict } from "./pass-verdict.ts";

/** Leads looked at in one go, and at most in one pass: a pass stays short whatever the list holds. */
const batchSize = 200;
const mostLooks = 1_000;
/** A number that is in another call is looked at again soon, one that nobody can dial much later. */
const busyPhoneMs = 30_000;
const noTrunkMs = 300_000;

export interface PassContext {
  readonly transaction: Transaction;
  readonly campaign: CampaignToPass;
  readonly windows: readonly CallingWindow[];
  readonly lines: PassLines;
  readonly verdict: PassVerdict;
  readonly random: () => number;
}

export interface LeadHarvest {
  readonly attempts: readonly NewAttempt[];
  readonly setAside: readonly LeadSetAside[];
  /** More leads were due than lines could be had for. */
  readonly leadsLeft: boolean;
  /** Earliest moment at which a lead that waits may be dialled, epoch ms. */
  readonly nextDueMs: number | null;
}

/** Whether, and until when, a zone may be called now; remembered for the length of a pass. */
class ZoneHours {
  readonly #states = new Map<string, WindowState>();
  readonly #context: PassContext;

  constructor(context: PassContext) {
    this.#context = context;
  }

  at(zone: string): WindowState {
    const { windows, campaign } = this.#context;
    const name = zone === "" ? campaign.timezone : zone;
    const known =
      this.#states.get(name) ?? isOpen(windows, name, campaign.nowMs);
    this.#states.set(name, known);
    return known;
  }
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
      const known = bucket.zone === "" ? await this.#lookAt(leads) : leads;
      await this.#judgeAll(known);
      if (leads.length < wanted) return;
    }
  }

  /** First look at leads: their numbers, their zones. @returns those that may be dialled now */
  async #lookAt(leads: readonly LeadRow[]): Promise<LeadRow[]> {
    if (leads.length === 0) return [];
    const { transaction, verdict } = this.#context;
    const looked = leads.map((lead) => this.#normalise(lead));
    const good = await normaliseLeads(transaction, looked);
    if (good.size < leads.length)
      verdict.note("INVALID_NUMBER", leads.length - good.size);
    const byId = new Map(looked.map((lead) => [lead.id, lead]));
    return leads.flatMap((lead) => {
      const found = byId.get(lead.id);
      if (found === undefined || found.e164 === null || !good.has(lead.id))
        return [];
      const hours = this.#hours.at(found.zone);
      if (hours.open)
        return [{ ...lead, phoneE164: found.e164, dialTimezone: found.zone }];
      verdict.note("OUTSIDE_WINDOW", 1, hours.opensAtMs);
      if (hours.opensAtMs !== null) this.#noteDue(hours.opensAtMs);
      return [];
    });
  }

  #normalise(lead: LeadRow): NormalisedLead {
    const { campaign } = this.#context;
    const result = normalisePhone(
      lead.phoneE164 ?? lead.phone,
      campaign.defaultCountry,
    );
    if (!result.ok)
      return {
        id: lead.id,
        e164: null,
        zone: campaign.timezone,
        reason: result.reason,
      };
    const zone = lead.timezone ?? result.timezone ?? campaign.timezone;
    return { id: lead.id, e164: result.e164, zone, reason: null };
  }

  async #judgeAll(leads: readonly LeadRow[]): Promise<void> {
    if (leads.length === 0) return;
    const { transaction, campaign } = this.#context;
    const dayStart = DateTime.fromMillis(campaign.nowMs, {
      zone: campaign.accountTimezone,
    })
      .startOf("day")
      .toJSDate();
    const phones = [...new Set(leads.flatMap((lead) => lead.phoneE164 ?? []))];
    const facts = await readPhoneFacts(transaction, campaign, phones, dayStart);
    const moves = await readMoves(
      transaction,
      leads.flatMap((lead) => lead.movingFrom ?? []),
    );
    for (const lead of leads) {
      const phone =
        lead.phoneE164 === null ? undefined : facts.get(lead.phoneE164);
      if (phone !== undefined)
        this.#judge(lead, phone, moves.get(lead.movingFrom ?? ""));
    }
  }

  #judge(lead: LeadRow, phone: PhoneFacts, move: MoveRow | undefined): void {
    const { campaign } = this.#context;
    const { maxAttempts, maxDials, isTestCall, nowMs } = campaign;
    if (phone.onDnc) return this.#put(lead, "DNC", "DNC", null);
    if (lead.attempts >= maxAttempts)
      return this.#put(lead, "FAILED", "MAX_ATTEMPTS", null);
    if (lead.dials >= maxDials)
      return this.#put(lead, "FAILED", "MAX_DIALS", null);
    if (phone.isLive || this.#phones.has(phone.phone))
      return this.#put(lead, null, "PHONE_BUSY", nowMs + busyPhoneMs);
    if (isTestCall) return this.#dial(lead, phone.phone, move);
    const gapEndsMs =
      (phone.lastRangMs ?? -Infinity) + campaign.minGapSeconds * 1_000;
    if (gapEndsMs > nowMs) return this.#put(lead, null, "PHONE_GAP", gapEndsMs);
    if (phone.dialsToday >= campaign.maxDialsPerPhonePerDay)
      return this.#put(lead, null, "PHONE_DAILY_MAX", this.#nextDayMs());
    this.#dial(lead, phone.phone, move);
  }

  #nextDayMs(): number {
    const { nowMs, accountTimezone } = this.#context.campaign;
    return DateTime.fromMillis(nowMs, { zone: accountTimezone })
      .plus({ days: 1 })
      .startOf("day")
      .toMillis();
  }

  #put(
    lead: LeadRow,
    status: LeadSetAside["status"],
    reason: string,
    untilMs: number | null,
  ): void {
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

  #dial(lead: LeadRow, e164: string, move: MoveRow | undefined): void {
    const { lines, campaign, verdict, random } = this.#context;
    const allowed = lines.trunks.filter((trunk) => trunk.id !== move?.trunkId);
    const candidates = allowed.map((trunk) => asCandidate(trunk, lines.book));
    const number = { e164, kind: numberKind(e164, campaign.defaultCountry) };
    const choice = chooseTrunk(candidates, number, campaign.nowMs, random());
    if (choice.trunk !== null) return this.#book(lead, e164, choice.trunk);
    if (choice.reason === "CPS" || choice.reason === "TRUNK_CHANNELS") {
      verdict.note(choice.reason);
      this.#leadsLeft = true;
      return;
    }
    const reason = move === undefined ? choice.reason : "NO_OTHER_TRUNK";
    this.#put(lead, null, reason, campaign.nowMs + noTrunkMs);
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
