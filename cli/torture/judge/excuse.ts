/**
 * Why a row may say less than the carrier. Events that the holder received are in the row. Events that only the standby
 * received reach the holder before the call becomes ORPHANED, unless either of them was killed, frozen or without a
 * database meanwhile. For events that no engine received, the PBX is asked, which helps if it keeps past calls.
 */
import type { CarrierCall, Evidence } from "../evidence.ts";
import { wasHindered, whoReceived } from "./who-received.ts";
import type { MatchedCall } from "./match.ts";

/**
 * A PBX that is killed has on disk what happened at least this long before: Asterisk writes its database once a second.
 */
const KEPT_AFTER_MS = 2_500;

export type Excuse = "NOBODY_KNEW" | "STANDBY_ALONE";

/** @returns null: the row must say what the carrier did */
export function excuseOf(
  evidence: Evidence,
  { call, attempt }: MatchedCall,
): Excuse | null {
  if (isKept(evidence, call)) return null;
  // The PBX itself had forgotten it.
  if (call.endedBy === "RESTART") return "NOBODY_KNEW";
  const moments = [call.at, call.answeredAt, call.endedAt]
    .filter((at) => at !== null)
    .map((at) => ({ at, knower: whoReceived(evidence, at) }));
  if (moments.some(({ knower }) => knower === "NOBODY")) return "NOBODY_KNEW";
  const alone = moments.filter(({ knower }) => knower === "STANDBY");
  const from = Math.min(...alone.map(({ at }) => at));
  const to = attempt?.endAt ?? evidence.drainedAt;
  const isExcused = alone.length > 0 && wasHindered(evidence, { from, to });
  return isExcused ? "STANDBY_ALONE" : null;
}

/** The PBX still knows the end, or the answer, whenever it is asked. */
function isKept({ pbxKeeps }: Evidence, call: CarrierCall): boolean {
  const { answeredAt, endedAt, endedBy } = call;
  if (pbxKeeps === "NOTHING" || endedAt === null) return false;
  if (endedBy !== "RESTART") return pbxKeeps === "ALL" || answeredAt !== null;
  return answeredAt !== null && answeredAt < endedAt - KEPT_AFTER_MS;
}
