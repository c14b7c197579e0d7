/** How the database is found, and which addresses are refused. */
import { describe, expect, it } from "vitest";
import { databaseConfig, loadConfig } from "../../../config/reading.ts";
import { configError } from "./examples.ts";

describe("the database's URL", () => {
  const url = (env: NodeJS.ProcessEnv) => {
    const database = databaseConfig(env);
    if ("ask" in database) throw new Error("the database is to be asked for");
    return database.url;
  };

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

describe("a database that the project is asked for", () => {
  const project = {
    SUPABASE_URL: "https://abcdefgh.supabase.co/",
    SUPABASE_SERVICE_ROLE_KEY: `sb_secret_${"k".repeat(30)}`,
  };
  const claimsKey = (claims: object) =>
    `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;
  const unasked = (env: NodeJS.ProcessEnv) => {
    const database = databaseConfig(env);
    if (!("ask" in database)) throw new Error("nothing is asked");
    return database;
  };

  it("is what the manual's own variables mean, and only when nothing else names one", () => {
    expect(unasked(project).ask).toEqual({
      url: "https://abcdefgh.supabase.co",
      secretKey: project.SUPABASE_SERVICE_ROLE_KEY,
    });
    for (const more of [
      { DATABASE_URL: "postgresql://u:p@h/d" },
      { SUPABASE_DB_PASSWORD: "pw" },
    ])
      expect(databaseConfig({ ...project, ...more })).toHaveProperty("url");
  });

  it("is checked as one that is given", () => {
    const { answered } = unasked(project);
    const direct = "postgresql://postgres:pw@db.abcdefgh.supabase.co:5432/p";
    expect(answered(direct).url).toContain("sslmode=require");
    for (const [url, code] of [
      [
        "postgresql://u:hidden@aws-0-x.pooler.supabase.com:6543/p",
        "url-pooler",
      ],
      [
        "postgresql://u:hidden@db.otherone.supabase.co:5432/p",
        "url-other-project",
      ],
      ["hidden", "url-scheme"],
      ['"postgresql://u:hidden@h/p"', "quoted"],
    ] as const) {
      const error = configError(() => answered(url));
      expect(error.problems[0]?.code).toBe(code);
      expect(error.message).toContain("Edge Function");
      expect(error.message).not.toContain("hidden");
    }
  });

  it.each([
    "postgresql://postgres:pw@db.abcdefgh.supabase.co:5432/postgres",
    "postgresql://postgres.abcdefgh:pw@aws-0-x.pooler.supabase.com:6543/postgres",
  ])("goes through the session pooler that is named, from %s", (handedOut) => {
    const pooler = "aws-1-sa-east-1.pooler.supabase.com";
    const env = { ...project, SUPABASE_POOLER_HOST: pooler };
    const url = new URL(unasked(env).answered(handedOut).url);
    expect(url.host).toBe(`${pooler}:5432`);
    expect(url.username).toBe("postgres.abcdefgh");
    expect(url.password).toBe("pw");
  });

  it("goes through the session pooler when it is built, too", () => {
    const env = {
      SUPABASE_URL: project.SUPABASE_URL,
      SUPABASE_DB_PASSWORD: "p@w",
      SUPABASE_POOLER_HOST: "aws-1-sa-east-1.pooler.supabase.com",
    };
    const database = databaseConfig(env);
    expect("url" in database && database.url).toMatch(
      /^postgresql:\/\/postgres\.abcdefgh:p%40w@aws-1-sa-east-1\.pooler\.supabase\.com:5432\/postgres/,
    );
  });

  it.each([
    [claimsKey({ role: "anon" }), "public-key", /anon/],
    [claimsKey({ role: "authenticated" }), "public-key", /authenticated/],
    ["sb_publishable_0123456789", "public-key", /sb_publishable/],
    [
      claimsKey({ role: "service_role", ref: "otherone" }),
      "other-projects-key",
      /otherone/,
    ],
    ['"sb_secret_0123456789"', "quoted", /quotation marks/],
    ["sb_secret_01 23456789", "wrong", /whole and in one line/],
  ])("needs a key that opens it: not %s", (key, code, words) => {
    const env = { ...project, SUPABASE_SERVICE_ROLE_KEY: key };
    const error = configError(() => databaseConfig(env));
    expect(error.problems[0]?.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain(key);
  });

  it("needs the project's address beside the key", () => {
    const { SUPABASE_SERVICE_ROLE_KEY } = project;
    const error = configError(() =>
      databaseConfig({ SUPABASE_SERVICE_ROLE_KEY }),
    );
    expect(error.message).toContain("SUPABASE_URL is not set");
  });
});
