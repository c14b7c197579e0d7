/** The HTTP port answers from the first second on, whatever the engine still waits for. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { startProgram, stopPrograms } from "../../support/engine-process.ts";
import type { ChildProgram } from "../../support/engine-process.ts";
import { startFunctionServer } from "../../support/function-server.ts";
import { waitFor } from "../../support/wait-for.ts";

const token = "a-token-of-the-tests";
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(stopPrograms);
afterAll(async () => {
  await database.drop();
});

async function listening(program: ChildProgram): Promise<string> {
  const port = await waitFor(
    "the port to listen",
    () => /"port":(\d+),"msg":"HTTP listens"/.exec(program.lines.join())?.[1],
    { timeoutMs: 120_000 },
  );
  return `http://127.0.0.1:${port}`;
}

async function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, { headers });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  };
}

test("while tables are set up every route answers 503 and says what is done", async () => {
  const blocker = new pg.Client(database.url);
  await blocker.connect();
  await blocker.query("begin");
  await blocker.query(
    "select pg_advisory_xact_lock(1684627820, hashtext('public'))",
  );
  const engine = startProgram("main.ts", [], {
    DATABASE_URL: database.url,
    VOICE_ADAPTER: "mock",
    PORT: "0",
    STATUS_TOKEN: token,
  });
  const at = await listening(engine);
  const migrating = await waitFor("the migrations to wait", async () => {
    const health = await get(`${at}/health`);
    return health.body["status"] === "migrating" ? health : undefined;
  });
  expect(migrating.status).toBe(503);
  expect(migrating.body).toMatchObject({ running: false, database: false });
  const bearer = { authorization: `Bearer ${token}` };
  for (const path of ["/status", "/metrics", "/"]) {
    expect((await get(at + path, bearer)).status).toBe(503);
    expect((await get(at + path)).status).toBe(401);
  }
  // A browser gets the wallboard's page, which waits; what a token is worth cannot be said yet.
  const page = await fetch(at, { headers: { accept: "text/html,*/*" } });
  expect(page.status).toBe(503);
  expect(await page.text()).toContain("/wallboard/wallboard.js");
  expect((await fetch(`${at}/wallboard/wallboard.js`)).status).toBe(200);
  const display = { authorization: `Bearer display_${"0".repeat(64)}` };
  for (const headers of [display, {}])
    expect((await get(`${at}/wallboard/stream`, headers)).status).toBe(503);
  await blocker.query("rollback");
  await blocker.end();
  await waitFor(
    "the engine to serve",
    async () => (await get(`${at}/health`)).status === 200,
    { timeoutMs: 120_000 },
  );
  expect((await get(`${at}/status`, bearer)).status).toBe(200);
});

test("while the project is asked for its database, too", async () => {
  const functions = await startFunctionServer({ variables: {} });
  try {
    functions.interfere("hang");
    const engine = startProgram("main.ts", [], {
      SUPABASE_URL: functions.url,
      SUPABASE_SERVICE_ROLE_KEY: `sb_secret_${"k".repeat(30)}`,
      VOICE_ADAPTER: "mock",
      PORT: "0",
      NODE_ENV: "test",
    });
    const at = await listening(engine);
    const health = await waitFor("the question", async () => {
      const answer = await get(`${at}/health`);
      return answer.body["status"] === "asking" ? answer : undefined;
    });
    expect(health.status).toBe(503);
    expect((await get(`${at}/status`)).status).toBe(503);
    engine.kill("SIGTERM");
    expect(await engine.exited).toMatchObject({ code: 0 });
  } finally {
    await functions.close();
  }
});
