/** `GET /`: the wallboard's page, its files, and its stream of events. The page holds no data and is open to all. */
import { readFileSync } from "node:fs";

import type express from "express";
import type { RequestHandler } from "express";

import type { Logger } from "../logging.ts";
import { openEventStream } from "./event-stream.ts";
import { admit } from "./wallboard-access.ts";
import type { VerifyUser } from "./wallboard-access.ts";
import { WallboardFeed } from "./wallboard-feed.ts";
import type { FeedOptions } from "./wallboard-feed.ts";
import type { Viewer } from "./wallboard-source.ts";

export interface WallboardOptions extends Omit<FeedOptions, "log"> {
  /** Null: users of accounts cannot sign in. */
  readonly verifyUser: VerifyUser | null;
}

/** Everything comes from here, nothing is inline, and nobody may frame it. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const files = {
  "/": "index.html",
  "/wallboard/wallboard.css": "wallboard.css",
  "/wallboard/icon.svg": "icon.svg",
  "/wallboard/wallboard.js": "wallboard.js",
  "/wallboard/board.js": "board.js",
  "/wallboard/plot.js": "plot.js",
  "/wallboard/rows.js": "rows.js",
  "/wallboard/stream.js": "stream.js",
  "/wallboard/texts.js": "texts.js",
} as const;

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** A stream lasts no longer, so that what a viewer may see is asked again. */
const longestStreamMs = 60 * 60_000;

/** Adds the routes. @returns what ends the streams when the engine stops */
export function addWallboard(
  app: express.Express,
  options: WallboardOptions,
  statusToken: string | null,
  log: Logger,
): WallboardFeed {
  for (const [path, file] of Object.entries(files))
    app.get(path, fileRoute(file));
  const feed = new WallboardFeed({ ...options, log });
  app.get(
    "/wallboard/stream",
    streamRoute(feed, statusToken, options.verifyUser),
  );
  return feed;
}

function fileRoute(file: string): RequestHandler {
  const text = readFileSync(new URL(`wallboard/${file}`, import.meta.url));
  const type = types[file.split(".").at(-1) ?? ""] ?? "text/plain";
  return (_request, response) => {
    response
      .set({ "Content-Type": type, "Content-Security-Policy": pagePolicy })
      .send(text);
  };
}

function streamRoute(
  feed: WallboardFeed,
  statusToken: string | null,
  verifyUser: VerifyUser | null,
): RequestHandler {
  return async (request, response) => {
    const admission = await admit(request, statusToken, verifyUser);
    if (response.destroyed) return;
    if (admission.viewer === null) {
      response
        .status(admission.status)
        .json({ error: admission.error, userTokens: verifyUser !== null });
      return;
    }
    if (!seat(feed, admission.viewer, response))
      response
        .status(503)
        .set("Retry-After", "10")
        .json({ error: "Too many are looking at the wallboard", full: true });
  };
}

function seat(
  feed: WallboardFeed,
  viewer: Viewer,
  response: express.Response,
): boolean {
  // The answer may only begin once there is room, and the feed may send at once.
  const early: string[] = [];
  let stream: ReturnType<typeof openEventStream> | null = null;
  const place = feed.join(viewer, {
    send: (text) => {
      if (stream === null) early.push(text);
      else stream.send(text);
    },
    end: () => stream?.end(),
  });
  if (place === null) return false;
  const lastsMs =
    viewer.kind === "operator"
      ? longestStreamMs
      : Math.min(longestStreamMs, viewer.expiresAtMs - Date.now());
  const opened = openEventStream(response, () => {
    clearTimeout(over);
    place.leave();
  });
  const over = setTimeout(
    () => {
      const expired = viewer.kind === "account" && lastsMs < longestStreamMs;
      opened.finish(expired ? "event: expired\ndata: {}\n\n" : "");
    },
    Math.max(0, lastsMs),
  );
  stream = opened;
  for (const text of early) opened.send(text);
  return true;
}
