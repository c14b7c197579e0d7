import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadSql } from "../../../database/sql.ts";

const root = new URL("../../../", import.meta.url);

describe("loadSql", () => {
  it("gives the file's text", () => {
    expect(loadSql("health/attempts")).toContain("from call_attempts");
  });

  it.each(["../sql", "a/b/c", "", "UPPER", "x.sql"])(
    "refuses %j, which is no name of a query",
    (name) => {
      expect(() => loadSql(name)).toThrow("is not the name of a query");
    },
  );

  it("throws for a query that does not exist", () => {
    expect(() => loadSql("health/no_such_query")).toThrow("ENOENT");
  });
});

/** What stands in quotation marks in the files that may name queries of this folder. */
function quotedIn(patterns: readonly string[]): ReadonlySet<string> {
  const texts = globSync(patterns, { cwd: root }).map((file) =>
    readFileSync(new URL(file, root), "utf8"),
  );
  return new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/"([a-z0-9_/-]+)"/g)].map(([, name]) => name ?? ""),
    ),
  );
}

describe.each([
  {
    folder: "database/queries/",
    namedIn: ["database/*.ts", "engine/*.ts", "wallboard/*.ts"],
  },
  ...globSync("cli/*/queries/", { cwd: root }).map((name) => {
    const folder = `${name.replace(/\/$/, "")}/`;
    return { folder, namedIn: [`${folder.replace("queries/", "")}*.ts`] };
  }),
])("$folder", ({ folder, namedIn }) => {
  const files = globSync("**/*.sql", { cwd: new URL(folder, root) });
  const named = quotedIn(namedIn);

  it("holds no query that no statement names", () => {
    expect(files.length).toBeGreaterThan(1);
    const names = files.map((file) => file.replace(/\.sql$/, ""));
    expect(names.filter((name) => !named.has(name))).toEqual([]);
  });

  it("has no query with eight or more positional parameters: a row of JSON names and types its values", () => {
    const many = files.filter((file) => {
      const text = readFileSync(new URL(`${folder}${file}`, root), "utf8");
      const places = [...text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n));
      return Math.max(0, ...places) >= 8;
    });
    expect(many).toEqual([]);
  });

  it("has the query of every name with a room", () => {
    const rooms = new Set(files.map((file) => file.split("/", 1)[0]));
    const missing = [...named].filter(
      (name) =>
        /^[a-z]+\/[a-z0-9_]+$/.test(name) &&
        rooms.has(name.split("/", 1)[0]) &&
        !existsSync(new URL(`${folder}${name}.sql`, root)),
    );
    expect(missing).toEqual([]);
  });
});
