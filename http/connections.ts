/**
 * Idle connections must not keep others from the HTTP server, least of all the container's own health check. When there
 * are too many, the oldest connection without a request under way is closed for the newest, first from the address that
 * has the most.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";

export interface ConnectionLimits {
  /**
   * A connection that has not sent a complete request by then is closed: the headers, and the request with its body.
   */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How often this is checked. */
  readonly checkMs: number;
  /**
   * How long an idle connection is kept for the next request, and how long a client may pause while it reads an answer.
   */
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
  // Streams have a watch of their own (event-stream.ts).
  server.timeout = limits.stuckMs;
  server.maxRequestsPerSocket = 1_000;
  // Reached only when all are busy: an idle one makes room.
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
    // A body that nothing reads is not waited for.
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
