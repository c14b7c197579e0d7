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

test("zero and the empty string are values", async () => {
  expect(await waitFor("zero", () => 0)).toBe(0);
  expect(await waitFor("nothing", () => Promise.resolve(""))).toBe("");
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
