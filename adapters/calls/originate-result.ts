/** The results of an Originate that no PBX has to be asked for. */
import type { OriginateResult } from "../port.ts";

export function notSent(message: string): OriginateResult {
  return { status: "not_sent", message };
}

/** A value was refused before anything was written: our defect. */
export function invalidRequest(problems: readonly string[]): OriginateResult {
  const message = problems.join("; ");
  return { status: "refused", reason: "INVALID_REQUEST", message };
}

/** Written is written: whatever went wrong afterwards, the call may exist. */
export function unknownResult(error: unknown): OriginateResult {
  const message = error instanceof Error ? error.message : String(error);
  return { status: "unknown", message };
}

export const WITHDRAWN = "Withdrawn before it was written";
