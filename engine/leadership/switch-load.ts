/** What a heartbeat reports of the switch's own limits. */
import type { SwitchLimits } from "../../adapters/port.ts";
import type { HeartbeatReport } from "../../database/lease.ts";
import { switchPace } from "../../dialing/switch-pace.ts";

/** @param nowMs epoch milliseconds */
export function switchReport(
  limits: SwitchLimits,
  nowMs: number,
): Pick<
  HeartbeatReport,
  "pbxCallsPerSecond" | "pbxFreeCalls" | "pbxFreeCallsAgeMs"
> {
  const { callsPerSecond, freeCalls } = switchPace(limits);
  const { sessionsAt } = limits;
  return {
    pbxCallsPerSecond: callsPerSecond,
    pbxFreeCalls: freeCalls,
    pbxFreeCallsAgeMs:
      sessionsAt === null ? null : Math.max(0, nowMs - sessionsAt.getTime()),
  };
}
