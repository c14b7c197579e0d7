import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ConfigError,
  configVariables,
  databaseConfig,
  environmentTable,
  loadConfig,
} from "../../config.ts";

const mock = {
  DATABASE_URL: "postgresql://postgres:pw@db.example:5432/postgres",
  VOICE_ADAPTER: "mock",
};
const asterisk = {
  ...mock,
  VOICE_ADAPTER: "asterisk_ami",
  ASTERISK_HOST: "10.0.0.5",
  ASTERISK_AMI_USER: "dialer",
  ASTERISK_AMI_SECRET: "s3cret: with blanks",
};

function configError(read: () => unknown): ConfigError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  const { problems } = configError(() => loadConfig(env));
  return problems.map(({ variable, problem }) => `${variable} ${problem}`);
}

describe("a complete configuration", () => {
  it("has the documented defaults", () => {
    expect(loadConfig(mock)).toEqual({
      database: {
        url: mock.DATABASE_URL,
        schema: "public",
        workerSchema: "graphile_worker",
        maxConnections: 7,
      },
      supabase: null,
      voice: { adapter: "mock", node: "default", mockPbxUrl: null },
      scheduler: {
        intervalMs: 250,
        executorIntervalMs: 100,
        timerCheckMs: 500,
        maxConcurrentOriginates: 50,
      },
      http: { port: 3000, statusToken: null },
      retention: { eventsDays: 30, attemptsDays: 1825 },
      log: { level: "info", phoneNumbers: false },
      timings: {
        leaseDurationMs: 5000,
        leaseRenewMs: 1000,
        heartbeatStaleMs: 10_000,
        unhealthyAfterMs: 30_000,
        shutdownTimeoutMs: 8000,
        settleMs: 2000,
      },
      environment: "production",
    });
  });

  it("is frozen at every level", () => {
    const config = loadConfig(mock);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.timings)).toBe(true);
    expect(Object.isFrozen(config.voice)).toBe(true);
  });

  it("reads only the chosen PBX's variables", () => {
    const config = loadConfig({ ...asterisk, FREESWITCH_ESL_PORT: "none" });
    expect(config.voice).toEqual({
      adapter: "asterisk_ami",
      node: "default",
      host: "10.0.0.5",
      port: 5038,
      user: "dialer",
      secret: "s3cret: with blanks",
      context: "from-dialer",
    });
    const other = loadConfig({
      ...mock,
      VOICE_ADAPTER: "freeswitch_esl",
      FREESWITCH_HOST: "fs",
      FREESWITCH_ESL_PASSWORD: "ClueCon",
      VOICE_NODE: "fs-1",
    });
    expect(other.voice).toEqual({
      adapter: "freeswitch_esl",
      node: "fs-1",
      host: "fs",
      port: 8021,
      password: "ClueCon",
      context: "default",
    });
  });

  it("takes an empty variable for an unset one and trims the others", () => {
    const config = loadConfig({
      ...mock,
      PORT: "",
      STATUS_TOKEN: "  ",
      LOG_LEVEL: " DEBUG\n",
    });
    expect(config.http).toEqual({ port: 3000, statusToken: null });
    expect(config.log.level).toBe("debug");
  });

  it("names the worker's schema after a schema that is not public", () => {
    const { database } = loadConfig({ ...mock, DIALER_SCHEMA: "dialer" });
    expect(database).toMatchObject({
      schema: "dialer",
      workerSchema: "dialer_worker",
    });
  });

  it("prefers the new secret key and needs the project's address with it", () => {
    const keys = { SUPABASE_SERVICE_ROLE_KEY: "old", SUPABASE_SECRET_KEY: "n" };
    expect(loadConfig({ ...mock, ...keys }).supabase).toBeNull();
    expect(
      loadConfig({ ...mock, ...keys, SUPABASE_URL: "https://api.example/" })
        .supabase,
    ).toEqual({ url: "https://api.example", secretKey: "n" });
  });
});

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

describe("a wrong configuration", () => {
  it("has every problem reported together, one line each", () => {
    const error = configError(() =>
      loadConfig({
        VOICE_ADAPTER: "asterisk_ami",
        ASTERISK_AMI_PORT: "50380000",
        PORT: "http",
        DIALER_SCHEMA: "Public",
        LOG_LEVEL: "loud",
        LEASE_RENEW_MS: "4000",
      }),
    );
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.problems.map(({ variable }) => variable).sort()).toEqual([
      "ASTERISK_AMI_PORT",
      "ASTERISK_AMI_SECRET",
      "ASTERISK_AMI_USER",
      "ASTERISK_HOST",
      "DATABASE_URL",
      "DIALER_SCHEMA",
      "LEASE_RENEW_MS",
      "LOG_LEVEL",
      "PORT",
    ]);
    expect(error.message.split("\n")).toHaveLength(1 + error.problems.length);
    expect(error.message).toContain(
      'PORT has a wrong value ("http"); expected a whole number from 0 to 65535',
    );
  });

  it.each([
    [{ VOICE_ADAPTER: "asterisk" }, "VOICE_ADAPTER has a wrong value"],
    [{ VOICE_NODE: "a b" }, "VOICE_NODE has a wrong value"],
    [{ WORKER_SCHEMA: "public" }, "WORKER_SCHEMA is the same as"],
    [{ DIALER_SCHEMA: "pg_dialer" }, "DIALER_SCHEMA has a wrong value"],
    [{ MOCK_PBX_URL: "localhost:5000" }, "MOCK_PBX_URL has a wrong value"],
    [{ MOCK_PBX_URL: "tcp://h:99999" }, "MOCK_PBX_URL has a wrong value"],
    [{ LOG_PHONE_NUMBERS: "yes" }, "LOG_PHONE_NUMBERS has a wrong value"],
    [{ STATUS_TOKEN: "short" }, "STATUS_TOKEN has a wrong value"],
    [{ SUPABASE_URL: "project" }, "SUPABASE_URL has a wrong value"],
  ])("%j is refused", (wrong, expected) => {
    const problems = problemsOf({ ...mock, ...wrong });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it("refuses line breaks in what is sent to the PBX", () => {
    const injected = "x\r\nAction: Command";
    const problems = problemsOf({ ...asterisk, ASTERISK_AMI_SECRET: injected });
    expect(problems).toEqual(["ASTERISK_AMI_SECRET has a wrong value"]);
  });

  it.each([
    ["ASTERIK_HOST", "ASTERISK_HOST"],
    ["DATABSE_URL", "DATABASE_URL"],
    ["database_url", "DATABASE_URL"],
    ["SCHEDULER_INTERVAL_M", "SCHEDULER_INTERVAL_MS"],
  ])("points out that %s was probably meant to be %s", (typed, meant) => {
    const env: NodeJS.ProcessEnv = { ...asterisk, [typed]: "10.0.0.9" };
    Reflect.deleteProperty(env, meant);
    const error = configError(() => loadConfig(env));
    expect(error.message).toContain(
      `${typed} is not a variable of the dialer; expected ${meant}, did you mean that?`,
    );
  });

  it("leaves names alone that are near to none, or to one that is set", () => {
    const others = { POST: "1", PATH: "/bin", HOME: "/", DATABASE_URI: "x" };
    expect(loadConfig({ ...mock, ...others }).http.port).toBe(3000);
  });

  it("never prints a secret", () => {
    const secrets = configVariables.filter(({ secret }) => secret);
    const env = Object.fromEntries(
      secrets.map(({ name }) => [name, `hidden\u0007${name}`]),
    );
    for (const adapter of ["asterisk_ami", "freeswitch_esl", "mock"]) {
      const error = configError(() =>
        loadConfig({ ...env, VOICE_ADAPTER: adapter }),
      );
      expect(error.problems.length).toBeGreaterThan(3);
      expect(JSON.stringify([error.message, error.problems])).not.toContain(
        "hidden",
      );
    }
  });

  it("makes a ConfigError of any garbage, and nothing else", () => {
    const names = configVariables.map(({ name }) => name);
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string(),
      fc.webUrl(),
      fc.integer().map(String),
      fc.constantFrom(
        "mock",
        "asterisk_ami",
        "\ud800",
        "https://a.supabase.co",
      ),
      fc.string({ unit: "binary" }).map((text) => `postgresql://${text}`),
    );
    const name = fc.oneof(fc.constantFrom(...names), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, value), (env) => {
        for (const load of [loadConfig, databaseConfig]) {
          try {
            expect(load(env)).toBeTypeOf("object");
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("the README's table", () => {
  it("has one row for each variable", () => {
    const names = configVariables.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const rows = environmentTable().split("\n").slice(2);
    expect(rows.map((row) => /^\| `(\w+)` \|/.exec(row)?.[1])).toEqual(names);
  });

  it("does not promise a default that is not the one in use", () => {
    const config = loadConfig(mock);
    const shown = new Map(configVariables.map((v) => [v.name, v.default]));
    expect(shown.get("PORT")).toBe(String(config.http.port));
    expect(shown.get("LOG_LEVEL")).toBe(`\`${config.log.level}\``);
    expect(shown.get("VOICE_NODE")).toBe(`\`${config.voice.node}\``);
  });
});
