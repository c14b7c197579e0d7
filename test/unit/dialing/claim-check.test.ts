import { describe, expect, it } from "vitest";

import type { CallingWindow } from "../../../dialing/calling-windows.ts";
import { refuseClaim } from "../../../dialing/claim-check.ts";
import type { ClaimFacts, ClaimRefusal } from "../../../dialing/claim-check.ts";

/** A Monday, 10:00 in São Paulo. */
const nowMs = Date.parse("2026-01-05T13:00:00Z");
const windows: CallingWindow[] = [
  { weekday: 1, opens: "09:00", closes: "21:00" },
];
const fine: ClaimFacts = {
  accountFlaw: null,
  destinationFlaw: null,
  allowedCountries: null,
  allowedCallerIds: null,
  accountLimit: null,
  accountTimezone: "America/Sao_Paulo",
  callerId: null,
  trunkCallerId: null,
  defaultCountry: "BR",
  campaignStatus: "ACTIVE",
  leadStatus: "IN_PROGRESS",
  phoneE164: "+5511980000001",
  leadPhoneE164: "+5511980000001",
  onDnc: false,
  trunkIsActive: true,
  dials: 14,
  maxDials: 15,
  validUntilMs: null,
  nowMs,
  zone: "America/Sao_Paulo",
};

describe("the last look before an Originate", () => {
  it("lets a call through to which nothing has happened", () => {
    expect(refuseClaim(fine, windows)).toBeNull();
    expect(
      refuseClaim({ ...fine, validUntilMs: nowMs + 1 }, windows),
    ).toBeNull();
  });

  it.each<[ClaimRefusal, Partial<ClaimFacts>]>([
    ["ACCOUNT_UNKNOWN", { accountFlaw: "ACCOUNT_UNKNOWN" }],
    ["ACCOUNT_INACTIVE", { accountFlaw: "ACCOUNT_INACTIVE" }],
    ["DESTINATION_INACTIVE", { destinationFlaw: "DESTINATION_INACTIVE" }],
    [
      "DESTINATION_NOT_PERMITTED",
      { destinationFlaw: "DESTINATION_NOT_PERMITTED" },
    ],
    ["DESTINATION_NODE", { destinationFlaw: "DESTINATION_NODE" }],
    ["ACCOUNT_COUNTRY", { allowedCountries: ["PT"] }],
    ["ACCOUNT_CALLER_ID", { callerId: "190" }],
    ["ACCOUNT_TRUNKS", { accountFlaw: "ACCOUNT_TRUNKS" }],
    ["ACCOUNT_CONCURRENCY", { accountLimit: "ACCOUNT_CONCURRENCY" }],
    ["ACCOUNT_CPS", { accountLimit: "ACCOUNT_CPS" }],
    ["ACCOUNT_DIALS_PER_DAY", { accountLimit: "ACCOUNT_DIALS_PER_DAY" }],
    ["UNKNOWN_TIMEZONE", { accountTimezone: "Mars/Olympus" }],
    ["CAMPAIGN_NOT_ACTIVE", { campaignStatus: "PAUSED" }],
    ["CAMPAIGN_NOT_ACTIVE", { campaignStatus: "CANCELLED" }],
    ["EXPIRED", { validUntilMs: nowMs }],
    ["LEAD_NOT_IN_PROGRESS", { leadStatus: "DONE" }],
    ["DNC", { leadStatus: "DNC" }],
    ["PHONE_CHANGED", { leadPhoneE164: "+5511980000002" }],
    ["PHONE_CHANGED", { leadPhoneE164: null }],
    ["DNC", { onDnc: true }],
    ["TRUNK_INACTIVE", { trunkIsActive: false }],
    ["MAX_DIALS", { dials: 15 }],
    ["UNKNOWN_TIMEZONE", { zone: "Etc/UTC+5" }],
    ["OUTSIDE_WINDOW", { nowMs: Date.parse("2026-01-06T00:00:00Z") }],
    ["OUTSIDE_WINDOW", { nowMs: nowMs + 24 * 3_600_000 }],
    ["OUTSIDE_WINDOW", { zone: "America/Los_Angeles" }],
  ])("refuses with %s where %o", (reason, changed) => {
    expect(refuseClaim({ ...fine, ...changed }, windows)).toBe(reason);
  });

  it("takes no window for never", () => {
    expect(refuseClaim(fine, [])).toBe("OUTSIDE_WINDOW");
  });
});
