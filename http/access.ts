import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Whether a request may see more than `/health`, and if not, the answer. */
export type Access =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly status: 401 | 403;
      readonly error: string;
    };

/** Set by proxies: the request comes from elsewhere although the socket is local. */
const forwardingHeaders = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-real-ip",
];

/**
 * With a token: `Authorization: Bearer <token>` is needed, from anywhere. Without one, only a direct connection over
 * loopback is admitted, judged by the socket, never by a header.
 */
export function checkAccess(
  request: IncomingMessage,
  statusToken: string | null,
): Access {
  if (statusToken === null) return checkLoopback(request);
  const given = bearerOf(request);
  if (given !== null && isSame(given, statusToken)) {
    return { allowed: true };
  }
  return {
    allowed: false,
    status: 401,
    error: "Send the header Authorization: Bearer <STATUS_TOKEN>",
  };
}

/** The bearer token of a request, or null. */
export function bearerOf(request: IncomingMessage): string | null {
  const header = request.headers.authorization ?? "";
  return /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null;
}

function checkLoopback(request: IncomingMessage): Access {
  const forwarded = forwardingHeaders.some(
    (name) => request.headers[name] !== undefined,
  );
  if (!forwarded && isLoopback(request.socket.remoteAddress)) {
    return { allowed: true };
  }
  return {
    allowed: false,
    status: 403,
    error:
      "Without STATUS_TOKEN this page answers to the engine's own machine only; set the environment variable STATUS_TOKEN and send it as a bearer token",
  };
}

function isLoopback(address: string | undefined): boolean {
  return (
    address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address ?? "")
  );
}

function isSame(given: string, token: string): boolean {
  // Digests have equal length, so that neither timing nor an exception reveals the token's length.
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
