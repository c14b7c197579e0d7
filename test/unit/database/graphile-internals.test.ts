/** Who leans on a private part of Graphile Worker takes it from the one file, or, being a statement, is listed there. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import {
  graphileColumns,
  graphileVersion,
  jobsChannel,
  jobsTable,
  statementsWithPrivateNames,
  tasksTable,
} from "../../../database/graphile-internals.ts";

const root = new URL("../../../", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), "utf8");
const withoutComments = (text: string) =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|(?:\/\/|--) .*$/gm, "");

/** What is shipped, and the benchmarks; tests look at the tables as they like and fail with them. */
function productFiles(ending: "ts" | "sql"): string[] {
  return globSync(
    [
      `*.${ending}`,
      `{adapters,bench,cli,config,database,dialing,engine,health,http,local-postgres,migrations,realtime,tasks,wallboard}/**/*.${ending}`,
    ],
    { cwd: root },
  ).sort();
}

it("is about the version that is pinned", () => {
  const { dependencies } = JSON.parse(read("package.json")) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies["graphile-worker"]).toBe(graphileVersion);
});

it("alone names private parts in TypeScript", () => {
  const home = "database/graphile-internals.ts";
  const files = productFiles("ts");
  expect(files.length).toBeGreaterThan(200);
  expect(files).toContain(home);
  const words = new RegExp(
    `_private_|\\b_(shuttingDown|forcefulShuttingDown|active|workers|withPgClient|start)\\b|["'\`]${jobsChannel}`,
  );
  const naming = files.filter((file) =>
    words.test(withoutComments(read(file))),
  );
  expect(naming).toEqual([home]);
});

describe("the list of statements", () => {
  const files = productFiles("sql");
  const naming = (name: RegExp) =>
    files.filter((file) => name.test(withoutComments(read(file))));

  it.each(Object.entries(statementsWithPrivateNames))(
    "has all that name %s, and no others",
    (name, listed) => {
      expect(naming(new RegExp(`\\b${name}\\b`))).toEqual([...listed].sort());
    },
  );

  it("leaves no private table out", () => {
    const known = Object.keys(graphileColumns).join("|");
    expect(
      naming(
        new RegExp(`\\b_private_(?!(${known.replaceAll("_private_", "")})\\b)`),
      ),
    ).toEqual([]);
  });

  it.each([
    [jobsTable, "job"],
    [tasksTable, "task"],
  ] as const)("has in %s the columns that they name", (table, alias) => {
    const columns = new Set(Object.keys(graphileColumns[table]));
    const named = (statementsWithPrivateNames[table] ?? []).flatMap((file) =>
      [
        ...withoutComments(read(file)).matchAll(
          new RegExp(`\\b${alias}\\.(\\w+)`, "g"),
        ),
      ].map(([, column = ""]) => column),
    );
    expect(new Set(named).size).toBeGreaterThan(1);
    expect(named.filter((column) => !columns.has(column))).toEqual([]);
  });
});
