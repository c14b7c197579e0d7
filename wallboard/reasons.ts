/**
 * Which reasons of `dialing_blockers` are faults that somebody must correct, and which are the ordinary limits and
 * waits of a dialer. A test compares both lists with the reasons that exist.
 */

/** Shown as a fault of the PBX, with its reason. */
export const pbxFaults = {
  NO_ENGINE: new Set(["NO_ACTIVE_ENGINE"]),
  NO_LEASE: new Set(["NO_LEASE", "ADAPTER_MISMATCH"]),
  PBX_DOWN: new Set(["PBX_DISCONNECTED"]),
} as const satisfies Record<string, ReadonlySet<string>>;

/** Shown as a fault of the trunk. */
export const trunkFaults: ReadonlySet<string> = new Set([
  "TRUNK_DISABLED",
  "TRUNK_OUT",
  "TRUNK_UNHEALTHY",
]);

/** The one that explains the others first. */
export const faultReasons: readonly string[] = [
  "COPIED_DATABASE",
  "ACCOUNT_UNKNOWN",
  "ACCOUNT_INACTIVE",
  "NO_ACTIVE_ENGINE",
  "ADAPTER_MISMATCH",
  "NO_LEASE",
  "PBX_DISCONNECTED",
  "CALLS_UNHEARD",
  "SWITCH_PAUSED",
  "PBX_SHUTTING_DOWN",
  "NO_TRUNK",
  "ACCOUNT_TRUNKS",
  "TRUNK_INACTIVE",
  "MISSING_BUCKET",
  "NO_LINE",
  "TRUNK_DISABLED",
  "TRUNK_OUT",
  "TRUNK_UNHEALTHY",
  "PASS_FAILED",
  "MISSING_EXTENSION",
  "BRAKE",
  "UNKNOWN_TIMEZONE",
  "UNKNOWN_COUNTRY",
  "BAD_NUMBER_PATTERN",
  "NO_TRUNK_FOR_NUMBER",
  "ACCOUNT_COUNTRY",
  "ACCOUNT_CALLER_ID",
  "DESTINATION_INACTIVE",
  "DESTINATION_NOT_PERMITTED",
  "DESTINATION_NODE",
];

/** Not faults: the campaign waits for people, hours, leads or its turn, or dials as fast as it may. */
export const normalReasons: ReadonlySet<string> = new Set([
  // It dials all the same.
  "NO_CALLER_ID",
  "NO_PASS_YET",
  "NO_OTHER_TRUNK",
  "NO_LEADS",
  "NO_LEAD_DUE",
  "OUTSIDE_WINDOW",
  "LIST_INACTIVE",
  "NOT_ACTIVE",
  "DNC",
  "INVALID_NUMBER",
  "MAX_ATTEMPTS",
  "MAX_DIALS",
  "PHONE_BUSY",
  "PHONE_GAP",
  "PHONE_DAILY_MAX",
  "PASS_LIMIT",
  "EXPIRED",
  "CPS",
  "TRUNK_CHANNELS",
  "SWITCH_CPS",
  "SWITCH_SESSIONS",
  "CAMPAIGN_CONCURRENCY",
  "MAX_CONCURRENT_ORIGINATES",
  "HIGHER_PRIORITY_CAMPAIGN",
  "ACCOUNT_SHARE",
  "ACCOUNT_CONCURRENCY",
  "ACCOUNT_CPS",
  "ACCOUNT_DIALS_PER_DAY",
]);
