/** One of the two engines: a process of `main.ts` that is restarted whenever it has ended, as a platform does. */
import {
  getHealth,
  portOf,
  startProgram,
} from "../../test/support/engine-process.ts";
import type { ChildProgram } from "../../test/support/engine-process.ts";
import { waitFor } from "../../test/support/wait-for.ts";
import type { EngineName, HealthSample, Life, Span } from "./evidence.ts";
import type { TorturedLine } from "./line.ts";

const STOPS_WITHIN_MS = 15_000;
const HEALTH_WITHIN_MS = 1_000;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Running {
  readonly program: ChildProgram;
  readonly life: Writable<Life>;
  port: number | null;
  signalledAt: number | null;
  /** How many faults freeze it at present. */
  freezes: number;
  over: boolean;
}

export interface EngineSlotOptions {
  readonly name: EngineName;
  readonly env: Readonly<Record<string, string>>;
  readonly database: TorturedLine;
  readonly pbx: TorturedLine;
  readonly restartAfterMs: number;
}

export class EngineSlot {
  readonly name: EngineName;
  readonly database: TorturedLine;
  readonly pbx: TorturedLine;
  readonly frozen: Writable<Span>[] = [];
  readonly #env: Readonly<Record<string, string>>;
  readonly #restartAfterMs: number;
  readonly #past: Running[] = [];
  #running: Running | null = null;
  #again: NodeJS.Timeout | null = null;
  #closing = false;
  #stopped: Promise<void> | null = null;

  constructor(options: EngineSlotOptions) {
    this.name = options.name;
    this.database = options.database;
    this.pbx = options.pbx;
    this.#env = options.env;
    this.#restartAfterMs = options.restartAfterMs;
  }

  start(): void {
    const program = startProgram("main.ts", [], this.#env);
    const running: Running = {
      program,
      life: {
        engine: this.name,
        startedAt: Date.now(),
        ...{ readyAt: null, endedAt: null, endedBy: null },
        ...{ code: null, stopMs: null, strayOutput: [] },
      },
      ...{ port: null, signalledAt: null, freezes: 0, over: false },
    };
    this.#running = running;
    this.#past.push(running);
    program.exited.then(
      ({ code }) => this.#ended(running, code),
      () => this.#ended(running, null),
    );
  }

  /** @returns false when no process runs at the moment */
  kill(signal: "SIGKILL" | "SIGTERM"): boolean {
    const running = this.#running;
    if (running === null) return false;
    running.life.endedBy =
      running.life.endedBy === "SIGKILL" ? "SIGKILL" : signal;
    running.signalledAt ??= Date.now();
    running.program.kill(signal);
    return true;
  }

  /** @returns a function that continues it; null when no process runs at the moment */
  freeze(): (() => void) | null {
    const running = this.#running;
    if (running === null) return null;
    running.program.kill("SIGSTOP");
    running.freezes += 1;
    const span = { from: Date.now(), to: Infinity };
    this.frozen.push(span);
    return () => {
      running.freezes -= 1;
      if (running.freezes === 0) running.program.kill("SIGCONT");
      span.to = Math.min(Date.now(), running.life.endedAt ?? Infinity);
    };
  }

  /** Asks /health once; null while the process has not yet started. */
  async health(): Promise<HealthSample | null> {
    const running = this.#running;
    if (running === null) return null;
    running.port ??= portOf(running.program);
    if (running.port === null) return null;
    running.life.readyAt ??= Date.now();
    const sample = { engine: this.name, at: Date.now() };
    try {
      const { code, body } = await getHealth(running.port, HEALTH_WITHIN_MS);
      const standby = body["standby"] === true;
      const connected = body["voiceAdapterConnected"] === true;
      return { ...sample, code, standby, connected };
    } catch {
      return { ...sample, code: null, standby: false, connected: false };
    }
  }

  lives(): readonly Life[] {
    return this.#past.map(({ life, program }) => ({
      ...life,
      strayOutput: strayOutput(program),
    }));
  }

  /** Everything that its processes logged, oldest first. */
  logs(): readonly (readonly string[])[] {
    return this.#past.map(({ program }) => program.lines);
  }

  /** Stops it gracefully and for good. May be called again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#closing = true;
    if (this.#again !== null) clearTimeout(this.#again);
    const running = this.#running;
    if (running !== null) {
      running.program.kill("SIGCONT");
      this.kill("SIGTERM");
      await waitFor("the engine to stop", () => running.over, {
        timeoutMs: STOPS_WITHIN_MS,
        intervalMs: 20,
      }).catch(() => running.program.kill("SIGKILL"));
      await running.program.exited;
    }
    await Promise.all([this.database.close(), this.pbx.close()]);
  }

  #ended(running: Running, code: number | null): void {
    const now = Date.now();
    running.over = true;
    running.life.endedAt = now;
    running.life.code = code;
    if (running.signalledAt !== null)
      running.life.stopMs = now - running.signalledAt;
    this.#running = null;
    if (this.#closing) return;
    this.#again = setTimeout(() => this.start(), this.#restartAfterMs);
  }
}

function strayOutput(program: ChildProgram): string[] {
  const stray = program.lines.filter((line) => !isJson(line));
  const errors = program.errors().split("\n").filter(Boolean);
  return [...stray, ...errors];
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === "object";
  } catch {
    return false;
  }
}
