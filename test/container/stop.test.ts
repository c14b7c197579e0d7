/** The end of a container with calls alive, as every deploy brings it. */
import { expect, test } from "vitest";
import { setUpStage } from "../support/containers.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  addCampaign,
  addLeads,
  count,
  expectNothingTwiceNothingLost,
  expectOutcomesAsAtPbx,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "../integration/faults/scene.ts";

test("SIGTERM with calls alive: out in under 8 s with 0, the calls go on, and the next engine takes them over", async () => {
  const stage = await setUpStage({
    ...SHORT_CALLS,
    shares: { answered: 1 },
    talkMs: 25_000,
  });
  const engine = await stage.startEngine("first");
  await engine.untilHealthy();
  await setTheScene(stage.pool, [{ name: "line", cps: 10, channels: 60 }]);
  await addLeads(
    stage.pool,
    await addCampaign(stage.pool, { maxAttempts: 1 }),
    20,
  );
  await waitFor(
    "live talks",
    async () => (await stage.control.stats()).answered >= 15,
    { timeoutMs: 60_000, intervalMs: 50 },
  );
  const { exitCode, ms } = await engine.stop();
  console.log(`docker stop with live calls: ${ms.toFixed(0)} ms`);
  expect(exitCode).toBe(0);
  expect(ms).toBeLessThan(8_000);
  expect((await stage.control.stats()).live).toBeGreaterThanOrEqual(15);
  expect(
    await count(
      stage.pool,
      "select count(*) from voice_nodes where lease_holder is not null",
    ),
  ).toBe(0);
  const next = await stage.startEngine("second");
  await next.untilHealthy();
  await waitUntilDialled(stage.pool, 90_000);
  await expectNothingTwiceNothingLost(stage.pool, stage.control, 60);
  await expectOutcomesAsAtPbx(stage.pool, stage.control);
});
