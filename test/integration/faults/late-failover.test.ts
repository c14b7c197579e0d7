/** A failover that comes after deadlines of calls: what the PBX said meanwhile goes before the timers. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  engineEnv,
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
  expectOutcomesAsAtPbx,
  setTheScene,
  waitUntilDialled,
} from "./scene.ts";

/** As many as may be out before a PBX has said its first word (`engine/originating/unheard-calls.ts`). */
const CALLS = 10;

let database: TestDatabase;
let pbx: MockPbxProcess;

beforeEach(async () => {
  database = await createTestDatabase();
  // Rung and answered within four and a half seconds: before the five that the campaign allows, and after the engine has
  // stopped to hear.
  pbx = await startMockPbx({
    shares: { answered: 1 },
    setupMs: 4_000,
    ringMs: 400,
    talkMs: 9_000,
    chaos: 0,
  });
});

afterEach(async () => {
  pbx.control.close();
  await stopPrograms();
  await database.drop({ sessionsMayRemain: true });
});

test("a call that was answered while nobody dialled is not hung up by a deadline that passed meanwhile", async () => {
  const { pool } = database;
  await setTheScene(pool, [{ name: "trunk", cps: 50, channels: CALLS }]);
  const start = () => startEngine(engineEnv(database.url, pbx.url));
  const first = await start();
  const second = await start();
  await addLeads(
    pool,
    await addCampaign(pool, { concurrent: CALLS, maxAttempts: 1 }),
    CALLS,
  );
  await waitFor(
    "all calls to be on their way",
    async () =>
      (await count(
        pool,
        "select count(*) from call_attempts where originate_at is not null",
      )) === CALLS,
    { timeoutMs: 60_000 },
  );
  first.kill("SIGKILL");
  // As if it had renewed its lease at the last moment: whoever takes over finds every call that still waits overdue.
  await pool.query(
    "update voice_nodes set lease_expires_at = clock_timestamp() + interval '6 s'",
  );
  await second.waitForLog("This engine dials now");
  const overdue = await count(
    pool,
    "select count(*) from call_attempts where originate_at < clock_timestamp() - interval '5 s'",
  );
  expect(overdue).toBe(CALLS);
  await waitUntilDialled(pool, 60_000);
  await expectNothingTwiceNothingLost(pool, pbx.control, CALLS);
  await expectOutcomesAsAtPbx(pool, pbx.control);
});
