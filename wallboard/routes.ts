/** `GET /`: the wallboard's page, its files, and its stream of events. The page holds no data and is open to all. */
import { readdirSync, readFileSync } from "node:fs";

import type express from "express";
import type { RequestHandler } from "express";

import type { Logger } from "../logging.ts";
import { openEventStream } from "./event-stream.ts";
import type { GuessGuard } from "../http/guess-guard.ts";
import { admit } from "./access.ts";
import type { Admission, Verifiers } from "./access.ts";
import { WallboardFeed } from "./feed.ts";
import type { FeedOptions } from "./feed.ts";
import { shorten } from "./picture.ts";
import { addSignIn } from "./sign-in.ts";
import type { UserSessions } from "./sign-in.ts";
import type { Viewer } from "./source.ts";

export interface WallboardOptions extends Omit<FeedOptions, "log">, Verifiers {
  /** Null: there is no sign-in with e-mail and password. */
  readonly sessions: UserSessions | null;
  /** How often a screen's token is checked again; a revoked screen goes dark within that time. */
  readonly lookAgainMs?: number;
}

interface Gate {
  readonly statusToken: string | null;
  readonly guard: GuessGuard;
}

/** Everything is loaded from here, nothing is inline, and no page may frame it. */
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

const folder = new URL("page/", import.meta.url);

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The longest duration of a stream, so that a viewer's rights are checked again. */
const longestStreamMs = 60 * 60_000;
const defaultLookAgainMs = 30_000;

/** Adds the routes. @returns what ends the streams when the engine stops */
export function addWallboard(
  app: express.Express,
  options: WallboardOptions,
  gate: Gate,
  log: Logger,
): WallboardFeed {
  addPage(app);
  const feed = new WallboardFeed({ ...options, log });
  app.get("/wallboard/stream", streamRoute(feed, options, gate));
  app.get("/wallboard/campaign", campaignRoute(feed, options, gate));
  app.get("/wallboard/ways", (_request, response) => {
    response.json(waysOf(options));
  });
  if (options.sessions !== null) addSignIn(app, options.sessions, gate.guard);
  return feed;
}

/**
 * The page and its files, which contain no data. They are also served while the engine starts, so that a screen can
 * wait for it.
 */
export function addPage(app: express.Router): void {
  for (const file of readdirSync(folder))
    app.get(
      file === "index.html" ? "/" : `/wallboard/${file}`,
      fileRoute(file),
    );
}

function fileRoute(file: string): RequestHandler {
  const text = readFileSync(new URL(file, folder));
  const type = types[file.split(".").at(-1) ?? ""] ?? "text/plain";
  return (_request, response) => {
    response
      .set({ "Content-Type": type, "Content-Security-Policy": pagePolicy })
      .send(text);
  };
}

function streamRoute(
  feed: WallboardFeed,
  options: WallboardOptions,
  { statusToken }: Gate,
): RequestHandler {
  return async (request, response) => {
    const admission = await admit(request, statusToken, options);
    if (response.destroyed) return;
    if (admission.viewer === null) refuse(response, admission, options);
    else if (!seat(feed, admission, response, options.lookAgainMs))
      response
        .status(503)
        .set("Retry-After", "10")
        .json({ error: "Too many are looking at the wallboard", full: true });
  };
}

/** One campaign's day, for a viewer of the board, from what its stream has already read. */
function campaignRoute(
  feed: WallboardFeed,
  options: WallboardOptions,
  { statusToken }: Gate,
): RequestHandler {
  return async (request, response) => {
    const admission = await admit(request, statusToken, options);
    if (admission.viewer === null) {
      refuse(response, admission, options);
      return;
    }
    const { id } = request.query;
    const day =
      typeof id === "string" ? feed.campaignDay(admission.viewer, id) : null;
    if (day === null)
      response.status(404).json({
        error: "The board that you follow shows no campaign with this id",
      });
    else response.json({ ...day, series: shorten(day.series) });
  };
}

/** The answer also says how one can sign in here. */
function refuse(
  response: express.Response,
  { status, error }: Extract<Admission, { viewer: null }>,
  options: WallboardOptions,
): void {
  response.status(status).json({ error, ...waysOf(options) });
}

function waysOf({ verifyUser, sessions }: WallboardOptions) {
  return { userTokens: verifyUser !== null, passwords: sessions !== null };
}

function seat(
  feed: WallboardFeed,
  { viewer, mayStay }: Exclude<Admission, { viewer: null }>,
  response: express.Response,
  lookAgainMs = defaultLookAgainMs,
): boolean {
  // The response may begin only once there is room, and the feed may send at once.
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
  const opened = openEventStream(response, () => {
    watch.stop();
    place.leave();
  });
  const watch = watchEnd(viewer, mayStay, lookAgainMs, (expired) => {
    opened.finish(expired ? "event: expired\ndata: {}\n\n" : "");
  });
  stream = opened;
  for (const text of early) opened.send(text);
  return true;
}

/** Ends a stream when its time is over: the longest there is, the token's own, or when a screen's token is revoked. */
function watchEnd(
  viewer: Viewer,
  mayStay: (() => Promise<boolean>) | undefined,
  lookAgainMs: number,
  end: (expired: boolean) => void,
): { stop(): void } {
  const tokenMs =
    viewer.kind === "operator" ? Infinity : viewer.expiresAtMs - Date.now();
  const over = setTimeout(
    () => {
      end(tokenMs < longestStreamMs);
    },
    Math.max(0, Math.min(longestStreamMs, tokenMs)),
  );
  const again =
    mayStay &&
    setInterval(() => {
      // While the database is away this cannot be checked, and nothing is shown either.
      mayStay().then(
        (stays) => {
          if (!stays) end(true);
        },
        () => undefined,
      );
    }, lookAgainMs);
  return {
    stop: () => {
      clearTimeout(over);
      clearInterval(again);
    },
  };
}
