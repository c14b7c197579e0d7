/** What an operator sees who made a mistake: an end, soon, with a code that is not 0 and words that say what to do. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  endProgram,
  startProgram,
  stopPrograms,
} from "../../support/engine-process.ts";
import type { ChildProgram } from "../../support/engine-process.ts";
import { waitFor } from "../../support/wait-for.ts";

/** Not a promise to anyone, only a bound: a busy machine takes seconds to load the program. */
const ENDS_WITHIN_MS = 45_000;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await stopPrograms();
  await database.drop();
});

function start(env: Readonly<Record<string, string>>): ChildProgram {
  return startProgram("main.ts", [], {
    VOICE_ADAPTER: "mock",
    PORT: "0",
    ...env,
  });
}

/** The code, and everything the program said. */
async function failure(
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; said: string }> {
  const program = start(env);
  await waitFor("the engine to give up", () => !program.isRunning(), {
    timeoutMs: ENDS_WITHIN_MS,
  });
  const { code } = await program.exited;
  return { code, said: [...program.lines, program.errors()].join("\n") };
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

test("a wrong password is named, and not printed", async () => {
  const DATABASE_URL = changed((url) => {
    url.password = "wrong-secret-of-the-test";
  });
  const { code, said } = await failure({ DATABASE_URL });
  expect(code).toBe(1);
  expect(said).toMatch(/password authentication failed/);
  expect(said).toMatch(/DATABASE_URL/);
  expect(said).not.toContain("wrong-secret-of-the-test");
});

test("a database that does not exist is named", async () => {
  const DATABASE_URL = changed((url) => {
    url.pathname = "/no_such_database";
  });
  const { code, said } = await failure({ DATABASE_URL });
  expect(code).toBe(1);
  expect(said).toMatch(/no_such_database/);
  expect(said).toMatch(/DATABASE_URL/);
});

test("a server that nobody runs is named with its address", async () => {
  const DATABASE_URL = changed((url) => {
    url.port = "1";
  });
  const { code, said } = await failure({ DATABASE_URL });
  expect(code).toBe(1);
  expect(said).toMatch(/ECONNREFUSED|refused/);
  expect(said).toMatch(/127\.0\.0\.1:1\b/);
  expect(said).toMatch(/DATABASE_URL/);
});

test("a port that is taken is named", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, resolve);
  });
  const { port } = server.address() as AddressInfo;
  try {
    const { code, said } = await failure({
      DATABASE_URL: database.url,
      PORT: String(port),
    });
    expect(code).toBe(1);
    expect(said).toContain(String(port));
    expect(said).toMatch(/PORT/);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("half-typed variables are all named at once, without a stack", async () => {
  const { code, said } = await failure({
    DATABASE_UR: database.url,
    VOICE_ADAPTER: "asterix",
    STATUS_TOKEN: "short",
  });
  expect(code).toBe(1);
  expect(said).toMatch(/DATABASE_URL/);
  expect(said).toMatch(/VOICE_ADAPTER/);
  expect(said).toMatch(/STATUS_TOKEN/);
  expect(said).not.toMatch(/^\s+at /m);
});

test("the transaction pooler's port is refused with the reason", async () => {
  const DATABASE_URL = changed((url) => {
    url.port = "6543";
  });
  const { code, said } = await failure({ DATABASE_URL });
  expect(code).toBe(1);
  expect(said).toMatch(/6543/);
  expect(said).toMatch(/LISTEN/);
});

test.for(["SIGTERM", "SIGINT"] as const)(
  "%s while it starts ends it with 0",
  async (signal) => {
    const program = start({ DATABASE_URL: database.url });
    await waitFor("the first line", () => program.lines.length > 0, {
      timeoutMs: ENDS_WITHIN_MS,
      intervalMs: 1,
    });
    const { code, ms } = await endProgram(program, signal, ENDS_WITHIN_MS);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(8_000);
  },
);
