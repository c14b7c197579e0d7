import { describe, expect, it } from "vitest";
import { loadSql } from "../../../database/sql.ts";

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
    expect(() => loadSql("no_such_query")).toThrow("ENOENT");
  });
});
