/** The checks that every request but `GET /health` must pass before any route handles it. */
import type { IncomingMessage } from "node:http";

import type { Request, RequestHandler, Response } from "express";

import { bearerOf } from "./access.ts";
import type { GuessGuard } from "./guess-guard.ts";

export interface FrontDoorOptions {
  readonly statusToken: string | null;
  /**
   * Without a token all requests are then refused: a proxy on the same machine cannot be distinguished from the machine
   * itself.
   */
  readonly production: boolean;
  readonly guard: GuessGuard;
}

const loopbackName = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
const anyName = /^([a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i;

export function frontDoor(options: FrontDoorOptions): RequestHandler {
  return (request, response, next) => {
    if (isHealthCheck(request)) {
      next();
      return;
    }
    const refusal = refusalOf(request, options);
    if (refusal !== null) {
      response.status(403).json({ error: refusal });
      return;
    }
    if (bearerOf(request) === null) next();
    else judgeOnly(request, response, options.guard, next);
  };
}

/** For a credential that is not a bearer token, for instance a password. The answer to a wrong one is 401. */
export function guarded(guard: GuessGuard): RequestHandler {
  return (request, response, next) => {
    judgeOnly(request, response, guard, next);
  };
}

/** Lets the credential be verified, unless too many were wrong lately. */
function judgeOnly(
  request: IncomingMessage,
  response: Response,
  guard: GuessGuard,
  next: () => void,
): void {
  const waitMs = takePlace(request, response, guard);
  if (waitMs === 0) {
    next();
    return;
  }
  response
    .status(429)
    .set("Retry-After", String(Math.ceil(waitMs / 1_000)))
    .json({ error: "Too many wrong tokens or passwords: try again later" });
}

/** Some platforms use HEAD, some append a slash. */
function isHealthCheck({ method, path }: Request): boolean {
  return (method === "GET" || method === "HEAD") && /^\/health\/?$/i.test(path);
}

/** @returns why this request is refused, or null */
function refusalOf(
  request: IncomingMessage,
  { statusToken, production }: FrontDoorOptions,
): string | null {
  if (statusToken === null && production)
    return "Set the environment variable STATUS_TOKEN and send it as a bearer token; without it only /health answers in production";
  const host = request.headers.host ?? "";
  // Without a token the browser of this machine is admitted, but only under the machine's own names, so that no other
  // site's name can be resolved to it.
  const names = statusToken === null ? loopbackName : anyName;
  if (bearerOf(request) === null || statusToken !== null) {
    if (!names.test(host))
      return "The header Host does not name this engine: without STATUS_TOKEN use localhost";
  }
  return isFromOtherSite(request, host)
    ? "This engine answers to its own pages only"
    : null;
}

/**
 * Whether another site's page makes the request, according to the browser; following a link to the wallboard does not
 * count.
 */
function isFromOtherSite(request: IncomingMessage, host: string): boolean {
  const { origin } = request.headers;
  if (origin !== undefined && hostOf(origin) !== host.toLowerCase())
    return true;
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none")
    return false;
  return !(
    request.method === "GET" &&
    (request.url ?? "").split("?", 1)[0] === "/" &&
    request.headers["sec-fetch-mode"] === "navigate" &&
    request.headers["sec-fetch-dest"] === "document"
  );
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : null;
}

/**
 * @returns milliseconds to wait, or 0: then a place is taken, which a right token returns as soon as the answer begins
 */
function takePlace(
  request: IncomingMessage,
  response: Response,
  guard: GuessGuard,
): number {
  const address = addressOf(request);
  const waitMs = guard.enter(address);
  if (waitMs > 0) return waitMs;
  const writeHead = response.writeHead.bind(response) as (
    ...all: unknown[]
  ) => Response;
  Object.assign(response, {
    writeHead: (...all: unknown[]) => {
      // 401 is a wrong token; after 429 to 503 the token was not verified.
      if (response.statusCode !== 401) guard.wasRight(address);
      return writeHead(...all);
    },
  });
  return 0;
}

/**
 * Behind a proxy all requests come from one address, so the address reported by the nearest proxy is added. A direct
 * client can forge it; then the limit for all clients together applies.
 */
export function addressOf(request: IncomingMessage): string {
  const forwarded = request.headers["x-forwarded-for"];
  const last = String(forwarded ?? "")
    .split(",")
    .at(-1)
    ?.trim();
  return `${networkOf(request.socket.remoteAddress ?? "")} ${networkOf((last ?? "").slice(0, 60))}`;
}

/** An IPv6 customer has at least a /64. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, "");
  return plain.includes(":") ? plain.split(":").slice(0, 4).join(":") : plain;
}
