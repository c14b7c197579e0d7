/** How the database is found, and which addresses are refused. */
import { describe, expect, it } from "vitest";
import { databaseConfig, loadConfig } from "../../../config.ts";
import { configError } from "./examples.ts";

describe("the database's URL", () => {
  const url = (env: NodeJS.ProcessEnv) => databaseConfig(env).url;

  it("is built from the Supabase project's address and password", () => {
    const built = new URL(
      url({
        SUPABASE_URL: "https://abcdefgh.supabase.co",
        SUPABASE_DB_PASSWORD: "p@ss/w#rd %",
      }),
    );
    expect(built.host).toBe("db.abcdefgh.supabase.co:5432");
    expect(built.username).toBe("postgres");
    expect(decodeURIComponent(built.password)).toBe("p@ss/w#rd %");
    expect(built.searchParams.get("sslmode")).toBe("require");
    expect(built.searchParams.get("uselibpqcompat")).toBe("true");
  });

  it("encrypts to a Supabase host by default and leaves a chosen sslmode alone", () => {
    const pooler =
      "postgresql://postgres.ref:pw@aws-0-sa-east-1.pooler.supabase.com:5432/postgres";
    expect(url({ DATABASE_URL: pooler })).toContain("sslmode=require");
    const verified = `${pooler}?sslmode=verify-full`;
    expect(url({ DATABASE_URL: verified })).toBe(verified);
  });

  it.each([
    ["postgresql://u:hidden@h.example:6543/postgres", "transaction pooler"],
    ["postgresql:///hidden?host=h&port=6543", "transaction pooler"],
    ["mysql://u:hidden@h/postgres", "does not start with"],
    ["postgresql://u:hid#den@h/postgres", "is not a URL"],
    ["postgresql://u:[YOUR-PASSWORD]@h/hidden", "placeholder"],
    ["postgresql://u:hidden%@h/postgres", "% that encodes nothing"],
    ["postgresql:///hidden", "names no host"],
  ])("%s is refused with the reason", (given, reason) => {
    const error = configError(() => databaseConfig({ DATABASE_URL: given }));
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]?.variable).toBe("DATABASE_URL");
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain("hid");
  });

  it("is asked for in words that tell an API key from a password", () => {
    const error = configError(() =>
      loadConfig({
        SUPABASE_URL: "https://abcdefgh.supabase.co",
        SUPABASE_SERVICE_ROLE_KEY: "key",
        VOICE_ADAPTER: "mock",
      }),
    );
    expect(error.message).toContain("DATABASE_URL is not set");
    expect(error.message).toContain("an API key cannot open a database");
  });
});
