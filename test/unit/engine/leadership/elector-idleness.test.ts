/** Since when an engine that has its node does not work on it, with a clock of the test's own. */
import { pino } from "pino";
import { expect, test } from "vitest";

import type { HeartbeatResult, Lease } from "../../../../database/lease.ts";
import type { Database } from "../../../../database/pools.ts";
import { Failover } from "../../../../engine/leadership/failover.ts";
import { Elector } from "../../../../engine/leadership/elector.ts";
import type { LeaderTerm } from "../../../../engine/term.ts";

const heartbeat: HeartbeatResult = {
  holds: false,
  takeable: true,
  epoch: 1,
  refusedReason: null,
  leaderReceivesEvents: false,
  pbxConnectionId: null,
  successor: false,
  deadEngineIds: [],
};

function opened() {
  const clock = { ms: 0 };
  const runner = { isRunning: true };
  const term = {
    get isRunning() {
      return runner.isRunning;
    },
    start: () => Promise.resolve(),
    wakeAll: () => Promise.resolve(),
  };
  const nothing = () => undefined;
  const elector = new Elector({
    node: "default",
    adapter: {
      name: "mock",
      connection: () => ({ status: "CONNECTED", since: new Date(0) }),
    },
    renewMs: 1_000,
    failover: new Failover(5_000, 0),
    lease: { take: () => Promise.resolve(1) } as unknown as Lease,
    database: {} as unknown as Database,
    connection: () => null,
    createTerm: () => term as unknown as LeaderTerm,
    heartbeat: () => Promise.resolve(),
    inbox: { startEnqueueing: nothing, startHolding: nothing },
    log: pino({ level: "silent" }),
    nowMs: () => clock.ms,
  });
  return { elector, clock, runner };
}

test("work that stopped between two heartbeats stopped when it was last seen, not when a heartbeat found out", async () => {
  const { elector, clock, runner } = opened();
  await elector.follow(heartbeat);
  await new Promise((resolve) => setImmediate(resolve));
  const works = { ...heartbeat, holds: true, takeable: false };
  clock.ms = 1_000;
  await elector.follow(works);
  expect(elector.idleness).toBeNull();
  runner.isRunning = false;
  // The heartbeats meanwhile found no database.
  clock.ms = 41_000;
  await elector.follow(works);
  expect(elector.idleness).toMatchObject({ ms: 40_000 });
});

test("a node that another engine held is missed since then", async () => {
  const { elector, clock, runner } = opened();
  runner.isRunning = false;
  clock.ms = 7_000;
  await elector.follow({ ...heartbeat, takeable: false });
  expect(elector.idleness).toBeNull();
  clock.ms = 9_000;
  await elector.follow(heartbeat);
  expect(elector.idleness).toMatchObject({ ms: 2_000 });
});
