/** What all routes of the HTTP port have in common, while the engine starts and when it runs. */
import type { RequestHandler } from "express";

import { checkAccess } from "./access.ts";

export const setHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  });
  next();
};

/** Admits only requests that may see more than `/health`. */
export function restrict(statusToken: string | null): RequestHandler {
  return (request, response, next) => {
    const access = checkAccess(request, statusToken);
    if (access.allowed) {
      next();
      return;
    }
    if (access.status === 401) {
      response.set("WWW-Authenticate", 'Bearer realm="dialer"');
    }
    response.status(access.status).json({ error: access.error });
  };
}
