/** Verifies the access token of a Supabase user, with the project's public keys where it has them. */
import { createClient } from "@supabase/supabase-js";
import { z } from "zod";

import type { Logger } from "../logging.ts";
import { createCarefulFetch, failureCode } from "./careful-fetch.ts";
import type { SupabaseProject } from "./snapshot-sender.ts";

/**
 * A signed-in user's token. The issuer is not compared: the signature is the project's own, and the issuer of a
 * self-hosted project differs from its internal address.
 */
const userClaims = z.looseObject({
  sub: z.uuid(),
  role: z.literal("authenticated"),
  aud: z.union([
    z.literal("authenticated"),
    z.array(z.string()).refine((names) => names.includes("authenticated")),
  ]),
  exp: z.number(),
});

export interface VerifiedToken {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly expiresAtMs: number;
}

const timeoutMs = 4_000;
/**
 * Each verification may cost a request to the Auth server: strangers must not make this engine send an unlimited
 * number.
 */
const atOnce = 4;

/**
 * @returns a function that returns null for a token that is invalid or not a signed-in user's, and throws when the
 *   token cannot be verified now; the reason is logged once until verification works again
 */
export function createUserVerifier(
  { url, secretKey }: SupabaseProject,
  log: Logger,
): (token: string) => Promise<VerifiedToken | null> {
  const client = createClient(url, secretKey, {
    auth: {
      autoRefreshToken: false,
      persistSession: false,
      detectSessionInUrl: false,
    },
    global: { fetch: createCarefulFetch({ secretKey, timeoutMs }) },
  });
  let asking = 0;
  let failing = false;
  const ask = async (token: string): Promise<VerifiedToken | null> => {
    if (!isSigned(token)) return null;
    const { data, error } = await client.auth.getClaims(token);
    if (error !== null && isOurProblem(error)) throw error;
    failing = false;
    const claims = userClaims.safeParse(data?.claims);
    if (error !== null || !claims.success) return null;
    return { claims: claims.data, expiresAtMs: claims.data.exp * 1_000 };
  };
  return async (token) => {
    if (asking >= atOnce) throw new Error("Too many tokens are being verified");
    asking += 1;
    try {
      return await ask(token);
    } catch (error) {
      if (!failing)
        log.warn(
          { code: failureCode(error) },
          "Access tokens of users cannot be verified: Supabase Auth does not answer as it should",
        );
      failing = true;
      throw new Error("The token could not be verified", { cause: error });
    } finally {
      asking -= 1;
    }
  };
}

/** The algorithms with which Supabase signs; a token with any other is rejected without asking Auth. */
const signedHeader = z.looseObject({
  alg: z.enum(["ES256", "RS256", "HS256", "HS384", "HS512"]),
  kid: z.string().min(1).max(200).optional(),
  crit: z.undefined().optional(),
});
const datedPayload = z.looseObject({ exp: z.number() });

/**
 * Whether a token has three parts, a known algorithm, a date and a signature: the client library throws for some tokens
 * without them.
 */
function isSigned(token: string): boolean {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  return (
    more.length === 0 &&
    /^[\w-]{20,}$/.test(signature) &&
    signedHeader.safeParse(decoded(header)).success &&
    datedPayload.safeParse(decoded(payload)).success
  );
}

function decoded(part: string): unknown {
  if (!/^[\w-]+$/.test(part)) return null;
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}

/** Not the token's fault: the Auth server is away or overloaded, or refuses this engine's own key. */
function isOurProblem(error: {
  readonly name: string;
  readonly status?: number | undefined;
  readonly message: string;
}): boolean {
  return (
    error.name === "AuthRetryableFetchError" ||
    error.name === "AuthUnknownError" ||
    error.status === 429 ||
    (error.status ?? 0) >= 500 ||
    /api key/i.test(error.message)
  );
}
