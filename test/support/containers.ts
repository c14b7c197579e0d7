/**
 * Containers for tests, by the `docker` program: the project's image as an operator runs it, with a Postgres and a mock PBX
 * on a network of their own. Whatever a test starts goes when the test is over.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { onTestFinished } from "vitest";
import { connectMockControl } from "../../adapters/mock/control.ts";
import type { MockPbxControl } from "../../adapters/mock/control.ts";
import type { MockScenarioInput } from "../../adapters/mock/scenario.ts";
import { waitFor } from "./wait-for.ts";

/** The project's image, as `container-setup.ts` builds it. */
export const ENGINE_IMAGE = "dialer-engine:test";
export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

/** The least that an operator may give an engine, and the most that it may ask for. */
export const MINIMUM = ["--cpus", "1", "--memory", "512m", "--memory-swap"]
  .concat("512m", "--read-only", "--cap-drop", "ALL")
  .concat("--security-opt", "no-new-privileges");

const outputLimit = { maxBuffer: 64 * 1024 * 1024 };

/** Runs `docker` with these arguments. @returns its output, trimmed @throws Error with what it said */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    "docker",
    args,
    outputLimit,
  ).catch((error: unknown) => {
    const { stderr = "", stdout: said = "" } = error as {
      stderr?: string;
      stdout?: string;
    };
    throw new Error(
      `docker ${args.slice(0, 3).join(" ")} … failed:\n${said.slice(-3_000)}${stderr.slice(-3_000)}`,
      { cause: error },
    );
  });
  return stdout.trim();
}

/** Builds an image from a folder with a Dockerfile. The host's network: Coolify builds so too. */
export async function buildImage(
  tag: string,
  folder: string,
  buildArguments: Readonly<Record<string, string>> = {},
): Promise<void> {
  const given = Object.entries(buildArguments).flatMap(([name, value]) => [
    "--build-arg",
    `${name}=${value}`,
  ]);
  await docker("build", "--network", "host", ...given, "-t", tag, folder);
}

/** The image's own health check, for a shell inside a container. */
export async function imageCheck(): Promise<string> {
  const format = "{{json .Config.Healthcheck.Test}}";
  const text = await docker("image", "inspect", "-f", format, ENGINE_IMAGE);
  const [, command = ""] = JSON.parse(text) as string[];
  return command;
}

export interface Container {
  readonly name: string;
  /** The port of this machine behind which the container's `port` lies; another one after a restart. */
  publishedPort(port: number): Promise<number>;
  /** Docker's view: `starting`, `healthy` or `unhealthy`. */
  healthStatus(): Promise<string>;
  /** Runs a program inside. @returns its output */
  exec(...command: readonly string[]): Promise<string>;
  /** What it printed so far. */
  logs(): Promise<string>;
}

/** Starts a container that is removed when the test is over. */
export async function runContainer(
  name: string,
  options: readonly string[],
  image: string,
  command: readonly string[] = [],
): Promise<Container> {
  onTestFinished(async () => {
    await docker("rm", "-f", "-v", name);
  });
  await docker("run", "-d", "--name", name, ...options, image, ...command);
  return {
    name,
    publishedPort: async (port) => {
      const address = await docker("port", name, `${String(port)}/tcp`);
      return Number(address.split("\n")[0]?.split(":").at(-1));
    },
    healthStatus: () =>
      docker("inspect", "-f", "{{.State.Health.Status}}", name),
    exec: (...inside) => docker("exec", name, ...inside),
    logs: async () => {
      const { stdout, stderr } = await promisify(execFile)(
        "docker",
        ["logs", name],
        outputLimit,
      );
      return `${stdout}${stderr}`;
    },
  };
}

export interface EngineContainer extends Container {
  /** One GET /health from outside. */
  health(): Promise<{ code: number; body: Record<string, unknown> }>;
  /** Waits until Docker calls it healthy. @throws with its log when it ends or turns unhealthy */
  untilHealthy(): Promise<void>;
  /** Lines of its log with this message, as objects. */
  logged(message: string): Promise<readonly Record<string, unknown>[]>;
  /** Waits until it has ended by itself. @returns its exit code */
  untilEnded(): Promise<number>;
  /** SIGTERM, as `docker stop` and Coolify send it. */
  stop(): Promise<{ readonly exitCode: number; readonly ms: number }>;
}

export interface Stage {
  /** Prefix of the names of everything on it, and name of its network. */
  readonly name: string;
  readonly database: Container;
  readonly pbx: Container;
  /** On the stage's database, from outside. */
  readonly pool: pg.Pool;
  /** A control connection to the mock PBX; not valid after a restart of its container. */
  readonly control: MockPbxControl;
  /** An engine with the minimum of means. `role` is part of its name. */
  startEngine(
    role: string,
    options?: {
      readonly image?: string;
      readonly env?: Readonly<Record<string, string>>;
      /** Instead of the engine. */
      readonly command?: readonly string[];
    },
  ): Promise<EngineContainer>;
}

/** A network, an empty Postgres, and a mock PBX out of the project's own image. Call it inside a test. */
export async function setUpStage(scenario: MockScenarioInput): Promise<Stage> {
  const name = `dialer-test-${randomBytes(4).toString("hex")}`;
  onTestFinished(async () => {
    await docker("network", "rm", name);
  });
  await docker("network", "create", name);
  const onNetwork = (alias: string) =>
    ["--network", name, "--network-alias", alias].concat("--hostname", alias);
  const password = randomBytes(12).toString("hex");
  const [database, pbx] = await Promise.all([
    startPostgres(`${name}-database`, onNetwork("database"), password),
    startPbx(`${name}-pbx`, onNetwork("pbx"), scenario),
  ]);
  const port = await database.publishedPort(5432);
  const pool = new pg.Pool({
    connectionString: `postgresql://postgres:${password}@127.0.0.1:${String(port)}/postgres`,
    max: 4,
  });
  // A connection that a test cuts while it is idle is no news.
  pool.on("error", () => undefined);
  onTestFinished(() => pool.end());
  const control = await connectMockControl(
    `tcp://127.0.0.1:${String(await pbx.publishedPort(PBX_PORT))}`,
  );
  onTestFinished(() => control.close());
  const environment = {
    DATABASE_URL: `postgresql://postgres:${password}@database:5432/postgres`,
    VOICE_ADAPTER: "mock",
    MOCK_PBX_URL: `tcp://pbx:${String(PBX_PORT)}`,
  };
  return {
    ...{ name, database, pbx, pool, control },
    startEngine: (
      role,
      { image = ENGINE_IMAGE, env = {}, command = [] } = {},
    ) =>
      startEngine(
        `${name}-${role}`,
        [...MINIMUM, ...onNetwork(role), ...variables(environment, env)],
        image,
        command,
      ),
  };
}

const PBX_PORT = 5039;

function variables(
  ...groups: readonly Readonly<Record<string, string>>[]
): string[] {
  return groups
    .flatMap((group) => Object.entries(group))
    .flatMap(([name, value]) => ["-e", `${name}=${value}`]);
}

async function startPostgres(
  name: string,
  options: readonly string[],
  password: string,
): Promise<Container> {
  const image = process.env["TEST_PG_IMAGE"] ?? "postgres:17-alpine";
  const probe = ["--health-cmd", "pg_isready -h 127.0.0.1 -U postgres"].concat(
    ...["--health-interval", "1s", "--health-retries", "60"],
  );
  const container = await runContainer(
    name,
    [...options, "-p", "127.0.0.1::5432", ...probe].concat(
      "-e",
      `POSTGRES_PASSWORD=${password}`,
    ),
    image,
    ["postgres", "-c", "fsync=off"],
  );
  await untilHealthy(container);
  return container;
}

async function startPbx(
  name: string,
  options: readonly string[],
  scenario: MockScenarioInput,
): Promise<Container> {
  const port = String(PBX_PORT);
  const command = ["node", "cli/mock-pbx.ts", "--host", "0.0.0.0"].concat(
    ...["--port", port, "--seed", "9"],
    ...["--scenario", JSON.stringify(scenario)],
  );
  const container = await runContainer(
    name,
    [...options, "-p", `127.0.0.1::${port}`, "--no-healthcheck"],
    ENGINE_IMAGE,
    command,
  );
  await waitFor(
    "the mock PBX to listen",
    async () => (await container.logs()).includes("listening"),
    { timeoutMs: 60_000, intervalMs: 100 },
  );
  return container;
}

async function startEngine(
  name: string,
  options: readonly string[],
  image: string,
  command: readonly string[],
): Promise<EngineContainer> {
  const container = await runContainer(
    name,
    [...options, "-p", "127.0.0.1::3000"],
    image,
    command,
  );
  const exitCode = async () =>
    Number(await docker("inspect", "-f", "{{.State.ExitCode}}", name));
  return {
    ...container,
    untilHealthy: () => untilHealthy(container),
    untilEnded: async () => Number(await docker("wait", name)),
    health: async () => {
      const port = await container.publishedPort(3000);
      const response = await fetch(`http://127.0.0.1:${String(port)}/health`);
      const body = (await response.json()) as Record<string, unknown>;
      return { code: response.status, body };
    },
    logged: async (message) =>
      (await container.logs())
        .split("\n")
        .filter((line) => line.startsWith("{") && line.includes(message))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    stop: async () => {
      const startedMs = performance.now();
      await docker("stop", "--time", "30", name);
      const ms = performance.now() - startedMs;
      return { exitCode: await exitCode(), ms };
    },
  };
}

async function untilHealthy(container: Container): Promise<void> {
  await waitFor(
    `${container.name} to be healthy`,
    async () => {
      const state = await docker(
        ...["inspect", "-f", "{{.State.Status}} {{.State.Health.Status}}"],
        container.name,
      );
      if (state === "running healthy") return true;
      if (state === "running starting") return false;
      throw new Error(
        `${container.name} is ${state}. It said:\n${(await container.logs()).slice(-3_000)}`,
      );
    },
    { timeoutMs: 90_000, intervalMs: 100 },
  );
}
