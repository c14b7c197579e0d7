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
