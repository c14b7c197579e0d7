/**
 * Two engines on one node, each with a connection of its own to the PBX: the one that dials loses its connection, and the other
 * has one.
 */
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
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import type { TcpProxy } from "../../support/tcp-proxy.ts";
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
const HANDS_OVER =
  "No connection to the PBX, and a standby has one: handing the node over";

let database: TestDatabase;
let pbx: MockPbxProcess;
let proxies: TcpProxy[];

beforeEach(async () => {
  database = await createTestDatabase();
  pbx = await startMockPbx(SHORT_CALLS, 17);
  proxies = [];
  await setTheScene(database.pool, [
    { name: "trunk", cps: 20, channels: CONCURRENT },
  ]);
});

afterEach(async () => {
  pbx.control.close();
  await stopPrograms();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await database.drop({ sessionsMayRemain: true });
});

afterAll(stopPrograms);

interface LinkedEngine {
  readonly engine: EngineProcess;
  readonly proxy: TcpProxy;
}

async function start(): Promise<LinkedEngine> {
  const { hostname, port } = new URL(pbx.url);
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  proxies.push(proxy);
  const url = `tcp://${proxy.host}:${String(proxy.port)}`;
  const engine = await startEngine(
    engineEnv(database.url, url, STEADY_TIMINGS),
  );
  return { engine, proxy };
}

async function startTwo(): Promise<{
  leader: LinkedEngine;
  standby: LinkedEngine;
}> {
  const leader = await start();
  await leader.engine.waitForLog(HOLDS);
  const standby = await start();
  await waitFor("the standby to say that it could take over", () =>
    count(database.pool, "select count(*) from engines where can_take_over"),
  );
  return { leader, standby };
}

async function dialsOn(more: number): Promise<void> {
  const before = (await pbx.control.stats()).originates;
  await waitFor(
    `${String(more)} more originates`,
    async () => (await pbx.control.stats()).originates >= before + more,
    { timeoutMs: 90_000 },
  );
}

async function epoch(): Promise<number> {
  return count(database.pool, "select lease_epoch from voice_nodes");
}

async function lineState(connected: boolean, engines: number): Promise<void> {
  await waitFor(
    `${String(engines)} engines with connection ${String(connected)}`,
    async () => {
      const found = await count(
        database.pool,
        "select count(*) from engines where pbx_connected = $1",
        [connected],
      );
      return found === engines;
    },
    { timeoutMs: 60_000 },
  );
}

for (const how of ["refuse", "blackhole"] as const)
  test(`the leader's connection is gone (${how}): the standby dials on, knows every call, and keeps the node when the connection is back`, async () => {
    const { pool } = database;
    const { leader, standby } = await startTwo();
    const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
    await addLeads(pool, campaignId, 120);
    await dialsOn(30);
    leader.proxy.set(how);
    if (how === "refuse") leader.proxy.cut();
    await standby.engine.waitForLog(HOLDS, 60_000);
    await dialsOn(20);
    leader.proxy.set("pass");
    leader.proxy.cut();
    await lineState(true, 2);
    // However long that took: there is somebody left to call.
    await addLeads(pool, campaignId, 20);
    await dialsOn(5);
    await waitUntilDialled(pool, 120_000);
    await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
    await expectOutcomesAsAtPbx(pool, pbx.control);
    // Once taken it stays: the connection that came back is no reason to change again.
    const { rows } = await pool.query<{ holds: boolean }>(
      `select lease_holder = (select engine_id from call_attempts order by created_at desc limit 1) as holds from voice_nodes`,
    );
    expect(only(rows).holds).toBe(true);
    expect(
      leader.engine.log().filter(({ msg }) => msg === HANDS_OVER),
    ).toHaveLength(1);
    expect(
      standby.engine.log().filter(({ msg }) => msg === HANDS_OVER),
    ).toEqual([]);
    expect((await leader.engine.health()).body["standby"]).toBe(true);
  });

test("both lose their connections: nobody moves, and the leader dials when its connection is back", async () => {
  const { pool } = database;
  const { leader, standby } = await startTwo();
  const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
  await addLeads(pool, campaignId, 80);
  await dialsOn(15);
  const before = await epoch();
  for (const { proxy } of [standby, leader]) {
    proxy.set("refuse");
    proxy.cut();
  }
  await lineState(false, 2);
  // Longer than a connection may be down when a standby has one: five heartbeats beyond a lease's length.
  await waitFor("heartbeats without a connection", async () => {
    const { rows } = await pool.query<{ long: boolean }>(
      "select clock_timestamp() - pbx_changed_at > $1 * interval '1 ms' as long from voice_nodes",
      [
        Number(STEADY_TIMINGS.LEASE_DURATION_MS) +
          5 * Number(STEADY_TIMINGS.LEASE_RENEW_MS),
      ],
    );
    return only(rows).long;
  });
  expect(await epoch()).toBe(before);
  for (const { proxy } of [standby, leader]) proxy.set("pass");
  await lineState(true, 2);
  await dialsOn(10);
  await waitUntilDialled(pool, 120_000);
  await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
});

test("a standby without a connection takes the node all the same when its leader is dead", async () => {
  const { pool } = database;
  const { leader, standby } = await startTwo();
  standby.proxy.set("refuse");
  standby.proxy.cut();
  await lineState(false, 1);
  const before = await epoch();
  leader.engine.kill("SIGKILL");
  // There is nobody better: what the calls' ends change, and the blockers, must go on.
  await standby.engine.waitForLog(
    "This engine leads the node, and dials as soon as the PBX takes calls",
    60_000,
  );
  expect(await epoch()).toBe(before + 1);
  standby.proxy.set("pass");
  const campaignId = await addCampaign(pool, { concurrent: CONCURRENT });
  await addLeads(pool, campaignId, 20);
  await waitUntilDialled(pool, 120_000);
  await expectNothingTwiceNothingLost(pool, pbx.control, CONCURRENT);
});
