/** How many of the last answered calls the brake looks at. */
const CALLS_LOOKED_AT = 20;
/** Nobody hears an announcement out in less; so short a call means a broken hand-over. */
const SHORT_CALL_MS = 3000;

/**
 * Whether a campaign must be paused because its hand-over is broken: more than half of its last 20
 * answered calls ended within 3 s of the answer. Fewer than 20 calls never trip it.
 *
 * @param last20AnsweredDurationsMs answer to end, milliseconds, newest first; more than 20 are ignored.
 */
export function brakeTripped(
  last20AnsweredDurationsMs: readonly number[],
): boolean {
  const durations = last20AnsweredDurationsMs.slice(0, CALLS_LOOKED_AT);
  if (durations.length < CALLS_LOOKED_AT) return false;
  const short = durations.filter((ms) => ms < SHORT_CALL_MS).length;
  return short > CALLS_LOOKED_AT / 2;
}
