/** The kinds of faults, by name. `acts.ts` has how each is caused. */

/** Shortest and longest duration of a fault, in milliseconds; [0, 0]: it has no duration. */
type Lasts = readonly [shortestMs: number, longestMs: number];

/** The engines' lease is a second here, so a freeze of 1.4 s and more outlasts it. */
const FAULTS = {
  HOLDER_KILLED: [0, 0],
  STANDBY_KILLED: [0, 0],
  BOTH_KILLED: [0, 0],
  /** SIGTERM to the holder, as in a rolling update. */
  HOLDER_REPLACED: [0, 0],
  HOLDER_FROZEN_BRIEFLY: [100, 800],
  HOLDER_FROZEN_LONG: [1_400, 4_000],
  STANDBY_FROZEN: [300, 3_000],
  POSTGRES_RESTARTED: [100, 1_500],
  POSTGRES_CRASHED: [100, 2_500],
  POSTGRES_FROZEN: [300, 4_500],
  BACKENDS_TERMINATED: [0, 0],
  DATABASE_READ_ONLY: [500, 4_500],
  HOLDER_CUT_FROM_DATABASE: [300, 4_500],
  /** Bytes vanish; at the end the connections are reset, as they are by a firewall that has forgotten them. */
  HOLDER_LOSES_DATABASE: [500, 4_500],
  BOTH_CUT_FROM_DATABASE: [300, 4_500],
  HOLDER_CUT_FROM_PBX: [300, 4_500],
  BOTH_CUT_FROM_PBX: [300, 4_500],
  HOLDER_LOSES_PBX: [500, 4_500],
  BOTH_LOSE_PBX: [500, 4_500],
  DATABASE_FAR_AWAY: [1_000, 4_000],
  PBX_FAR_AWAY: [1_000, 4_000],
  PBX_RESTARTED: [0, 1_500],
  PBX_FROZEN: [300, 4_000],
  PBX_REFUSES: [300, 2_500],
  ROWS_LOCKED: [500, 4_000],
  CAMPAIGN_PAUSED: [300, 2_000],
  CAMPAIGN_CANCELLED: [0, 0],
  CALLS_PER_SECOND_CHANGED: [0, 0],
  DO_NOT_CALL: [0, 0],
  LEADS_INSERTED: [0, 0],
} as const satisfies Readonly<Record<string, Lasts>>;

export type FaultKind = keyof typeof FAULTS;

export const faultKinds = Object.keys(FAULTS) as readonly FaultKind[];

export function lasts(kind: FaultKind): Lasts {
  return FAULTS[kind];
}
