/** Results of an Originate that need no answer of the PBX. */
import type { OriginateResult } from "../port.ts";

export function notSent(message: string): OriginateResult {
  return { status: "not_sent", message };
}

/** A value was refused before anything was written: our defect. */
export function invalidRequest(problems: readonly string[]): OriginateResult {
  const message = problems.join("; ");
  return { status: "refused", reason: "INVALID_REQUEST", message };
}

/** Once written, the call may exist, whatever went wrong afterwards. */
export function unknownResult(error: unknown): OriginateResult {
  const message = error instanceof Error ? error.message : String(error);
  return { status: "unknown", message };
}

export const WITHDRAWN = "Withdrawn before it was written";
