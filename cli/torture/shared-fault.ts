/** A state that several faults impose at the same time; it ends with the last of them. */
import { createMutex } from "./mutex.ts";

/**
 * @param set turns the state on or off; never called twice in a row with the same value @returns turns it on; the
 *   result turns it off, and does nothing when called again
 */
export function createSharedFault(
  set: (isOn: boolean) => Promise<void>,
): () => Promise<() => Promise<void>> {
  const mutex = createMutex();
  let faults = 0;
  const change = (by: 1 | -1): Promise<void> =>
    mutex(async () => {
      const wasOn = faults > 0;
      faults += by;
      if (wasOn !== faults > 0) await set(faults > 0);
    });
  return async () => {
    await change(1);
    let isOver = false;
    return async () => {
      if (isOver) return;
      isOver = true;
      await change(-1);
    };
  };
}
