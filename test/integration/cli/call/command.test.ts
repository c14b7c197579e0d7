/** `npm run call` as a process of its own. */
import { describe, expect, it, onTestFinished } from "vitest";

import { startCommand } from "../../../support/command-process.ts";
import { createTestDatabase } from "../../../support/database.ts";
import {
  insertTrunk,
  phone,
  shareRig,
} from "../../../support/running-engine.ts";

const rig = shareRig();

describe("the command line", () => {
  it("says so when no engine is alive, and inserts nothing", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    await insertTrunk(database.pool);
    const args = ["--to", phone(1), "--trunk", "a"];
    const command = startCommand("call.ts", args, {
      DATABASE_URL: database.url,
    });
    expect(await command.exited, command.output.stderr).toBe(2);
    expect(command.output.stdout).toContain(
      "NO_ACTIVE_ENGINE: no engine is alive for this trunk's voice node",
    );
    const { rows } = await database.pool.query("select from campaigns");
    expect(rows).toEqual([]);
  });

  it("makes the call through an engine of another process", async () => {
    const fresh = await rig.fresh();
    await insertTrunk(fresh.sql);
    const args = ["--to", phone(1), "--trunk", "a"];
    const command = startCommand("call.ts", args, {
      DATABASE_URL: fresh.database.url,
    });
    expect(await command.exited, command.output.stderr).toBe(0);
    expect(command.output.stdout).toMatch(/^Outcome +ANSWERED/m);
    expect(command.output.stderr).toBe("");
  });

  it.each([
    [[], "--to is missing"],
    [["--to", "1"], "--trunk is missing"],
    [
      ["--to", "1", "--trunk", "a", "--timeout", "5"],
      '--timeout is "5"; expected 15 to 60 seconds',
    ],
    [["--to", "1", "--trunk", "a", "--caller-id", "me"], '--caller-id is "me"'],
    [["--to", "1", "--trunk", "a", "--account", "me"], '--account is "me"'],
    [
      ["--to", "1", "--trunk", "a", "--extension", "s", "--destination", "x"],
      "--destination and --extension both say",
    ],
    [["--to", "1", "--trunk", "a"], "DATABASE_URL"],
  ])("refuses %j in a line", async (args, message) => {
    const command = startCommand("call.ts", args);
    expect(await command.exited).toBe(1);
    expect(command.output.stderr).toContain(message);
    expect(command.output.stderr).not.toContain("at file:");
  });

  it("explains itself", async () => {
    const command = startCommand("call.ts", ["--help"]);
    expect(await command.exited).toBe(0);
    for (const option of [
      "--to",
      "--trunk",
      "--caller-id",
      "--account",
      "--timeout",
      "--extension",
      "--destination",
    ])
      expect(command.output.stdout).toContain(option);
  });
});
