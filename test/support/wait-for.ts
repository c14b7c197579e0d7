import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";

/**
 * A bound for what is broken, not for what is slow: beside eight other programs on two cores, a second of work takes
 * ten.
 */
export const PATIENCE_MS = 40_000;

/**
 * Waits until something is the case, and returns the condition's first value that is not false, null, undefined or 0: a count
 * of nothing is no condition that is met. A condition that throws ends the wait at once with its error. The last look begins
 * after the bound, so that a machine that stood still meanwhile looks once more.
 *
 * @param description what is awaited, as it should read after "Waited … for".
 * @throws Error that says what was awaited, for how long, and the last value.
 */
export async function waitFor<T>(
  description: string,
  condition: () => T | Promise<T>,
  {
    timeoutMs = PATIENCE_MS,
    intervalMs = 5,
  }: { readonly timeoutMs?: number; readonly intervalMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const isLast = performance.now() >= deadline;
    const value = await condition();
    if (value !== false && value !== null && value !== undefined && value !== 0)
      return value as Exclude<T, false | null | undefined>;
    if (isLast) {
      throw new Error(
        `Waited ${String(timeoutMs)} ms for ${description}; the last value was ${inspect(value)}`,
      );
    }
    await pause(intervalMs);
  }
}
