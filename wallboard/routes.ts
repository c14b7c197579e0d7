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
  /** Null: nobody signs in with e-mail and password. */
  readonly sessions: UserSessions | null;
  /** How often a screen's token is looked at again; a revoked one's screen goes dark within that. */
  readonly lookAgainMs?: number;
}

interface Gate {
  readonly statusToken: string | null;
  readonly guard: GuessGuard;
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

const folder = new URL("page/", import.meta.url);

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** A stream lasts no longer, so that what a viewer may see is asked again. */
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

/** The page and its files, which hold no data. While the engine starts they are there, too: a screen waits for it then. */
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

/** One campaign's day, for who looks at the board: it comes from what the stream has read already. */
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

/** Says also in which ways one can sign in here. */
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
      // While the database is away nobody can say, and nothing is shown either.
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
