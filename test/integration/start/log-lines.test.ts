/** Whatever state an engine is in, each line that it prints is one JSON object, and an outage is few of them. */
import { expect, onTestFinished, test } from "vitest";

import {
  endProgram,
  engineEnv,
  startEngine,
  startMockPbx,
  startProgram,
  stopPrograms,
} from "../../support/engine-process.ts";
import type { ChildProgram } from "../../support/engine-process.ts";
import { testDatabase } from "../../support/running-engine.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";

function parsed(program: ChildProgram): Record<string, unknown>[] {
  const errors = program.errors().split("\n").filter(Boolean);
  return [...program.lines, ...errors].map((line) => {
    const value = JSON.parse(line) as Record<string, unknown>;
    expect(value).toMatchObject({ level: expect.any(Number) });
    return value;
  });
}

test("from the start through an outage of PBX and database to the stop", async () => {
  const database = await testDatabase({ sessionsMayRemain: true });
  onTestFinished(stopPrograms);
  const { hostname, port } = new URL(database.url);
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  onTestFinished(() => proxy.close());
  const url = new URL(database.url);
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  const pbx = await startMockPbx({});
  const engine = await startEngine(
    engineEnv(url.href, pbx.url, {
      UNHEALTHY_AFTER_MS: "1500",
      LEASE_DURATION_MS: "1000",
      LEASE_RENEW_MS: "200",
    }),
  );
  const before = engine.lines.length;
  proxy.set("refuse");
  proxy.cut();
  pbx.kill("SIGKILL");
  for (const source of ["PBX", "Database"])
    await engine.waitForLog(
      `${source}: outage lasts, /health answers 503 now`,
      60_000,
      before,
    );
  const during = engine.log().slice(before);
  const tries = during.filter(({ msg = "" }) =>
    /cannot be reached|Not connected|connection failed/.test(msg),
  );
  expect(tries.length).toBeLessThanOrEqual(5);
  expect(during.length).toBeLessThanOrEqual(60);
  proxy.set("pass");
  await engine.waitForLog("Database: outage over", 60_000, before);
  await endProgram(engine, "SIGTERM", 20_000);
  const lines = parsed(engine);
  expect(lines.at(-1)).toMatchObject({ msg: "Stopped" });
});

test("a PBX that was never there: the engine holds the node and does not say that it dials", async () => {
  const database = await testDatabase({ sessionsMayRemain: true });
  onTestFinished(stopPrograms);
  const engine = startProgram(
    "main.ts",
    [],
    engineEnv(database.url, "tcp://127.0.0.1:1", {}),
  );
  await waitFor("the start", () => engine.lines.join().includes('"Started"'), {
    timeoutMs: 120_000,
  });
  const said = () => parsed(engine).map(({ msg }) => msg);
  await waitFor("the lease", () =>
    said().includes(
      "This engine leads the node, and dials as soon as the PBX takes calls",
    ),
  );
  expect(said()).not.toContain("This engine dials now");
  await endProgram(engine, "SIGTERM", 20_000);
});

test.for([
  [{}, "CONFIG_INVALID"],
  [
    {
      DATABASE_URL: "postgresql://postgres:x@127.0.0.1:1/postgres",
      VOICE_ADAPTER: "mock",
      PORT: "0",
    },
    "",
  ],
  [
    {
      DATABASE_URL: "postgresql://postgres:x@127.0.0.1:1/postgres",
      VOICE_ADAPTER: "mock",
      PORT: "1",
      LOG_LEVEL: "fatal",
      NODE_OPTIONS: "--trace-warnings",
    },
    "",
  ],
] as const)(
  "a start that fails ends with level 60: %j",
  async ([env, code]) => {
    const engine = startProgram("main.ts", [], { ...env });
    onTestFinished(stopPrograms);
    const ended = await engine.exited;
    expect(ended.code).toBe(1);
    const last = parsed(engine).at(-1);
    expect(last).toMatchObject({ level: 60 });
    expect(last?.["msg"]).toMatch(/^Could not start\. /);
    if (code !== "") expect(last).toMatchObject({ code });
  },
);
