/**
 * Signs users of the Supabase project in by e-mail and password, for the wallboard. Uses Auth's own routes, because the
 * client library keeps a single session, and here many people sign in through one process.
 */
import { z } from "zod";

import type { Logger } from "../logging.ts";
import { createCarefulFetch, failureCode } from "./careful-fetch.ts";
import type { SupabaseProject } from "./snapshot-sender.ts";

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInMs: number;
}

type Problem =
  | "WRONG"
  | "UNCONFIRMED"
  | "BANNED"
  | "RATE_LIMITED"
  | "ENDED"
  | "AWAY"
  | "UNUSABLE";

type Result = { readonly session: Session } | { readonly problem: Problem };

const sessionBody = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number().positive(),
});
/** Three generations of Auth name the error in three different places. */
const errorBody = z.looseObject({
  error_code: z.string().optional(),
  code: z.union([z.string(), z.number()]).optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  msg: z.string().optional(),
  message: z.string().optional(),
});

const timeoutMs = 6_000;
/** Strangers must not make this engine send Auth an unlimited number of requests. */
const atOnce = 8;

/** By Auth's own code; https://supabase.com/docs/guides/auth/debugging/error-codes */
const problems: Readonly<Record<string, Problem>> = {
  invalid_credentials: "WRONG",
  invalid_grant: "WRONG",
  validation_failed: "WRONG",
  email_address_invalid: "WRONG",
  user_not_found: "WRONG",
  email_not_confirmed: "UNCONFIRMED",
  provider_email_needs_verification: "UNCONFIRMED",
  user_banned: "BANNED",
  over_request_rate_limit: "RATE_LIMITED",
  refresh_token_not_found: "ENDED",
  refresh_token_already_used: "ENDED",
  session_not_found: "ENDED",
  session_expired: "ENDED",
  bad_jwt: "ENDED",
};

export class UserSignIn {
  readonly #url: string;
  readonly #key: string;
  readonly #fetch: typeof fetch;
  readonly #log: Logger;
  #asking = 0;
  #failing = false;

  constructor({ url, secretKey }: SupabaseProject, log: Logger) {
    this.#url = url;
    this.#key = secretKey;
    this.#fetch = createCarefulFetch({ secretKey, timeoutMs });
    this.#log = log;
  }

  signIn(email: string, password: string): Promise<Result> {
    return this.#ask("password", { email, password }, "WRONG");
  }

  refresh(refreshToken: string): Promise<Result> {
    return this.#ask("refresh_token", { refresh_token: refreshToken }, "ENDED");
  }

  /** Ends this session only; where that fails, it ends by itself. */
  async signOut(accessToken: string): Promise<void> {
    await this.#post("logout?scope=local", {}, accessToken).catch(
      () => undefined,
    );
  }

  async #ask(grant: string, body: object, usual: Problem): Promise<Result> {
    if (this.#asking >= atOnce) return { problem: "AWAY" };
    this.#asking += 1;
    try {
      const response = await this.#post(`token?grant_type=${grant}`, body);
      const answered: unknown = await response.json().catch(() => null);
      const session = sessionBody.safeParse(answered);
      if (response.ok && session.success) {
        this.#failing = false;
        return { session: sessionOf(session.data) };
      }
      const problem = problemOf(response.status, answered, usual);
      if (problem === "AWAY" || problem === "UNUSABLE")
        this.#noteFailure(`HTTP_${String(response.status)}`);
      return { problem };
    } catch (error) {
      this.#noteFailure(failureCode(error));
      return { problem: "AWAY" };
    } finally {
      this.#asking -= 1;
    }
  }

  #post(path: string, body: object, bearer?: string): Promise<Response> {
    return this.#fetch(`${this.#url}/auth/v1/${path}`, {
      method: "POST",
      headers: {
        apikey: this.#key,
        "content-type": "application/json",
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(body),
    });
  }

  /** Logged once, until an answer is right again. */
  #noteFailure(code: string): void {
    if (!this.#failing)
      this.#log.warn(
        { code },
        "Users cannot sign in at the wallboard: Supabase Auth does not answer as it should",
      );
    this.#failing = true;
  }
}

function sessionOf(body: z.output<typeof sessionBody>): Session {
  return {
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
    expiresInMs: body.expires_in * 1_000,
  };
}

/** @param usual what 400 means where Auth does not say more */
function problemOf(status: number, answered: unknown, usual: Problem): Problem {
  if (status === 429) return "RATE_LIMITED";
  if (status >= 500) return "AWAY";
  const body = errorBody.safeParse(answered).data ?? {};
  const text = `${body.error_description ?? ""} ${body.msg ?? ""} ${body.message ?? ""}`;
  if (/not confirmed/i.test(text)) return "UNCONFIRMED";
  const codes = [body.error_code, body.code, body.error];
  for (const code of codes) {
    const known = typeof code === "string" ? problems[code] : undefined;
    if (known !== undefined)
      return known === "WRONG" || known === "ENDED" ? usual : known;
  }
  return status === 400 && /credentials|refresh token/i.test(text)
    ? usual
    : "UNUSABLE";
}
