/** Supabase's REST API and the key. Checked only where both are set, because the engine dials without them. */
import { z } from "zod";
import { keyKindOf, projectOf } from "../../../config/remarks.ts";
import { type Finding, found } from "../finding.ts";
import { reasonOf } from "../run-check.ts";

export interface SupabaseAccess {
  readonly url: string;
  readonly secretKey: string;
  /** Schema of the dialer's tables. */
  readonly schema: string;
}

/**
 * What kind of key it is. A legacy key is a JWT whose claims are read, not verified: only Supabase can do that.
 *
 * @param nowMs epoch milliseconds
 */
export function judgeKey(
  { url, secretKey }: Pick<SupabaseAccess, "url" | "secretKey">,
  nowMs: number,
): Finding {
  const { kind, name, project, expires } = keyKindOf(secretKey);
  if (kind === "unknown") return found("supabase.key.unknown");
  if (kind === "public") return found("supabase.key.public", { kind: name });
  if (expires !== null && expires * 1_000 <= nowMs) {
    const date = new Date(expires * 1_000).toISOString().slice(0, 10);
    return found("supabase.key.expired", { date });
  }
  const wanted = projectOf(url);
  return wanted !== null && project !== null && project !== wanted
    ? found("supabase.key.other-project", { project })
    : found("supabase.key.ok", { kind: name });
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
  // New keys are not bearer tokens: the gateway exchanges `apikey` for one.
  const bearer =
    secretKey.split(".").length !== 3
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
