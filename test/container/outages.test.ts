/** `/health` and Docker's health status when the database or the PBX goes away, and comes back. */
import { expect, test } from "vitest";
import { docker, setUpStage, imageCheck } from "../support/containers.ts";
import type { EngineContainer, Stage } from "../support/containers.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  addCampaign,
  addLeads,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "../integration/faults/scene.ts";

const GRACE_MS = 4_000;

async function startEngine(stage: Stage): Promise<EngineContainer> {
  const engine = await stage.startEngine("engine", {
    env: { UNHEALTHY_AFTER_MS: String(GRACE_MS) },
  });
  await engine.untilHealthy();
  await setTheScene(stage.pool, [{ name: "line", cps: 10, channels: 30 }]);
  return engine;
}

/** Waits for the status code. @returns the body, and how long it took */
async function untilAnswers(engine: EngineContainer, code: number) {
  const startedMs = performance.now();
  const { body } = await waitFor(
    `/health to answer ${String(code)}`,
    async () => {
      const health = await engine.health();
      return health.code === code ? health : null;
    },
    { timeoutMs: 60_000, intervalMs: 100 },
  );
  return { body, ms: performance.now() - startedMs };
}

/** The engine dials: a campaign is called to its end. */
async function expectToDial(stage: Stage): Promise<void> {
  const campaignId = await addCampaign(stage.pool, { maxAttempts: 1 });
  await addLeads(stage.pool, campaignId, 10);
  await waitUntilDialled(stage.pool, 60_000);
}

test("a database that falls silent: 503 after the grace time, with the reason; 200 again when it is back, and it dials", async () => {
  const stage = await setUpStage(SHORT_CALLS);
  const engine = await startEngine(stage);
  await docker("pause", stage.database.name);
  const away = await untilAnswers(engine, 503);
  expect(away.ms).toBeGreaterThan(GRACE_MS - 2_000);
  expect(away.ms).toBeLessThan(GRACE_MS + 4_000);
  expect(away.body).toMatchObject({ status: "unhealthy", database: false });
  expect(String(away.body["reasons"])).toContain("database has not answered");
  expect(away.body["voiceAdapterConnected"]).toBe(true);
  await docker("unpause", stage.database.name);
  await untilAnswers(engine, 200);
  await expectToDial(stage);
});

test("a PBX that is gone: 503 after the grace time, unhealthy to Docker too; healthy again when it is back, and it dials", async () => {
  const stage = await setUpStage(SHORT_CALLS);
  const engine = await startEngine(stage);
  await docker("kill", stage.pbx.name);
  const away = await untilAnswers(engine, 503);
  expect(away.ms).toBeGreaterThan(GRACE_MS - 1_000);
  expect(away.body).toMatchObject({
    status: "unhealthy",
    voiceAdapterConnected: false,
    database: true,
  });
  await waitFor(
    "Docker to call it unhealthy",
    async () => (await engine.healthStatus()) === "unhealthy",
    { timeoutMs: 300_000, intervalMs: 200 },
  );
  expect(
    await engine
      .exec("sh", "-c", `${await imageCheck()} || true`)
      .catch((error: unknown) => String(error)),
  ).toContain('"status":"unhealthy"');
  await docker("start", stage.pbx.name);
  await untilAnswers(engine, 200);
  await waitFor(
    "Docker to call it healthy again",
    async () => (await engine.healthStatus()) === "healthy",
    { timeoutMs: 30_000, intervalMs: 200 },
  );
  await expectToDial(stage);
});
