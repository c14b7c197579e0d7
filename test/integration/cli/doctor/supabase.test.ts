/** The doctor and Supabase's REST API, played by a server that answers as PostgREST and its gateway do. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { examineEnvironment } from "../../../support/doctor-run.ts";

interface Rest {
  readonly url: string;
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
  }[];
}

async function startRest(status: number, body: unknown): Promise<Rest> {
  const requests: Rest["requests"] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? "", headers: request.headers });
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}`, requests };
}

function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}.c2lnbmF0dXJlLW9mLXRoZS10ZXN0`;
}

function examine(url: string, key: string) {
  return examineEnvironment({
    SUPABASE_URL: url,
    SUPABASE_SECRET_KEY: key,
    VOICE_ADAPTER: "mock",
  });
}

test("a service_role key reads a campaign, as a bearer token and in the apikey header", async () => {
  const { url, requests } = await startRest(200, []);
  const key = jwt({ role: "service_role", exp: 4_000_000_000 });
  const found = await examine(url, key);
  expect(found.text("supabase.key.ok")).toContain("service_role");
  expect(found.codes("supabase.rest")).toEqual(["supabase.rest.ok"]);
  // The other one asks the project for its database, as no variable names it.
  const asked = requests.filter(({ path }) => path.startsWith("/rest/"));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.path).toBe("/rest/v1/campaigns?select=id&limit=1");
  expect(asked[0]?.headers).toMatchObject({
    apikey: key,
    authorization: `Bearer ${key}`,
    "accept-profile": "public",
  });
  expect(JSON.stringify(found.lines)).not.toContain(key);
});

test("a new secret key is no bearer token", async () => {
  const { url, requests } = await startRest(200, []);
  const found = await examine(url, "sb_secret_of-the-test");
  expect(found.text("supabase.key.ok")).toContain("sb_secret");
  expect(requests[0]?.headers.authorization).toBeUndefined();
});

test("an anon key is a problem even where the API answers", async () => {
  const { url } = await startRest(200, []);
  const found = await examine(url, jwt({ role: "anon" }));
  expect(found.text("supabase.key.public")).toMatch(/anon.*service_role/);
});

test.for([
  [401, { message: "Invalid API key" }, "supabase.rest.key"],
  [
    403,
    { code: "42501", message: "permission denied for table campaigns" },
    "supabase.rest.no-right",
  ],
  [
    404,
    { code: "PGRST205", message: "Could not find the table" },
    "supabase.rest.no-table",
  ],
  [
    406,
    { code: "PGRST106", message: "The schema must be one of" },
    "supabase.rest.not-exposed",
  ],
  [540, "<html>paused</html>", "supabase.rest.paused"],
  [200, "<html>some website</html>", "supabase.rest.wrong"],
  [404, "<html>not found</html>", "supabase.rest.wrong"],
] as const)("HTTP %i with %j is %s", async ([status, body, code]) => {
  const { url } = await startRest(status, body);
  const found = await examine(url, "sb_secret_of-the-test");
  expect(found.codes("supabase.rest")).toEqual([code]);
});

test("an address where nobody answers is told with the reason", async () => {
  const found = await examine("http://127.0.0.1:1", "sb_secret_of-the-test");
  expect(found.text("supabase.rest.unreachable")).toContain("127.0.0.1:1");
});

test("without a key both checks are skipped, and nothing is wrong", async () => {
  const found = await examineEnvironment({
    SUPABASE_URL: "https://example.supabase.co",
    SUPABASE_DB_PASSWORD: "",
    VOICE_ADAPTER: "mock",
  });
  expect(found.codes("supabase.key")).toEqual(["skipped.not-configured"]);
  expect(found.text("variables.url-unset")).toMatch(/Lovable Cloud/);
});
