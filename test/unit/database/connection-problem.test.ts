import { describe, expect, it } from "vitest";
import { explainConnectionProblem } from "../../../database/connection-problem.ts";

const failed = (code: string) => Object.assign(new Error("no"), { code });
const direct =
  "postgresql://postgres:s3cret@db.abcdefghijklmnopqrst.supabase.co:5432/postgres";

describe("a database that cannot be reached", () => {
  it.each(["ENETUNREACH", "ENOTFOUND", "EHOSTUNREACH", "ETIMEDOUT"])(
    "with %s at Supabase's direct host, names the session pooler",
    (code) => {
      const said = explainConnectionProblem(failed(code), direct);
      expect(said).toContain("db.abcdefghijklmnopqrst.supabase.co");
      expect(said).toContain("session pooler");
      expect(said).not.toContain("s3cret");
    },
  );

  it("names the session pooler for no other host, and for no other problem", () => {
    const pooler = direct.replace(/@[^:]+/, "@aws-0.pooler.supabase.com");
    expect(
      explainConnectionProblem(failed("ENETUNREACH"), pooler),
    ).not.toContain("session pooler");
    expect(explainConnectionProblem(failed("28P01"), direct)).not.toContain(
      "session pooler",
    );
  });

  it("says nothing of an error that is not about reaching it", () => {
    expect(explainConnectionProblem(failed("42P01"), direct)).toBeNull();
    expect(explainConnectionProblem(new Error("no"), direct)).toBeNull();
  });
});
