import { describe, expect, it } from "vitest";
import {
  checkDatabaseName,
  loginProblem,
} from "../../../../cli/doctor/checks/database-login.ts";
import {
  judgeClock,
  judgeConnections,
  judgeRights,
  judgeVersion,
} from "../../../../cli/doctor/checks/database.ts";
import {
  judgeAnswer,
  judgeKey,
} from "../../../../cli/doctor/checks/supabase.ts";
import { checkVariables } from "../../../../cli/doctor/checks/variables.ts";
import type { Finding } from "../../../../cli/doctor/finding.ts";
import { pbxNeeds } from "../../../../cli/doctor/pbx-needs.ts";
import { reportLines } from "../../../../cli/doctor/report.ts";
import { partialConfig } from "../../../../config/reading.ts";

const codes = (findings: readonly Finding[]) =>
  findings.map(({ code }) => code);

const server = {
  versionNumber: 150_008,
  version: "15.8",
  role: "postgres",
  database: "postgres",
  serverLimit: 60,
  roleLimit: -1,
  databaseLimit: -1,
  inUse: 20,
  inUseByRole: 5,
  inUseInDatabase: 20,
};

describe("the variables", () => {
  it("are all named with their problems, in Portuguese too, and no secret is", () => {
    const config = partialConfig({
      VOICE_ADAPTER: "asterisk_ami",
      ASTERISK_HOST: "not a host",
      ASTERISK_AMI_USER: "dialer",
      ASTERISK_AMI_SECRET: "bad\nsecret-of-the-test",
      STATUS_TOKEN: "short",
      DATABASE_URL: "postgresql://me:[YOUR-PASSWORD]@host/x",
      LEASE_RENEW_MS: "5000",
    });
    const lines = reportLines(checkVariables(config), "pt-BR", config.secrets);
    expect(lines.map(({ code }) => code).sort()).toEqual([
      "variables.lease",
      "variables.url-placeholder",
      "variables.wrong",
      "variables.wrong",
      "variables.wrong",
    ]);
    const text = JSON.stringify(lines);
    expect(text).toContain("um nome de servidor ou endereço IP");
    expect(text).not.toMatch(/secret-of-the-test|short/);
  });

  it("that are right leave what they configure readable, piece by piece", () => {
    const config = partialConfig({
      VOICE_ADAPTER: "mock",
      DATABASE_URL: "postgresql://me:p%40ss-word@host:5432/x",
      MAX_CONCURRENT_ORIGINATES: "none",
      PORT: "8080",
    });
    expect(config).toMatchObject({
      voice: { adapter: "mock", node: "default" },
      port: 8080,
      database: { schema: "public" },
    });
    expect(config.secrets).toEqual(
      expect.arrayContaining(["p%40ss-word", "p@ss-word"]),
    );
    expect(codes(checkVariables(config))).toEqual(["variables.wrong"]);
  });
});

describe("the database's host", () => {
  const ipv6 = () => Promise.resolve([{ address: "2001:db8::1", family: 6 }]);
  const url = "postgresql://me@db.example:5432/x";

  it("with IPv6 alone is out of reach of a machine without it", async () => {
    expect(codes(await checkDatabaseName(url, ipv6, false))).toEqual([
      "database.name.ipv6-only",
    ]);
    expect(codes(await checkDatabaseName(url, ipv6, true))).toEqual([
      "database.name.ok",
    ]);
  });

  it("that is an address is not looked up", async () => {
    const never = () => Promise.reject(new Error("looked up"));
    for (const host of ["10.0.0.5", "[2001:db8::1]"]) {
      const findings = await checkDatabaseName(
        `postgresql://me@${host}:5432/x`,
        never,
        false,
      );
      expect(codes(findings)).toEqual(["database.name.address"]);
    }
  });
});

describe("a login that failed", () => {
  const url = "postgresql://me:pw@host.example:5432/x";
  it.each([
    ["28P01", "password authentication failed", "database.login.password"],
    ["3D000", 'database "x" does not exist', "database.login.database"],
    ["53300", "too many connections for role", "database.login.full"],
    ["ENETUNREACH", "connect ENETUNREACH", "database.login.refused"],
    ["XX000", "Tenant or user not found", "database.login.tenant"],
    ["XX000", "Max client connections reached", "database.login.full"],
    ["", "The server does not support SSL connections", "database.login.tls"],
    [
      "",
      "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string",
      "database.login.password",
    ],
    ["", "timeout expired", "database.login.refused"],
    ["28000", "no pg_hba.conf entry for host", "database.login.other"],
  ])("with %s, %s, is %s", (code, message, expected) => {
    const error = Object.assign(new Error(message), { code });
    expect(loginProblem(error, url).code).toBe(expected);
  });
});

describe("the server", () => {
  it("must be of version 15 or newer", () => {
    expect(codes(judgeVersion(server))).toEqual(["database.version.ok"]);
    const old = { ...server, versionNumber: 140_012, version: "14.12" };
    expect(codes(judgeVersion(old))).toEqual(["database.version.old"]);
  });

  it("must have connections for an engine and the standby of an update", () => {
    const wanted = { maxConnections: 7 };
    const judge = (more: Partial<typeof server>) =>
      codes(judgeConnections({ ...server, ...more }, wanted));
    expect(judge({})).toEqual(["database.connections.ok"]);
    expect(judge({ inUse: 50 })).toEqual(["database.connections.ok"]);
    expect(judge({ inUse: 51 })).toEqual(["database.connections.few"]);
    expect(judge({ serverLimit: 6, inUse: 0 })).toEqual([
      "database.connections.limit",
    ]);
    expect(judge({ databaseLimit: 5 })).toEqual(["database.connections.limit"]);
  });

  it("may differ in its clock by less than the measurement is sure of", () => {
    const judge = (aheadMs: number, uncertaintyMs: number) =>
      judgeClock({ aheadMs, uncertaintyMs }).code;
    expect(judge(1_900, 5)).toBe("database.clock.ok");
    expect(judge(-2_100, 5)).toBe("database.clock.skewed");
    expect(judge(2_100, 500)).toBe("database.clock.ok");
  });

  it("needs either an existing schema to create in, or the right to create one", () => {
    const rights = {
      schema: "dialer",
      exists: true,
      mayCreateSchema: false,
      mayCreate: true,
      notOwned: [],
    };
    const judge = (more: Partial<typeof rights>) =>
      codes(judgeRights([{ ...rights, ...more }], server));
    expect(judge({})).toEqual(["database.privileges.ok"]);
    expect(judge({ exists: false })).toEqual(["database.privileges.no-create"]);
    expect(judge({ mayCreate: false })).toEqual([
      "database.privileges.no-schema",
    ]);
  });
});

describe("a key of Supabase", () => {
  const url = "https://abcdefgh.supabase.co";
  const nowMs = 1_800_000_000_000;
  const jwt = (claims: unknown) =>
    `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;

  it.each([
    ["sb_secret_x", "supabase.key.ok"],
    ["sb_publishable_x", "supabase.key.public"],
    [jwt({ role: "service_role", ref: "abcdefgh" }), "supabase.key.ok"],
    [jwt({ role: "anon" }), "supabase.key.public"],
    [jwt({ role: "authenticated" }), "supabase.key.public"],
    [jwt({ role: "service_role", exp: 1_700_000_000 }), "supabase.key.expired"],
    [jwt({ role: "service_role", ref: "zzz" }), "supabase.key.other-project"],
    [jwt("text"), "supabase.key.unknown"],
    ["a.b.c", "supabase.key.unknown"],
    ["whatever", "supabase.key.unknown"],
  ])("%s is %s", (secretKey, code) => {
    expect(judgeKey({ url, secretKey }, nowMs).code).toBe(code);
  });

  it("is not needed to recognise an address that is no API", () => {
    expect(judgeAnswer(url, "public", 301, "").code).toBe(
      "supabase.rest.wrong",
    );
  });
});

describe("what the PBX needs", () => {
  const configured = { context: "from-dialer", variable: "ASTERISK_CONTEXT" };

  it("is the configured context with the default extension while no campaign says more", () => {
    expect(pbxNeeds(configured, null)).toEqual({
      extensions: [
        { context: "from-dialer", extension: "s", user: "ASTERISK_CONTEXT" },
      ],
      installation: null,
      trunks: null,
    });
  });

  it("is each pair of context and extension once", () => {
    const target = (
      context: string | null,
      extension: string,
      campaign: string,
    ) => ({
      ...{ context, extension, campaign },
    });
    const { extensions } = pbxNeeds(configured, {
      installation: "",
      targets: [
        target(null, "s", "A"),
        target("from-dialer", "s", "B"),
        target("other", "s", "C"),
      ],
      trunks: [],
    });
    expect(extensions.map(({ context, user }) => [context, user])).toEqual([
      ["from-dialer", "A"],
      ["other", "C"],
    ]);
  });
});
