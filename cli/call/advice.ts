/** What a person can do about each reason in `dialing_blockers`. */

interface Advice {
  readonly text: string;
  /** True: it passes by itself, so the call goes on waiting. */
  readonly passes: boolean;
}

const passing = (text: string): Advice => ({ text, passes: true });
const lasting = (text: string): Advice => ({ text, passes: false });

const advices: Readonly<Record<string, Advice>> = {
  NO_ACTIVE_ENGINE: lasting(
    "no engine is alive for this trunk's voice node: start one (npm start) with VOICE_NODE set to it",
  ),
  NO_LEASE: passing(
    "an engine is alive but does not hold the node yet: it takes over within seconds",
  ),
  ADAPTER_MISMATCH: lasting(
    "the trunk's dial string and the engine's VOICE_ADAPTER are of different PBXs: a mock engine dials mock/… only, and no other does",
  ),
  PBX_DISCONNECTED: lasting(
    "the engine is not connected to its PBX: its log says why, and check address, user and password of the PBX",
  ),
  NO_TRUNK: lasting(
    "the account may not use this trunk: see trunk_config.account_id, or give --account",
  ),
  TRUNK_INACTIVE: lasting(
    "the trunk is switched off: update trunk_config set is_active = true",
  ),
  TRUNK_DISABLED: lasting(
    "the engine has taken the trunk out for a while after faults: see disabled_until and last_fault in trunk_config",
  ),
  TRUNK_OUT: lasting(
    "the trunk is out after faults: see last_fault in trunk_config; it is tried again within a minute",
  ),
  TRUNK_UNHEALTHY: lasting(
    "the trunk is out after faults: see last_fault in trunk_config",
  ),
  MISSING_BUCKET: lasting(
    "the trunk has no row in rate_limit_buckets: insert it, or make the trunk anew",
  ),
  BAD_NUMBER_PATTERN: lasting(
    "the trunk's number_pattern cannot be used: see trunk_config",
  ),
  NO_TRUNK_FOR_NUMBER: lasting(
    "the trunk does not take this number: without number_pattern it takes numbers of the account's country only",
  ),
  UNKNOWN_COUNTRY: lasting(
    "default_country of the account is no country with phone numbers: correct it in account_settings",
  ),
  UNKNOWN_TIMEZONE: lasting(
    "timezone of the account is no zone that the engine knows: correct it in account_settings",
  ),
  PASS_FAILED: lasting(
    "looking at the campaign fails: the engine's log and last_error in dialer_jobs say why",
  ),
  DNC: lasting(
    "the number is on the do-not-call list (dnc_entries); a test call obeys it too",
  ),
  INVALID_NUMBER: lasting("no such number exists"),
  PHONE_BUSY: passing("another call to this number is under way"),
  CPS: passing("the trunk's calls per second are used up"),
  TRUNK_CHANNELS: passing("all channels of the trunk are busy (max_channels)"),
  MAX_CONCURRENT_ORIGINATES: passing(
    "the engine has as many unanswered calls as MAX_CONCURRENT_ORIGINATES allows",
  ),
  SWITCH_CPS: passing("the PBX's own calls per second are used up"),
  SWITCH_SESSIONS: passing("the PBX has no room for more calls"),
  HIGHER_PRIORITY_CAMPAIGN: passing(
    "a campaign of an earlier priority waits for the trunk",
  ),
  NO_PASS_YET: passing(
    "no engine has looked at the call yet: is one running, and does its log show errors?",
  ),
};

export function adviceOn(reason: string): Advice {
  return advices[reason] ?? passing("see docs/sql.md");
}
