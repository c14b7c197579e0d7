/** `npm start` stands between an operator's SIGTERM and the engine; the signal has to reach it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("SIGTERM to npm start stops the engine in order", async () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const child = spawn("npm", ["start"], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      VOICE_ADAPTER: "mock",
      PORT: "0",
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const closed = once(child, "close");
  const enginePid = await waitFor(
    "the engine to have started",
    () => /"pid":(\d+),.*"msg":"Started"/.exec(said)?.[1],
    { timeoutMs: 60_000 },
  ).then(Number);
  onTestFinished(() => {
    for (const pid of [enginePid, child.pid ?? 0])
      if (pid > 0 && isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  child.kill("SIGTERM");
  await closed;
  await waitFor("the engine to end", () => !isAlive(enginePid));
  expect(said).toContain('"msg":"Stopped"');
});
