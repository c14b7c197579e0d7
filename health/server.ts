import { createServer } from "node:http";
import type { Server } from "node:http";
import express from "express";
import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import type { Registry } from "prom-client";
import type { Logger } from "../logging.ts";
import { checkAccess } from "./access.ts";
import { HealthServerError, listenDualStack } from "./listen.ts";
import type { HealthReport, StatusSource } from "./status-source.ts";
import type { WallboardFeed } from "./wallboard-feed.ts";
import { addWallboard } from "./wallboard-routes.ts";
import type { WallboardOptions } from "./wallboard-routes.ts";

export interface HealthServerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Null: `/status` and `/metrics` answer over loopback only. */
  readonly statusToken: string | null;
  readonly source: StatusSource;
  readonly registry: Registry;
  readonly log: Logger;
  /** How long `/health` waits for the source; the other routes wait four times as long. */
  readonly sourceTimeoutMs?: number;
  /** Left out: no wallboard. */
  readonly wallboard?: WallboardOptions;
}

export interface HealthServer {
  readonly port: number;
  /** Ends the wallboard's streams and its reading; everything else goes on. */
  endStreams(): Promise<void>;
  /** Stops listening at once; answers under way get a second. */
  close(): Promise<void>;
}

/** How long a caller of `/health` waits, below the 10 s at which deploy tools give up. */
const defaultSourceTimeoutMs = 2000;
const closeGraceMs = 1000;

/**
 * Serves `GET /health`, `GET /status`, `GET /metrics` and the wallboard at `/` on IPv6 and IPv4 (IPv4 alone where the
 * machine has no IPv6). A source that throws or hangs makes an answer with its reason, never an
 * exception.
 *
 * @throws HealthServerError when the port cannot be had
 */
export async function startHealthServer(
  options: HealthServerOptions,
): Promise<HealthServer> {
  const { app, feed } = createApp(options);
  const server = createServer(app);
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  await listenDualStack(server, options.port);
  server.on("error", (error) => {
    options.log.error({ err: error }, "HTTP server error");
  });
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new HealthServerError("The HTTP server has no TCP port");
  }
  const endStreams = () => feed?.close() ?? Promise.resolve();
  return {
    port: address.port,
    endStreams,
    close: async () => {
      await Promise.all([endStreams(), closeServer(server)]);
    },
  };
}

function createApp(options: HealthServerOptions): {
  app: express.Express;
  feed: WallboardFeed | null;
} {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(setHeaders);
  app.get("/health", healthRoute(options));
  const restricted = restrict(options.statusToken);
  app.get("/status", restricted, statusRoute(options));
  app.get("/metrics", restricted, metricsRoute(options));
  const feed =
    options.wallboard === undefined
      ? null
      : addWallboard(app, options.wallboard, options.statusToken, options.log);
  app.use((request, response) => {
    response.status(404).json({
      error: `${request.method} ${request.path.slice(0, 200)} does not exist`,
      hint: "GET /, GET /health, GET /status, GET /metrics",
    });
  });
  app.use(errorRoute(options.log));
  return { app, feed };
}

const setHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  });
  next();
};

function restrict(statusToken: string | null): RequestHandler {
  return (request, response, next) => {
    const access = checkAccess(request, statusToken);
    if (access.allowed) {
      next();
      return;
    }
    if (access.status === 401) {
      response.set("WWW-Authenticate", 'Bearer realm="dialer"');
    }
    response.status(access.status).json({ error: access.error });
  };
}

function healthRoute(options: HealthServerOptions): RequestHandler {
  const { source, sourceTimeoutMs = defaultSourceTimeoutMs } = options;
  return async (_request, response) => {
    let report: HealthReport;
    try {
      report = await withTimeLimit(() => source.health(), sourceTimeoutMs);
    } catch (error) {
      options.log.error({ err: error }, "Health check failed");
      report = {
        ...nothingKnown,
        uptimeSeconds: process.uptime(),
        reasons: [`health check failed: ${messageOf(error)}`],
      };
    }
    response.status(report.healthy ? 200 : 503).json(healthBody(report));
  };
}

const nothingKnown = {
  healthy: false,
  standby: false,
  running: false,
  voiceAdapterConnected: false,
  schedulerActive: false,
  executorActive: false,
  databaseReachable: false,
};

/** The first six fields are what operators' tools read; more may follow them. */
function healthBody(report: HealthReport): Record<string, unknown> {
  return {
    status: report.healthy ? "healthy" : "unhealthy",
    running: report.running,
    voiceAdapterConnected: report.voiceAdapterConnected,
    uptime: Math.floor(report.uptimeSeconds),
    schedulerActive: report.schedulerActive,
    executorActive: report.executorActive,
    standby: report.standby,
    database: report.databaseReachable,
    reasons: report.reasons,
  };
}

function statusRoute(options: HealthServerOptions): RequestHandler {
  const limitMs = 4 * (options.sourceTimeoutMs ?? defaultSourceTimeoutMs);
  return async (_request, response) => {
    try {
      const status = await withTimeLimit(
        () => options.source.status(),
        limitMs,
      );
      response.json(status);
    } catch (error) {
      answerFailure(response, options.log, "status", error);
    }
  };
}

function metricsRoute(options: HealthServerOptions): RequestHandler {
  const limitMs = 4 * (options.sourceTimeoutMs ?? defaultSourceTimeoutMs);
  return async (_request, response) => {
    try {
      const text = await withTimeLimit(
        () => options.registry.metrics(),
        limitMs,
      );
      response.set("Content-Type", options.registry.contentType).send(text);
    } catch (error) {
      answerFailure(response, options.log, "metrics", error);
    }
  };
}

function answerFailure(
  response: Response,
  log: Logger,
  what: string,
  error: unknown,
): void {
  log.error({ err: error }, `Reading the ${what} failed`);
  response.status(503).json({ error: `${what} failed: ${messageOf(error)}` });
}

function errorRoute(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    log.error({ err: error }, "HTTP request failed");
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(500).json({ error: "internal error, see the log" });
  };
}

/** Credentials never belong in an answer, and `/health` is open to all: codes first, short text. */
function messageOf(error: unknown): string {
  if (error instanceof TimeLimitError) return error.message;
  const code: unknown =
    error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "see the log";
}

class TimeLimitError extends Error {
  override readonly name = "TimeLimitError";
}

async function withTimeLimit<T>(
  work: () => Promise<T>,
  limitMs: number,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TimeLimitError(`no answer within ${String(limitMs)} ms`));
    }, limitMs);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function closeServer(server: Server): Promise<void> {
  const force = setTimeout(() => {
    server.closeAllConnections();
  }, closeGraceMs);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(force);
  }
}
