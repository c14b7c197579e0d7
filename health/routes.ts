/** `GET /health`, `GET /status` and `GET /metrics`. */
import type { IncomingMessage } from "node:http";
import type express from "express";
import type { RequestHandler, Response } from "express";
import type { Registry } from "prom-client";
import { bearerOf, checkAccess } from "../http/access.ts";
import { addressOf } from "../http/front-door.ts";
import type { GuessGuard } from "../http/guess-guard.ts";
import { restrict } from "../http/routes.ts";
import type { Logger } from "../logging.ts";
import type { HealthReport, StatusSource } from "./status-source.ts";

export interface HealthRouteOptions {
  readonly source: StatusSource;
  readonly registry: Registry;
  /** Null: everything but `/health` is served over loopback only. */
  readonly statusToken: string | null;
  readonly log: Logger;
  /** How long `/health` waits for the source; the other routes wait four times as long. */
  readonly sourceTimeoutMs?: number;
}

/** How long a client of `/health` waits, below the 10 s after which deploy tools give up. */
const defaultSourceTimeoutMs = 2000;

/** Adds the routes. A source that throws or hangs results in an answer with the reason, never in an exception. */
export function addHealthRoutes(
  app: express.Express,
  options: HealthRouteOptions,
  guard: GuessGuard,
): void {
  app.get("/health", healthRoute(options, guard));
  const restricted = restrict(options.statusToken);
  app.get("/status", restricted, statusRoute(options));
  app.get("/metrics", restricted, metricsRoute(options));
}

function healthRoute(
  options: HealthRouteOptions,
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

/** Who may see addresses and names. `/health` answers everybody, so a wrong token is only slowed. */
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

/** Operators' tools read the first six fields; more may follow. */
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

function statusRoute(options: HealthRouteOptions): RequestHandler {
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

function metricsRoute(options: HealthRouteOptions): RequestHandler {
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

/** An answer must not contain credentials, and `/health` is open to all: the code first, then a short text. */
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
