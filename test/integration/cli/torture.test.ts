/** The torture as a command: a round from beginning to end, and a stop in the middle of one. Its judge has unit tests. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

import { planRound } from "../../../cli/torture/plan.ts";
import { startCommand } from "../../support/command-process.ts";
import { waitFor } from "../../support/wait-for.ts";

const ROUND_TIMEOUT_MS = 300_000;

/** Of a process, and of those. */
async function descendants(pid: number): Promise<number[]> {
  const file = `/proc/${String(pid)}/task/${String(pid)}/children`;
  const text = await readFile(file, "utf8").catch(() => "");
  const children = text.split(" ").filter(Boolean).map(Number);
  const further = await Promise.all(children.map(descendants));
  return [...children, ...further.flat()];
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test(
  "a round is dialled, judged and told in one line with the faults of its plan, then summed up",
  async () => {
    const command = startCommand("torture.ts", [
      "--rounds",
      "1",
      "--seed",
      "3",
    ]);
    const code = await command.exited;
    const { stdout, stderr } = command.output;
    expect({ code, stderr, stdout: code === 0 ? "" : stdout }).toEqual({
      ...{ code: 0, stderr: "", stdout: "" },
    });
    const [line = ""] = stdout.split("\n");
    expect(line).toMatch(/^round 1 seed 3: .* \| findings 0$/);
    const { faults } = planRound(3, 1);
    for (const { kind } of faults) {
      expect(line).toContain(kind);
      expect(stdout).toMatch(new RegExp(`^ +${kind} +[1-9]`, "m"));
    }
    const [, calls] = /calls at the carrier +(\d+)/.exec(stdout) ?? [];
    expect(Number(calls)).toBeGreaterThan(50);
  },
  ROUND_TIMEOUT_MS,
);

test(
  "Ctrl-C in the middle of a round ends every process that it started",
  async () => {
    const command = startCommand("torture.ts", ["--rounds", "5"]);
    // Two engines, a mock PBX, and Postgres with its own.
    const started = await waitFor(
      "a round to be under way",
      async () => {
        const pids = await descendants(command.pid);
        return pids.length >= 12 ? pids : null;
      },
      { timeoutMs: 60_000, intervalMs: 50 },
    );
    command.kill("SIGINT");
    expect(await command.exited).toBe(130);
    await waitFor("all of them to be gone", () => !started.some(exists));
  },
  ROUND_TIMEOUT_MS,
);

test("an option that is wrong is told with what is right, and nothing is started", async () => {
  const command = startCommand("torture.ts", ["--pbx", "fax"]);
  expect(await command.exited).toBe(1);
  expect(command.output.stderr).toBe(
    'torture: --pbx is "fax"; expected mock or asterisk. See --help.\n',
  );
});
