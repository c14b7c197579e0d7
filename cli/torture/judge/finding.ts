/** What the judge may find, each with what it means. */
export const rules = {
  TWICE: "two Originates for one attempt",
  STRANGER: "a number was called that is no lead's",
  UNKNOWN_CALL: "the carrier had a call that belongs to no attempt",
  NOT_AT_CARRIER: "an attempt reports a person whom the carrier never called",
  TOO_SOON: "a person was called again before the rule allowed it",
  TWO_LIVE: "two calls of one phone at once",
  PERSON_TWICE: "a person was rung on two numbers at once",
  ATTEMPTS: "a person was called more often than max_attempts",
  GAP: "a telephone was called again within the account's gap",
  OUTCOME: "the row contradicts the carrier",
  CUT: "the engine hung up a call that it had no reason to end",
  RATE: "more calls in a second than the trunk's limit",
  CHANNELS: "more calls at once than the trunk's channels",
  CONCURRENCY: "more calls at once than the campaign's limit",
  STUCK: "something was not finished in time",
  COUNTERS: "a counter that is kept differs from the count",
  JOBS: "a job is left that nobody does",
  CAMPAIGN: "a campaign is not in the state that it should be in",
  PAUSE: "a call of a campaign that was paused or cancelled",
  DO_NOT_CALL: "a call to a number on the do-not-call list",
  HEALTH_SILENT: "/health said healthy in an outage",
  HEALTH_STAYS: "/health did not say healthy after the end of all faults",
  CONNECTIONS: "more connections than DATABASE_MAX_CONNECTIONS",
  LOG: "output that is no line of JSON",
  PROCESS: "an engine ended as it should not",
} as const;

export type Rule = keyof typeof rules;

export interface Finding {
  readonly rule: Rule;
  /** What was seen, with ids and times. */
  readonly text: string;
}

/** `2026-03-01T10:00:00.123Z` → `10:00:00.123`: the day is known. */
export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
