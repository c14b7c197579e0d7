/** One engine, one mock PBX and one trunk, each in a process of its own; new for each test. */
import { afterEach, beforeEach } from "vitest";
import type { MockScenarioInput } from "../../../adapters/mock/scenario.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  engineEnv,
  QUICK_TIMINGS,
  startEngine,
  startMockPbx,
  stopPrograms,
} from "../../support/engine-process.ts";
import type {
  EngineProcess,
  MockPbxProcess,
} from "../../support/engine-process.ts";
import { waitFor } from "../../support/wait-for.ts";
import { addCampaign, addLeads, setTheScene, SHORT_CALLS } from "./scene.ts";

/** The campaign's limit and the trunk's channels. */
export const CONCURRENT = 30;
export const TALKS: MockScenarioInput = {
  ...SHORT_CALLS,
  shares: { answered: 1 },
  chaos: 0,
};

class OneEngine {
  database!: TestDatabase;
  pbx!: MockPbxProcess;
  engine!: EngineProcess;

  async open(): Promise<void> {
    this.database = await createTestDatabase();
    this.pbx = await startMockPbx(SHORT_CALLS, 21);
    await setTheScene(this.database.pool, [
      { name: "line", cps: 20, channels: CONCURRENT },
    ]);
    await this.start();
    await this.engine.waitForLog("This engine dials now");
  }

  async close(): Promise<void> {
    this.pbx.control.close();
    await stopPrograms();
    await this.database.drop({ sessionsMayRemain: true });
  }

  /** An engine in place of the one that was ended. */
  async start(): Promise<void> {
    this.engine = await startEngine(
      engineEnv(this.database.url, this.pbx.url, {
        ...QUICK_TIMINGS,
        UNHEALTHY_AFTER_MS: "3000",
      }),
    );
  }

  /** A campaign with so many leads. Waits for the least number of live calls. */
  async dial(leads: number, least: number): Promise<void> {
    const { pool } = this.database;
    const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
    await addLeads(pool, campaignId, leads);
    await waitFor(
      `${String(least)} live calls`,
      async () => (await this.pbx.control.stats()).live >= least,
      { timeoutMs: 60_000 },
    );
  }
}

export function startOneEngine(): OneEngine {
  const scene = new OneEngine();
  beforeEach(() => scene.open());
  afterEach(() => scene.close());
  return scene;
}
