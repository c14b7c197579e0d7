/** Supabase's REST API and the key: only where both are set, for the engine dials without them. */
import { z } from "zod";
import { type Finding, found } from "../finding.ts";
import { reasonOf } from "../run-check.ts";

export interface SupabaseAccess {
  readonly url: string;
  readonly secretKey: string;
  /** Schema of the dialer's tables. */
  readonly schema: string;
}

const claimsShape = z.object({
  role: z.string(),
  exp: z.number().optional(),
  ref: z.string().optional(),
});

/**
 * What kind of key it is. A legacy key is a JWT whose claims are read, not verified: only Supabase can do that.
 *
 * @param nowMs epoch milliseconds
 */
export function judgeKey(
  { url, secretKey }: Pick<SupabaseAccess, "url" | "secretKey">,
  nowMs: number,
): Finding {
  if (secretKey.startsWith("sb_secret_"))
    return found("supabase.key.ok", { kind: "sb_secret" });
  if (secretKey.startsWith("sb_publishable_"))
    return found("supabase.key.public", { kind: "sb_publishable" });
  const claims = readClaims(secretKey);
  if (claims === null) return found("supabase.key.unknown");
  if (claims.role !== "service_role")
    return found("supabase.key.public", { kind: claims.role.slice(0, 40) });
  if (claims.exp !== undefined && claims.exp * 1_000 <= nowMs) {
    const date = new Date(claims.exp * 1_000).toISOString().slice(0, 10);
    return found("supabase.key.expired", { date });
  }
  const project = /^https:\/\/([a-z0-9]+)\.supabase\.(?:co|in|red)$/.exec(url);
  const { ref } = claims;
  return project !== null && ref !== undefined && ref !== project[1]
    ? found("supabase.key.other-project", { project: ref.slice(0, 40) })
    : found("supabase.key.ok", { kind: "service_role" });
}

function readClaims(key: string): z.output<typeof claimsShape> | null {
  const parts = key.split(".");
  if (parts.length !== 3) return null;
  try {
    const text = Buffer.from(parts[1] ?? "", "base64url").toString("utf8");
    return claimsShape.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // not JSON: no key of Supabase's
  }
}

const errorShape = z.object({
  code: z.string().optional(),
  message: z.string().optional(),
  error: z.string().optional(),
});

/** Asks for one campaign's id, as a program with this key would. */
export async function checkRest(
  { url, secretKey, schema }: SupabaseAccess,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  // New keys are no bearer tokens: the gateway turns `apikey` into one.
  const bearer =
    readClaims(secretKey) === null
      ? {}
      : { Authorization: `Bearer ${secretKey}` };
  try {
    const response = await fetch(`${url}/rest/v1/campaigns?select=id&limit=1`, {
      headers: { apikey: secretKey, "Accept-Profile": schema, ...bearer },
      redirect: "manual",
      signal,
    });
    return [judgeAnswer(url, schema, response.status, await response.text())];
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error ? error.cause : undefined;
    const reason = reasonOf(cause ?? error);
    return [found("supabase.rest.unreachable", { url, reason })];
  }
}

/** @param body of the answer; error codes are those of PostgREST and Postgres */
export function judgeAnswer(
  url: string,
  schema: string,
  status: number,
  body: string,
): Finding {
  const { code = "", reason } = readError(body);
  if (status === 200 && /^\s*\[/.test(body))
    return found("supabase.rest.ok", { url });
  if (status === 540) return found("supabase.rest.paused", { url, status });
  if (code === "PGRST106")
    return found("supabase.rest.not-exposed", { url, schema });
  if (code === "PGRST205" || code === "42P01")
    return found("supabase.rest.no-table", { url, reason });
  if (code === "42501") return found("supabase.rest.no-right", { url, reason });
  return status === 401 || status === 403
    ? found("supabase.rest.key", { url, status, reason })
    : found("supabase.rest.wrong", { url, status });
}

function readError(body: string): { code?: string; reason: string } {
  try {
    const error = errorShape.parse(JSON.parse(body));
    const reason = (error.message ?? error.error ?? "–").slice(0, 200);
    return error.code === undefined ? { reason } : { code: error.code, reason };
  } catch {
    return { reason: "–" }; // a gateway's page, or rows
  }
}
