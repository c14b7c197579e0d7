/** The original manual's own variables: an address and a key of the project, and no database URL. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import pg from "pg";
import {
  afterAll,
  afterEach,
  beforeAll,
  expect,
  onTestFinished,
  test,
} from "vitest";

import { AskedAddress } from "../../../database/address.ts";
import { createStatePool } from "../../../database/pools.ts";
import { createLogger } from "../../../logging.ts";
import { fetchDatabaseUrl } from "../../../realtime/database-url.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import {
  endProgram,
  startEngine,
  startProgram,
  stopPrograms,
} from "../../support/engine-process.ts";
import type { ChildProgram } from "../../support/engine-process.ts";
import { startFunctionServer } from "../../support/function-server.ts";
import type { FunctionServer } from "../../support/function-server.ts";
import { waitFor } from "../../support/wait-for.ts";

const secretKey = `sb_secret_${"k".repeat(30)}`;
let database: TestDatabase;
let functions: FunctionServer;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await stopPrograms();
  await functions.close();
});

afterAll(async () => {
  await database.drop();
});

async function project(
  databaseUrl: string,
  deployed = true,
): Promise<Record<string, string>> {
  functions = await startFunctionServer({
    deployed,
    variables: variablesOf(databaseUrl),
  });
  return {
    SUPABASE_URL: functions.url,
    SUPABASE_SERVICE_ROLE_KEY: secretKey,
    VOICE_ADAPTER: "mock",
    PORT: "0",
    NODE_ENV: "test",
  };
}

function variablesOf(databaseUrl: string): Record<string, string> {
  return {
    SUPABASE_DB_URL: databaseUrl,
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: secretKey }),
  };
}

/** Everything it printed, once it has ended. */
async function ending(program: ChildProgram): Promise<{
  code: number | null;
  lines: readonly Record<string, unknown>[];
  said: string;
}> {
  await waitFor("the program to end", () => !program.isRunning(), {
    timeoutMs: 120_000,
  });
  const { code } = await program.exited;
  const lines = program.lines.map(
    (line) => JSON.parse(line) as Record<string, unknown>,
  );
  return { code, lines, said: [...program.lines, program.errors()].join("\n") };
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

test("an engine starts on the database that its project hands out, and prints no secret", async () => {
  const engine = await startEngine(await project(database.url));
  expect(functions.requests).toHaveLength(1);
  expect((await engine.health()).body["database"]).toBe(true);
  await endProgram(engine, "SIGTERM", 20_000);
  const said = [...engine.lines, engine.errors()].join("\n");
  expect(said).not.toContain(secretKey);
  const { password } = new URL(database.url);
  if (password.length > 8) expect(said).not.toContain(password);
  expect(said).not.toContain(database.url);
});

test("migrate, doctor, import and call find the database the same way", async () => {
  const env = await project(database.url);
  const migrate = await printed(startProgram("cli/migrate.ts", [], env));
  expect(migrate).toMatchObject({ code: 0 });
  expect(migrate.said).toContain("up to date");
  const doctor = await printed(startProgram("cli/doctor.ts", [], env));
  expect(doctor.said).toMatch(/ok +Supabase: database address: .* handed out/);
  expect(doctor.said).toMatch(/ok +Database: login/);
  const folder = mkdtempSync(join(tmpdir(), "dialer-asked-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, "people.csv");
  writeFileSync(file, "phone\n11955550100\n");
  const args = [file, "--campaign", "nobody has made this one"];
  const imported = await printed(startProgram("cli/import.ts", args, env));
  expect(imported.said).toContain("nobody has made this one");
  const to = ["--to", "+5511955550100", "--trunk", "no-such-trunk"];
  const called = await printed(startProgram("cli/call.ts", to, env));
  expect(called.said).toContain("no-such-trunk");
  const asked = functions.requests.filter(({ path }) =>
    path.startsWith("/functions/"),
  );
  expect(asked).toHaveLength(4);
});

async function printed(
  program: ChildProgram,
): Promise<{ code: number | null; said: string }> {
  await waitFor("the command to end", () => !program.isRunning(), {
    timeoutMs: 120_000,
  });
  const { code } = await program.exited;
  return { code, said: [...program.lines, program.errors()].join("\n") };
}

test("without the function it ends once, in one last line that names both ways out", async () => {
  const env = await project(database.url, false);
  const { code, lines, said } = await ending(startProgram("main.ts", [], env));
  expect(code).toBe(1);
  const last = lines.at(-1);
  expect(last).toMatchObject({ level: 60, problem: "not-deployed" });
  expect(last?.["msg"]).toMatch(/set DATABASE_URL .* or deploy supabase/);
  expect(said.match(/both|two ways/g)).toHaveLength(1);
  expect(said).not.toContain(secretKey);
});

test.each([
  [
    "the transaction pooler",
    () => "postgresql://postgres.ab:pw-1@aws-0-x.pooler.supabase.com:6543/p",
    /6543.*SUPABASE_POOLER_HOST=aws-0-x\.pooler\.supabase\.com/,
  ],
  [
    "what is no database's address",
    () => "https://db.example/pw-1",
    /from the Edge Function.*does not start with postgresql/,
  ],
  [
    "a password that the database refuses",
    () => changed((url) => (url.password = "pw-1-is-wrong")),
    /refused the password/,
  ],
  [
    "a server that nobody runs",
    () => changed((url) => (url.port = "1")),
    /No Postgres answers/,
  ],
])("handed %s it says so and ends", async (_name, url, words) => {
  const env = await project(url());
  const { code, lines, said } = await ending(startProgram("main.ts", [], env));
  expect(code).toBe(1);
  expect(lines.at(-1)).toMatchObject({ level: 60 });
  expect(lines.at(-1)?.["msg"]).toMatch(words);
  expect(said).not.toContain("pw-1");
});

test("the anon key is recognised before anybody is asked", async () => {
  const env = await project(database.url);
  const claims = Buffer.from('{"role":"anon"}').toString("base64url");
  const { lines } = await ending(
    startProgram("main.ts", [], {
      ...env,
      SUPABASE_SERVICE_ROLE_KEY: `eyJhbGciOiJIUzI1NiJ9.${claims}.c2ln`,
    }),
  );
  expect(lines.at(-1)).toMatchObject({ level: 60, code: "CONFIG_INVALID" });
  expect(lines.at(-1)?.["msg"]).toMatch(/public key \(anon\)/);
  expect(functions.requests).toHaveLength(0);
});

test("after a change of the password the project is asked again, and work goes on", async () => {
  const admin = new pg.Client(database.url);
  await admin.connect();
  const role = `rotating_${String(process.pid)}`;
  const urlWith = (password: string) =>
    changed((url) => {
      url.username = role;
      url.password = password;
    });
  const heard: string[] = [];
  try {
    await admin.query(`create role ${role} login password 'first'`);
    await project(urlWith("first"));
    const ask = () => fetchDatabaseUrl({ url: functions.url, secretKey });
    let nowMs = 0;
    const address = new AskedAddress({
      url: await ask(),
      ask,
      nowMs: () => nowMs,
      log: createLogger(
        { level: "info", phoneNumbers: false },
        { write: (line) => heard.push(line) },
      ),
    });
    const pool = createStatePool(
      {
        url: address.current(),
        address,
        schema: "public",
        workerSchema: "graphile_worker",
        applicationName: "rotating",
      },
      2,
      () => undefined,
    );
    await pool.query("select 1");
    await admin.query(`alter role ${role} password 'second'`);
    const cut = () =>
      admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1",
        [role],
      );
    await cut();
    // Nobody has told the project yet: asking changes nothing, and is not repeated for every connection.
    const asked = functions.requests.length;
    await waitFor("a refusal", () =>
      pool.query("select 1").then(
        () => false,
        (error: unknown) => String(error).includes("password"),
      ),
    );
    await waitFor("the question", () => functions.requests.length > asked);
    await expect(pool.query("select 1")).rejects.toThrow(/password/);
    expect(functions.requests).toHaveLength(asked + 1);
    functions.setVariables(variablesOf(urlWith("second")));
    nowMs += 60_000;
    await waitFor("the new password", () =>
      pool.query("select 1").then(
        () => true,
        () => false,
      ),
    );
    expect(functions.requests).toHaveLength(asked + 2);
    expect(heard.join("")).toMatch(/handed out another address/);
    expect(heard.join("")).not.toMatch(/first|second/);
    await pool.end();
  } finally {
    await admin.query(`drop role if exists ${role}`);
    await admin.end();
  }
});
