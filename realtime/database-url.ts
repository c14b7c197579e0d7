/**
 * Asks the project's Edge Function `dialer-database-url` for the address of its database. The key is sent only there:
 * no redirect is followed. No error contains the key or the address.
 */
import { setTimeout as pause } from "node:timers/promises";

import { failureCode } from "./careful-fetch.ts";

const databaseFunction = "dialer-database-url";

export interface DatabaseQuestion {
  /** Of the project, without a slash at the end. */
  readonly url: string;
  readonly secretKey: string;
}

/** What kept the function from answering. */
export type DatabaseUrlProblem =
  | "unreachable"
  | "timeout"
  | "certificate"
  | "redirect"
  | "not-deployed"
  | "wrong-key"
  | "jwt-check"
  | "paused"
  | "no-address"
  | "not-supabase"
  | "failing";

/** The function gave no address; the message says why and what to do. */
export class DatabaseUrlError extends Error {
  override readonly name = "DatabaseUrlError";
  readonly code = "DATABASE_URL_NOT_TOLD";
  readonly problem: DatabaseUrlProblem;
  /** Of the project: no secret. */
  readonly address: string;
  /** What was observed: an HTTP status, a system error's code, the host of a redirect. */
  readonly seen: string;

  constructor(problem: DatabaseUrlProblem, address: string, seen: string) {
    super(`${reasons[problem](address, seen)} ${waysOut}`);
    this.problem = problem;
    this.address = address;
    this.seen = seen;
  }

  /** Whether the problem may pass by itself. */
  get isPassing(): boolean {
    return passing.has(this.problem);
  }
}

const passing: ReadonlySet<DatabaseUrlProblem> = new Set([
  "unreachable",
  "timeout",
  "failing",
]);

/** Advice for people without a database address; it follows every reason below. */
const waysOut = `DATABASE_URL is not set, so the engine asks the Edge Function ${databaseFunction} of the project for its database. There are two ways: set DATABASE_URL (Supabase: Connect, Session pooler, port 5432), or deploy supabase/functions/${databaseFunction} of this repository to the project (docs/deploy.md).`;

const reasons: Readonly<
  Record<DatabaseUrlProblem, (address: string, seen: string) => string>
> = {
  unreachable: (address, seen) =>
    `${address} cannot be reached (${seen}): check SUPABASE_URL, the machine's DNS, and that it may open HTTPS connections; a paused or deleted project has no address.`,
  timeout: (address) => `${address} did not answer in time.`,
  certificate: (address, seen) =>
    `The certificate of ${address} is not trusted (${seen}), so no key was sent: check SUPABASE_URL; a certificate authority of your own goes into NODE_EXTRA_CA_CERTS.`,
  redirect: (address, seen) =>
    `${address} redirects to ${seen}, and the key goes nowhere but to SUPABASE_URL: set SUPABASE_URL to the address that answers by itself.`,
  "not-deployed": (address) =>
    `${address} has no Edge Function dialer-database-url (HTTP 404).`,
  "wrong-key": (address, seen) =>
    `${address} refused the key (${seen}): SUPABASE_SERVICE_ROLE_KEY or SUPABASE_SECRET_KEY must be the service_role key or a secret key (sb_secret_…) of this very project, neither the anon nor a publishable key.`,
  "jwt-check": (address, seen) =>
    `${address} requires a JWT before it calls the function (${seen}), and the key is not one: deploy the function with --no-verify-jwt, or give the legacy service_role key.`,
  paused: (address, seen) =>
    `The project at ${address} is paused (${seen}): resume it in Supabase's dashboard.`,
  "no-address": (address) =>
    `The Edge Function at ${address} has no SUPABASE_DB_URL itself, so it cannot hand it out.`,
  "not-supabase": (address, seen) =>
    `${address} does not answer as a Supabase project (${seen}): check SUPABASE_URL, which is https://<project>.supabase.co or your own address of its API.`,
  failing: (address, seen) => `${address} fails at the moment (${seen}).`,
};

const timeoutMs = 8_000;
/** An address has a few hundred characters; anything longer is something else. */
const mostBytes = 65_536;

/**
 * Asks once.
 *
 * @param limitMs for the whole answer
 * @throws DatabaseUrlError
 */
export async function fetchDatabaseUrl(
  { url, secretKey }: DatabaseQuestion,
  limitMs = timeoutMs,
  stop?: AbortSignal,
): Promise<string> {
  const isJwt = secretKey.split(".").length === 3;
  const limit = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(`${url}/functions/v1/${databaseFunction}`, {
      method: "POST",
      headers: {
        apikey: secretKey,
        // New keys are no bearer tokens.
        ...(isJwt ? { authorization: `Bearer ${secretKey}` } : {}),
        "content-type": "application/json",
      },
      body: "{}",
      redirect: "manual",
      signal: stop === undefined ? limit : AbortSignal.any([stop, limit]),
    });
    return judgeAnswer(url, isJwt, response, await textOf(response));
  } catch (error) {
    if (error instanceof DatabaseUrlError || stop?.aborted === true)
      throw error;
    throw networkProblem(url, failureCode(error));
  }
}

async function textOf(response: Response): Promise<string> {
  const bytes: Uint8Array[] = [];
  let length = 0;
  const body = (response.body ?? []) as AsyncIterable<Uint8Array>;
  for await (const piece of body) {
    bytes.push(piece);
    length += piece.length;
    if (length > mostBytes) break;
  }
  return Buffer.concat(bytes).toString("utf8");
}

function networkProblem(address: string, code: string): DatabaseUrlError {
  if (code === "TIMEOUT" || /TIMEOUT|ETIMEDOUT/.test(code))
    return new DatabaseUrlError("timeout", address, code);
  return /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code)
    ? new DatabaseUrlError("certificate", address, code)
    : new DatabaseUrlError("unreachable", address, code);
}

/** @throws DatabaseUrlError for all but an address */
function judgeAnswer(
  address: string,
  isJwt: boolean,
  response: Response,
  text: string,
): string {
  const { status } = response;
  const body = parsed(text);
  const seen = `HTTP ${String(status)}`;
  const problem = (kind: DatabaseUrlProblem, what = seen) =>
    new DatabaseUrlError(kind, address, what);
  if (status >= 300 && status < 400)
    throw problem("redirect", hostOf(response.headers.get("location")));
  if (status === 401 || status === 403) {
    const isOurs = body?.["error"] === "wrong_key";
    throw problem(
      !isJwt && !isOurs && body !== null ? "jwt-check" : "wrong-key",
    );
  }
  if (status === 540) throw problem("paused");
  if (body?.["error"] === "no_database_url") throw problem("no-address");
  if (status === 408 || status === 429 || status >= 500)
    throw problem("failing");
  if (body === null) throw problem("not-supabase", `${seen}, no JSON`);
  if (status === 404) throw problem("not-deployed");
  const url = body["database_url"];
  if (status === 200 && typeof url === "string" && url !== "") return url;
  throw problem("not-supabase", `${seen}, no database_url`);
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null; // a page for people, or nothing
  }
}

function hostOf(location: string | null): string {
  if (location === null) return "nowhere";
  return URL.canParse(location) ? new URL(location).host : "another path";
}

export interface AskOptions {
  /** For how long in total temporary faults are retried. */
  readonly patienceMs: number;
  /** Called before the retry of a temporary fault, once per reason. */
  readonly onWait?: (error: DatabaseUrlError) => void;
  readonly stop?: AbortSignal;
  /** For tests. */
  readonly firstPauseMs?: number;
}

const longestPauseMs = 10_000;

/**
 * Asks until there is an answer, a problem that does not pass by itself, or the time limit is reached.
 *
 * @throws DatabaseUrlError the last problem
 */
export async function askDatabaseUrl(
  question: DatabaseQuestion,
  { patienceMs, onWait, stop, firstPauseMs = 500 }: AskOptions,
): Promise<string> {
  const endMs = performance.now() + patienceMs;
  let told = "";
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    try {
      return await fetchDatabaseUrl(question, timeoutMs, stop);
    } catch (error) {
      if (!(error instanceof DatabaseUrlError) || !error.isPassing) throw error;
      const waitMs = Math.min(pauseMs, longestPauseMs);
      if (performance.now() + waitMs > endMs) throw error;
      if (told !== error.problem + error.seen) onWait?.(error);
      told = error.problem + error.seen;
      await pause(
        waitMs,
        undefined,
        stop === undefined ? {} : { signal: stop },
      );
    }
  }
}
