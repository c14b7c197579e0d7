/** What is odd about a configuration that is complete: told, and nobody is kept from starting by it. */
import { configVariables, isQuoted, withoutEmpty } from "./checks.ts";

export type ConfigRemarkCode =
  "quoted-secret" | "public-key" | "other-projects-key" | "expired-key";

export interface ConfigRemark {
  readonly code: ConfigRemarkCode;
  readonly variable: string;
  /** Of a key: its kind or its project; of one that ended: the day. */
  readonly value: string;
  readonly text: string;
}

/**
 * @param env the whole environment
 * @param nowMs epoch milliseconds
 */
export function configRemarks(
  env: NodeJS.ProcessEnv,
  nowMs: number,
): ConfigRemark[] {
  const set = withoutEmpty(env);
  const quoted = configVariables
    .filter(({ name, secret }) => secret && isQuoted(set[name] ?? ""))
    .map(({ name }): ConfigRemark => ({
      code: "quoted-secret",
      variable: name,
      value: "",
      text: `${name} has quotation marks round it, and they count as part of it: take them away unless the secret really has them`,
    }));
  const keys = ["SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"];
  const read = keys.find((name) => name in set);
  const key = read === undefined ? "" : (set[read] ?? "");
  return read === undefined || isQuoted(key)
    ? quoted
    : [...quoted, ...aboutKey(read, key, set["SUPABASE_URL"] ?? "", nowMs)];
}

function aboutKey(
  variable: string,
  key: string,
  address: string,
  nowMs: number,
): ConfigRemark[] {
  const { kind, name, project, expires } = keyKindOf(key);
  const remark = (
    code: ConfigRemarkCode,
    value: string,
    text: string,
  ): ConfigRemark[] => [{ code, variable, value, text: `${variable} ${text}` }];
  if (kind === "public")
    return remark(
      "public-key",
      name,
      `is a public key (${name}): take the service_role key or a secret key (sb_secret_…); Realtime and the wallboard's sign-in will not work`,
    );
  const wanted = projectOf(address);
  if (project !== null && wanted !== null && project !== wanted)
    return remark(
      "other-projects-key",
      project,
      `is of project ${project}, and SUPABASE_URL of project ${wanted}: copy both from the same one`,
    );
  if (expires === null || expires * 1_000 > nowMs) return [];
  const day = new Date(expires * 1_000).toISOString().slice(0, 10);
  return remark("expired-key", day, `ended on ${day}: copy a valid one`);
}

/** What an API key of Supabase says of itself, without asking anybody. */
export interface KeyKind {
  /** `unknown`: no form of Supabase's; a self-hosted gateway may have its own. */
  readonly kind: "secret" | "public" | "unknown";
  /** As Supabase calls it: `anon`, `service_role`, `sb_publishable`, `sb_secret`. */
  readonly name: string;
  /** The project's reference; null: the key does not say. */
  readonly project: string | null;
  /** Epoch seconds; null: never, or not said. */
  readonly expires: number | null;
}

/** Reads the claims of a legacy key, a JWT, without verifying them: only Supabase can do that. */
export function keyKindOf(key: string): KeyKind {
  if (key.startsWith("sb_secret_")) return newKey("secret", "sb_secret");
  if (key.startsWith("sb_publishable_"))
    return newKey("public", "sb_publishable");
  const claims = claimsOf(key);
  const role = claims?.["role"];
  if (claims === null || typeof role !== "string")
    return newKey("unknown", "unknown");
  const { ref, exp } = claims;
  return {
    kind: role === "service_role" ? "secret" : "public",
    name: role.replace(/[^\w-]/g, "").slice(0, 40),
    project:
      typeof ref === "string" && /^[a-z0-9]{1,40}$/.test(ref) ? ref : null,
    expires: typeof exp === "number" ? exp : null,
  };
}

function newKey(kind: KeyKind["kind"], name: string): KeyKind {
  return { kind, name, project: null, expires: null };
}

function claimsOf(key: string): Readonly<Record<string, unknown>> | null {
  const parts = key.split(".");
  if (parts.length !== 3) return null;
  try {
    const text = Buffer.from(parts[1] ?? "", "base64url").toString("utf8");
    const claims: unknown = JSON.parse(text);
    return typeof claims === "object" && claims !== null
      ? (claims as Record<string, unknown>)
      : null;
  } catch {
    return null; // not JSON: no key of Supabase's
  }
}

/** The reference of a hosted project out of its address; null: not hosted by Supabase. */
export function projectOf(url: string): string | null {
  return (
    /^https:\/\/([a-z0-9]+)\.supabase\.(?:co|in|red)\/*$/.exec(url)?.[1] ?? null
  );
}
