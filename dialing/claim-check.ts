/** The last check before an Originate: what may have changed since the attempt was queued. */
import { isCallerIdPermitted, isCountryPermitted } from "./account-limits.ts";
import type { AccountRoom } from "./account-limits.ts";
import type { CallingWindow } from "./calling-windows.ts";
import { isKnownZone, isOpen } from "./calling-windows.ts";

export interface ClaimFacts {
  readonly campaignStatus: string;
  /** Why the account may not dial; null: it may. */
  readonly accountFlaw:
    "ACCOUNT_UNKNOWN" | "ACCOUNT_INACTIVE" | "ACCOUNT_TRUNKS" | null;
  /** Why answered calls may not go where the campaign wants them; null: they may. */
  readonly destinationFlaw:
    | "DESTINATION_INACTIVE"
    | "DESTINATION_NOT_PERMITTED"
    | "DESTINATION_NODE"
    | null;
  /** What the administrator permits the account; null: anything. */
  readonly allowedCountries: readonly string[] | null;
  readonly allowedCallerIds: readonly string[] | null;
  /** The limit that leaves the account no call; null: none does. */
  readonly accountLimit: AccountRoom["reason"] | null;
  /** IANA name of the zone in which the account's day begins. */
  readonly accountTimezone: string;
  /** The number that is to be shown, and the trunk's own. */
  readonly callerId: string | null;
  readonly trunkCallerId: string | null;
  /** Country in which a number without + is read. */
  readonly defaultCountry: string;
  readonly leadStatus: string;
  /** The number that the call is for, and the lead's present one; null: it was corrected and not read since. */
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
  | "ACCOUNT_UNKNOWN"
  | "ACCOUNT_INACTIVE"
  | "ACCOUNT_TRUNKS"
  | "DESTINATION_INACTIVE"
  | "DESTINATION_NOT_PERMITTED"
  | "DESTINATION_NODE"
  | "ACCOUNT_COUNTRY"
  | "ACCOUNT_CALLER_ID"
  | AccountRoom["reason"]
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
  if (facts.accountFlaw !== null) return facts.accountFlaw;
  if (facts.destinationFlaw !== null) return facts.destinationFlaw;
  if (facts.campaignStatus !== "ACTIVE") return "CAMPAIGN_NOT_ACTIVE";
  if (facts.validUntilMs !== null && facts.validUntilMs <= facts.nowMs)
    return "EXPIRED";
  if (facts.leadStatus === "DNC") return "DNC";
  if (facts.leadStatus !== "IN_PROGRESS") return "LEAD_NOT_IN_PROGRESS";
  if (facts.leadPhoneE164 !== facts.phoneE164) return "PHONE_CHANGED";
  if (facts.onDnc) return "DNC";
  if (!facts.trunkIsActive) return "TRUNK_INACTIVE";
  if (!isCountryPermitted(facts.phoneE164, facts.allowedCountries))
    return "ACCOUNT_COUNTRY";
  if (!mayShowNumber(facts)) return "ACCOUNT_CALLER_ID";
  // As in a pass: an account without a day is not dialled for.
  if (!isKnownZone(facts.accountTimezone)) return "UNKNOWN_TIMEZONE";
  if (facts.accountLimit !== null) return facts.accountLimit;
  if (facts.dials >= facts.maxDials) return "MAX_DIALS";
  if (!isKnownZone(facts.zone)) return "UNKNOWN_TIMEZONE";
  return isOpen(windows, facts.zone, facts.nowMs).open
    ? null
    : "OUTSIDE_WINDOW";
}

/** The trunk's own number belongs to the administrator. */
function mayShowNumber(facts: ClaimFacts): boolean {
  const { callerId, trunkCallerId, defaultCountry, allowedCallerIds } = facts;
  return (
    callerId === null ||
    callerId === trunkCallerId ||
    isCallerIdPermitted(callerId, defaultCountry, allowedCallerIds)
  );
}
