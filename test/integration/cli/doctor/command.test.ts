/** `npm run doctor` as a process: languages, JSON, exit codes, and an end under all circumstances. */
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startCommand } from "../../../support/command-process.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../../support/database.ts";
import { insertTrunk } from "../../../support/dialing-rows.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const command = startCommand("doctor.ts", args, {
    ...{ LANG: "C", LC_ALL: "", LC_MESSAGES: "", PORT: "0" },
    ...{ VOICE_ADAPTER: "mock", DATABASE_URL: database.url },
    ...env,
  });
  const code = await command.exited;
  return { code, ...command.output };
}

test("--help explains languages, JSON and exit codes", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/--lang pt-BR[\s\S]*--json[\s\S]*Exit code: 0/);
});

test("warnings only end with 2, a problem with 1", async () => {
  await insertTrunk(database.pool);
  const warned = await run([]);
  expect(warned.stderr).toBe("");
  expect(warned.code).toBe(2);
  expect(warned.stdout).toMatch(/WARNING {2}Dialling: engine: no engine/);
  const broken = await run([], { VOICE_ADAPTER: "asterix" });
  expect(broken.code).toBe(1);
  expect(broken.stdout).toMatch(/PROBLEM {2}Variables: VOICE_ADAPTER/);
});

test("it speaks Portuguese when asked to, by option or by LANG", async () => {
  const byOption = await run(["--lang", "pt-BR"]);
  const byLang = await run([], { LANG: "pt_BR.UTF-8" });
  for (const { stdout } of [byOption, byLang]) {
    expect(stdout).toMatch(/AVISO +Discagem: engine: nenhum engine vivo/);
    expect(stdout).toMatch(/Problemas: 0, avisos: \d/);
  }
});

test("--json is one object with the worst status and a line per finding", async () => {
  const { stdout } = await run(["--json"]);
  const report = JSON.parse(stdout) as {
    worst: string;
    language: string;
    checks: { check: string; code: string; status: string; found: string }[];
  };
  expect(report).toMatchObject({ worst: "warning", language: "en" });
  expect(report.checks.map(({ code }) => code)).toContain("database.listen.ok");
});

test("a mistyped option is reported without a stack", async () => {
  const { code, stderr } = await run(["--lang", "klingon"]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    'doctor: --lang is "klingon"; expected en or pt-BR. See --help.\n',
  );
});

test("with a database that accepts and is silent it ends, and the other checks have their lines", async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).resume();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const { code, stdout } = await run([], {
    DATABASE_URL: `postgresql://someone:secret-of-the-test@127.0.0.1:${String(port)}/x`,
    VOICE_ADAPTER: "asterisk_ami",
    ASTERISK_HOST: "127.0.0.1",
    ASTERISK_AMI_PORT: String(port),
    ASTERISK_AMI_USER: "dialer",
    ASTERISK_AMI_SECRET: "another-secret-of-the-test",
    SUPABASE_URL: `http://127.0.0.1:${String(port)}`,
    SUPABASE_SECRET_KEY: "sb_secret_of-the-test",
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/PROBLEM {2}Database: login/);
  expect(stdout).toMatch(/PROBLEM {2}Supabase: REST: no answer within 10 s/);
  expect(stdout).toMatch(/PROBLEM {2}Asterisk: connection/);
  expect(stdout).not.toMatch(/secret-of-the-test/);
});

test("Ctrl-C ends it at once with 130", async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const reached = new Promise<void>((resolve) => {
    server.on("connection", (socket) => {
      socket.on("error", () => undefined).resume();
      resolve();
    });
  });
  const command = startCommand("doctor.ts", [], {
    VOICE_ADAPTER: "mock",
    PORT: "0",
    DATABASE_URL: `postgresql://someone@127.0.0.1:${String(port)}/x`,
  });
  await reached;
  command.kill("SIGINT");
  expect(await command.exited).toBe(130);
  server.close();
});
