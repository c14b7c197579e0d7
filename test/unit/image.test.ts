/** What the programs of the image import at run time goes into the image (`.dockerignore`). */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), "utf8");

const lines = read(".dockerignore")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const taken = lines.filter((line) => line.startsWith("!"));
const leftOut = lines.filter((line) => !/^[!*]/.test(line));

const isUnder = (file: string, name: string) =>
  file === name || file.startsWith(`${name}/`);

function isInImage(file: string): boolean {
  return (
    taken.some((line) => isUnder(file, line.slice(1))) &&
    !leftOut.some((line) => isUnder(file, line))
  );
}

/** Files that a file imports or reads by a path relative to it; types alone are not there at run time. */
function needsOf(file: string): string[] {
  const code = read(file).replaceAll(/^import type [^;]*;/gm, "");
  const imports = [...code.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)];
  const read_ = [
    ...code.matchAll(/new URL\(\s*"([^":]+)",\s*import\.meta\.url/g),
  ];
  return [...imports, ...read_].map(([, path]) =>
    normalize(join(dirname(file), path ?? "")).replace(/\/$/, ""),
  );
}

const programs = ["main.ts", ...globSync("cli/*.ts", { cwd: root })].filter(
  isInImage,
);

it("holds all that its programs import, and all files that these read", () => {
  const seen = new Set<string>();
  const open = [...programs];
  const missing: string[] = [];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (!isInImage(file)) missing.push(file);
    else if (file.endsWith(".ts")) open.push(...needsOf(file));
  }
  expect(programs.length).toBeGreaterThan(5);
  expect(seen.size).toBeGreaterThan(200);
  expect(missing).toEqual([]);
});
