/**
 * Connections of the HTTP server that do nothing must not keep others out, the container's own health check least of all:
 * when there are too many, the oldest without a request under way is closed for the newest, first of the address that has
 * the most.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";

export interface ConnectionLimits {
  /** A connection that has not sent a whole request by then is closed; headers, and the request with its body. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How often that is looked at. */
  readonly checkMs: number;
  /** An idle connection is kept for the next request for this long, and nobody may take an answer slower. */
  readonly keepAliveMs: number;
  readonly stuckMs: number;
  /** Connections in all; streams count. */
  readonly most: number;
}

export const defaultConnectionLimits: ConnectionLimits = {
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  checkMs: 1_000,
  keepAliveMs: 5_000,
  stuckMs: 30_000,
  most: 256,
};

interface Connection {
  readonly address: string;
  /** Requests that are being answered. */
  busy: number;
}

/** Sets the limits on a server that is not listening yet. */
export function limitConnections(
  server: Server,
  limits: ConnectionLimits,
): void {
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.keepAliveMs;
  // Streams are watched by themselves (event-stream.ts).
  server.timeout = limits.stuckMs;
  server.maxRequestsPerSocket = 1_000;
  // Only when all are busy: one that does nothing makes room.
  server.maxConnections = limits.most + 64;
  const connections = new Map<Socket, Connection>();
  server.on("connection", (socket) => {
    connections.set(socket, { address: socket.remoteAddress ?? "", busy: 0 });
    socket.once("close", () => connections.delete(socket));
    if (connections.size > limits.most) closeOneIdle(connections, socket);
  });
  server.on("request", (request, response) => {
    const connection = connections.get(request.socket);
    if (connection === undefined) return;
    connection.busy += 1;
    response.once("close", () => {
      connection.busy -= 1;
    });
    // A body that nobody reads is not waited for.
    if (request.method !== "GET" && request.method !== "HEAD")
      response.shouldKeepAlive = false;
  });
}

function closeOneIdle(
  connections: ReadonlyMap<Socket, Connection>,
  newest: Socket,
): void {
  const idle = [...connections].filter(
    ([socket, { busy }]) => busy === 0 && socket !== newest,
  );
  const counts = new Map<string, number>();
  for (const [, { address }] of idle)
    counts.set(address, (counts.get(address) ?? 0) + 1);
  let chosen: Socket | undefined;
  let most = 0;
  for (const [socket, { address }] of idle) {
    const count = counts.get(address) ?? 0;
    if (count > most) {
      most = count;
      chosen = socket;
    }
  }
  chosen?.destroy();
}
