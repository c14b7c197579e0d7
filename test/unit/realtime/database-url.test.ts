/** The Edge Function's own file, and what the engine makes of every answer that may come instead of it. */
import { afterEach, describe, expect, it } from "vitest";

import {
  askDatabaseUrl,
  DatabaseUrlError,
  fetchDatabaseUrl,
} from "../../../realtime/database-url.ts";
import { startFunctionServer } from "../../support/function-server.ts";
import type {
  FunctionServer,
  FunctionServerOptions,
  Interference,
} from "../../support/function-server.ts";

const address = "postgresql://postgres:pw-of-the-test@db.example:5432/postgres";
const jwt = (claims: object) =>
  `${part({ alg: "HS256" })}.${part(claims)}.c2lnbmF0dXJlLW9mLXRoZS10ZXN0`;
const part = (value: object) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");
const legacy = jwt({ role: "service_role", ref: "abcdefgh" });
const anon = jwt({ role: "anon", ref: "abcdefgh" });
const fresh = `sb_secret_${"n".repeat(30)}`;
const second = `sb_secret_${"s".repeat(30)}`;
const variables = {
  SUPABASE_DB_URL: address,
  SUPABASE_SERVICE_ROLE_KEY: legacy,
  SUPABASE_SECRET_KEYS: JSON.stringify({ default: fresh, dialer: second }),
};

const servers: FunctionServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(
  options: Partial<FunctionServerOptions> = {},
): Promise<FunctionServer> {
  const server = await startFunctionServer({ variables, ...options });
  servers.push(server);
  return server;
}

async function problemOf(asking: Promise<string>): Promise<DatabaseUrlError> {
  const error: unknown = await asking.then(
    () => new Error("an address was handed out"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof DatabaseUrlError) return error;
  throw error;
}

describe("the Edge Function dialer-database-url", () => {
  it.each([
    ["the legacy service_role key", legacy],
    ["a new secret key", fresh],
    ["another of the new secret keys", second],
  ])("hands the address out for %s", async (_name, secretKey) => {
    const { url } = await serve();
    expect(await fetchDatabaseUrl({ url, secretKey })).toBe(address);
  });

  it.each([
    ["the anon key", anon],
    ["a publishable key", `sb_publishable_${"p".repeat(30)}`],
    ["another project's service_role key", jwt({ role: "service_role" })],
    ["a secret key that is longer by a letter", `${fresh}n`],
    ["a secret key that is shorter by a letter", fresh.slice(0, -1)],
    ["the keys' own JSON", variables.SUPABASE_SECRET_KEYS.replaceAll('"', "'")],
  ])("answers 401 to %s, and nothing else", async (_name, secretKey) => {
    const { url } = await serve();
    const response = await fetch(`${url}/functions/v1/dialer-database-url`, {
      method: "POST",
      headers: { apikey: secretKey, authorization: `Bearer ${secretKey}` },
    });
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('{"error":"wrong_key"}');
    const error = await problemOf(fetchDatabaseUrl({ url, secretKey }));
    expect(error.problem).toBe("wrong-key");
  });

  it("opens to nobody when it has no keys, or empty ones", async () => {
    const keyless = [
      { SUPABASE_DB_URL: address },
      { SUPABASE_DB_URL: address, SUPABASE_SERVICE_ROLE_KEY: "" },
      { SUPABASE_DB_URL: address, SUPABASE_SECRET_KEYS: '{"a":""}' },
      { SUPABASE_DB_URL: address, SUPABASE_SECRET_KEYS: "null" },
      { SUPABASE_DB_URL: address, SUPABASE_SECRET_KEYS: "[1,2" },
    ];
    const server = await serve();
    for (const given of keyless) {
      server.setVariables(given);
      for (const headers of [
        {},
        { apikey: "" },
        { authorization: "Bearer " },
        { apikey: "undefined" },
      ]) {
        const response = await fetch(
          `${server.url}/functions/v1/dialer-database-url`,
          { method: "POST", headers },
        );
        expect(response.status).toBe(401);
      }
    }
  });

  it("is asked by POST only, and its answer is kept by nobody", async () => {
    const { url } = await serve();
    const at = `${url}/functions/v1/dialer-database-url`;
    const get = await fetch(at, { headers: { apikey: fresh } });
    expect(get.status).toBe(405);
    const post = await fetch(at, {
      method: "POST",
      headers: { apikey: fresh },
    });
    expect(post.headers.get("cache-control")).toBe("no-store");
  });

  it("says so when the platform gives it no address", async () => {
    const { url } = await serve({
      variables: { SUPABASE_SERVICE_ROLE_KEY: legacy },
    });
    const error = await problemOf(fetchDatabaseUrl({ url, secretKey: legacy }));
    expect(error.problem).toBe("no-address");
  });
});

describe("asking it", () => {
  it("sends a legacy key as a bearer token, and a new one never", async () => {
    const server = await serve();
    await fetchDatabaseUrl({ url: server.url, secretKey: legacy });
    await fetchDatabaseUrl({ url: server.url, secretKey: fresh });
    const sent = server.requests.map(({ headers }) => headers);
    expect(sent[0]?.["authorization"]).toBe(`Bearer ${legacy}`);
    expect(sent[1]?.["authorization"]).toBeUndefined();
    expect(sent.map(({ apikey }) => apikey)).toEqual([legacy, fresh]);
  });

  it("tells a platform that checks JWTs first from a wrong key", async () => {
    const { url } = await serve({ verifyJwt: true });
    expect(await fetchDatabaseUrl({ url, secretKey: legacy })).toBe(address);
    const error = await problemOf(fetchDatabaseUrl({ url, secretKey: fresh }));
    expect(error.problem).toBe("jwt-check");
    expect(error.message).toContain("--no-verify-jwt");
  });

  const page = "<html><body>A page for people</body></html>";
  it.each<[string, Interference, string, RegExp]>([
    [
      "a redirect",
      { status: 302, body: "", headers: { location: "https://b.example/x" } },
      "redirect",
      /redirects to b\.example/,
    ],
    ["a page", { status: 200, body: page }, "not-supabase", /no JSON/],
    ["a page with 404", { status: 404, body: page }, "not-supabase", /404/],
    ["JSON without it", { status: 200, body: "{}" }, "not-supabase", /200/],
    ["null", { status: 200, body: "null" }, "not-supabase", /200/],
    ["a refusal", { status: 401, body: page }, "wrong-key", /service_role/],
    ["a paused project", { status: 540, body: "" }, "paused", /resume/],
    ["an overload", { status: 503, body: page }, "failing", /503/],
    ["too many questions", { status: 429, body: "" }, "failing", /429/],
    ["a cut connection", "cut", "unreachable", /cannot be reached/],
    ["silence", "hang", "timeout", /did not answer in time/],
  ])("puts %s into words", async (_name, how, problem, words) => {
    const server = await serve();
    server.interfere(how);
    const question = { url: server.url, secretKey: fresh };
    const error = await problemOf(fetchDatabaseUrl(question, 300));
    expect(error.problem).toBe(problem);
    expect(error.message).toMatch(words);
  });

  it("names both ways out, and neither key nor address of the database", async () => {
    const { url } = await serve({ deployed: false });
    const error = await problemOf(fetchDatabaseUrl({ url, secretKey: fresh }));
    expect(error.problem).toBe("not-deployed");
    expect(error.message).toMatch(/set DATABASE_URL/);
    expect(error.message).toMatch(
      /deploy supabase\/functions\/dialer-database-url/,
    );
    expect(error.message + String(error.stack)).not.toContain(fresh);
  });

  it("follows no redirect, so that the key goes nowhere else", async () => {
    const other = await serve();
    const server = await serve();
    const location = `${other.url}/functions/v1/dialer-database-url`;
    server.interfere({ status: 307, body: "", headers: { location } });
    await problemOf(fetchDatabaseUrl({ url: server.url, secretKey: fresh }));
    expect(other.requests).toHaveLength(0);
  });

  it("asks again while a fault may pass, and tells each fault once", async () => {
    const server = await serve();
    const told: string[] = [];
    server.interfere({ status: 503, body: "" });
    const asking = askDatabaseUrl(
      { url: server.url, secretKey: fresh },
      {
        patienceMs: 60_000,
        firstPauseMs: 1,
        onWait: ({ seen }) => {
          told.push(seen);
        },
      },
    );
    while (server.requests.length < 4)
      await new Promise((resolve) => setTimeout(resolve, 1));
    server.interfere({ status: 502, body: "" });
    while (server.requests.length < 6)
      await new Promise((resolve) => setTimeout(resolve, 1));
    server.interfere(null);
    expect(await asking).toBe(address);
    expect(told).toEqual(["HTTP 503", "HTTP 502"]);
  });

  it("does not wait where waiting changes nothing", async () => {
    const server = await serve({ deployed: false });
    const asking = askDatabaseUrl(
      { url: server.url, secretKey: fresh },
      { patienceMs: 60_000 },
    );
    expect((await problemOf(asking)).problem).toBe("not-deployed");
    expect(server.requests).toHaveLength(1);
  });

  it("gives up when its patience ends", async () => {
    const server = await serve();
    server.interfere({ status: 503, body: "" });
    const asking = askDatabaseUrl(
      { url: server.url, secretKey: fresh },
      { patienceMs: 0 },
    );
    expect((await problemOf(asking)).problem).toBe("failing");
  });
});
