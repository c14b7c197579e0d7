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
import { waitFor } from "../../support/wait-for.ts";
import {
  addCampaign,
  addLeads,
  count,
  expectNothingTwiceNothingLost,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "./scene.ts";

const ROUNDS = 50;
const SEED = 20_260_301;
const CONCURRENT = 50;

let database: TestDatabase;
let pbx: MockPbxProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  pbx = await startMockPbx(
    {
      ...SHORT_CALLS,
      shares: { ...SHORT_CALLS.shares, silent: 0.02, mute: 0.02 },
      timeoutScale: 0.05,
    },
    SEED,
  );
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

async function waitForOriginates(more: number): Promise<void> {
  const before = (await pbx.control.stats()).originates;
  await waitFor(
    `${String(more)} more originates`,
    async () => (await pbx.control.stats()).originates >= before + more,
    { timeoutMs: 60_000 },
  );
}

test(
  `${String(ROUNDS)} deaths under load: no call twice, none lost, no limit exceeded`,
  { timeout: 900_000 },
  async () => {
    const { pool } = database;
    const random = createRandom(SEED);
    const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
    let deathsUnderLoad = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const waiting = await count(
        pool,
        "select count(*) from leads where status in ('NEW', 'RETRY')",
      );
      if (waiting < 100) await addLeads(pool, campaignId, 100);
      const engine = await startEngine(
        engineEnv(database.url, pbx.url, QUICK_TIMINGS),
      );
      // Every fourth engine dies while it takes over, the others after some calls; then at a random moment.
      if (round % 4 !== 0)
        await waitForOriginates(1 + Math.floor(random() * 15));
      await pause(random() * 800);
      const live = "select count(*) from call_attempts where end_at is null";
      if ((await count(pool, live)) > 0) deathsUnderLoad += 1;
      const { signal } = await engine.end("SIGKILL");
      expect(signal).toBe("SIGKILL");
    }
    const last = await startEngine(
      engineEnv(database.url, pbx.url, QUICK_TIMINGS),
    );
    await waitUntilDialled(pool, 180_000);
    await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
    const { originates } = await pbx.control.stats();
    expect(originates).toBeGreaterThan(ROUNDS * 4);
    expect(deathsUnderLoad).toBeGreaterThan(ROUNDS / 2);
    const { code } = await last.end("SIGTERM");
    expect(code).toBe(0);
  },
);
