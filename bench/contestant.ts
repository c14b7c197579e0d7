/** The programs that are compared, each in a process of its own, and the system's figures of that process. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";

/** `engine` is the real program; `polling` is what it replaces. */
export type ContestantName = "engine" | "polling";

const programs: Readonly<Record<ContestantName, string>> = {
  engine: fileURLToPath(new URL("../main.ts", import.meta.url)),
  polling: fileURLToPath(new URL("polling-baseline.ts", import.meta.url)),
};
const stopWithinMs = 12_000;
const keptOutput = 4_000;
/** Linux counts CPU time in these; fixed at 100 per second for programs. */
const tickMs = 10;

export interface Contestant {
  /** CPU time used so far, ms; null where there is no /proc. */
  cpuMs(): number | null;
  /** Resident memory now, MB; null where there is no /proc. */
  residentMb(): number | null;
  /** @throws Error with its last output, when it has ended by itself */
  assertAlive(): void;
  stop(): Promise<void>;
}

/** @param flags of Node itself, e.g. `--cpu-prof` */
export function startContestant(
  name: ContestantName,
  env: Readonly<Record<string, string>>,
  flags: readonly string[],
): Contestant {
  const child = spawn(process.execPath, [...flags, programs[name]], {
    env: { PATH: process.env["PATH"], TZ: "UTC", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-keptOutput);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return {
    cpuMs: () => readCpuMs(child.pid ?? 0),
    residentMb: () => readResidentMb(child.pid ?? 0),
    assertAlive: () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${name} ended by itself:\n${output}`);
    },
    stop: async () => {
      await stop(child);
      if (output.trim() !== "")
        process.stderr.write(`${name} said:\n${output}\n`);
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
  await ended;
  clearTimeout(timer);
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, "utf8");
  } catch {
    return null; // no such system, or the process is gone: then there is no figure
  }
}

/** Fields of /proc/PID/stat from the third on: the second, the name, may hold spaces. */
function readStat(pid: number): string[] | null {
  const stat = readProc(pid, "stat");
  return stat === null
    ? null
    : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readCpuMs(pid: number): number | null {
  const fields = readStat(pid);
  return fields === null
    ? null
    : (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** CPU time of a process, its children and those of them that have ended, ms; null where there is no /proc. */
export function readFamilyCpuMs(pid: number): number | null {
  const own = readStat(pid);
  if (own === null) return null;
  const ended = (Number(own[13]) + Number(own[14])) * tickMs;
  const children = readdirSync("/proc").filter(
    (name) => /^\d+$/.test(name) && readStat(Number(name))?.[1] === String(pid),
  );
  return children.reduce(
    (sum, child) => sum + (readCpuMs(Number(child)) ?? 0),
    ended + (readCpuMs(pid) ?? 0),
  );
}

function readResidentMb(pid: number): number | null {
  const status = readProc(pid, "status");
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status ?? "")?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1_024;
}

/** Busy milliseconds of all cores together since the machine started. */
export function machineBusyMs(): number {
  return os
    .cpus()
    .reduce((sum, { times }) => sum + times.user + times.sys + times.irq, 0);
}
