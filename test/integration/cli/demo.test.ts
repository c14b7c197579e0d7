/** `npm run demo` as a stranger runs it: a process that brings its own database, or is given one. */
import { readdir } from "node:fs/promises";
import net from "node:net";
import os from "node:os";

import { describe, expect, it, onTestFinished } from "vitest";

import {
  createEmptyDatabase,
  createTestDatabase,
} from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { startCommand } from "../../support/command-process.ts";
import type { CommandProcess } from "../../support/command-process.ts";

/** The demo must not look at it: nothing listens there. */
const foreignDatabase = {
  DATABASE_URL: "postgresql://nobody:nothing@127.0.0.1:1/none",
};

async function foldersOf(pid: number): Promise<string[]> {
  const names = new Set<string>();
  for (const parent of [os.tmpdir(), "/tmp"])
    for (const name of await readdir(parent)) names.add(name);
  return [...names].filter((name) =>
    name.startsWith(`dialer-postgres-${String(pid)}-`),
  );
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Of the server that the demo names. */
function portOf({ output }: CommandProcess): number {
  const [, port] =
    /^Database: .* on 127\.0\.0\.1:(\d+)/m.exec(output.stdout) ?? [];
  return Number(port);
}

async function expectNothingLeft(demo: CommandProcess): Promise<void> {
  expect(await isListening(portOf(demo))).toBe(false);
  expect(await foldersOf(demo.pid)).toEqual([]);
}

describe("on a database of its own", () => {
  it("dials every lead to its end, proves it in a table, and leaves nothing behind", async () => {
    const args = ["--leads", "30", "--cps", "20", "--seed", "7"];
    const demo = startCommand("demo.ts", args, foreignDatabase);
    expect(await demo.exited, demo.output.stderr).toBe(0);
    const text = demo.output.stdout;
    expect(text).toMatch(/^The demo of Dialer Engine\./);
    expect(text).toMatch(/^Wallboard: http:\/\/127\.0\.0\.1:\d+\/ /m);
    expect(text).toMatch(/^ {6}COMPLETED +100\.0 /m);
    expect(text).not.toMatch(/DATABASE_URL|"level":|^ +at \S+ \(/m);
    expect(text).toMatch(/^Database: a PostgreSQL \d+\.\d+ of its own \(/m);
    expect(text).toMatch(
      /^\d\d:\d\d +\d+ % \| \d+\/30 leads final \| \d+ queued, \d+ dialling, \d+ talking \| .*demo-norte \d+ of 20 calls\/s, demo-sul \d+ of 10 calls\/s$/m,
    );
    expect(text).not.toContain("\x1b");
    expect(text).toMatch(/^ {2}ANSWERED +\d+$/m);
    expect(text).toMatch(/^ {2}retries after a pause +[1-9]\d*$/m);
    expect(text).toMatch(/^ {2}calls moved to the other trunk +\d+$/m);
    expect(text).toMatch(/^ {2}timer lateness p99 +(–|[\d.]+ ms)$/m);
    expect(text).toMatch(/^ {2}demo-norte +\d+ +\d+ +20 +\d+ +100$/m);
    expect(text.match(/^ {2}✓ /gm)).toHaveLength(9);
    expect(text).not.toContain("✗");
    expect(text).toContain("from campaign_progress where");
    expect(demo.output.stderr).toBe("");
    await expectNothingLeft(demo);
  });

  it("stops on Ctrl-C with 130 and leaves neither process nor folder", async () => {
    const demo = startCommand("demo.ts", [], foreignDatabase);
    await demo.untilPrinted(/leads final/);
    expect(await isListening(portOf(demo))).toBe(true);
    expect(await foldersOf(demo.pid)).toHaveLength(1);
    demo.kill("SIGINT");
    expect(await demo.exited).toBe(130);
    expect(demo.output.stdout).toContain("Stopping …");
    expect(demo.output.stdout).not.toContain("Checks");
    await expectNothingLeft(demo);
  });

  it("with --keep stays with its addresses printed until Ctrl-C", async () => {
    const args = ["--leads", "10", "--cps", "20", "--keep"];
    const demo = startCommand("demo.ts", args);
    await demo.untilPrinted(/^ {2}http:\S+\/metrics$/m, 150_000);
    const [, base = ""] = /(http:\S+)\/health/.exec(demo.output.stdout) ?? [];
    const health = await fetch(`${base}/health`, {
      headers: { connection: "close" },
    });
    expect(await health.json()).toMatchObject({ status: "healthy" });
    demo.kill("SIGINT");
    expect(await demo.exited).toBe(0);
    await expectNothingLeft(demo);
  });
});

describe("on a database that is given", () => {
  async function given(make: () => Promise<TestDatabase>) {
    const database = await make();
    onTestFinished(() => database.drop());
    return database;
  }

  async function everything({ pool }: TestDatabase): Promise<unknown> {
    const { rows } = await pool.query(
      `select (select array_agg(t order by name) from trunk_config as t) as trunks, (select array_agg(c) from campaigns as c) as campaigns,
         (select array_agg(n order by name) from voice_nodes as n) as nodes, (select array_agg(e) from engines as e) as engines,
         (select count(*) from leads) as leads, (select count(*) from account_settings) as settings,
         (select array_agg(m) from dialer_migrations as m) as migrations`,
    );
    return rows[0];
  }

  it.each([
    [
      "an engine is alive",
      "insert into engines (id, voice_node, adapter, version) values (gen_random_uuid(), 'default', 'mock', '0.1.0')",
      "an engine is alive on it",
    ],
    [
      "an engine holds a lease",
      "insert into voice_nodes (name, lease_holder, lease_expires_at) values ('x', gen_random_uuid(), now() + interval '1 min')",
      "an engine is alive on it",
    ],
    [
      "a trunk is not a mock's",
      "insert into trunk_config (name, dial_string) values ('toy', 'mock/toy/{number}'), ('carrier', 'PJSIP/{number}@carrier')",
      '1 of its trunks are not a mock\'s (first: "carrier")',
    ],
    [
      "a campaign is ACTIVE",
      "insert into campaigns (name, status) values ('Renewals', 'ACTIVE')",
      "1 campaigns are ACTIVE on it",
    ],
  ])("refuses when %s, and changes nothing", async (_name, sql, reason) => {
    const database = await given(createTestDatabase);
    await database.pool.query(sql);
    const before = await everything(database);
    const demo = startCommand("demo.ts", ["--database-url", database.url]);
    expect(await demo.exited).toBe(1);
    expect(demo.output.stderr).toContain(reason);
    expect(demo.output.stderr).toContain("has changed nothing there");
    expect(demo.output.stderr).not.toContain("at file:");
    expect(demo.output.stdout).not.toMatch(/^(?:Database|Campaign):/m);
    expect(await everything(database)).toEqual(before);
  });

  it("dials there under an account and a voice node of its own, and hands the lease back on Ctrl-C", async () => {
    const database = await given(createEmptyDatabase);
    const demo = startCommand("demo.ts", ["--database-url", database.url]);
    await demo.untilPrinted(/[1-9]\d* dialling/, 60_000);
    const { rows } = await database.pool.query(
      `select trunk.account_id = campaign.account_id as own, trunk.voice_node, campaign.account_id = current_account_id() as nil
       from trunk_config as trunk, campaigns as campaign`,
    );
    const row = { own: true, voice_node: "demo", nil: false };
    expect(rows).toEqual([row, row]);
    demo.kill("SIGINT");
    expect(await demo.exited).toBe(130);
    const node = await database.pool.query(
      "select lease_holder from voice_nodes where name = 'demo'",
    );
    expect(node.rows).toEqual([{ lease_holder: null }]);
  });
});

describe("the command line", () => {
  it("explains itself", async () => {
    const demo = startCommand("demo.ts", ["--help"]);
    expect(await demo.exited).toBe(0);
    for (const option of [
      "--leads",
      "--cps",
      "--seed",
      "--keep",
      "--database-url",
    ])
      expect(demo.output.stdout).toContain(option);
  });

  it.each([
    [["--leads", "many"], '--leads is "many"; expected a whole number'],
    [["--cps", "0"], '--cps is "0"; expected a whole number from 2 to 200'],
    [["--database-url", "here"], "--database-url is not the address"],
    [["--nonsense"], "nonsense"],
  ])("refuses %j in a line", async (args, message) => {
    const demo = startCommand("demo.ts", args);
    expect(await demo.exited).toBe(1);
    expect(demo.output.stderr).toContain(message);
    expect(demo.output.stderr).not.toContain("at file:");
  });
});
