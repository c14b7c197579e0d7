/** A deploy as Coolify makes it: the new container up and healthy, then SIGTERM for the old one; and the way back. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  buildImage,
  docker,
  ENGINE_IMAGE,
  projectFolder,
  setUpStage,
} from "../support/containers.ts";
import type { EngineContainer, Stage } from "../support/containers.ts";
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

const CONCURRENT = 50;

test("rolling updates under load lose no event and repeat no call", async () => {
  const stage = await setUpStage(SHORT_CALLS);
  let old = await startFirst(stage);
  const campaignId = await addCampaign(stage.pool, { concurrent: CONCURRENT });
  for (const name of ["second", "third"]) {
    await addLeads(stage.pool, campaignId, 80);
    await waitForOriginates(stage, 15);
    old = await roll(stage, old, name);
  }
  await waitUntilDialled(stage.pool, 120_000);
  const engines = await count(
    stage.pool,
    "select count(distinct engine_id) from call_attempts where engine_id is not null",
  );
  expect(engines).toBe(3);
  await expectNothingTwiceNothingLost(stage.pool, stage.control, CONCURRENT);
  await expectOutcomesAsAtPbx(stage.pool, stage.control);
});

test("the previous image dials again after a newer one has migrated the database", async () => {
  const newer = await buildNewerImage(
    "alter table leads add column added_later text;",
  );
  const stage = await setUpStage(SHORT_CALLS);
  const updated = await startFirst(stage, newer);
  expect(await countColumns(stage)).toBe(1);
  const campaignId = await addCampaign(stage.pool, {
    concurrent: CONCURRENT,
    autoComplete: false,
  });
  await addLeads(stage.pool, campaignId, 30);
  await waitForOriginates(stage, 10);
  await roll(stage, updated, "previous");
  await addLeads(stage.pool, campaignId, 30);
  await waitUntilDialled(stage.pool, 120_000);
  const engines = await count(
    stage.pool,
    "select count(distinct engine_id) from call_attempts where engine_id is not null",
  );
  expect(engines).toBe(2);
  await expectNothingTwiceNothingLost(stage.pool, stage.control, CONCURRENT);
  await expectOutcomesAsAtPbx(stage.pool, stage.control);
});

test("an image that is too old for the database stops, and says which version is needed", async () => {
  const newer = await buildNewerImage(
    "-- Oldest engine: 999.0.0\nalter table leads add column added_later text;",
  );
  const stage = await setUpStage(SHORT_CALLS);
  const migrated = await stage.startEngine("newer", {
    image: newer,
    command: ["node", "cli/migrate.ts"],
  });
  await migrated.untilEnded();
  expect(await migrated.logs()).toMatch(/applied \d{4}_added_later\.sql/);
  const old = await stage.startEngine("old");
  expect(await old.untilEnded()).toBe(1);
  expect(await old.logs()).toContain("needs engine 999.0.0 or newer");
});

/** The first engine on a stage, which sets the tables up, and a trunk for it. */
async function startFirst(
  stage: Stage,
  image = ENGINE_IMAGE,
): Promise<EngineContainer> {
  const engine = await stage.startEngine("first", { image });
  await engine.untilHealthy();
  await setTheScene(stage.pool, [
    { name: "line", cps: 15, channels: CONCURRENT },
  ]);
  return engine;
}

/** One rolling update: up and healthy beside the old one, which is stopped then. */
async function roll(
  stage: Stage,
  old: EngineContainer,
  name: string,
): Promise<EngineContainer> {
  const fresh = await stage.startEngine(name);
  await fresh.untilHealthy();
  expect((await fresh.health()).body["standby"]).toBe(true);
  const stoppedMs = performance.now();
  const { exitCode, ms } = await old.stop();
  expect(exitCode).toBe(0);
  expect(ms).toBeLessThan(8_000);
  await waitFor(
    "the new engine to dial",
    async () => (await fresh.health()).body["standby"] === false,
    { timeoutMs: 10_000, intervalMs: 50 },
  );
  console.log(
    `Hand-over: ${(performance.now() - stoppedMs).toFixed(0)} ms from docker stop to the new engine's lease`,
  );
  return fresh;
}

async function waitForOriginates(stage: Stage, more: number): Promise<void> {
  const before = (await stage.control.stats()).originates;
  await waitFor(
    `${String(more)} more originates`,
    async () => (await stage.control.stats()).originates >= before + more,
    { timeoutMs: 60_000, intervalMs: 20 },
  );
}

/** The project's image with one migration more. @returns its tag */
async function buildNewerImage(sql: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "newer-image-"));
  const tag = `dialer-engine:newer-${randomBytes(4).toString("hex")}`;
  onTestFinished(async () => {
    await rm(folder, { recursive: true });
    await docker("image", "rm", "-f", tag);
  });
  const files = await readdir(join(projectFolder, "migrations"));
  const number = String(files.length + 1).padStart(4, "0");
  const name = `${number}_added_later.sql`;
  await writeFile(join(folder, name), `${sql}\n`);
  await writeFile(
    join(folder, "Dockerfile"),
    `FROM ${ENGINE_IMAGE}\nCOPY ${name} migrations/\n`,
  );
  await buildImage(tag, folder);
  return tag;
}

function countColumns(stage: Stage): Promise<number> {
  return count(
    stage.pool,
    "select count(*) from information_schema.columns where table_name = 'leads' and column_name = 'added_later'",
  );
}
