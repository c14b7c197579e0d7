/** What the HTTP port answers while the engine starts: 503 everywhere, with the current step. */
import express from "express";
import type { RequestHandler } from "express";

import { frontDoor } from "./front-door.ts";
import type { FrontDoorOptions } from "./front-door.ts";
import { restrict, setHeaders } from "./routes.ts";

/** The steps of an engine's start, in their order. */
export type StartPhase = "starting" | "asking" | "migrating" | "connecting";

export interface StartingAppOptions extends FrontDoorOptions {
  readonly phase: () => StartPhase;
  /** Adds the page at `/`, which waits for the engine, and its files. */
  readonly addPage: (router: express.Router) => void;
}

const reasons: Readonly<Record<StartPhase, string>> = {
  starting: "The engine is starting.",
  asking: "The engine is starting: it asks for the database's address.",
  migrating:
    "The engine is starting: it sets up or updates the database's tables (migrating), or waits for another engine that does.",
  connecting: "The engine is starting: it connects to the database.",
};

/** Seconds after which a client should ask again. */
const retryAfter = "2";

export function createStartingApp({
  phase,
  addPage,
  ...door
}: StartingAppOptions): express.Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(setHeaders);
  app.use(frontDoor(door));
  app.get("/health", (_request, response) => {
    response
      .status(503)
      .set("Retry-After", retryAfter)
      .json({
        // The fields of a running engine's answer (health/routes.ts), all of them measured: nothing runs yet.
        status: phase(),
        running: false,
        voiceAdapterConnected: false,
        uptime: Math.floor(process.uptime()),
        schedulerActive: false,
        executorActive: false,
        standby: false,
        database: false,
        reasons: [reasons[phase()]],
      });
  });
  const notYet: RequestHandler = (_request, response) => {
    response
      .status(503)
      .set("Retry-After", retryAfter)
      .json({ status: phase(), error: reasons[phase()] });
  };
  // A browser gets the page, which asks again until the engine runs.
  const page = express.Router();
  page.use((request, response, next) => {
    if (request.path !== "/") next();
    else if (request.headers.accept?.includes("text/html") === true) {
      response.status(503).set("Retry-After", retryAfter);
      next();
    } else next("router");
  });
  addPage(page);
  app.use(page);
  // Tokens of users and screens cannot be verified yet, and a client discards a token that is rejected.
  app.use("/wallboard", notYet);
  app.use(restrict(door.statusToken), notYet);
  return app;
}
