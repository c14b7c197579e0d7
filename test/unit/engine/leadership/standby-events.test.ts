/** When a standby hands in what it received, with a virtual clock. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { StandbyEvents } from "../../../../engine/leadership/standby-events.ts";

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
  const standby = new StandbyEvents({ handIn }, onHandedIn);
  const heartbeat = (
    pbxConnectionId: string,
    leaderReceivesEvents = true,
    holds = false,
  ) => {
    standby.note({ holds, leaderReceivesEvents, pbxConnectionId });
  };
  return { standby, heartbeat, handIn, onHandedIn, database };
}

test("a connection that came back between two heartbeats: handed in at once and again a second later, then confirmed, and once", async () => {
  const { standby, heartbeat, handIn, onHandedIn, database } = opened();
  database.resolve(undefined);
  heartbeat("first");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(standby.heardConnectionId).toBe("first");
  handIn.mockClear();
  heartbeat("second");
  expect(handIn).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(999);
  expect(standby.heardConnectionId).toBe("first");
  await vi.advanceTimersByTimeAsync(1);
  expect(handIn).toHaveBeenCalledTimes(2);
  expect(standby.heardConnectionId).toBe("second");
  expect(onHandedIn).toHaveBeenCalledTimes(2);
  heartbeat("second");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(handIn).toHaveBeenCalledTimes(2);
});

test("a leader without a connection: handed in with each heartbeat, and nothing is confirmed before it has one", async () => {
  const { standby, heartbeat, handIn, database } = opened();
  database.resolve(undefined);
  heartbeat("first");
  await vi.advanceTimersByTimeAsync(1_000);
  handIn.mockClear();
  for (let n = 1; n <= 3; n++) {
    heartbeat("first", false);
    expect(handIn).toHaveBeenCalledTimes(n);
  }
  expect(standby.heardConnectionId).toBe("first");
});

test("nothing is confirmed while the database has not taken it, nor for a connection that is gone again", async () => {
  const { standby, heartbeat, onHandedIn, database } = opened();
  heartbeat("first");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(standby.heardConnectionId).toBeNull();
  heartbeat("second");
  database.resolve(undefined);
  await vi.advanceTimersByTimeAsync(999);
  expect(standby.heardConnectionId).toBeNull();
  expect(onHandedIn).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(standby.heardConnectionId).toBe("second");
});

test("the leader itself hands nothing in, nor does an engine that has stopped", async () => {
  const { standby, heartbeat, handIn } = opened();
  heartbeat("own", true, true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(handIn).not.toHaveBeenCalled();
  heartbeat("another's");
  standby.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(handIn).toHaveBeenCalledTimes(1);
});
