/** What is said of a wrong configuration. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ConfigError,
  configVariables,
  databaseConfig,
  loadConfig,
} from "../../../config/reading.ts";
import { configRemarks } from "../../../config/remarks.ts";
import { asterisk, configError, mock } from "./examples.ts";

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  const { problems } = configError(() => loadConfig(env));
  return problems.map(({ variable, problem }) => `${variable} ${problem}`);
}

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

  it.each([
    ["AMI_HOST", "ASTERISK_HOST"],
    ["ASTERISK_IP", "ASTERISK_HOST"],
    ["AMI_USERNAME", "ASTERISK_AMI_USER"],
    ["ASTERISK_AMI_PASSWORD", "ASTERISK_AMI_SECRET"],
    ["ami_secret", "ASTERISK_AMI_SECRET"],
    ["AMI_PORT", "ASTERISK_AMI_PORT"],
    ["SUPABASE_DB_URL", "DATABASE_URL"],
    ["POSTGRES_URL", "DATABASE_URL"],
  ])("knows what else %s is called: %s", (given, meant) => {
    const env: NodeJS.ProcessEnv = { ...asterisk, [given]: "5038" };
    Reflect.deleteProperty(env, meant);
    const problems = configError(() => loadConfig(env)).problems;
    const told = problems.filter(({ variable }) => variable === given);
    expect(told).toHaveLength(1);
    expect(told[0]?.value).toBe(meant);
  });

  it.each([
    ["SUPABASE_KEY", "SUPABASE_SERVICE_ROLE_KEY"],
    ["NEXT_PUBLIC_SUPABASE_URL", "SUPABASE_URL"],
    ["DB_PASSWORD", "SUPABASE_DB_PASSWORD"],
  ])(
    "speaks of %s where no database is found, not where one is",
    (given, meant) => {
      const problems = configError(() => loadConfig({ [given]: "x" })).problems;
      expect(problems).toContainEqual(
        expect.objectContaining({ variable: given, value: meant }),
      );
      expect(loadConfig({ ...mock, [given]: "x" }).http.port).toBe(3000);
    },
  );

  it.each([
    [{ PORT: '"3000"' }, "PORT"],
    [{ DATABASE_URL: `"${mock.DATABASE_URL}"` }, "DATABASE_URL"],
    [{ DATABASE_URL: `'${mock.DATABASE_URL}'` }, "DATABASE_URL"],
    [{ SUPABASE_URL: "“https://a.supabase.co”" }, "SUPABASE_URL"],
    [{ VOICE_ADAPTER: "'mock'" }, "VOICE_ADAPTER"],
  ])("sees quotation marks round a value: %j", (wrong, variable) => {
    const { problems } = configError(() => loadConfig({ ...mock, ...wrong }));
    expect(problems.map(({ code }) => code)).toEqual(["quoted"]);
    expect(problems[0]?.variable).toBe(variable);
    expect(problems[0]?.problem).toMatch(/quotation marks/);
  });

  it.each([
    "https://supabase.com/dashboard/project/abcdefgh",
    "https://abcdefgh.supabase.co/rest/v1/",
  ])(
    "tells another page of Supabase's from the project's address: %s",
    (url) => {
      const problems = problemsOf({ ...mock, SUPABASE_URL: url });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain("SUPABASE_URL has a wrong value");
    },
  );

  it("remarks on what is odd about a complete one, without a secret", () => {
    const anon = `e30.${Buffer.from('{"role":"anon"}').toString("base64url")}.x`;
    const remarks = configRemarks(
      {
        ...mock,
        STATUS_TOKEN: '"hidden-token"',
        SUPABASE_URL: "https://abcdefgh.supabase.co",
        SUPABASE_SERVICE_ROLE_KEY: anon,
      },
      Date.UTC(2026, 10, 1),
    );
    expect(remarks.map(({ code }) => code)).toEqual([
      "quoted-secret",
      "public-key",
    ]);
    expect(JSON.stringify(remarks)).not.toMatch(/hidden|e30\./);
    expect(configRemarks(asterisk, 0)).toEqual([]);
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
