/** The commands of the deploy guide, run where it says: inside an engine's container, and on the server. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { setUpStage } from "../support/containers.ts";
import type { EngineContainer } from "../support/containers.ts";
import { readBlocks } from "../support/page-blocks.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  addCampaign,
  addLeads,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "../integration/faults/scene.ts";

const guide = await readBlocks("docs/deploy.md");

function commands(place: string): string[] {
  const found = guide.filter(
    ({ language, info }) => language === "sh" && info === place,
  );
  return found.map(({ text }) => text);
}

function shown(info: string): Record<string, unknown> {
  const block = guide.find((one) => one.info === info);
  return JSON.parse(block?.text ?? "") as Record<string, unknown>;
}

test("every command for inside the container and for the server works, and what the guide shows is what comes", async () => {
  const stage = await setUpStage(SHORT_CALLS);
  const engine = await stage.startEngine("engine", {
    // The guide's look at the line to Asterisk, before the mock PBX.
    env: { ASTERISK_HOST: "pbx", ASTERISK_AMI_PORT: "5039" },
  });
  await engine.untilHealthy();
  await setTheScene(stage.pool, [{ name: "carrier", cps: 10, channels: 10 }]);

  const inside = commands("container");
  expect(inside).toHaveLength(4);
  const [line = "", checks = "", call = "", doctor = ""] = inside;
  expect(await engine.exec("sh", "-ec", line)).toContain("Connected to pbx");
  expect(await engine.exec("sh", "-ec", checks)).toContain('"healthy"');
  expect(await engine.exec("sh", "-ec", call)).toMatch(/^Outcome +[A-Z_]+ /m);
  expect(await engine.exec("sh", "-ec", doctor)).toContain("PABX");

  const [onServer = "", ...more] = commands("server");
  expect(more).toEqual([]);
  const { stdout } = await promisify(execFile)("sh", ["-ec", onServer], {
    env: { ...process.env, CONTAINER: engine.name },
  });
  // At the start the PBX is not connected for a moment, and that is a warning.
  expect(stdout).toContain("Not connected to the PBX");

  const { body } = await engine.health();
  expect(Object.keys(body)).toEqual(Object.keys(shown("health")));
  await expectRollUpAsShown(engine, async () => {
    const campaignId = await addCampaign(stage.pool, { maxAttempts: 1 });
    await addLeads(stage.pool, campaignId, 5);
    await waitUntilDialled(stage.pool, 60_000);
  });
});

/** The Scheduler sums up its passes of some seconds in one line. */
async function expectRollUpAsShown(
  engine: EngineContainer,
  dial: () => Promise<void>,
): Promise<void> {
  await dial();
  const line = await waitFor(
    "the Scheduler's line in the log",
    async () => (await engine.logged("scheduled")).at(-1),
    { timeoutMs: 30_000, intervalMs: 200 },
  );
  const example = shown("log");
  expect(Object.keys(line).toSorted()).toEqual(Object.keys(example).toSorted());
  expect(line["name"]).toBe(example["name"]);
  expect(String(line["msg"])).toMatch(
    /^Processed \d+ campaigns?, scheduled \d+ calls?$/,
  );
}
