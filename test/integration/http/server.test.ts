import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { createMetrics } from "../../../metrics.ts";
import { startHealthServer } from "../../../start-http.ts";
import { HealthServerError } from "../../../http/listen.ts";
import type { HealthServer, HealthServerOptions } from "../../../start-http.ts";
import type {
  HealthReport,
  StatusSource,
} from "../../../health/status-source.ts";
import { createLogger } from "../../../logging.ts";

const token = "a-token-of-the-tests";
const report: HealthReport = {
  healthy: true,
  standby: false,
  running: true,
  voiceAdapterConnected: true,
  schedulerActive: true,
  executorActive: true,
  databaseReachable: true,
  uptimeSeconds: 3600.9,
  reasons: [],
};
const forever = () => new Promise<never>(() => undefined);

const servers: HealthServer[] = [];
const lines: string[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  lines.length = 0;
});

function source(changes: Partial<StatusSource> = {}): StatusSource {
  return {
    health: () => Promise.resolve(report),
    status: () => Promise.resolve({ trunks: [{ name: "a" }] }),
    ...changes,
  };
}

async function start(
  changes: Partial<HealthServerOptions> = {},
): Promise<string> {
  const server = await startHealthServer({
    port: 0,
    statusToken: null,
    source: source(),
    registry: createMetrics().registry,
    log: createLogger(
      { level: "info", phoneNumbers: false },
      { write: (line: string) => void lines.push(line) },
    ),
    ...changes,
  });
  servers.push(server);
  return `http://127.0.0.1:${String(server.port)}`;
}

async function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(url, { headers });
  return {
    status: response.status,
    text: await response.text(),
    headers: response.headers,
  };
}

const withBearer = (value: string) => ({ authorization: `Bearer ${value}` });

describe("GET /health", () => {
  it("answers 200 with the documented fields first", async () => {
    const { status, text, headers } = await get(`${await start()}/health`);
    expect(status).toBe(200);
    expect(text).toBe(
      '{"status":"healthy","running":true,"voiceAdapterConnected":true,"uptime":3600,"schedulerActive":true,"executorActive":true,"standby":false,"database":true,"reasons":[]}',
    );
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.has("x-powered-by")).toBe(false);
  });

  it("answers 503 with the reasons, and needs no token", async () => {
    const url = await start({
      statusToken: token,
      source: source({
        health: () =>
          Promise.resolve({
            ...report,
            healthy: false,
            databaseReachable: false,
            reasons: ["database away for 31 s"],
          }),
      }),
    });
    const { status, text } = await get(`${url}/health`);
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({
      status: "unhealthy",
      database: false,
      reasons: ["database away for 31 s"],
    });
  });

  it("answers 503 when the check throws, with the code and no secret", async () => {
    const failure = Object.assign(new Error("postgresql://u:hidden@h"), {
      code: "ECONNREFUSED",
    });
    for (const health of [
      () => Promise.reject(failure),
      () => {
        throw failure;
      },
    ]) {
      const url = await start({ source: source({ health }) });
      const { status, text } = await get(`${url}/health`);
      expect(status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({
        status: "unhealthy",
        running: false,
        reasons: ["health check failed: ECONNREFUSED"],
      });
    }
    expect(lines.join("")).toContain("Health check failed");
    expect(lines.join("")).not.toContain("hidden");
  });

  it("answers 503 when the check hangs", async () => {
    const url = await start({
      source: source({ health: forever }),
      sourceTimeoutMs: 30,
    });
    const { status, text } = await get(`${url}/health`);
    expect(status).toBe(503);
    expect(text).toContain("no answer within 30 ms");
  });
});

describe("GET /status and GET /metrics", () => {
  it("answer over loopback when there is no token", async () => {
    const url = await start();
    const status = await get(`${url}/status`);
    expect([status.status, status.text]).toEqual([
      200,
      '{"trunks":[{"name":"a"}]}',
    ]);
    const metrics = await get(`${url}/metrics`);
    expect(metrics.status).toBe(200);
    expect(metrics.headers.get("content-type")).toContain("text/plain");
    expect(metrics.text).toContain("process_resident_memory_bytes");
  });

  it.each(["x-forwarded-for", "forwarded", "x-real-ip"])(
    "do not take a proxy on this machine for loopback (%s)",
    async (header) => {
      const url = await start();
      const { status, text } = await get(`${url}/status`, {
        [header]: "127.0.0.1",
      });
      expect(status).toBe(403);
      expect(text).toContain("STATUS_TOKEN");
    },
  );

  it("need the token when there is one", async () => {
    const url = await start({ statusToken: token });
    for (const path of ["/status", "/metrics"]) {
      const refused = [
        {},
        withBearer("wrong"),
        withBearer(`${token}x`),
        { authorization: `Basic ${token}` },
        { authorization: "Bearer" },
      ];
      for (const headers of refused) {
        const { status, headers: answer } = await get(url + path, headers);
        expect(status).toBe(401);
        expect(answer.get("www-authenticate")).toContain("Bearer");
      }
      const forwarded = { ...withBearer(token), "x-forwarded-for": "8.8.8.8" };
      expect((await get(url + path, forwarded)).status).toBe(200);
    }
  });

  it("say what failed when the source throws or hangs", async () => {
    const broken = source({ status: () => Promise.reject(new Error("x")) });
    const first = await get(`${await start({ source: broken })}/status`);
    expect([first.status, first.text]).toEqual([
      503,
      '{"error":"status failed: see the log"}',
    ]);
    const hanging = await start({
      source: source({ status: forever }),
      sourceTimeoutMs: 10,
    });
    expect((await get(`${hanging}/status`)).text).toContain("within 40 ms");
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const odd = source({ status: () => Promise.resolve(circle) });
    expect((await get(`${await start({ source: odd })}/status`)).status).toBe(
      503,
    );
  });
});

describe("the server", () => {
  it("answers what it does not know with 404 and a hint", async () => {
    const url = await start();
    for (const path of ["/", "/healthz", "/%zz"]) {
      const { status, text } = await get(url + path);
      expect(status).toBe(404);
      expect(JSON.parse(text)).toMatchObject({
        hint: expect.stringContaining("/health") as string,
      });
    }
    const posted = await fetch(`${url}/health`, { method: "POST", body: "x" });
    expect(posted.status).toBe(404);
    expect(await posted.json()).toMatchObject({
      error: "POST /health does not exist",
    });
  });

  it("listens on IPv4 and, where the machine has it, on IPv6", async () => {
    const url = await start();
    const hasIpv6 = Object.values(networkInterfaces())
      .flat()
      .some((address) => address?.address === "::1");
    const hosts = hasIpv6 ? ["127.0.0.1", "[::1]"] : ["127.0.0.1"];
    for (const host of hosts) {
      const answer = await get(`${url.replace("127.0.0.1", host)}/status`);
      expect(answer.status).toBe(200);
    }
  });

  it("says what to do when its port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "::", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const failed = start({ port });
      await expect(failed).rejects.toThrow(HealthServerError);
      await expect(failed).rejects.toThrow(
        `HTTP cannot listen on port ${String(port)} (EADDRINUSE): another program listens there: stop it, or set PORT to a free port`,
      );
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it("closes although a client keeps its connection and an answer hangs", async () => {
    const url = await start({ source: source({ health: forever }) });
    const idle = await get(`${url}/status`);
    expect(idle.status).toBe(200);
    const hanging = get(`${url}/health`).catch(() => "cut off");
    await servers.splice(0)[0]?.close();
    expect(await hanging).toBe("cut off");
    await expect(fetch(`${url}/status`)).rejects.toThrow();
  });
});
