/**
 * A private Postgres server for the demo, the bench and the tests: its own folder, a free port on 127.0.0.1, a random
 * password, no Unix socket, and no trace after `stop()`.
 *
 * The server is not in this process's group, so that Ctrl-C reaches only the program, which then stops the server
 * gracefully; the caller handles SIGINT and SIGTERM. What remains after a SIGKILL of the program is found by the
 * folder's `owner.json` and removed by the next start on the same machine.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import {
  canReach,
  findBinaries,
  giveTo,
  LocalPostgresError,
  prepareBinaries,
  unprivilegedOwner,
  type BinariesChoice,
  type ProcessOwner,
} from "./postgres-binaries.ts";
import {
  end,
  HOST,
  launch,
  runProgram,
  type Installation,
} from "./postgres-process.ts";
import { FOLDER_PREFIX, markFolder, sweepStale } from "./stale-postgres.ts";

export { findBinaries, LocalPostgresError } from "./postgres-binaries.ts";
export { stopStale } from "./stale-postgres.ts";

export interface LocalPostgresOptions {
  /** Name of the bootstrap superuser. */
  readonly superuser: string;
  readonly binaries: BinariesChoice;
  /** false = nothing is flushed to disk: fast, survives a crash of the server, worthless after a power cut. */
  readonly durable: boolean;
  /** Server settings, as for `postgres -c name=value`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Empty or absent folder to live in; default: a new one below the system's temporary folder. Removed by `stop()`. */
  readonly folder?: string;
  /** Fixed port; default: a free one. */
  readonly port?: number;
}

export interface LocalPostgres {
  readonly host: string;
  readonly port: number;
  /** As the server reports it, e.g. `17.10`. */
  readonly version: string;
  readonly source: "system" | "embedded";
  /** Process id of the postmaster; changes with `restart()`. */
  readonly pid: number;
  readonly folder: string;
  /** The superuser's; the server asks every role for a password. */
  readonly password: string;
  /** Connection string with the superuser's password (other roles: give them the same one). */
  url(database: string, user: string): string;
  /** Fast shutdown, then removes the folder. May be called twice. */
  stop(): Promise<void>;
  /** Immediate shutdown as in a crash: connections are cut, data stays for `restart()`. */
  stopImmediate(): Promise<void>;
  /** Starts again on the same port and data; stops (fast) first if it runs. */
  restart(): Promise<void>;
}

const PORT_TRIES = 5;
/** No synchronous_commit=off: commits must survive the crash of the server, which tests cause, if not a power cut. */
const FAST_SETTINGS = { fsync: "off", full_page_writes: "off" };

/**
 * Creates and starts a server, and waits until it accepts connections (about a second).
 *
 * @throws LocalPostgresError with what the programs printed; nothing is left behind then.
 */
export async function startLocalPostgres(
  options: LocalPostgresOptions,
): Promise<LocalPostgres> {
  const binaries = await findBinaries(options.binaries);
  const owner = await unprivilegedOwner();
  const users = [process.getuid?.(), owner?.uid];
  await sweepStale(users.filter((uid) => uid !== undefined));
  const folder = await makeFolder(options.folder, owner);
  try {
    const bin = await prepareBinaries(binaries, folder, owner);
    const version = await versionOf(bin, folder, owner);
    const password = randomBytes(12).toString("hex");
    const data = path.join(folder, "data");
    const installation: Installation = {
      bin,
      folder,
      data,
      owner,
      settings: {
        ...(options.durable ? {} : FAST_SETTINGS),
        ...options.settings,
      },
    };
    await initialise(installation, options.superuser, password, version);
    const { child, port } = await startOnFreePort(installation, options.port);
    return control(installation, child, {
      port,
      version,
      password,
      source: binaries.source,
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function control(
  installation: Installation,
  first: ChildProcess,
  facts: Pick<LocalPostgres, "port" | "version" | "password" | "source">,
): LocalPostgres {
  let child = first;
  return {
    ...facts,
    host: HOST,
    folder: installation.folder,
    get pid() {
      return child.pid ?? 0;
    },
    url: (database, user) =>
      `postgres://${encodeURIComponent(user)}:${facts.password}@${HOST}:${String(facts.port)}/${encodeURIComponent(database)}`,
    async stop() {
      await end(child, "SIGINT");
      await rm(installation.folder, { recursive: true, force: true });
    },
    stopImmediate: () => end(child, "SIGQUIT"),
    async restart() {
      await end(child, "SIGINT");
      child = await launch(installation, facts.port);
    },
  };
}

async function makeFolder(
  wanted: string | undefined,
  owner: ProcessOwner | undefined,
): Promise<string> {
  let folder: string;
  if (wanted === undefined) {
    const closed = owner && !(await canReach(os.tmpdir(), owner));
    const parent = closed ? "/tmp" : os.tmpdir();
    folder = await mkdtemp(
      path.join(parent, `${FOLDER_PREFIX}${String(process.pid)}-`),
    );
  } else {
    folder = path.resolve(wanted);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).length > 0) {
      throw new LocalPostgresError(
        "POSTGRES_FOLDER_UNUSABLE",
        `${folder} is not empty. Give an empty folder, or remove what an earlier server left there with stopStale().`,
      );
    }
  }
  await markFolder(folder);
  if (owner) await giveTo(folder, owner);
  if (owner && !(await canReach(folder, owner))) {
    await rm(folder, { recursive: true, force: true });
    throw new LocalPostgresError(
      "POSTGRES_FOLDER_UNUSABLE",
      `Postgres does not run as root, and the user it runs as cannot enter ${folder}. Choose a folder below /tmp, or run as an ordinary user.`,
    );
  }
  return folder;
}

async function versionOf(
  bin: string,
  folder: string,
  owner: ProcessOwner | undefined,
): Promise<string> {
  const { stdout } = await runProgram(
    path.join(bin, "postgres"),
    ["--version"],
    folder,
    owner,
  );
  return /(\d+(?:\.\d+)?)/.exec(stdout)?.[1] ?? stdout.trim();
}

async function initialise(
  { bin, folder, data, owner }: Installation,
  superuser: string,
  password: string,
  version: string,
): Promise<void> {
  const passwordFile = path.join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner) await giveTo(folder, owner);
  // Locale by name, never from LANG: one that is not installed makes initdb fail, C alone gives SQL_ASCII.
  const builtin = Number.parseInt(version, 10) >= 17;
  const flags = [
    `--pgdata=${data}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    ...(builtin
      ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
      : []),
  ];
  await runProgram(path.join(bin, "initdb"), flags, folder, owner);
  await rm(passwordFile);
}

async function startOnFreePort(
  installation: Installation,
  fixed: number | undefined,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = fixed ?? (await freePort());
    try {
      return { child: await launch(installation, port), port };
    } catch (error) {
      const taken =
        error instanceof Error &&
        /could not bind|Address already in use/.test(error.message);
      if (fixed !== undefined || !taken || attempt === PORT_TRIES) throw error;
    }
  }
}

/** A port that was free a moment ago; another program may still take it. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
