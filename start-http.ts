import type { IncomingMessage } from "node:http";
import express from "express";
import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import type { Registry } from "prom-client";
import type { Logger } from "./logging.ts";
import { bearerOf, checkAccess } from "./http/access.ts";
import { addressOf, frontDoor } from "./http/front-door.ts";
import type { GuessGuard } from "./http/guess-guard.ts";
import { openHttpPort } from "./http/http-port.ts";
import type { HttpPort, HttpPortOptions } from "./http/http-port.ts";
import { restrict, setHeaders } from "./http/routes.ts";
import type { HealthReport, StatusSource } from "./health/status-source.ts";
import type { WallboardFeed } from "./wallboard/feed.ts";
import { addWallboard } from "./wallboard/routes.ts";
import type { WallboardOptions } from "./wallboard/routes.ts";

export interface HealthServerOptions extends HttpPortOptions {
  readonly source: StatusSource;
  readonly registry: Registry;
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

/**
 * Serves `GET /health`, `GET /status`, `GET /metrics` and the wallboard at `/`. A source that throws or hangs makes an
 * answer with its reason, never an exception.
 *
 * @param opened a port that listens already; it was opened with the same options
 * @throws HealthServerError when the port cannot be had
 */
export async function startHealthServer(
  options: HealthServerOptions,
  opened?: HttpPort,
): Promise<HealthServer> {
  const http = opened ?? (await openHttpPort(options));
  const { app, feed } = createApp(options, http.guard);
  http.serve(app);
  const endStreams = () => feed?.close() ?? Promise.resolve();
  return {
    port: http.port,
    endStreams,
    close: async () => {
      await Promise.all([endStreams(), http.close()]);
    },
  };
}

function createApp(
  options: HealthServerOptions,
  guard: GuessGuard,
): {
  app: express.Express;
  feed: WallboardFeed | null;
} {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(setHeaders);
  const { statusToken, production = false } = options;
  app.use(frontDoor({ statusToken, production, guard }));
  app.get("/health", healthRoute(options, guard));
  const restricted = restrict(options.statusToken);
  app.get("/status", restricted, statusRoute(options));
  app.get("/metrics", restricted, metricsRoute(options));
  const feed =
    options.wallboard === undefined
      ? null
      : addWallboard(
          app,
          options.wallboard,
          { statusToken, guard },
          options.log,
        );
  app.use((request, response) => {
    response.status(404).json({
      error: `${request.method} ${request.path.slice(0, 200)} does not exist`,
      hint: "GET /, GET /health, GET /status, GET /metrics",
    });
  });
  app.use(errorRoute(options.log));
  return { app, feed };
}

function healthRoute(
  options: HealthServerOptions,
  guard: GuessGuard,
): RequestHandler {
  const { source, sourceTimeoutMs = defaultSourceTimeoutMs } = options;
  return async (request, response) => {
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
    const knows = knowsToken(request, options.statusToken, guard);
    response.status(report.healthy ? 200 : 503).json(healthBody(report, knows));
  };
}

/** Who may hear addresses and names. `/health` answers everybody, so that a wrong token is only slowed. */
function knowsToken(
  request: IncomingMessage,
  statusToken: string | null,
  guard: GuessGuard,
): boolean {
  if (statusToken === null || bearerOf(request) === null) return false;
  const address = addressOf(request);
  if (guard.enter(address) > 0) return false;
  const { allowed } = checkAccess(request, statusToken);
  if (allowed) guard.wasRight(address);
  return allowed;
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
function healthBody(
  report: HealthReport,
  knowsToken: boolean,
): Record<string, unknown> {
  return {
    status: report.healthy ? "healthy" : "unhealthy",
    running: report.running,
    voiceAdapterConnected: report.voiceAdapterConnected,
    uptime: Math.floor(report.uptimeSeconds),
    schedulerActive: report.schedulerActive,
    executorActive: report.executorActive,
    standby: report.standby,
    database: report.databaseReachable,
    reasons: knowsToken ? (report.details ?? report.reasons) : report.reasons,
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
    const status = bodyFault(error);
    if (status !== null && !response.headersSent) {
      response
        .status(status)
        .json({ error: "The body is not JSON, or too long" });
      return;
    }
    log.error({ err: error }, "HTTP request failed");
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(500).json({ error: "internal error, see the log" });
  };
}

/** The status for a body that cannot be read, or null: the error is of another kind. */
function bodyFault(error: unknown): number | null {
  if (!(error instanceof Error) || !("type" in error && "status" in error))
    return null;
  const { status } = error;
  return typeof status === "number" && status >= 400 && status < 500
    ? status
    : null;
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
