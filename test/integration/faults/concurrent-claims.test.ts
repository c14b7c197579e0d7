/** Who may send: claims and leases that many want at once. */
import { expect, test } from "vitest";
import { Lease } from "../../../database/lease.ts";
import { claimOriginates } from "../../../database/originating.ts";
import { waitFor } from "../../support/wait-for.ts";
import { NODE, identity, shareConcurrencyScene } from "./concurrency-scene.ts";
import { count } from "./scene.ts";

const scene = shareConcurrencyScene();

const OTHER_ENGINE = "00000000-0000-4000-8000-00000000000b";

function lease(engineId: string): Lease {
  return new Lease(
    {
      engineId,
      node: NODE,
      adapter: "mock",
      durationMs: 5_000,
      heartbeatStaleMs: 10_000,
      version: "0.0.0",
      host: "test",
      maxConcurrentOriginates: 50,
    },
    () => performance.now(),
  );
}

test("a claim by many at once sends each attempt to one of them only", async () => {
  const ids = await scene.queueSome(40);
  const results = await Promise.all(
    Array.from({ length: 8 }, () =>
      claimOriginates(scene.state, identity, ids),
    ),
  );
  const claimed = results.flatMap((result) =>
    result.claimed.map(({ id }) => id),
  );
  expect(claimed.toSorted()).toEqual(ids);
  expect(await count(scene.state, "select sum(dials) from leads")).toBe(
    ids.length,
  );
});

test.for([
  { what: "an older epoch", who: { ...identity, epoch: 6 } },
  { what: "another engine", who: { ...identity, engineId: OTHER_ENGINE } },
])("a claim under $what changes nothing", async ({ who }) => {
  const ids = await scene.queueSome(5);
  const result = await claimOriginates(scene.state, who, ids);
  expect(result).toEqual({
    held: false,
    claimed: [],
    refused: [],
    locked: [],
  });
  expect(await scene.queuedAttempts()).toEqual(ids);
});

test("a claim under a lease that has run out changes nothing", async () => {
  const ids = await scene.queueSome(5);
  await scene.state.query(
    "update voice_nodes set lease_expires_at = clock_timestamp()",
  );
  expect((await claimOriginates(scene.state, identity, ids)).held).toBe(false);
  expect(await scene.queuedAttempts()).toEqual(ids);
});

test("a take-over waits for an open claim, renewals do not", async () => {
  await scene.state.query(
    "update voice_nodes set lease_expires_at = clock_timestamp() + interval '300 ms'",
  );
  const claim = await scene.state.connect();
  await claim.query("begin");
  await claim.query("select from voice_nodes where name = $1 for key share", [
    NODE,
  ]);
  // A renewal beside the open claim; it would hang here if it waited.
  await scene.state.query(
    "update voice_nodes set lease_expires_at = lease_expires_at where name = $1",
    [NODE],
  );
  await waitFor(
    "the lease to run out",
    async () =>
      (await count(
        scene.state,
        "select count(*) from voice_nodes where lease_expires_at < clock_timestamp()",
      )) > 0,
  );
  let epoch: number | null | undefined;
  const taking = lease(OTHER_ENGINE)
    .take(scene.state)
    .then((taken) => {
      epoch = taken;
    });
  await waitFor(
    "the take-over to wait",
    async () => (await scene.waitingForLocks()) > 0,
  );
  expect(epoch).toBeUndefined();
  await claim.query("commit");
  claim.release();
  await taking;
  expect(epoch).toBe(8);
});

test("of eight engines that grab a free node at once, one gets it", async () => {
  await scene.state.query(
    "update voice_nodes set lease_holder = null, lease_expires_at = null",
  );
  const epochs = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      lease(
        `00000000-0000-4000-8000-0000000001${String(n).padStart(2, "0")}`,
      ).take(scene.state),
    ),
  );
  expect(epochs.filter((epoch) => epoch !== null)).toEqual([8]);
});
