/**
 * How fast and how far a switch may be used that reports its own limits (FreeSWITCH: `sessions-per-second`,
 * `max-sessions`). It counts everybody's sessions, and a call that reaches an agent is two of them.
 */
import type { SwitchLimits } from "../adapters/port.ts";

export interface SwitchPace {
  /** Calls that may be started in any second; null when the switch does not say. */
  readonly callsPerSecond: number | null;
  /** Calls that may be added to those that are up; null when the switch does not say. */
  readonly freeCalls: number | null;
}

const sessionsOfCall = 2;
/** Left to callers from outside, and to what starts between two readings. */
const reserve = 0.05;

/**
 * A limit of N lets N - 1 sessions start per second (measured: 5 lets 4, 30 lets 29.6), and refuses the
 * rest for good. One call per second is always tried: less would be none.
 */
export function switchPace(limits: SwitchLimits): SwitchPace {
  const { sessionsPerSecond, maxSessions, sessions } = limits;
  return {
    callsPerSecond:
      sessionsPerSecond === null
        ? null
        : Math.max(1, Math.floor((sessionsPerSecond - 1) / sessionsOfCall)),
    freeCalls:
      maxSessions === null || sessions === null
        ? null
        : Math.max(
            0,
            Math.floor(
              (maxSessions * (1 - reserve) - sessions) / sessionsOfCall,
            ),
          ),
  };
}
