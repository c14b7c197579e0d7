/**
 * The engine's HTTP port, which listens from the first second on, before the database, its address or its tables exist.
 * Until the engine adds its routes, it answers 503 and says which step is under way.
 *
 *   LISTENING (503, the phase of the start) ── serve() ──▶ SERVING (the engine's routes) ── close() ──▶ CLOSED
 */
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { Logger } from "../logging.ts";
import { defaultConnectionLimits, limitConnections } from "./connections.ts";
import type { ConnectionLimits } from "./connections.ts";
import { GuessGuard } from "./guess-guard.ts";
import { HealthServerError, listenDualStack } from "./listen.ts";
import { createStartingApp } from "./starting-app.ts";
import type { StartingAppOptions, StartPhase } from "./starting-app.ts";

export interface HttpPortOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Null: everything but `/health` is served over loopback only. */
  readonly statusToken: string | null;
  readonly log: Logger;
  /** True: without a token only `/health` is served, on loopback, too. Default: false. */
  readonly production?: boolean;
  /** Instead of the usual ones, for tests. */
  readonly connections?: Partial<ConnectionLimits>;
  readonly guard?: GuessGuard;
}

export interface HttpPort {
  readonly port: number;
  /** Counts wrong tokens during the start and afterwards. */
  readonly guard: GuessGuard;
  /** Sets what `/health` says, with 503, until `serve`. */
  enter(phase: StartPhase): void;
  /** From now on this handler gets every request. */
  serve(handler: RequestListener): void;
  /** Stops listening at once; answers under way have one second. */
  close(): Promise<void>;
}

const closeGraceMs = 1000;

/**
 * Listens on IPv6 and IPv4 (IPv4 alone where the machine has no IPv6).
 *
 * @param addPage what a browser gets while the engine starts
 * @throws HealthServerError when it cannot listen on the port
 */
export async function openHttpPort(
  options: HttpPortOptions,
  addPage: StartingAppOptions["addPage"],
): Promise<HttpPort> {
  const { statusToken, production = false, log } = options;
  const guard = options.guard ?? new GuessGuard(() => performance.now());
  let phase: StartPhase = "starting";
  const starting = createStartingApp({
    ...{ statusToken, production, guard },
    phase: () => phase,
    addPage,
  });
  let handler: RequestListener = starting;
  const limits = { ...defaultConnectionLimits, ...options.connections };
  const server = createServer(
    { connectionsCheckingInterval: limits.checkMs, maxHeaderSize: 16_384 },
    (request, response) => {
      handler(request, response);
    },
  );
  limitConnections(server, limits);
  await listenDualStack(server, options.port);
  server.on("error", (error) => {
    log.error({ err: error }, "HTTP server error");
  });
  return {
    port: portOf(server),
    guard,
    enter: (next) => {
      phase = next;
    },
    serve: (routes) => {
      handler = routes;
    },
    close: () => closeServer(server),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new HealthServerError("The HTTP server has no TCP port");
  return address.port;
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
