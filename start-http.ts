/** The engine's HTTP server: which room answers which path. */
import express from "express";
import type { ErrorRequestHandler } from "express";
import { addHealthRoutes } from "./health/routes.ts";
import type { HealthRouteOptions } from "./health/routes.ts";
import { frontDoor } from "./http/front-door.ts";
import type { GuessGuard } from "./http/guess-guard.ts";
import { openHttpPort } from "./http/http-port.ts";
import type { HttpPort, HttpPortOptions } from "./http/http-port.ts";
import { setHeaders } from "./http/routes.ts";
import type { Logger } from "./logging.ts";
import type { WallboardFeed } from "./wallboard/feed.ts";
import { addPage, addWallboard } from "./wallboard/routes.ts";
import type { WallboardOptions } from "./wallboard/routes.ts";

export interface HealthServerOptions
  extends HttpPortOptions, HealthRouteOptions {
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

/**
 * Listens before there is anything to serve; browsers get the wallboard's page meanwhile.
 *
 * @throws HealthServerError when the port cannot be had
 */
export function listenForHttp(options: HttpPortOptions): Promise<HttpPort> {
  return openHttpPort(options, addPage);
}

/**
 * Serves `GET /health`, `GET /status`, `GET /metrics` and the wallboard at `/`.
 *
 * @param opened a port that listens already; it was opened with the same options
 * @throws HealthServerError when the port cannot be had
 */
export async function startHealthServer(
  options: HealthServerOptions,
  opened?: HttpPort,
): Promise<HealthServer> {
  const http = opened ?? (await listenForHttp(options));
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
  addHealthRoutes(app, options, guard);
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
