/** Waits for a promise, but not longer than so many milliseconds; its failure is not ours any more. */
export async function settledWithin(
  promise: Promise<unknown>,
  deadlineMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  const over = () => undefined;
  await Promise.race([promise.then(over, over), late]);
  clearTimeout(timer);
}
