/** What speaks against dialling a due lead, given its number and its account. */
import { DateTime } from "luxon";

import { isCountryPermitted } from "./account-limits.ts";
import type { CampaignToPass, LeadFacts, LeadRow } from "./pass-facts.ts";

/** A number in another call is checked again soon. */
const busyPhoneMs = 30_000;

/** The administrator's permission brings such leads back at once; this is for a permission that was not noticed. */
const forbiddenCountryMs = 3_600_000;

/** A do-not-call entry that lasts longer than this counts as permanent. */
const forGoodMs = 50 * 365 * 86_400_000;

/** Why a lead is not dialled now: for good with a status, or until a time (epoch ms). */
export interface Ineligibility {
  readonly reason: string;
  readonly status?: "DNC" | "FAILED";
  readonly untilMs?: number;
  /** It concerns this number; another of the lead's may be dialled. */
  readonly isOfNumber?: true;
}

/**
 * @param isBooked this pass has a call to the same number already
 * @returns null if nothing does
 */
export function checkEligibility(
  lead: Pick<LeadRow, "attempts" | "dials">,
  e164: string,
  facts: LeadFacts,
  campaign: CampaignToPass,
  isBooked: boolean,
): Ineligibility | null {
  const { maxAttempts, maxDials, isTestCall, nowMs } = campaign;
  if (facts.dncUntilMs !== null)
    return facts.dncUntilMs > nowMs + forGoodMs
      ? { status: "DNC", reason: "DNC", isOfNumber: true }
      : { reason: "DNC", untilMs: facts.dncUntilMs, isOfNumber: true };
  if (!isCountryPermitted(e164, campaign.allowedCountries))
    return {
      reason: "ACCOUNT_COUNTRY",
      untilMs: nowMs + forbiddenCountryMs,
      isOfNumber: true,
    };
  if (lead.attempts >= maxAttempts)
    return { status: "FAILED", reason: "MAX_ATTEMPTS" };
  if (lead.dials >= maxDials) return { status: "FAILED", reason: "MAX_DIALS" };
  // The person on that telephone is not rung on another one meanwhile.
  if (facts.isLive || isBooked)
    return { reason: "PHONE_BUSY", untilMs: nowMs + busyPhoneMs };
  if (isTestCall) return null;
  const gapEndsMs =
    (facts.lastRangMs ?? -Infinity) + campaign.minGapSeconds * 1_000;
  if (gapEndsMs > nowMs)
    return { reason: "PHONE_GAP", untilMs: gapEndsMs, isOfNumber: true };
  return facts.dialsToday >= campaign.maxDialsPerPhonePerDay
    ? {
        reason: "PHONE_DAILY_MAX",
        untilMs: dayStartMs(campaign, 1),
        isOfNumber: true,
      }
    : null;
}

/** When the account's day begins, this many days ahead, epoch ms; 0 is today. */
export function dayStartMs(
  { nowMs, accountTimezone }: CampaignToPass,
  daysAhead: number,
): number {
  return DateTime.fromMillis(nowMs, { zone: accountTimezone })
    .plus({ days: daysAhead })
    .startOf("day")
    .toMillis();
}
