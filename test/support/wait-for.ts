import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";

/**
 * Waits until something is the case, and returns the condition's first value that is not false, null or undefined.
 * A condition that throws ends the wait at once with its error.
 *
 * @param description what is awaited, as it should read after "Waited … for".
 * @throws Error that says what was awaited, for how long, and the last value.
 */
export async function waitFor<T>(
  description: string,
  condition: () => T | Promise<T>,
  {
    timeoutMs = 10_000,
    intervalMs = 5,
  }: { readonly timeoutMs?: number; readonly intervalMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined)
      return value as Exclude<T, false | null | undefined>;
    if (performance.now() >= deadline) {
      throw new Error(
        `Waited ${String(timeoutMs)} ms for ${description}; the last value was ${inspect(value)}`,
      );
    }
    await pause(intervalMs);
  }
}
