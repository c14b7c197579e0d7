/** An engine in its container, with the least that the guide allows: 1 vCPU, 512 MB, nothing to write on. */
import { expect, test } from "vitest";
import { docker, setUpStage, imageCheck } from "../support/containers.ts";
import {
  addCampaign,
  addLeads,
  expectNothingTwiceNothingLost,
  expectOutcomesAsAtPbx,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "../integration/faults/scene.ts";

const CPS = 10;
const LEADS = 200;

/** The most of these times, in order, that lie within so many milliseconds. */
function mostWithin(times: readonly number[], ms: number): number {
  const counts = times.map(
    (from, index) =>
      times.slice(index).filter((time) => time < from + ms).length,
  );
  return Math.max(...counts);
}

test("it becomes healthy, dials a campaign at its 10 calls/s, and answers from inside and outside", async () => {
  const stage = await setUpStage(SHORT_CALLS);
  const engine = await stage.startEngine("engine");
  await engine.untilHealthy();
  await setTheScene(stage.pool, [{ name: "line", cps: CPS, channels: 60 }]);
  await addLeads(
    stage.pool,
    await addCampaign(stage.pool, { concurrent: 60, maxAttempts: 1 }),
    LEADS,
  );
  await waitUntilDialled(stage.pool, 90_000);
  await expectNothingTwiceNothingLost(stage.pool, stage.control, 60);
  await expectOutcomesAsAtPbx(stage.pool, stage.control);

  const times = (await stage.control.journal()).map((one) => one.receivedAtMs);
  expect(times).toHaveLength(LEADS);
  const best = mostWithin(times, 10_000);
  expect(best).toBeGreaterThanOrEqual(10 * CPS * 0.95);

  // Coolify's own check, and the image's, as each is run inside the container.
  expect(
    await engine.exec(
      "sh",
      "-c",
      "curl -s -X GET -f http://localhost:3000/health",
    ),
  ).toContain('"status":"healthy"');
  expect(await engine.exec("sh", "-c", await imageCheck())).toContain(
    '"status":"healthy"',
  );
  expect(await engine.exec("id", "-u")).toBe("1000");
  expect(await engine.health()).toMatchObject({
    code: 200,
    body: { status: "healthy", voiceAdapterConnected: true, standby: false },
  });
  const used = await docker(
    "stats",
    "--no-stream",
    "--format",
    "{{.MemUsage}}",
    engine.name,
  );
  const seconds = (times.at(-1)! - times[0]!) / 1_000;
  console.log(
    `In its container, at a limit of ${String(CPS)} calls/s: ${String(best)} in its best ten seconds, ` +
      `${((LEADS - 1) / seconds).toFixed(2)} calls/s from first to last, memory ${used}`,
  );
});
