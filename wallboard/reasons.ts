/**
 * Which reasons of `dialing_blockers` are faults that somebody has to mend, and which are the ordinary limits and waits of
 * a dialler. A test compares both lists with the reasons that there are.
 */

/** Told as the PBX's fault, by what is wrong with it. */
export const pbxFaults = {
  NO_ENGINE: new Set(["NO_ACTIVE_ENGINE"]),
  NO_LEASE: new Set(["NO_LEASE", "ADAPTER_MISMATCH"]),
  PBX_DOWN: new Set(["PBX_DISCONNECTED"]),
} as const satisfies Record<string, ReadonlySet<string>>;

/** Told as the trunk's fault. */
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

/** Nothing to do is no fault: the campaign waits for people, hours, leads, its turn, or goes as fast as it may. */
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
