/**
 * The fetch function for Supabase's client. Its differences, each for a reason found in the client (2.119.1):
 *
 * - the key is removed from the URL, where httpSend also puts it: proxies and error texts keep URLs, and the header
 *   suffices;
 * - a new secret key (`sb_secret_…`) is not a JWT and not sent as a bearer token; a legacy key always is;
 * - no redirect is followed: it would carry the key elsewhere;
 * - everything has a time limit, including the answer's body, and the body is read so that the connection can be
 *   reused.
 */

/** Supabase answered with an unexpected status. */
class SupabaseHttpError extends Error {
  override readonly name = "SupabaseHttpError";
  readonly code: string;
  readonly status: number;

  constructor(status: number) {
    super(`Supabase answered HTTP ${String(status)}`);
    this.code = `HTTP_${String(status)}`;
    this.status = status;
  }
}

export interface CarefulFetchOptions {
  readonly secretKey: string;
  readonly timeoutMs: number;
  /** Any other status throws SupabaseHttpError; left out: every answer is returned. */
  readonly onlyStatus?: number;
}

export function createCarefulFetch({
  secretKey,
  timeoutMs,
  onlyStatus,
}: CarefulFetchOptions): typeof fetch {
  const isJwt = secretKey.split(".").length === 3;
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    url.searchParams.delete("apikey");
    const headers = new Headers(init.headers);
    const bearer = headers.get("authorization");
    if (isJwt && bearer === null)
      headers.set("authorization", `Bearer ${secretKey}`);
    if (!isJwt && bearer === `Bearer ${secretKey}`)
      headers.delete("authorization");
    const limit = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, {
      ...init,
      headers,
      redirect: "error",
      signal: init.signal ? AbortSignal.any([init.signal, limit]) : limit,
    });
    const text = await response.text();
    if (onlyStatus !== undefined && response.status !== onlyStatus)
      throw new SupabaseHttpError(response.status);
    return new Response(text === "" ? null : text, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

/** What went wrong, briefly and without URL or key: `HTTP_401`, `TIMEOUT`, `ECONNREFUSED`. */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  if (error.name === "TimeoutError" || error.name === "AbortError")
    return "TIMEOUT";
  const code: unknown = "code" in error ? error.code : undefined;
  if (typeof code === "string") return code;
  return error.cause === undefined ? error.name : failureCode(error.cause);
}
