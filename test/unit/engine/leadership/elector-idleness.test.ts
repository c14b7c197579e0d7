/** Since when an engine that has its node does not work on it, with a clock of the test's own. */
import { pino } from "pino";
import { expect, test } from "vitest";

import type { Beat, Lease } from "../../../../database/lease.ts";
import type { Database } from "../../../../database/pools.ts";
import { HandOver } from "../../../../engine/leadership/failover.ts";
import { Holder } from "../../../../engine/leadership/elector.ts";
import type { Tenure } from "../../../../engine/term.ts";

const beat: Beat = {
  holds: false,
  takeable: true,
  epoch: 1,
  refusedReason: null,
  holderHears: false,
  pbxConnectionId: null,
  successor: false,
  deadEngineIds: [],
};

function opened() {
  const clock = { ms: 0 };
  const runner = { isRunning: true };
  const tenure = {
    get isRunning() {
      return runner.isRunning;
    },
    start: () => Promise.resolve(),
    wakeAll: () => Promise.resolve(),
  };
  const nothing = () => undefined;
  const holder = new Holder({
    node: "default",
    adapterName: "mock",
    renewMs: 1_000,
    handOver: new HandOver(5_000, 0),
    lease: { take: () => Promise.resolve(1) } as unknown as Lease,
    database: {} as unknown as Database,
    connection: () => null,
    createTenure: () => tenure as unknown as Tenure,
    beat: () => Promise.resolve(),
    pbxTakesCalls: () => true,
    onBegin: nothing,
    onEnd: nothing,
    log: pino({ level: "silent" }),
    nowMs: () => clock.ms,
  });
  return { holder, clock, runner };
}

test("work that stopped between two beats stopped when it was last seen, not when a beat found out", async () => {
  const { holder, clock, runner } = opened();
  await holder.follow(beat);
  await new Promise((resolve) => setImmediate(resolve));
  const works = { ...beat, holds: true, takeable: false };
  clock.ms = 1_000;
  await holder.follow(works);
  expect(holder.idleness).toBeNull();
  runner.isRunning = false;
  // The beats meanwhile found no database.
  clock.ms = 41_000;
  await holder.follow(works);
  expect(holder.idleness).toMatchObject({ ms: 40_000 });
});

test("a node that another engine held is missed since then", async () => {
  const { holder, clock, runner } = opened();
  runner.isRunning = false;
  clock.ms = 7_000;
  await holder.follow({ ...beat, takeable: false });
  expect(holder.idleness).toBeNull();
  clock.ms = 9_000;
  await holder.follow(beat);
  expect(holder.idleness).toMatchObject({ ms: 2_000 });
});
