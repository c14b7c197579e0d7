/**
 * Engines and mock PBXs as processes of their own, so that tests can kill, freeze and restart them. Whatever is still
 * running when a test file ends, or its worker exits, is killed.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { get } from "node:http";
import { fileURLToPath } from "node:url";
import { connectMockControl } from "../../adapters/mock/control.ts";
import type { MockPbxControl } from "../../adapters/mock/control.ts";
import type { MockScenarioInput } from "../../adapters/mock/scenario.ts";
import { PATIENCE_MS, waitFor } from "./wait-for.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Ending extends Exit {
  /** From the signal on, less four times what this machine was late meanwhile: how long it takes where nothing else runs. */
  readonly ms: number;
}

export interface ChildProgram {
  readonly pid: number;
  /** Lines written to standard output so far; an engine's are JSON. */
  readonly lines: readonly string[];
  /** Everything written to standard error so far. */
  errors(): string;
  /** Settles when the process has ended. */
  readonly exited: Promise<Exit>;
  isRunning(): boolean;
  /** Whether it has ended and all that it wrote has been read. */
  hasSaidAll(): boolean;
  /** Sends a signal; a process that has ended takes none. */
  kill(signal: NodeJS.Signals): void;
}

interface LogLine {
  readonly level: number;
  readonly name?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

export interface Health {
  readonly code: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface EngineProcess extends ChildProgram {
  /** Of its HTTP server. */
  readonly port: number;
  /** Log lines so far, oldest first. */
  log(): readonly LogLine[];
  /** Waits until a line with this message was logged, among those from number `from` on. */
  waitForLog(message: string, timeoutMs?: number, from?: number): Promise<void>;
  /** One GET /health on a connection of its own. */
  health(): Promise<Health>;
  /** Sends a signal and waits for the end. @throws when it does not end within `withinMs` */
  end(signal: NodeJS.Signals, withinMs?: number): Promise<Ending>;
}

export interface MockPbxProcess extends ChildProgram {
  readonly url: string;
  readonly control: MockPbxControl;
}

/** Timings that bring a take-over after a SIGKILL down to about two seconds. */
export const QUICK_TIMINGS = {
  LEASE_DURATION_MS: "1000",
  LEASE_RENEW_MS: "200",
  HEARTBEAT_STALE_MS: "1500",
  SETTLE_MS: "300",
} as const;

/**
 * For tests that say who holds the node: an engine that a busy machine does not let run for a second or two keeps it, and is
 * not taken for dead.
 */
export const STEADY_TIMINGS = {
  LEASE_DURATION_MS: "5000",
  LEASE_RENEW_MS: "200",
  HEARTBEAT_STALE_MS: "8000",
  SETTLE_MS: "1500",
} as const;

const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Kills every process started here that still runs, and waits until they are gone. */
export async function stopPrograms(): Promise<void> {
  const gone = [...running].map(
    (child) =>
      new Promise<void>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        else child.once("exit", () => resolve());
      }),
  );
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(gone);
}

/** Starts a program of the repository with exactly these variables (and PATH). */
export function startProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProgram {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const lines: string[] = [];
  let rest = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  let saidAll = false;
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    // "close" follows "exit" once all output was read.
    child.once("close", (code, signal) => {
      saidAll = true;
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    lines,
    errors: () => errors,
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    hasSaidAll: () => saidAll,
    kill: (signal) => void child.kill(signal),
  };
}

/** The variables of a mock engine on a free port, for `env` to add to. */
export function engineEnv(
  databaseUrl: string,
  pbxUrl: string,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    VOICE_ADAPTER: "mock",
    MOCK_PBX_URL: pbxUrl,
    PORT: "0",
    NODE_ENV: "test",
    ...env,
  };
}

/**
 * Starts `main.ts` and waits until it says that it has started and `/health` answers.
 *
 * @throws with what it printed when it ends before that
 */
export async function startEngine(
  env: Readonly<Record<string, string>>,
): Promise<EngineProcess> {
  const program = startProgram("main.ts", [], env);
  const started = await waitFor(
    "the engine to start",
    () => startedLine(program),
    { timeoutMs: 90_000, intervalMs: 10 },
  );
  const port = Number(started["port"]);
  const engine: EngineProcess = {
    ...program,
    port,
    log: () => parseLog(program.lines),
    waitForLog: async (message, timeoutMs = 60_000, from = 0) => {
      await waitFor(
        `the engine to log "${message}"`,
        () => {
          const hadSaidAll = program.hasSaidAll();
          const found = parseLog(program.lines.slice(from)).some(
            (line) => line.msg === message,
          );
          if (!found && hadSaidAll) throw endedEarly(program);
          return found;
        },
        { timeoutMs, intervalMs: 10 },
      );
    },
    health: () => getHealth(port),
    end: (signal, withinMs = PATIENCE_MS) =>
      endProgram(program, signal, withinMs),
  };
  await waitFor(
    "/health to answer",
    async () => (await engine.health()).code === 200,
    { intervalMs: 20 },
  );
  return engine;
}

/** Starts a mock PBX that outlives the engines, and a control connection to it. */
export async function startMockPbx(
  scenario: MockScenarioInput,
  seed = 1,
): Promise<MockPbxProcess> {
  const program = startProgram(
    "cli/mock-pbx.ts",
    ["--seed", String(seed), "--scenario", JSON.stringify(scenario)],
    {},
  );
  const line = await waitFor(
    "the mock PBX to listen",
    () => {
      const [first] = program.lines;
      if (first === undefined && program.hasSaidAll())
        throw endedEarly(program);
      return first;
    },
    { timeoutMs: 90_000, intervalMs: 10 },
  );
  const { listening } = JSON.parse(line) as { listening: number };
  const url = `tcp://127.0.0.1:${String(listening)}`;
  return { ...program, url, control: await connectMockControl(url) };
}

/** Sends a signal and waits for the end. @throws with the last output when it takes longer than `withinMs` */
export async function endProgram(
  program: ChildProgram,
  signal: NodeJS.Signals,
  withinMs: number,
): Promise<Ending> {
  const startedMs = performance.now();
  const intervalMs = 5;
  let lookedMs = startedMs;
  let lateMs = 0;
  program.kill(signal);
  await waitFor(
    `the process to end after ${signal}`,
    () => {
      const nowMs = performance.now();
      lateMs += Math.max(0, nowMs - lookedMs - 2 * intervalMs);
      lookedMs = nowMs;
      return !program.isRunning();
    },
    { timeoutMs: withinMs, intervalMs },
  ).catch((error: unknown) => {
    throw new Error(`It last said:\n${program.lines.slice(-10).join("\n")}`, {
      cause: error,
    });
  });
  const ms = performance.now() - startedMs - 4 * lateMs;
  return { ...(await program.exited), ms };
}

/** The port of an engine's HTTP server; null until it has started. */
export function portOf(program: ChildProgram): number | null {
  const line = parseLog(program.lines).find(({ msg }) => msg === "Started");
  return line === undefined ? null : Number(line["port"]);
}

function startedLine(program: ChildProgram): LogLine | undefined {
  const hadSaidAll = program.hasSaidAll();
  const line = parseLog(program.lines).find(({ msg }) => msg === "Started");
  if (line === undefined && hadSaidAll) throw endedEarly(program);
  return line;
}

function endedEarly(program: ChildProgram): Error {
  return new Error(
    `The process has ended. It said:\n${program.lines.slice(-20).join("\n")}\n${program.errors()}`,
  );
}

function parseLog(lines: readonly string[]): LogLine[] {
  return lines.flatMap((line) =>
    line.startsWith("{") ? [JSON.parse(line) as LogLine] : [],
  );
}

/** Without keep-alive, so that no socket outlives the test. @throws when it does not answer in time */
export function getHealth(
  port: number,
  timeoutMs = PATIENCE_MS,
): Promise<Health> {
  return new Promise((resolve, reject) => {
    const request = get(
      {
        host: "127.0.0.1",
        port,
        path: "/health",
        agent: false,
        timeout: timeoutMs,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => {
          const body = JSON.parse(text) as Record<string, unknown>;
          resolve({ code: response.statusCode ?? 0, body });
        });
      },
    );
    request.on("timeout", () => {
      request.destroy(
        new Error(`/health did not answer within ${String(timeoutMs)} ms`),
      );
    });
    request.on("error", reject);
  });
}
