import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import {
  findBinaries,
  startLocalPostgres,
  type LocalPostgres,
} from "../../../local-postgres/local-postgres.ts";
import {
  canReach,
  prepareBinaries,
  unprivilegedOwner,
} from "../../../local-postgres/postgres-binaries.ts";
import { withClient } from "../../support/prepared-server.ts";

const folders: string[] = [];
const running: LocalPostgres[] = [];
afterAll(async () => {
  for (const server of running) await server.stop();
  for (const folder of folders)
    await rm(folder, { recursive: true, force: true });
});

const OPTIONS = {
  superuser: "owner",
  binaries: "any",
  durable: false,
} as const;

async function start(): Promise<LocalPostgres> {
  const server = await startLocalPostgres(OPTIONS);
  running.push(server);
  return server;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("data survives a crash and a restart, on the same port; stopping leaves nothing", async () => {
  const server = await start();
  const url = server.url("postgres", "owner");
  await withClient(url, (client) =>
    client.query("create table kept as select 42 as answer"),
  );
  const { pid, port } = server;
  await server.stopImmediate();
  expect(isRunning(pid)).toBe(false);
  await server.restart();
  expect(server.port).toBe(port);
  const answer = await withClient(url, (client) =>
    client.query("select answer from kept"),
  );
  expect(answer.rows).toEqual([{ answer: 42 }]);
  await server.stop();
  await server.stop();
  expect(isRunning(server.pid)).toBe(false);
  expect(await exists(server.folder)).toBe(false);
});

test("the database is UTF-8 and in UTC whatever the machine's locale, and asks for a password", async () => {
  const server = await start();
  const url = server.url("postgres", "owner");
  const { rows } = await withClient(url, (client) =>
    client.query(
      "select current_setting('server_encoding') as encoding, current_setting('TimeZone') as zone, inet_server_addr() = '127.0.0.1' as loopback",
    ),
  );
  expect(rows).toEqual([{ encoding: "UTF8", zone: "UTC", loopback: true }]);
  const wrong = new URL(url);
  wrong.password = "wrong";
  await expect(
    withClient(wrong.href, (client) => client.query("select 1")),
  ).rejects.toThrow(pg.DatabaseError);
});

test("a fixed port that is taken is an error with the server's own words, and leaves no folder", async () => {
  const other = net.createServer();
  await once(other.listen(0, "127.0.0.1"), "listening");
  const { port } = other.address() as net.AddressInfo;
  const folder = path.join(os.tmpdir(), `taken-${String(process.pid)}`);
  folders.push(folder);
  await expect(
    startLocalPostgres({ ...OPTIONS, port, folder }),
  ).rejects.toMatchObject({
    code: "POSTGRES_START_FAILED",
    message: expect.stringMatching(/Address already in use/) as string,
  });
  expect(await exists(folder)).toBe(false);
  await new Promise((resolve) => other.close(resolve));
});

test("a folder with something in it is refused and left as it was", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "kept-"));
  folders.push(folder);
  await mkdir(path.join(folder, "mine"));
  await expect(
    startLocalPostgres({ ...OPTIONS, folder }),
  ).rejects.toMatchObject({ code: "POSTGRES_FOLDER_UNUSABLE" });
  expect(await exists(path.join(folder, "mine"))).toBe(true);
});

test("what a killed program left running is removed by the next start", async () => {
  const module = new URL(
    "../../../local-postgres/local-postgres.ts",
    import.meta.url,
  ).href;
  const program = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { startLocalPostgres } from ${JSON.stringify(module)};
       const { pid, folder } = await startLocalPostgres(${JSON.stringify(OPTIONS)});
       console.log(JSON.stringify({ pid, folder }));`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = (await once(program.stdout, "data")) as [Buffer];
  const left = JSON.parse(line.toString()) as { pid: number; folder: string };
  const exited = once(program, "exit");
  program.kill("SIGKILL");
  await exited;
  expect(await exists(left.folder)).toBe(true);
  await start();
  expect(await exists(left.folder)).toBe(false);
  const { rows } = await withClient(
    running.at(-1)?.url("postgres", "owner") ?? "",
    (client) => client.query("select 1 as alive"),
  );
  expect(rows).toEqual([{ alive: 1 }]);
});

test("the npm package's programs run from a closed folder and with their library links missing", async () => {
  const binaries = await findBinaries("embedded");
  const closed = await mkdtemp(path.join(os.tmpdir(), "closed-"));
  folders.push(closed);
  await chmod(closed, 0o700);
  const root = path.join(closed, "package");
  await cp(binaries.root, root, {
    recursive: true,
    filter: (file) => !/\.so(\.\d+)?$/.test(file) || !file.includes("libicu"),
  });
  const bin = path.join(root, "native", "bin");
  const target = await mkdtemp(path.join(os.tmpdir(), "open-"));
  folders.push(target);
  const owner = await unprivilegedOwner();
  const stranger = owner ?? { uid: 65_534, gid: 65_534 };
  expect(await canReach(bin, stranger)).toBe(false);
  const ready = await prepareBinaries(
    { source: "embedded", bin, root },
    target,
    owner,
  );
  expect(ready.startsWith(owner ? target : closed)).toBe(true);
  const library = path.join(ready, "..", "lib", "libicuuc.so.60");
  expect(await exists(library)).toBe(true);
});
