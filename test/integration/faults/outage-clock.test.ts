/** The PBX or the database goes and nobody asks: the outage's clock runs all the same, and the log tells its course. */
import { expect, onTestFinished, test } from "vitest";

import {
  engineEnv,
  startEngine,
  startMockPbx,
  stopPrograms,
} from "../../support/engine-process.ts";
import type { EngineProcess } from "../../support/engine-process.ts";
import { testDatabase } from "../../support/running-engine.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";

const env = {
  UNHEALTHY_AFTER_MS: "1500",
  LEASE_DURATION_MS: "1000",
  LEASE_RENEW_MS: "200",
};

const course = (engine: EngineProcess, source: string) =>
  engine
    .log()
    .map(({ msg = "" }) => msg)
    .filter((msg) => msg.startsWith(`${source}: outage`));

test("a PBX that is gone: the first question after a while is answered 503, and the log has said so", async () => {
  const database = await testDatabase({ sessionsMayRemain: true });
  onTestFinished(stopPrograms);
  const pbx = await startMockPbx({});
  const engine = await startEngine(
    engineEnv(database.url, pbx.url, { ...env, LOG_LEVEL: "debug" }),
  );
  pbx.kill("SIGKILL");
  await pbx.exited;
  await engine.waitForLog("PBX: outage lasts, /health answers 503 now");
  const { code, body } = await engine.health();
  expect(code).toBe(503);
  expect(body["reasons"]).toContain("The PBX is not connected.");
  // Each try to reconnect is one more failure, but the outage is the same, and only the first is no detail.
  const failures = () =>
    engine.log().filter(({ msg }) => msg === "Not connected to the PBX").length;
  const before = failures();
  await waitFor("another try", () => failures() > before + 2);
  const loud = engine
    .log()
    .filter(
      ({ msg, level }) => msg === "Not connected to the PBX" && level >= 40,
    );
  // One at the start, before the first connection, and one for the outage.
  expect(loud.length).toBeLessThanOrEqual(2);
  expect(course(engine, "PBX")).toEqual([
    "PBX: outage began",
    "PBX: outage lasts, /health answers 503 now",
  ]);
  const { rows } = await database.pool.query(
    "select pbx_connected from voice_nodes",
  );
  expect(rows).toEqual([{ pbx_connected: false }]);
});

test("a PBX that accepts and drops again and again does not look well in between", async () => {
  const database = await testDatabase({ sessionsMayRemain: true });
  onTestFinished(stopPrograms);
  const pbx = await startMockPbx({});
  const engine = await startEngine(
    engineEnv(database.url, pbx.url, { ...env, UNHEALTHY_AFTER_MS: "3000" }),
  );
  const dropping = setInterval(() => {
    void pbx.control.dropConnections();
  }, 50);
  onTestFinished(() => {
    clearInterval(dropping);
  });
  await engine.waitForLog("PBX: outage lasts, /health answers 503 now");
  expect((await engine.health()).code).toBe(503);
  expect(course(engine, "PBX")).not.toContain("PBX: outage over");
  clearInterval(dropping);
  await engine.waitForLog("PBX: outage over");
  expect((await engine.health()).code).toBe(200);
});

test("a database that is cut off: begun, unhealthy and over are in the log without a question", async () => {
  const database = await testDatabase({ sessionsMayRemain: true });
  onTestFinished(stopPrograms);
  const real = new URL(database.url);
  const proxy = await startTcpProxy({
    host: real.hostname,
    port: Number(real.port),
  });
  onTestFinished(() => proxy.close());
  const url = new URL(real);
  url.host = `${proxy.host}:${String(proxy.port)}`;
  const pbx = await startMockPbx({});
  const engine = await startEngine(engineEnv(url.href, pbx.url, env));
  proxy.set("refuse");
  proxy.cut();
  await engine.waitForLog("Database: outage lasts, /health answers 503 now");
  expect((await engine.health()).code).toBe(503);
  proxy.set("pass");
  await engine.waitForLog("Database: outage over");
  await waitFor(
    "/health to turn 200",
    async () => (await engine.health()).code === 200,
  );
  expect(course(engine, "Database")).toHaveLength(3);
});
