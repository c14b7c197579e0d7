/** Removes what a program that was killed left behind: a server still running, and its folder. */
import { lstat, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isAlive, pidFile, STOP_TIMEOUT_MS } from "./postgres-process.ts";

/** Prefix of the folder of every private server, unless the caller chose one. */
export const FOLDER_PREFIX = "dialer-postgres-";

interface Mark {
  readonly pid?: number;
  readonly host?: string;
}

/** Records in a server's folder which process of which machine it belongs to. */
export async function markFolder(folder: string): Promise<void> {
  const mark: Mark = { pid: process.pid, host: os.hostname() };
  await writeFile(path.join(folder, "owner.json"), JSON.stringify(mark));
}

/**
 * Stops the server that a killed program left running in `folder`, and removes the folder. Does nothing where there is
 * none. A process that only happens to have the same id now is left alone (checked on Linux only, where that is
 * possible).
 */
export async function stopStale(folder: string): Promise<void> {
  const data = path.join(path.resolve(folder), "data");
  const pid = Number((await pidFile(data))[0]);
  for (const signal of ["SIGQUIT", "SIGKILL"] as const) {
    const deadline = performance.now() + STOP_TIMEOUT_MS;
    if (await isServerOf(pid, data)) process.kill(pid, signal);
    while ((await isServerOf(pid, data)) && performance.now() < deadline) {
      await pause(20);
    }
  }
  await rm(folder, { recursive: true, force: true });
}

/**
 * Removes what programs that are gone left in the temporary folder of this machine. Only folders owned by `users` are
 * considered, because anybody may write in a temporary folder.
 */
export async function sweepStale(users: readonly number[]): Promise<void> {
  for (const parent of new Set([os.tmpdir(), "/tmp"])) {
    const names = await readdir(parent).catch(() => []);
    for (const name of names.filter((each) => each.startsWith(FOLDER_PREFIX))) {
      const folder = path.join(parent, name);
      if (await isLeftOver(folder, users)) await stopStale(folder);
    }
  }
}

async function isLeftOver(
  folder: string,
  users: readonly number[],
): Promise<boolean> {
  try {
    const { uid } = await lstat(folder);
    const text = await readFile(path.join(folder, "owner.json"), "utf8");
    const mark = JSON.parse(text) as Mark;
    return (
      (users.length === 0 || users.includes(uid)) &&
      mark.host === os.hostname() &&
      mark.pid !== undefined &&
      !isAlive(mark.pid)
    );
  } catch {
    return false; // removed or written by its owner at this moment
  }
}

/** False for a process that is dead but not yet collected by its parent: its command line is empty. */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!(pid > 0) || !isAlive(pid)) return false;
  if (process.platform !== "linux") return true;
  const commandLine = await readFile(
    `/proc/${String(pid)}/cmdline`,
    "utf8",
  ).catch(() => "");
  return commandLine.includes(data);
}
