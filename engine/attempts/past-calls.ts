/**
 * The last question about a call whose end was not heard in full: what became of it while nobody listened.
 *
 * Every call that is lost, by a comparison, a deadline or a hang-up, comes to the end of SETTLE before it is ORPHANED, and so
 * does one of which only a lesser word came through, such as the failed Originate without the ringing before it. There the
 * PBX is asked once for what it has kept of it. Its answer is an ordinary last word and goes through the reducer: a complete
 * one decides, a partial one is better than none. Nothing kept, or an error that lasts: the word that there is.
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
  // As strange as any event of a PBX: what cannot be read, or is of another call, is as good as nothing.
  return word?.attemptId === id ? readEvents([word]).events : [];
}

/** SETTLE is over, and this is what the PBX has kept. */
export function settleBy(
  row: AttemptRow,
  told: readonly AttemptEvent[],
): Change {
  const facts = foldEvents(row, told);
  return isEnded(facts.state)
    ? { facts }
    : { facts: settle(facts), endIsAssumed: true };
}
