/** The wallboard's routes: its page, who is let into its stream, and how streams end. */
import { get as httpGet } from "node:http";
import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, it } from "vitest";

import { createMetrics } from "../../../metrics.ts";
import { startHealthServer } from "../../../start-http.ts";
import type { HealthServer } from "../../../start-http.ts";
import type { WallboardOptions } from "../../../wallboard/routes.ts";
import type { Viewer } from "../../../wallboard/source.ts";
import { createLogger } from "../../../logging.ts";
import { waitFor } from "../../support/wait-for.ts";
import { busyMoment, readerOf } from "../../support/wallboard-facts.ts";

const token = "a-token-of-the-tests";
const servers: HealthServer[] = [];
const streams: IncomingMessage[] = [];

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(
  wallboard: Partial<WallboardOptions> = {},
  statusToken: string | null = token,
) {
  const viewers: Viewer[] = [];
  const lines: string[] = [];
  const server = await startHealthServer({
    port: 0,
    statusToken,
    source: {
      health: () => Promise.reject(new Error("not asked here")),
      status: () => Promise.resolve({}),
    },
    registry: createMetrics().registry,
    log: createLogger(
      { level: "trace", phoneNumbers: false },
      { write: (line: string) => void lines.push(line) },
    ),
    wallboard: {
      open: (viewer) => {
        viewers.push(viewer);
        return readerOf(busyMoment);
      },
      verifyUser: null,
      verifyDisplay: null,
      sessions: null,
      ...wallboard,
    },
  });
  servers.push(server);
  return { server, viewers, lines, port: server.port };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  text(): string;
  readonly response: IncomingMessage;
}

/** A request with exactly these headers, as browsers make them and fetch does not. */
function get(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpGet(
      { host: "127.0.0.1", port, path, headers, agent: false },
      (response) => {
        let text = "";
        streams.push(response);
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", () => undefined);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: () => text,
          response,
        });
      },
    );
    request.on("error", reject);
  });
}

const stream = "/wallboard/stream";
const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
const userToken = `eyJhbGciOiJFUzI1NiJ9.${"a".repeat(40)}.${"b".repeat(40)}`;

describe("GET /", () => {
  it("gives the page and its files to everybody, under a policy that allows nothing from elsewhere", async () => {
    const { port } = await start();
    const page = await get(port, "/");
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    const policy = page.headers["content-security-policy"];
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    await waitFor("the whole page", () => page.text().includes("</html>"));
    const files = [...page.text().matchAll(/(?:src|href)="(\/[^"]+)"/g)];
    expect(files).toHaveLength(6);
    for (const [, file = ""] of files)
      expect((await get(port, file)).status, file).toBe(200);
    expect((await get(port, "/wallboard/../server.ts")).status).toBe(404);
  });
});

describe("GET /wallboard/stream", () => {
  it("begins at once with the picture of the moment", async () => {
    const { port, viewers } = await start();
    const answer = await get(port, stream, bearer(token));
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toContain("text/event-stream");
    expect(answer.headers["cache-control"]).toBe("no-store");
    await waitFor("the first event", () => answer.text().includes("\n\n"));
    expect(answer.text()).toMatch(/^event: board\ndata: \{"at":/);
    expect(viewers).toEqual([{ kind: "operator" }]);
  });

  it("wants STATUS_TOKEN where it is set, in the header only", async () => {
    const { port, lines } = await start();
    for (const headers of [{}, bearer("wrong"), { cookie: `token=${token}` }])
      expect((await get(port, stream, headers)).status).toBe(401);
    const inUrl = await get(port, `${stream}?token=${token}`);
    expect(inUrl.status).toBe(401);
    expect(lines.join("")).not.toContain(token);
  });

  it("without STATUS_TOKEN lets in this machine's own browser, and no page that only pretends to be it", async () => {
    const { port } = await start({}, null);
    expect((await get(port, stream)).status).toBe(200);
    expect(
      (await get(port, stream, { host: `localhost:${String(port)}` })).status,
    ).toBe(200);
    for (const headers of [
      { "x-forwarded-for": "192.0.2.1" },
      { host: "rebound.example" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ])
      expect(
        (await get(port, stream, headers)).status,
        JSON.stringify(headers),
      ).toBe(403);
  });

  it("lets a verified user in as that user, even on this machine, and tells why it lets nobody in", async () => {
    const claims = { sub: "u", role: "authenticated" };
    const expiresAtMs = Date.now() + 60_000;
    let verdict: "good" | "bad" | "away" = "good";
    const asked: string[] = [];
    const { port, viewers } = await start(
      {
        verifyUser: (given) => {
          asked.push(given);
          if (verdict === "away") return Promise.reject(new Error("away"));
          return Promise.resolve(
            verdict === "good" ? { claims, expiresAtMs } : null,
          );
        },
      },
      null,
    );
    expect((await get(port, stream, bearer(userToken))).status).toBe(200);
    await waitFor("the reader", () => viewers.length === 1);
    expect(viewers).toEqual([{ kind: "account", claims, expiresAtMs }]);
    verdict = "bad";
    const bad = await get(port, stream, bearer(userToken));
    expect(bad.status).toBe(401);
    await waitFor("the body", () => bad.text().includes("}"));
    expect(JSON.parse(bad.text())).toMatchObject({ userTokens: true });
    verdict = "away";
    expect((await get(port, stream, bearer(userToken))).status).toBe(503);
    expect(asked).toHaveLength(3);
  });

  it("does not trouble Auth with what is no token, nor with STATUS_TOKEN", async () => {
    const asked: string[] = [];
    const { port } = await start({
      verifyUser: (given) => {
        asked.push(given);
        return Promise.resolve(null);
      },
    });
    expect((await get(port, stream, bearer("x.y.z"))).status).toBe(401);
    expect((await get(port, stream, bearer(`${userToken}!`))).status).toBe(401);
    expect((await get(port, stream, bearer(token))).status).toBe(200);
    expect(asked).toEqual([]);
  });

  it("ends with the user's token, and says so", async () => {
    const { port } = await start({
      verifyUser: () =>
        Promise.resolve({ claims: { sub: "u" }, expiresAtMs: Date.now() + 80 }),
    });
    const answer = await get(port, stream, bearer(userToken));
    await waitFor("the end", () => answer.response.complete);
    expect(answer.text()).toMatch(/event: expired\ndata: \{\}\n\n$/);
  });

  it("has room for so many viewers, and again when one has left", async () => {
    const { port } = await start({ maxViewers: 2 });
    const first = await get(port, stream, bearer(token));
    await get(port, stream, bearer(token));
    const third = await get(port, stream, bearer(token));
    expect(third.status).toBe(503);
    expect(third.headers["retry-after"]).toBe("10");
    first.response.destroy();
    await waitFor(
      "a free seat",
      async () => (await get(port, stream, bearer(token))).status === 200,
    );
  });

  it("ends for all when the engine stops, in order and before anything is cut", async () => {
    // Longer than anybody waits: who waits for the next picture is found out.
    const { server, port } = await start({ intervalMs: 600_000 });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => get(port, stream, bearer(token))),
    );
    await server.endStreams();
    await Promise.all(
      answers.map(({ response }) =>
        waitFor("the end", () => response.complete),
      ),
    );
    await server.close();
  });

  it("keeps one picture, not all of them, for a viewer that does not read", async () => {
    const big = busyMoment();
    const facts = {
      ...big,
      campaigns: Array.from({ length: 4_000 }, () => big.campaigns[0]!),
    };
    let reads = 0;
    const { port } = await start({
      open: () =>
        readerOf(() => {
          reads += 1;
          return { ...facts, at: new Date(reads) };
        }),
      intervalMs: 20,
      bytesPerSecond: Infinity,
    });
    const slow = await get(port, stream, bearer(token));
    slow.response.pause();
    const paused = reads;
    await waitFor("sixty more pictures", () => reads >= paused + 60, {
      timeoutMs: 50_000,
    });
    const whenItReadsAgain = reads;
    slow.response.resume();
    const pictures = () =>
      [...slow.text().matchAll(/^data: \{"at":"([^"]+)"/gm)].map(([, at]) =>
        Date.parse(at ?? ""),
      );
    await waitFor(
      "a picture of now",
      () => (pictures().at(-1) ?? 0) > whenItReadsAgain,
      { intervalMs: 50 },
    );
    const got = pictures().filter((number) => number <= whenItReadsAgain);
    // What the sockets of both ends held, and the newest one: some 2 MB each.
    expect(got.length).toBeLessThan(20);
    expect(got).not.toEqual([]);
  });
});
