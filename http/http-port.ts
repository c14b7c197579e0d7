/**
 * The engine's HTTP port, which listens from the first second on: before there is a database, an address of one, or
 * tables. Until the engine hands its routes over, it answers 503 and says what it is doing.
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
  /** Null: all but `/health` answers over loopback only. */
  readonly statusToken: string | null;
  readonly log: Logger;
  /** True: without a token only `/health` answers, on loopback too. Default: false. */
  readonly production?: boolean;
  /** Instead of the usual ones, for tests. */
  readonly connections?: Partial<ConnectionLimits>;
  readonly guard?: GuessGuard;
}

export interface HttpPort {
  readonly port: number;
  /** Counts wrong tokens over start and service alike. */
  readonly guard: GuessGuard;
  /** What `/health` says from now on, with 503, until `serve`. */
  enter(phase: StartPhase): void;
  /** From here on every request is this handler's. */
  serve(handler: RequestListener): void;
  /** Stops listening at once; answers under way get a second. */
  close(): Promise<void>;
}

const closeGraceMs = 1000;

/**
 * Listens on IPv6 and IPv4 (IPv4 alone where the machine has no IPv6).
 *
 * @param addPage what a browser gets while the engine starts
 * @throws HealthServerError when the port cannot be had
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
