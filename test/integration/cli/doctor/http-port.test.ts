/** Who has the HTTP port: nobody, an engine of ours, or somebody else. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createMetrics } from "../../../../metrics.ts";
import { startHealthServer } from "../../../../start-http.ts";
import type { HealthReport } from "../../../../health/status-source.ts";
import { createLogger } from "../../../../logging.ts";
import { examineEnvironment } from "../../../support/doctor-run.ts";

const token = "a-token-of-the-tests";
const healthy: HealthReport = {
  healthy: true,
  standby: false,
  running: true,
  voiceAdapterConnected: true,
  schedulerActive: true,
  executorActive: true,
  databaseReachable: true,
  uptimeSeconds: 12,
  reasons: [],
};

async function startEngine(report: HealthReport): Promise<number> {
  const metrics = createMetrics();
  const server = await startHealthServer({
    port: 0,
    statusToken: token,
    source: {
      health: () => Promise.resolve(report),
      status: () =>
        Promise.resolve({
          engine: { id: "engine-of-the-test", version: "1.2.3" },
        }),
    },
    registry: metrics.registry,
    log: createLogger({ level: "silent", phoneNumbers: false }),
  });
  onTestFinished(() => server.close());
  return server.port;
}

function examine(port: number, env: Readonly<Record<string, string>> = {}) {
  return examineEnvironment({
    VOICE_ADAPTER: "mock",
    PORT: String(port),
    STATUS_TOKEN: token,
    ...env,
  });
}

test("an engine of ours on the port is named", async () => {
  const found = await examine(await startEngine(healthy));
  expect(found.text("http.port.engine")).toContain(
    "engine-of-the-test (1.2.3)",
  );
});

test("a standby is as good as the engine that dials", async () => {
  const found = await examine(await startEngine({ ...healthy, standby: true }));
  expect(found.codes("http.port")).toEqual(["http.port.standby"]);
});

test("an engine that is not healthy says why", async () => {
  const reasons = ["The database has not answered for 40 s."];
  const port = await startEngine({ ...healthy, healthy: false, reasons });
  const found = await examine(port);
  expect(found.text("http.port.unhealthy")).toContain(reasons[0]);
});

test("a token that does not fit leaves the engine nameless", async () => {
  const port = await startEngine(healthy);
  const found = await examine(port, { STATUS_TOKEN: "another-token" });
  expect(found.codes("http.port")).toEqual(["http.port.engine"]);
  expect(found.text("http.port.engine")).not.toContain("engine-of-the-test");
});

test("a program of somebody else's on the port is a problem; afterwards the port is free", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.resume().end("hello\r\n");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const taken = await examine(port);
  expect(taken.text("http.port.taken")).toContain(String(port));
  await new Promise((resolve) => server.close(resolve));
  const free = await examine(port);
  expect(free.codes("http.port")).toEqual(["http.port.free"]);
});
