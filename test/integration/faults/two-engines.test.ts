/** Several engines on one database: one of them dials on each node, and a change of hands loses and repeats nothing. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  engineEnv,
  startEngine,
  startMockPbx,
  STEADY_TIMINGS,
  stopPrograms,
} from "../../support/engine-process.ts";
import type {
  EngineProcess,
  MockPbxProcess,
} from "../../support/engine-process.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  addCampaign,
  addLeads,
  count,
  expectNothingTwiceNothingLost,
  expectOutcomesAsAtPbx,
  only,
  setTheScene,
  SHORT_CALLS,
  waitUntilDialled,
} from "./scene.ts";

const CONCURRENT = 50;
const HOLDS = "This engine dials now";

let database: TestDatabase;
let pbx: MockPbxProcess;

beforeEach(async () => {
  database = await createTestDatabase();
  pbx = await startMockPbx(SHORT_CALLS, 9);
});

afterEach(async () => {
  pbx.control.close();
  await stopPrograms();
  await database.drop({ sessionsMayRemain: true });
});

afterAll(stopPrograms);

function start(env: Record<string, string> = {}): Promise<EngineProcess> {
  return startEngine(
    engineEnv(database.url, pbx.url, { ...STEADY_TIMINGS, ...env }),
  );
}

async function isStandby(engine: EngineProcess): Promise<boolean> {
  return (await engine.health()).body["standby"] === true;
}

async function originates(): Promise<number> {
  return (await pbx.control.stats()).originates;
}

async function waitForOriginates(more: number): Promise<void> {
  const before = await originates();
  await waitFor(
    `${String(more)} more originates`,
    async () => (await originates()) >= before + more,
    { timeoutMs: 60_000 },
  );
}

/** Ids of the engines that have originated, by their attempts. */
async function engineOfAttempts(): Promise<number> {
  return count(
    database.pool,
    "select count(distinct engine_id) from call_attempts where engine_id is not null",
  );
}

test("of two engines on one node only one dials; the other is a healthy standby", async () => {
  const { pool } = database;
  await setTheScene(pool, [{ name: "line", cps: 20, channels: CONCURRENT }]);
  const engines = await Promise.all([start(), start()]);
  await addLeads(
    pool,
    await addCampaign(pool, { concurrent: CONCURRENT, maxAttempts: 1 }),
    60,
  );
  await waitForOriginates(20);
  const standby = await Promise.all(engines.map(isStandby));
  expect(standby.toSorted()).toEqual([false, true]);
  for (const engine of engines) expect((await engine.health()).code).toBe(200);
  await waitUntilDialled(pool, 120_000);
  expect(await engineOfAttempts()).toBe(1);
  await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
  await expectOutcomesAsAtPbx(pool, pbx.control);
});

test("rolling hand-overs under load: out in under 8 s with 0, no event lost, no call repeated, no second too full", async () => {
  const { pool } = database;
  await setTheScene(pool, [
    { name: "left", cps: 15, channels: 30 },
    { name: "right", cps: 10, channels: 30 },
  ]);
  const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
  let old = await start();
  for (let round = 0; round < 4; round++) {
    const fresh = await start();
    expect(await isStandby(fresh)).toBe(true);
    await addLeads(pool, campaignId, 60);
    await waitForOriginates(15);
    const { code, ms } = await old.end("SIGTERM");
    expect(code).toBe(0);
    expect(ms).toBeLessThan(8_000);
    await fresh.waitForLog(HOLDS);
    old = fresh;
  }
  await waitUntilDialled(pool, 120_000);
  expect(await engineOfAttempts()).toBeGreaterThan(3);
  await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
  await expectOutcomesAsAtPbx(pool, pbx.control);
});

test("an engine that was frozen longer than its lease does not dial when it wakes", async () => {
  const { pool } = database;
  await setTheScene(pool, [{ name: "line", cps: 20, channels: CONCURRENT }]);
  const frozen = await start();
  await frozen.waitForLog(HOLDS);
  const other = await start();
  const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
  await addLeads(pool, campaignId, 150);
  await waitForOriginates(15);
  frozen.kill("SIGSTOP");
  await other.waitForLog(HOLDS);
  const { rows } = await pool.query<{ leader: string; epoch: string }>(
    "select lease_holder as leader, lease_epoch as epoch from voice_nodes",
  );
  await waitForOriginates(15);
  const seen = frozen.lines.length;
  frozen.kill("SIGCONT");
  await frozen.waitForLog("This engine no longer dials", 60_000, seen);
  await waitForOriginates(10);
  expect(await isStandby(frozen)).toBe(true);
  const { leader, epoch } = only(rows);
  const afterwards = await count(
    pool,
    `select count(*) from call_attempts where engine_id <> '${leader}' and lease_epoch >= $1`,
    [epoch],
  );
  expect(afterwards).toBe(0);
  await waitUntilDialled(pool, 120_000);
  await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
});

test("two nodes with an engine each share a campaign's leads; no lead is dialled by both at once", async () => {
  const { pool } = database;
  const second = await startMockPbx(SHORT_CALLS, 10);
  try {
    await setTheScene(pool, [
      { name: "one", node: "first", cps: 10, channels: 30 },
      { name: "two", node: "second", cps: 10, channels: 30 },
    ]);
    const engines = [
      await start({ VOICE_NODE: "first" }),
      await start({ VOICE_NODE: "second", MOCK_PBX_URL: second.url }),
    ];
    for (const engine of engines) await engine.waitForLog(HOLDS);
    await addLeads(
      pool,
      await addCampaign(pool, { concurrent: CONCURRENT, maxAttempts: 1 }),
      120,
    );
    await waitUntilDialled(pool, 90_000);
    const journals = [
      await pbx.control.journal(),
      await second.control.journal(),
    ];
    const [here = [], there = []] = journals.map((entries) =>
      entries.map(({ attemptId }) => attemptId),
    );
    expect(here.length).toBeGreaterThan(20);
    expect(there.length).toBeGreaterThan(20);
    expect(here.filter((id) => there.includes(id))).toEqual([]);
    // One attempt per lead was allowed, and one was made.
    const numbers = journals.flat().map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBe(120);
    for (const { control } of [pbx, second]) {
      const { duplicates, trunks } = await control.stats();
      expect(duplicates).toBe(0);
      for (const trunk of Object.values(trunks))
        expect(trunk.worstRollingSecond).toBeLessThanOrEqual(10);
    }
    const most =
      (await pbx.control.stats()).mostLive +
      (await second.control.stats()).mostLive;
    expect(most).toBeLessThanOrEqual(60);
  } finally {
    second.control.close();
  }
});

test("a stop with live calls is done in under 8 s with 0, and the calls go on", async () => {
  const { pool } = database;
  await setTheScene(pool, [{ name: "line", cps: 20, channels: CONCURRENT }]);
  const engine = await start();
  await pbx.control.setScenario({
    ...SHORT_CALLS,
    shares: { answered: 1 },
    talkMs: 600_000,
  });
  await addLeads(pool, await addCampaign(pool, { concurrent: CONCURRENT }), 30);
  await waitFor(
    "live talks",
    async () => (await pbx.control.stats()).answered >= 10,
    { timeoutMs: 60_000 },
  );
  const { code, ms } = await engine.end("SIGTERM");
  expect(code).toBe(0);
  expect(ms).toBeLessThan(8_000);
  const { live } = await pbx.control.stats();
  expect(live).toBeGreaterThanOrEqual(10);
  // The node is free at once, and nothing of the engine is left behind.
  expect(
    await count(
      pool,
      "select count(*) from voice_nodes where lease_holder is not null",
    ),
  ).toBe(0);
  expect(await count(pool, "select count(*) from engines")).toBe(0);
  expect(
    await count(
      pool,
      "select count(*) from dialer_jobs where locked_at is not null",
    ),
  ).toBe(0);
});

test("a second SIGTERM changes nothing: the stop goes on in order", async () => {
  const { pool } = database;
  await setTheScene(pool, [{ name: "line", cps: 20, channels: CONCURRENT }]);
  const engine = await start();
  await addLeads(pool, await addCampaign(pool, { concurrent: CONCURRENT }), 60);
  await waitForOriginates(15);
  engine.kill("SIGTERM");
  await engine.waitForLog("Stopping");
  const { code, ms } = await engine.end("SIGTERM");
  expect(code).toBe(0);
  expect(ms).toBeLessThan(8_000);
  expect(engine.log().filter(({ msg }) => msg === "Stopping").length).toBe(1);
  expect(engine.log().at(-1)?.msg).toBe("Stopped");
});
