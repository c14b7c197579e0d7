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
import { waitFor } from "./wait-for.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
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
  /** Sends a signal; a process that has ended takes none. */
  kill(signal: NodeJS.Signals): void;
}

interface LogLine {
  readonly level: number;
  readonly name?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

interface Health {
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
  end(
    signal: NodeJS.Signals,
    withinMs?: number,
  ): Promise<Exit & { readonly ms: number }>;
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
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    // "close" follows "exit" once all output was read.
    child.once("close", (code, signal) => {
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
          const found = parseLog(program.lines.slice(from)).some(
            (line) => line.msg === message,
          );
          if (!found && !program.isRunning()) throw endedEarly(program);
          return found;
        },
        { timeoutMs, intervalMs: 10 },
      );
    },
    health: () => getHealth(port),
    end: (signal, withinMs = 10_000) => endProgram(program, signal, withinMs),
  };
  await waitFor(
    "/health to answer",
    async () => (await engine.health()).code === 200,
    { timeoutMs: 30_000, intervalMs: 20 },
  );
  return engine;
}

/** Starts a mock PBX that outlives the engines, with a hand on it. */
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
      if (!program.isRunning()) throw endedEarly(program);
      return program.lines[0];
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
): Promise<Exit & { readonly ms: number }> {
  const startedMs = performance.now();
  program.kill(signal);
  await waitFor(
    `the process to end after ${signal}`,
    () => !program.isRunning(),
    {
      timeoutMs: withinMs,
      intervalMs: 5,
    },
  ).catch((error: unknown) => {
    throw new Error(`It last said:\n${program.lines.slice(-10).join("\n")}`, {
      cause: error,
    });
  });
  const ms = performance.now() - startedMs;
  return { ...(await program.exited), ms };
}

function startedLine(program: ChildProgram): LogLine | undefined {
  const line = parseLog(program.lines).find(({ msg }) => msg === "Started");
  if (line === undefined && !program.isRunning()) throw endedEarly(program);
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

/** Without keep-alive, so that no socket outlives the test. */
function getHealth(port: number): Promise<Health> {
  return new Promise((resolve, reject) => {
    const request = get(
      {
        host: "127.0.0.1",
        port,
        path: "/health",
        agent: false,
        timeout: 5_000,
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
      request.destroy(new Error("/health did not answer within 5 s"));
    });
    request.on("error", reject);
  });
}
