import { setTimeout as pause } from "node:timers/promises";

import { expect, test } from "vitest";
import { waitFor } from "../../support/wait-for.ts";

test("the first value that is there ends the wait", async () => {
  let calls = 0;
  const value = await waitFor("the third call", () => {
    calls += 1;
    return calls === 3 && "third";
  });
  expect(value).toBe("third");
});

test("an empty string is a value, a count of nothing is none", async () => {
  expect(await waitFor("nothing", () => Promise.resolve(""))).toBe("");
  let counted = -1;
  const rows = await waitFor("some rows", () => {
    counted += 1;
    return counted;
  });
  expect(rows).toBe(1);
});

test("whoever stood still for longer than the bound looks once more", async () => {
  let looks = 0;
  const value = await waitFor(
    "the second look",
    async () => {
      looks += 1;
      if (looks === 1) await pause(30);
      return looks === 2 && "seen";
    },
    { timeoutMs: 5, intervalMs: 1 },
  );
  expect(value).toBe("seen");
});

test("a wait that is in vain says what for, how long, and what it saw last", async () => {
  await expect(
    waitFor("the moon", () => false, { timeoutMs: 10, intervalMs: 1 }),
  ).rejects.toThrow("Waited 10 ms for the moon; the last value was false");
});

test("an error of the condition ends the wait at once", async () => {
  await expect(
    waitFor("nothing", () => {
      throw new RangeError("broken");
    }),
  ).rejects.toThrow(RangeError);
});
