/** What became of a test call, for people. */
import type { CallAttempt } from "../../database/test-call.ts";

export function describeEnd(attempt: CallAttempt): string[] {
  const { outcome, description, causeCode, sipStatus } = attempt;
  return [
    line("Outcome", outcome ?? "unknown", description),
    line(
      "Cause",
      attempt.cause ?? "not told by the PBX",
      causeCode === null ? null : `Q.850 ${causeCode}`,
    ),
    line(
      "SIP status",
      sipStatus === null ? "not told by the PBX" : String(sipStatus),
      attempt.sipReason,
    ),
    line("Ended by", attempt.hangupSource ?? "not told by the PBX", null),
    line("Caller id", attempt.callerId ?? "the PBX's own", null),
    line("Rang for", seconds(attempt.ringMs), null),
    line("Answered for", seconds(attempt.answeredMs), null),
  ];
}

function line(name: string, value: string, more: string | null): string {
  return `${name.padEnd(14)}${value}${more === null ? "" : ` (${more})`}`;
}

function seconds(ms: number | null): string {
  return ms === null ? "–" : `${(ms / 1_000).toFixed(1)} s`;
}
