/** Monotonic milliseconds since the process started: for everything that must not jump with the wall clock. */
export function monotonicMs(): number {
  return performance.now();
}
