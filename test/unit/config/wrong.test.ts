/** What is said of a wrong configuration. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ConfigError,
  configVariables,
  databaseConfig,
  loadConfig,
} from "../../../config.ts";
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
