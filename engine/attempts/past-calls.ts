/**
 * The last question about a call whose end was not received in full: what became of it meanwhile.
 *
 * Every call that is lost, by a comparison, a deadline or a hang-up, reaches the end of SETTLE before it is ORPHANED.
 * So does a call of which only a provisional end came through, such as the failed Originate without the ringing before
 * it. At that moment the PBX is asked once what it has kept of the call. Its answer is an ordinary final event and goes
 * through the reducer: a complete one decides, a partial one is better than none. Nothing kept, or an error that lasts:
 * the provisional end decides.
 */
import { AdapterError } from "../../adapters/port.ts";
import type { LastWord, VoiceAdapter } from "../../adapters/port.ts";
import type { AttemptRow } from "../../database/attempts.ts";
import { isEnded } from "../../dialing/call-facts.ts";
import type { AttemptEvent } from "../../dialing/call-facts.ts";
import { foldEvents, settle } from "../../dialing/call-state.ts";
import { readEvents } from "./apply-events.ts";
import type { Change } from "./settlement.ts";

/**
 * @param limitMs how long after SETTLE the PBX is asked again if it cannot be asked now
 * @returns no event when it knows nothing, when it cannot be asked in time, or when the end is decided
 */
export async function recallLost(
  adapter: VoiceAdapter,
  { id, pendingEnd, deadlineMs, nowMs }: AttemptRow,
  limitMs: number,
): Promise<readonly AttemptEvent[] | "ask_again"> {
  if (pendingEnd === null) return [];
  let word: LastWord | null;
  try {
    word = (await adapter.recallCall?.(id)) ?? null;
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const lateMs = nowMs - (deadlineMs ?? nowMs);
    return lateMs < limitMs ? "ask_again" : [];
  }
  // As untrusted as any event of a PBX: what cannot be read, or belongs to another call, is ignored.
  return word?.attemptId === id ? readEvents([word]).events : [];
}

/** SETTLE is over, and this is what the PBX has kept. */
export function settleWith(
  row: AttemptRow,
  kept: readonly AttemptEvent[],
): Change {
  const facts = foldEvents(row, kept);
  return isEnded(facts.state)
    ? { facts }
    : { facts: settle(facts), endIsAssumed: true };
}
