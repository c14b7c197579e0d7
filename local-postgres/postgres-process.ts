/** The processes of a private Postgres server: running its programs, waiting for it, ending it. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { LocalPostgresError, type ProcessOwner } from "./postgres-binaries.ts";

/** The only address a private server listens on. */
export const HOST = "127.0.0.1";
export const STOP_TIMEOUT_MS = 20_000;
const START_TIMEOUT_MS = 60_000;

const run = promisify(execFile);

/** What every step needs to know about one server. */
export interface Installation {
  readonly bin: string;
  readonly folder: string;
  readonly data: string;
  readonly owner: ProcessOwner | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

/** A fixed environment: the server's locale, time zone and messages must not depend on the machine's. */
function childOptions(folder: string, owner: ProcessOwner | undefined) {
  return {
    cwd: folder,
    env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" },
    ...owner,
  };
}

/** Runs one of the programs to its end; if it fails, the error contains its output. */
export async function runProgram(
  program: string,
  flags: string[],
  folder: string,
  owner: ProcessOwner | undefined,
): Promise<{ stdout: string }> {
  try {
    return await run(program, flags, childOptions(folder, owner));
  } catch (cause) {
    const {
      stdout = "",
      stderr = "",
      message,
    } = cause as Error & { stdout?: string; stderr?: string };
    const printed = stderr.trim() || stdout.trim() || message;
    throw new LocalPostgresError(
      "POSTGRES_BINARIES_UNUSABLE",
      `${path.basename(program)} could not run: ${printed}\n` +
        "The npm package's programs need glibc (not Alpine). Install PostgreSQL 15 or newer, or give the address of a running server.",
      { cause, printed },
    );
  }
}

/** Starts the server and waits until it accepts connections. Nothing runs any more when this throws. */
export async function launch(
  installation: Installation,
  port: number,
): Promise<ChildProcess> {
  const { bin, data, folder, owner } = installation;
  const settings = {
    listen_addresses: HOST,
    port: String(port),
    unix_socket_directories: "",
    timezone: "UTC",
    log_timezone: "UTC",
    ...installation.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const child = spawn(path.join(bin, "postgres"), ["-D", data, ...flags], {
    ...childOptions(folder, owner),
    detached: process.platform !== "win32",
    stdio: ["ignore", "ignore", "pipe"],
  });
  const log = collectLog(child);
  let failure: Error | undefined;
  child.once("error", (error) => (failure = error));
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (
    !failure &&
    child.exitCode === null &&
    child.signalCode === null &&
    performance.now() < deadline
  ) {
    if (await isReady(data, child.pid)) return child;
    await pause(10);
  }
  if (!failure) await end(child, "SIGQUIT");
  const printed = log() || String(failure);
  throw new LocalPostgresError(
    "POSTGRES_START_FAILED",
    `The private Postgres server did not start on ${HOST}:${String(port)}. What it printed:\n${printed}`,
    { cause: failure, printed },
  );
}

/** The last 100 lines that the server printed; continued reading also keeps its pipe from filling up. */
function collectLog(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).split("\n").slice(-100).join("\n");
  });
  return () => text.trim();
}

/** The eighth line of postmaster.pid says when connections are accepted; pg_ctl waits for the same. */
async function isReady(
  data: string,
  pid: number | undefined,
): Promise<boolean> {
  const lines = await pidFile(data);
  return lines[0] === String(pid) && lines[7]?.trim() === "ready";
}

/** The lines of the server's own process id file; empty when it does not run. */
export async function pidFile(data: string): Promise<string[]> {
  const text = await readFile(path.join(data, "postmaster.pid"), "utf8").catch(
    () => "",
  );
  return text.split("\n");
}

/** Ends a server, harder after each time-out, and waits until it is gone. */
export async function end(
  child: ChildProcess,
  signal: "SIGINT" | "SIGQUIT",
): Promise<void> {
  const hasEnded = (): boolean =>
    child.exitCode !== null || child.signalCode !== null;
  for (const step of [signal, "SIGQUIT", "SIGKILL"] as const) {
    if (hasEnded()) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(step);
    await Promise.race([
      ended,
      pause(STOP_TIMEOUT_MS, undefined, { ref: false }),
    ]);
  }
  if (hasEnded()) return;
  throw new LocalPostgresError(
    "POSTGRES_STOP_FAILED",
    `The Postgres server with process id ${String(child.pid)} does not end, not even by SIGKILL.`,
  );
}

/** Whether a process with this id exists, be it another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
