/**
 * The leads of one pass: taken bucket by bucket in the order of their priorities, looked at for the
 * first time where needed, and judged one by one against everything that forbids a call now.
 */
import { randomUUID } from "node:crypto";

import { DateTime } from "luxon";

import {
  readMoves,
  readPhoneFacts,
  takeLeads,
} from "../database/scheduling.ts";
import { normaliseLeads } from "../database/scheduling-writes.ts";
import type {
  LeadBucket,
  LeadRow,
  MoveRow,
  PhoneFacts,
} from "../database/scheduling.ts";
import type {
  LeadSetAside,
  NewAttempt,
  NormalisedLead,
} from "../database/scheduling-writes.ts";
import { queueDeadlineMs } from "../dialing/deadlines.ts";
import { asCandidate } from "../dialing/line-book.ts";
import { normalisePhone, numberKind } from "../dialing/phone-number.ts";
import { chooseTrunk } from "../dialing/trunk-choice.ts";
import { ZoneHours } from "./pass-context.ts";
import type { PassContext } from "./pass-context.ts";
import type { PassTrunk } from "./pass-trunks.ts";

/** Leads looked at in one go, and at most in one pass: a pass stays short whatever the list holds. */
const batchSize = 200;
const mostLooks = 1_000;
/** A number that is in another call is looked at again soon, one that nobody can dial much later. */
const busyPhoneMs = 30_000;
const noTrunkMs = 300_000;

/** Why a lead is not dialled now: for good with a status, or until a time (epoch ms). */
interface Objection {
  readonly reason: string;
  readonly status?: "DNC" | "FAILED";
  readonly untilMs?: number;
}

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
    const movingFrom = leads.flatMap((lead) => lead.movingFrom ?? []);
    const facts = await readPhoneFacts(transaction, campaign, phones, dayStart);
    const moves = await readMoves(transaction, movingFrom);
    for (const lead of leads) {
      const phone =
        lead.phoneE164 === null ? undefined : facts.get(lead.phoneE164);
      if (phone !== undefined)
        this.#judge(lead, phone, moves.get(lead.movingFrom ?? ""));
    }
  }

  #judge(lead: LeadRow, phone: PhoneFacts, move: MoveRow | undefined): void {
    const objection = this.#objection(lead, phone);
    if (objection === null) this.#dial(lead, phone.phone, move);
    else this.#put(lead, objection);
  }

  #objection(lead: LeadRow, phone: PhoneFacts): Objection | null {
    const { campaign } = this.#context;
    const { maxAttempts, maxDials, isTestCall, nowMs } = campaign;
    if (phone.onDnc) return { status: "DNC", reason: "DNC" };
    if (lead.attempts >= maxAttempts)
      return { status: "FAILED", reason: "MAX_ATTEMPTS" };
    if (lead.dials >= maxDials)
      return { status: "FAILED", reason: "MAX_DIALS" };
    if (phone.isLive || this.#phones.has(phone.phone))
      return { reason: "PHONE_BUSY", untilMs: nowMs + busyPhoneMs };
    if (isTestCall) return null;
    const gapEndsMs =
      (phone.lastRangMs ?? -Infinity) + campaign.minGapSeconds * 1_000;
    if (gapEndsMs > nowMs) return { reason: "PHONE_GAP", untilMs: gapEndsMs };
    return phone.dialsToday >= campaign.maxDialsPerPhonePerDay
      ? { reason: "PHONE_DAILY_MAX", untilMs: this.#nextDayMs() }
      : null;
  }

  #nextDayMs(): number {
    const { nowMs, accountTimezone } = this.#context.campaign;
    return DateTime.fromMillis(nowMs, { zone: accountTimezone })
      .plus({ days: 1 })
      .startOf("day")
      .toMillis();
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

  #dial(lead: LeadRow, e164: string, move: MoveRow | undefined): void {
    const { lines, campaign, verdict, random } = this.#context;
    // More leads are taken than there is room for, because some turn out not to be dialable.
    if (lines.book.campaignFree <= 0) {
      this.#leadsLeft = true;
      return;
    }
    const allowed = lines.trunks.filter((trunk) => trunk.id !== move?.trunkId);
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
    const reason = move === undefined ? choice.reason : "NO_OTHER_TRUNK";
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
