/** What several faults impose on one thing at once is taken back with the last of them. */
import { createTurns } from "./turns.ts";

/**
 * @param set imposes it, or takes it back; never called twice with the same value in a row
 * @returns imposes it; the result takes it back, and does nothing when it is called again
 */
export function createSharedFault(
  set: (isOn: boolean) => Promise<void>,
): () => Promise<() => Promise<void>> {
  const turns = createTurns();
  let faults = 0;
  const change = (by: 1 | -1): Promise<void> =>
    turns(async () => {
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
