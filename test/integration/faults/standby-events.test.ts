/** The engine that dials has no connection to the PBX for so short a time that it keeps the node: what the standby received is used. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  engineEnv,
  startEngine,
  startMockPbx,
  stopPrograms,
} from "../../support/engine-process.ts";
import type {
  ChildProgram,
  MockPbxProcess,
} from "../../support/engine-process.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import type { TcpProxy } from "../../support/tcp-proxy.ts";
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

const CALLS = 20;
/** No failover, and seconds between the leader's return and the standby's next heartbeat; SETTLE is over long before that. */
const timings = {
  LEASE_DURATION_MS: "30000",
  LEASE_RENEW_MS: "4000",
  HEARTBEAT_STALE_MS: "60000",
  SETTLE_MS: "300",
};

let database: TestDatabase;
let pbx: MockPbxProcess;
let proxy: TcpProxy;

beforeEach(async () => {
  database = await createTestDatabase();
  pbx = await startMockPbx({
    shares: { answered: 1 },
    setupMs: 1_500,
    ringMs: 200,
    talkMs: 3_500,
    chaos: 0,
  });
  const { hostname, port } = new URL(pbx.url);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
});

afterEach(async () => {
  pbx.control.close();
  await stopPrograms();
  await proxy.close();
  await database.drop({ sessionsMayRemain: true });
});

/** All calls are answered and over while the leader has no connection and the standby has one; then `meanwhile`, then the leader has one again. */
async function onlyTheStandbyHears(
  given: Readonly<Record<string, string>>,
  meanwhile: (standby: ChildProgram) => Promise<void>,
): Promise<void> {
  const { pool } = database;
  await setTheScene(pool, [{ name: "trunk", cps: 20, channels: CALLS }]);
  const through = `tcp://${proxy.host}:${String(proxy.port)}`;
  const leader = await startEngine(engineEnv(database.url, through, given));
  await leader.waitForLog("This engine dials now");
  const standby = await startEngine(engineEnv(database.url, pbx.url, given));
  await addLeads(
    pool,
    await addCampaign(pool, { concurrent: CALLS, maxAttempts: 1 }),
    CALLS,
  );
  await waitFor(
    "all calls to have reached the PBX",
    async () => (await pbx.control.stats()).originates === CALLS,
    { timeoutMs: 60_000 },
  );
  proxy.set("refuse");
  proxy.cut();
  await waitFor(
    "all calls to be over",
    async () => (await pbx.control.stats()).live === 0,
    { timeoutMs: 60_000 },
  );
  await meanwhile(standby);
  proxy.set("pass");
  await waitUntilDialled(pool, 60_000);
  await expectNothingTwiceNothingLost(pool, pbx.control, CALLS);
  await expectOutcomesAsAtPbx(pool, pbx.control);
  expect(await count(pool, "select lease_epoch from voice_nodes")).toBe(1);
}

test("calls that were answered and ended while only the standby had a connection to the PBX are known, and no deadline is quicker", async () => {
  await onlyTheStandbyHears(timings, () => Promise.resolve());
});

test("they are known, too, when the standby is stopped in order before a heartbeat told it that the leader receives nothing", async () => {
  const rarely = { ...timings, LEASE_RENEW_MS: "15000" };
  await onlyTheStandbyHears(rarely, async (standby) => {
    standby.kill("SIGTERM");
    expect((await standby.exited).code).toBe(0);
  });
});
