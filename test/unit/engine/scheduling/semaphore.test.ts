import { expect, test } from "vitest";

import { AccountQueue } from "../../../../engine/originating/account-queue.ts";
import { Semaphore } from "../../../../engine/scheduling/semaphore.ts";

/** Work that takes as long as it says, one after the other, on a clock of the test. */
function bench(atOnce: number) {
  let nowMs = 0;
  const semaphore = new Semaphore(atOnce, () => nowMs);
  const order: string[] = [];
  const work = (name: string, lastsMs: number) => () => {
    order.push(name);
    nowMs += lastsMs;
    return Promise.resolve();
  };
  return { semaphore, order, work };
}

test("a thousand passes of one account delay another's by one", async () => {
  const { semaphore, order, work } = bench(1);
  const all = Array.from({ length: 1_000 }, () =>
    semaphore.run("loud", work("loud", 5)),
  );
  all.push(semaphore.run("quiet", work("quiet", 5)));
  await Promise.all(all);
  expect(order.indexOf("quiet")).toBeLessThanOrEqual(1);
  expect(order).toHaveLength(1_001);
});

test("time is shared, not passes: slow ones wait for as much of the others' time", async () => {
  const { semaphore, order, work } = bench(1);
  await Promise.all([
    ...Array.from({ length: 20 }, () =>
      semaphore.run("slow", work("slow", 100)),
    ),
    ...Array.from({ length: 200 }, () =>
      semaphore.run("quick", work("quick", 10)),
    ),
  ]);
  const half = order.slice(0, 110);
  const quickMs = half.filter((name) => name === "quick").length * 10;
  expect(quickMs / (110 * 10)).toBeGreaterThan(0.8);
  expect(half.filter((name) => name === "slow").length).toBeGreaterThan(5);
});

test("one account that works keeps a place free for another, and has all when it is alone", async () => {
  let nowMs = 0;
  const semaphore = new Semaphore(2, () => nowMs);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const start = (account: string) =>
    void semaphore.run(account, () => {
      begun.push(account);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (let n = 0; n < 3; n += 1) start("loud");
  await settle();
  expect(begun).toEqual(["loud", "loud"]);
  ends.shift()?.();
  await settle();
  start("quiet");
  await settle();
  ends.shift()?.();
  await settle();
  // The third of the loud one had the second place; the first that was free went to the quiet one.
  expect(begun).toEqual(["loud", "loud", "loud", "quiet"]);
  start("loud");
  await settle();
  expect(begun).toHaveLength(4);
  for (const end of ends.splice(0)) end();
  await settle();
  expect(begun.at(-1)).toBe("loud");
  nowMs += 60_000;
});

test("what waits is taken in turn by account, each account's in its order", () => {
  const queue = new AccountQueue<string>();
  for (let n = 1; n <= 100; n += 1) queue.push("loud", `loud ${String(n)}`);
  queue.push("quiet", "quiet 1");
  queue.push("quiet", "quiet 2");
  expect([1, 2, 3, 4].map(() => queue.shift())).toEqual([
    "loud 1",
    "quiet 1",
    "loud 2",
    "quiet 2",
  ]);
  expect(queue.length).toBe(98);
  expect(queue.takeWhile((one) => one !== "loud 90")).toHaveLength(87);
  expect(queue.shift()).toBe("loud 90");
});
