/** The engine dies with SIGKILL again and again under load; the PBX, in a process of its own, counts what reached it. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom } from "../../../adapters/mock/random.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  engineEnv,
  QUICK_TIMINGS,
  startEngine,
  startMockPbx,
  stopPrograms,
} from "../../support/engine-process.ts";
import type { MockPbxProcess } from "../../support/engine-process.ts";
import {
  addCampaign,
  addLeads,
  count,
  expectNothingTwiceNothingLost,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "./scene.ts";

const ROUNDS = Number(process.env["R"] ?? 50);
const SEED = 20_260_301;
const CONCURRENT = 50;

let database: TestDatabase;
let pbx: MockPbxProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  pbx = await startMockPbx({ ...SHORT_CALLS, shares: { ...SHORT_CALLS.shares, silent: 0.02, mute: 0.02 }, timeoutScale: 0.05 }, SEED);
  await setTheScene(database.pool, [
    { name: "north", cps: 20, channels: 40 },
    { name: "south", cps: 10, channels: 20 },
  ]);
});

afterAll(async () => {
  pbx.control.close();
  await stopPrograms();
  await database.drop({ sessionsMayRemain: true });
});

test(
  `${String(ROUNDS)} deaths under load: no call twice, none lost, no limit exceeded`,
  { timeout: 400_000 },
  async () => {
    const { pool } = database;
    const random = createRandom(SEED);
    const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
    let deathsUnderLoad = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const waiting = await count(pool, "select count(*) from leads where status in ('NEW', 'RETRY')");
      if (waiting < 100) await addLeads(pool, campaignId, 100);
      const engine = await startEngine(engineEnv(database.url, pbx.url, QUICK_TIMINGS));
      await engine.waitForLog("This engine dials now");
      // The moment of death is what this test draws; everything else waits for conditions.
      await pause(random() * 2_000);
      const before = await count(pool, "select count(*) from call_attempts where end_at is null");
      const { signal } = await engine.end("SIGKILL");
      expect(signal).toBe("SIGKILL");
      if (before > 0) deathsUnderLoad += 1;
    }
    const last = await startEngine(engineEnv(database.url, pbx.url, QUICK_TIMINGS));
    await waitUntilDialled(pool, 90_000);
    await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
    const { originates } = await pbx.control.stats();
    expect(originates).toBeGreaterThan(ROUNDS * 5);
    expect(deathsUnderLoad).toBeGreaterThan(ROUNDS / 2);
    const { code } = await last.end("SIGTERM");
    expect(code).toBe(0);
  },
);
