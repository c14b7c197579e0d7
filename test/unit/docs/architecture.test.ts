/** The pages of the architecture say what there is: each names the files of its room, and comments name files that exist. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (name: string) => readFileSync(join(root, name), "utf8");
const source = (...patterns: readonly string[]) =>
  globSync([...patterns], { cwd: root }).sort();

/** Which files the page of a room names; the page of a room may describe others as well. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  process: ["*.ts", "config/**/*.ts"],
  dialing: ["dialing/**/*.ts"],
  leadership: ["engine/leadership/**/*.ts", "engine/{engine,term}*.ts"],
  scheduling: ["engine/scheduling/**/*.ts"],
  originating: ["engine/originating/**/*.ts"],
  attempts: ["engine/attempts/**/*.ts"],
  queue: ["engine/queue/**/*.ts", "engine/task-*.ts", "tasks/**/*.ts"],
  database: ["database/**/*.ts"],
  adapters: ["adapters/**/*.ts"],
  "http-and-health": ["http/**/*.ts", "health/**/*.ts"],
  wallboard: ["wallboard/**/*.ts"],
  realtime: ["realtime/**/*.ts"],
  tests: ["local-postgres/**/*.ts"],
};

/** Settings of development tools are part of no room. */
const settings = new Set(["vitest.config.ts", "fences.config.ts"]);

describe("ARCHITECTURE.md", () => {
  const text = read("ARCHITECTURE.md");

  it("is an entrance: 12 KB at most, with a link to every page", () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(12 * 1024);
    const pages = source("docs/architecture/*.md");
    expect(pages.length).toBeGreaterThan(10);
    for (const page of pages) expect(text, page).toContain(`(${page}`);
  });
});

describe.each(Object.entries(rooms))("the page %s", (page, patterns) => {
  it("names every file of its room", () => {
    const text = read(`docs/architecture/${page}.md`);
    const files = source(...patterns).filter((name) => !settings.has(name));
    expect(files.length).toBeGreaterThan(0);
    const unnamed = files.filter((name) => !text.includes(`\`${name}\``));
    expect(unnamed).toEqual([]);
  });
});

it("every file of the engine belongs to the room of some page", () => {
  const known = new Set(source(...Object.values(rooms).flat()));
  const rest = source("engine/**/*.ts").filter((name) => !known.has(name));
  const pages = Object.keys(rooms).map((page) =>
    read(`docs/architecture/${page}.md`),
  );
  const unnamed = rest.filter(
    (name) => !pages.some((text) => text.includes(`\`${name}\``)),
  );
  expect(unnamed).toEqual([]);
});

describe("comments", () => {
  const files = source(
    "*.ts",
    "{adapters,bench,cli,config,database,dialing,engine,health,http,local-postgres,realtime,tasks,test,wallboard}/**/*.{ts,js,sql}",
    "migrations/*.sql",
  );
  const sqlNames = new Set(
    files
      .filter((name) => name.endsWith(".sql"))
      .map((name) => name.replace(/^.*\//, "")),
  );

  it("name only files that exist", () => {
    expect(files.length).toBeGreaterThan(500);
    const missing = files.flatMap((file) =>
      filesNamedIn(commentsOf(read(file)))
        .filter((name) => !isThere(file, name, sqlNames))
        .map((name) => `${file}: ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

/** Comments of TypeScript, JavaScript and SQL; what looks like one inside a string is none of a file's name. */
function commentsOf(text: string): string {
  const found = text.matchAll(/\/\*[\s\S]*?\*\/|^\s*(?:\/\/|--) .*$/gm);
  return [...found].map(([comment]) => comment).join("\n");
}

/** Files in backticks. A pattern or a placeholder names no single file. */
function filesNamedIn(comment: string): string[] {
  const names = comment.matchAll(
    /`((?:[\w.-]+\/)*[\w.-]+\.(?:ts|js|cjs|sql|md))`/g,
  );
  return [...names].map(([, name = ""]) => name);
}

/** Beside the file, or by its path from the root; a statement by its name alone. */
function isThere(
  file: string,
  name: string,
  sqlNames: ReadonlySet<string>,
): boolean {
  return (
    existsSync(join(root, name)) ||
    existsSync(join(root, dirname(file), name)) ||
    sqlNames.has(name)
  );
}
