/** The migration files as they lie in `migrations/`, and what can be read from their text. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

export interface MigrationFile {
  readonly version: number;
  /** File name, e.g. `0006_campaigns.sql`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text, in hex. */
  readonly checksum: string;
  /** Lowest engine version that may run after this file; null: the same as before it. */
  readonly oldestEngine: string | null;
}

/** Where the files lie: beside the package, whatever the working directory. */
export const migrationsFolder = new URL("../../migrations/", import.meta.url);

/**
 * All files named `<4 digits>_<name>.sql`, by version.
 *
 * @throws Error when the versions are not 1, 2, 3 ... without gaps
 */
export async function readMigrationFiles(
  folder: URL = migrationsFolder,
): Promise<readonly MigrationFile[]> {
  const names = (await readdir(folder))
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(name.slice(0, 4));
      if (version !== index + 1) {
        throw new Error(
          `migrations/${name} should have number ${String(index + 1)}: the numbers rise by one, without gaps.`,
        );
      }
      // A checkout with Windows line ends is the same migration.
      const sql = (await readFile(new URL(name, folder), "utf8")).replaceAll(
        "\r\n",
        "\n",
      );
      return {
        version,
        name,
        sql,
        checksum: createHash("sha256").update(sql).digest("hex"),
        oldestEngine:
          /^-- Oldest engine: (\d+\.\d+\.\d+)$/m.exec(sql)?.[1] ?? null,
      };
    }),
  );
}

/** Names of the tables, views and functions that a file creates, in its order. */
export function createdNames(file: MigrationFile): readonly string[] {
  return [
    ...file.sql.matchAll(/^create (?:table|view|function) ([a-z_]+)/gm),
  ].flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
}

/** The version in `package.json`, e.g. `0.1.0`. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(
    new URL("../../package.json", import.meta.url),
    "utf8",
  );
  const { version } = JSON.parse(text) as { version?: unknown };
  if (typeof version !== "string") {
    throw new Error("package.json has no version.");
  }
  return version;
}

/** Whether version `a` comes after `b`; both `major.minor.patch`, anything after the patch is left out. */
export function isNewer(a: string, b: string): boolean {
  const parts = (version: string): number[] =>
    (version.split("-")[0] ?? "").split(".").map(Number);
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
