/** What strangers on the network get of the HTTP server: spoken to over raw sockets, with short limits. */
import { connect } from "node:net";
import type { Socket } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { createMetrics } from "../../../metrics.ts";
import { startHealthServer } from "../../../start-http.ts";
import type { HealthServer, HealthServerOptions } from "../../../start-http.ts";
import type { HealthReport } from "../../../health/status-source.ts";
import { createLogger } from "../../../logging.ts";
import { waitFor } from "../../support/wait-for.ts";
import { busyMoment, readerOf } from "../../support/wallboard-facts.ts";

const token = "a-token-of-the-tests";
const secret = "connect ECONNREFUSED 10.0.0.5:5432 as dialer_eu, version 15.18";
const report: HealthReport = {
  healthy: false,
  standby: false,
  running: true,
  voiceAdapterConnected: true,
  schedulerActive: true,
  executorActive: true,
  databaseReachable: false,
  uptimeSeconds: 1,
  reasons: ["The database has not answered for 40 s."],
  details: [secret],
};

const servers: HealthServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(
  changes: Partial<HealthServerOptions> = {},
): Promise<number> {
  const server = await startHealthServer({
    port: 0,
    statusToken: token,
    source: {
      health: () => Promise.resolve(report),
      status: () => Promise.resolve({ fine: true }),
    },
    registry: createMetrics().registry,
    log: createLogger({ level: "silent", phoneNumbers: false }),
    wallboard: {
      open: () => readerOf(busyMoment),
      verifyUser: () => Promise.resolve(null),
      verifyDisplay: () => Promise.resolve(null),
      sessions: null,
      intervalMs: 20,
    },
    ...changes,
  });
  servers.push(server);
  return server.port;
}

interface Line {
  readonly socket: Socket;
  text: string;
  closed: boolean;
}

function open(port: number, send = ""): Line {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  const line: Line = { socket, text: "", closed: false };
  socket.on("data", (chunk: Buffer) => {
    line.text += chunk.toString("utf8");
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    line.closed = true;
  });
  if (send !== "") socket.write(send);
  return line;
}

/** One request, and the answer's status; headers as given, in full. */
async function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<{ status: number; text: string }> {
  const all = { Host: `localhost:${String(port)}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const line = open(
    port,
    `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`,
  );
  await waitFor("the answer", () => line.closed);
  return { status: Number(line.text.split(" ")[1]), text: line.text };
}

const bearer = (value: string) => ({ Authorization: `Bearer ${value}` });
const pages = [
  "/",
  "/status",
  "/metrics",
  "/wallboard/stream",
  "/wallboard/board.js",
  "/nothing",
];

describe("GET /health", () => {
  it("says the plain reason to everybody, and all of it to who has the token", async () => {
    const port = await start();
    for (const headers of [{}, bearer("wrong"), { Host: "any.example" }]) {
      const { status, text } = await ask(port, "/health", headers);
      expect(status).toBe(503);
      expect(text).toContain("The database has not answered for 40 s.");
      expect(text).not.toContain("10.0.0.5");
      expect(text).not.toContain("dialer_eu");
      expect(text).not.toContain("15.18");
    }
    expect((await ask(port, "/health", bearer(token))).text).toContain(secret);
  });
});

describe("in production without a token", () => {
  it("everything but /health answers 403, on loopback, with any header", async () => {
    const port = await start({ statusToken: null, production: true });
    for (const path of pages)
      for (const headers of [{}, bearer("x"), { "X-Forwarded-For": "::1" }])
        expect((await ask(port, path, headers)).status, path).toBe(403);
    for (const method of ["POST", "OPTIONS", "DELETE"])
      expect((await ask(port, "/health", {}, method)).status, method).toBe(403);
    expect((await ask(port, "/health")).status).toBe(503);
    expect((await ask(port, "/health/", {}, "HEAD")).status).toBe(503);
    expect((await ask(port, "/health/status")).status).toBe(403);
    expect((await ask(port, "/status")).text).toContain("STATUS_TOKEN");
  });

  it("in development loopback is let in, by the machine's own names only", async () => {
    const port = await start({ statusToken: null });
    for (const host of ["localhost", "127.0.0.1:3000", "[::1]:3000"])
      expect((await ask(port, "/status", { Host: host })).status).toBe(200);
    for (const host of [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "10.0.0.7",
    ])
      for (const path of pages)
        expect(
          (await ask(port, path, { Host: host })).status,
          `${host} ${path}`,
        ).toBe(403);
  });
});

describe("other sites' pages", () => {
  it("are refused on every route but /health, with or without a token", async () => {
    const port = await start();
    for (const path of pages)
      for (const site of [
        { "Sec-Fetch-Site": "cross-site" },
        { "Sec-Fetch-Site": "same-site" },
        { "Sec-Fetch-Site": "same-origin, cross-site" },
        { Origin: "https://evil.example" },
        { Origin: "null" },
      ])
        expect(
          (await ask(port, path, { ...bearer(token), ...site })).status,
          path,
        ).toBe(403);
    expect(
      (await ask(port, "/health", { "Sec-Fetch-Site": "cross-site" })).status,
    ).toBe(503);
  });

  it("a host name of one's own behind a proxy, and a link to the wallboard, work", async () => {
    const port = await start();
    const own = {
      Host: "dialer.example.com",
      "X-Forwarded-For": "203.0.113.9",
    };
    const same = { "Sec-Fetch-Site": "same-origin" };
    expect(
      (await ask(port, "/status", { ...own, ...bearer(token), ...same }))
        .status,
    ).toBe(200);
    const link = {
      "Sec-Fetch-Site": "cross-site",
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Dest": "document",
    };
    expect((await ask(port, "/", { ...own, ...link })).status).toBe(200);
    expect(
      (await ask(port, "/status", { ...own, ...link, ...bearer(token) }))
        .status,
    ).toBe(403);
    expect(
      (await ask(port, "/status", { ...bearer(token), Host: "a b" })).status,
    ).toBe(403);
  });
});

describe("guesses of the token", () => {
  it("are answered 429 after some, the right one among them too; /health goes on", async () => {
    const port = await start();
    const statuses = [];
    for (let n = 0; n < 12; n++)
      statuses.push(
        (await ask(port, "/status", bearer(`guess-${String(n)}`))).status,
      );
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    expect((await ask(port, "/status", bearer(token))).status).toBe(429);
    expect((await ask(port, "/metrics", bearer(token))).status).toBe(429);
    const health = await ask(port, "/health", bearer(token));
    expect(health.status).toBe(503);
    expect(health.text).not.toContain("10.0.0.5");
    // From elsewhere behind the same proxy the right token is let in.
    expect(
      (
        await ask(port, "/status", {
          ...bearer(token),
          "X-Forwarded-For": "203.0.113.77",
        })
      ).status,
    ).toBe(200);
  });

  it("side by side are no more than one after the other", async () => {
    const port = await start();
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        ask(port, "/wallboard/stream", bearer(`guess-${String(n)}`)),
      ),
    );
    expect(all.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(all.filter(({ status }) => status === 429)).toHaveLength(30);
  });
});

describe("slow and silent connections", () => {
  const connections = {
    headersTimeoutMs: 150,
    requestTimeoutMs: 300,
    checkMs: 20,
    keepAliveMs: 150,
    stuckMs: 400,
  };

  it("are closed: nothing sent, half a header, half a body, idle after an answer", async () => {
    const port = await start({ connections });
    const host = "Host: localhost\r\n";
    const lines = {
      silent: open(port),
      "half a header": open(port, "GET /health HT"),
      "a header without end": open(port, `GET /health HTTP/1.1\r\n${host}X: `),
      "half a body": open(
        port,
        `POST /status HTTP/1.1\r\n${host}Content-Length: 1000\r\n\r\nx`,
      ),
      "idle after an answer": open(port, `GET /health HTTP/1.1\r\n${host}\r\n`),
    };
    for (const [what, line] of Object.entries(lines))
      await waitFor(`${what} to be closed`, () => line.closed);
  });

  it("do not end a wallboard's stream, which lasts far longer than every limit", async () => {
    const port = await start({ connections });
    const stream = open(
      port,
      `GET /wallboard/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    const silent = [];
    for (let n = 0; n < 4; n++) {
      const line = open(port);
      silent.push(line);
      await waitFor("another silent one to be closed", () => line.closed);
    }
    const events = stream.text.split("event:").length;
    await waitFor(
      "further events",
      () => stream.text.split("event:").length > events,
    );
    expect(stream.closed).toBe(false);
  });

  it("in any number do not keep /health from answering", async () => {
    const port = await start({
      connections: {
        ...connections,
        headersTimeoutMs: 60_000,
        requestTimeoutMs: 60_000,
        stuckMs: 60_000,
        most: 20,
      },
    });
    const stream = open(
      port,
      `GET /wallboard/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    await waitFor("the stream", () => stream.text.includes("200 OK"));
    const flood = Array.from({ length: 150 }, () =>
      open(port, "GET /status HTTP/1.1\r\n"),
    );
    await waitFor(
      "the flood to be there",
      () => flood.filter(({ closed }) => closed).length >= 100,
    );
    for (let n = 0; n < 5; n++)
      expect((await ask(port, "/health")).status).toBe(503);
    expect(stream.closed).toBe(false);
  });
});
