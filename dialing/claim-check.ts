/** The last look before an Originate: what may have changed since the attempt was queued. */
import type { CallingWindow } from "./calling-windows.ts";
import { isKnownZone, isOpen } from "./calling-windows.ts";

export interface ClaimFacts {
  readonly campaignStatus: string;
  readonly leadStatus: string;
  /** The number that the call is for, and the lead's present one; null: it was corrected and not looked at since. */
  readonly phoneE164: string;
  readonly leadPhoneE164: string | null;
  readonly onDnc: boolean;
  readonly trunkIsActive: boolean;
  readonly dials: number;
  readonly maxDials: number;
  /** Epoch ms, or null. */
  readonly validUntilMs: number | null;
  readonly nowMs: number;
  /** IANA name of the zone by whose clock this lead may be called. */
  readonly zone: string;
}

export type ClaimRefusal =
  | "CAMPAIGN_NOT_ACTIVE"
  | "EXPIRED"
  | "LEAD_NOT_IN_PROGRESS"
  | "PHONE_CHANGED"
  | "DNC"
  | "TRUNK_INACTIVE"
  | "MAX_DIALS"
  | "UNKNOWN_TIMEZONE"
  | "OUTSIDE_WINDOW";

/** @returns why the call may not be made now, or null when it may */
export function refuseClaim(
  facts: ClaimFacts,
  windows: readonly CallingWindow[],
): ClaimRefusal | null {
  if (facts.campaignStatus !== "ACTIVE") return "CAMPAIGN_NOT_ACTIVE";
  if (facts.validUntilMs !== null && facts.validUntilMs <= facts.nowMs)
    return "EXPIRED";
  if (facts.leadStatus !== "IN_PROGRESS") return "LEAD_NOT_IN_PROGRESS";
  if (facts.leadPhoneE164 !== facts.phoneE164) return "PHONE_CHANGED";
  if (facts.onDnc) return "DNC";
  if (!facts.trunkIsActive) return "TRUNK_INACTIVE";
  if (facts.dials >= facts.maxDials) return "MAX_DIALS";
  if (!isKnownZone(facts.zone)) return "UNKNOWN_TIMEZONE";
  return isOpen(windows, facts.zone, facts.nowMs).open
    ? null
    : "OUTSIDE_WINDOW";
}
