/** Listening on IPv6 and IPv4. */
import type { Server } from "node:http";

/** The server could not listen; the message says what to do. */
export class HealthServerError extends Error {
  override readonly name = "HealthServerError";
  readonly code = "HTTP_LISTEN_FAILED";
}

export async function listenDualStack(
  server: Server,
  port: number,
): Promise<void> {
  try {
    await listen(server, port, "::");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") {
      throw listenError(port, error);
    }
    try {
      await listen(server, port, "0.0.0.0");
    } catch (second) {
      throw listenError(port, second);
    }
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, ipv6Only: false }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function listenError(port: number, cause: unknown): HealthServerError {
  const code = cause instanceof Error && "code" in cause ? cause.code : cause;
  const advice =
    code === "EADDRINUSE"
      ? "another program listens there: stop it, or set PORT to a free port"
      : code === "EACCES"
        ? "this user may not use it: set PORT to one above 1023"
        : "set PORT to another port";
  return new HealthServerError(
    `HTTP cannot listen on port ${String(port)} (${String(code)}): ${advice}`,
    { cause },
  );
}
