/**
 * People sign in at the wallboard with e-mail and password of their Supabase user. The engine asks Supabase on their
 * behalf: the page sends requests to no other address and receives no key.
 */
import express from "express";
import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";

import { guarded } from "../http/front-door.ts";
import type { GuessGuard } from "../http/guess-guard.ts";

/** A signed-in user. */
export interface UserSession {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInMs: number;
}

/**
 * Why the sign-in failed. WRONG: e-mail or password, Supabase does not say which. ENDED: the session is over. AWAY:
 * Supabase does not answer now. UNUSABLE: it refuses the engine's own key or this kind of sign-in; an administrator
 * must look into it.
 */
export type SignInProblem =
  | "WRONG"
  | "UNCONFIRMED"
  | "BANNED"
  | "RATE_LIMITED"
  | "ENDED"
  | "AWAY"
  | "UNUSABLE";

export type SignInResult =
  { readonly session: UserSession } | { readonly problem: SignInProblem };

/** Never throws for what Supabase answers; `signOut` never throws at all. */
export interface UserSessions {
  signIn(email: string, password: string): Promise<SignInResult>;
  refresh(refreshToken: string): Promise<SignInResult>;
  signOut(accessToken: string): Promise<void>;
}

const statuses: Readonly<Record<SignInProblem, number>> = {
  WRONG: 401,
  UNCONFIRMED: 401,
  BANNED: 401,
  ENDED: 401,
  RATE_LIMITED: 429,
  AWAY: 503,
  UNUSABLE: 503,
};

const credentials = z.object({
  email: z.string().trim().min(3).max(320),
  password: z.string().min(1).max(1_000),
});
const refreshBody = z.object({ refreshToken: z.string().min(1).max(2_000) });
const signOutBody = z.object({ accessToken: z.string().min(1).max(12_000) });

/** Adds the routes; wrong passwords and sessions count as wrong tokens do. */
export function addSignIn(
  app: express.Express,
  sessions: UserSessions,
  guard: GuessGuard,
): void {
  // Only JSON: a form of another site cannot send it.
  const json = express.json({ limit: "16kb", strict: true });
  const judged = [guarded(guard), json];
  app.post(
    "/wallboard/sign-in",
    judged,
    answer(credentials, ({ email, password }) =>
      sessions.signIn(email, password),
    ),
  );
  app.post(
    "/wallboard/refresh",
    judged,
    answer(refreshBody, ({ refreshToken }) => sessions.refresh(refreshToken)),
  );
  app.post(
    "/wallboard/sign-out",
    judged,
    async (request: Request, response: Response) => {
      const body = signOutBody.safeParse(request.body);
      if (body.success) await sessions.signOut(body.data.accessToken);
      response.status(204).end();
    },
  );
}

function answer<T>(
  schema: z.ZodType<T>,
  ask: (body: T) => Promise<SignInResult>,
): RequestHandler {
  return async (request: Request, response: Response) => {
    const body = schema.safeParse(request.body);
    if (!body.success) {
      response.status(400).json({
        error: `Send JSON like the wallboard's page does: ${z.prettifyError(body.error)}`,
      });
      return;
    }
    const result = await ask(body.data);
    if ("session" in result) response.json(result.session);
    else
      response.status(statuses[result.problem]).json({ code: result.problem });
  };
}
