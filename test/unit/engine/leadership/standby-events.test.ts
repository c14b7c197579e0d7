/** When a standby hands in what it heard, with a virtual clock. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { StandbyEars } from "../../../../engine/leadership/standby-events.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function opened() {
  const database = Promise.withResolvers<undefined>();
  const handIn = vi.fn(() => database.promise);
  const onHandedIn = vi.fn(() => Promise.resolve());
  const ears = new StandbyEars({ handIn }, onHandedIn);
  const beat = (pbxConnectionId: string, holderHears = true, holds = false) => {
    ears.note({ holds, holderHears, pbxConnectionId });
  };
  return { ears, beat, handIn, onHandedIn, database };
}

test("a line that came back between two beats: handed in at once and again a second later, then said, and once", async () => {
  const { ears, beat, handIn, onHandedIn, database } = opened();
  database.resolve(undefined);
  beat("first");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ears.heardConnectionId).toBe("first");
  handIn.mockClear();
  beat("second");
  expect(handIn).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(999);
  expect(ears.heardConnectionId).toBe("first");
  await vi.advanceTimersByTimeAsync(1);
  expect(handIn).toHaveBeenCalledTimes(2);
  expect(ears.heardConnectionId).toBe("second");
  expect(onHandedIn).toHaveBeenCalledTimes(2);
  beat("second");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(handIn).toHaveBeenCalledTimes(2);
});

test("a holder without a line: handed in with each beat, and nothing is said before it has a line", async () => {
  const { ears, beat, handIn, database } = opened();
  database.resolve(undefined);
  beat("first");
  await vi.advanceTimersByTimeAsync(1_000);
  handIn.mockClear();
  for (let beats = 1; beats <= 3; beats++) {
    beat("first", false);
    expect(handIn).toHaveBeenCalledTimes(beats);
  }
  expect(ears.heardConnectionId).toBe("first");
});

test("nothing is said while the database has not taken it, nor for a line that is gone again", async () => {
  const { ears, beat, onHandedIn, database } = opened();
  beat("first");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ears.heardConnectionId).toBeNull();
  beat("second");
  database.resolve(undefined);
  await vi.advanceTimersByTimeAsync(999);
  expect(ears.heardConnectionId).toBeNull();
  expect(onHandedIn).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ears.heardConnectionId).toBe("second");
});

test("the holder itself hands nothing in, nor does an engine that has stopped", async () => {
  const { ears, beat, handIn } = opened();
  beat("own", true, true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(handIn).not.toHaveBeenCalled();
  beat("another's");
  ears.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(handIn).toHaveBeenCalledTimes(1);
});
