/** The times of a call by the clock that the PBX had at its start (`pbx-clock.ts`). */
import type { CallEvent, CallHistory } from "../port.ts";

const historyTimes = [
  "ringAt",
  "earlyMediaAt",
  "answerAt",
  "bridgeAt",
  "waitingAgentAt",
] as const satisfies readonly (keyof CallHistory)[];

/** @param stepsMs of the PBX's clock before the call began */
export function shiftedBy(event: CallEvent, stepsMs: number): CallEvent {
  if (stepsMs === 0) return event;
  const shift = (at: string): string =>
    new Date(Date.parse(at) + stepsMs).toISOString();
  const shifted = { ...event, at: shift(event.at) };
  if (shifted.kind !== "ENDED") return shifted;
  const history: { -readonly [K in keyof CallHistory]: CallHistory[K] } = {
    ...shifted.history,
  };
  for (const name of historyTimes) {
    const at = history[name];
    if (at !== null) history[name] = shift(at);
  }
  return { ...shifted, history };
}
