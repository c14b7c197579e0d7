/**
 * The viewer of the wallboard: an operator by STATUS_TOKEN (or from the engine's own machine), a user of an account, or
 * a screen with a token of its own.
 */
import type { IncomingMessage } from "node:http";

import { bearerOf, checkAccess } from "../http/access.ts";
import type { Viewer } from "./source.ts";

/** What is known of a user once the token was verified. */
export interface VerifiedUser {
  /** All claims of the token, for row level security. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly expiresAtMs: number;
}

/**
 * Verifies a Supabase user's access token.
 *
 * @returns null when it is invalid, expired, or not a user's
 * @throws when it cannot be verified now: the Auth server is away, or too many ask at once
 */
export type VerifyUser = (token: string) => Promise<VerifiedUser | null>;

/** A screen with a valid token. */
export interface KnownDisplay {
  /** Whose rows it shows; null: all. */
  readonly accountId: string | null;
  readonly expiresAtMs: number;
}

/**
 * Looks a screen's token up.
 *
 * @returns null when it does not exist, was revoked or has expired
 * @throws when the database cannot be asked now
 */
export type VerifyDisplay = (token: string) => Promise<KnownDisplay | null>;

/** How each kind of token is verified; null: this kind does not exist here. */
export interface Verifiers {
  readonly verifyUser: VerifyUser | null;
  readonly verifyDisplay: VerifyDisplay | null;
}

export type Admission =
  | {
      readonly viewer: Viewer;
      /** For a screen: whether it may continue. */
      readonly mayStay?: () => Promise<boolean>;
    }
  | {
      readonly viewer: null;
      readonly status: 401 | 403 | 503;
      readonly error: string;
    };

/**
 * Three parts in base64url, the first of which begins a JSON object. For anything else the Auth server is not asked.
 */
const tokenShape = /^eyJ[\w-]{1,2000}\.[\w-]{1,8000}\.[\w-]{0,2000}$/;

/** As create_wallboard_display makes them. */
const displayShape = /^display_[0-9a-f]{64}$/;

/**
 * Credentials are accepted only in the header `Authorization`: not in the URL, which proxies log, nor in a cookie,
 * which a foreign page could use.
 *
 * A screen's token gives access to the board only; no other route accepts it.
 */
export async function admit(
  request: IncomingMessage,
  statusToken: string | null,
  { verifyUser, verifyDisplay }: Verifiers,
): Promise<Admission> {
  if (isForeign(request, statusToken))
    return refuse(403, "The wallboard is for its own page only");
  const given = bearerOf(request);
  if (verifyUser !== null && given !== null && tokenShape.test(given))
    return admitUser(given, verifyUser);
  if (verifyDisplay !== null && given !== null && displayShape.test(given))
    return admitDisplay(given, verifyDisplay);
  const access = checkAccess(request, statusToken);
  if (access.allowed) return { viewer: { kind: "operator" } };
  // A page from another origin can still offer the sign-in with a user's token.
  return refuse(
    access.status === 403 && verifyUser !== null ? 401 : access.status,
    access.error,
  );
}

async function admitUser(
  token: string,
  verifyUser: VerifyUser,
): Promise<Admission> {
  try {
    const user = await verifyUser(token);
    return user === null
      ? refuse(401, "This access token is not valid any more")
      : { viewer: { kind: "account", ...user } };
  } catch {
    // The reason was logged where it is known; it may name addresses.
    return refuse(503, "The access token cannot be verified now");
  }
}

async function admitDisplay(
  token: string,
  verifyDisplay: VerifyDisplay,
): Promise<Admission> {
  try {
    const display = await verifyDisplay(token);
    if (display === null)
      return refuse(401, "This display token is not valid any more");
    const mayStay = async () => (await verifyDisplay(token)) !== null;
    return { viewer: viewerOf(display), mayStay };
  } catch {
    return refuse(503, "The display token cannot be looked up now");
  }
}

/** The claims name the account but no user: row level security permits what every user of the account may read. */
function viewerOf({ accountId, expiresAtMs }: KnownDisplay): Viewer {
  if (accountId === null) return { kind: "display", expiresAtMs };
  const claims = {
    role: "authenticated",
    app_metadata: { account_id: accountId },
  };
  return { kind: "account", claims, expiresAtMs };
}

/**
 * Another site's page in the browser of somebody who needs no token must not gain access that way: neither directly nor
 * under a name of its own that resolves to this machine.
 */
function isForeign(
  request: IncomingMessage,
  statusToken: string | null,
): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none")
    return true;
  if (statusToken !== null || bearerOf(request) !== null) return false;
  return !/^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(
    request.headers.host ?? "",
  );
}

function refuse(status: 401 | 403 | 503, error: string): Admission {
  return { viewer: null, status, error };
}
