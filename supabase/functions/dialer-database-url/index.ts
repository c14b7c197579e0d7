/**
 * Supabase Edge Function: tells the dialer engine the address of this project's database.
 *
 *   POST /functions/v1/dialer-database-url     apikey: <secret key of the project>
 *   200 {"database_url": "postgresql://…"}     401 {"error": "wrong_key"}     500 {"error": "no_database_url"}
 *
 * It answers to the project's secret keys only (`sb_secret_…`, or the legacy `service_role` key), which may read and write
 * everything anyway. It imports nothing, so that it can be pasted into the dashboard's editor as it is. Deploy it without
 * the platform's own JWT check (`--no-verify-jwt`, or ../../config.toml): new keys are no JWTs, and the check below is the
 * stricter one.
 */

/** The part of the runtime that is used here. */
declare const Deno: {
  readonly env: { get(name: string): string | undefined };
  serve(handler: (request: Request) => Promise<Response>): unknown;
};

/** No key of Supabase's is as short; what is empty or a placeholder must open nothing. */
const shortestKey = 20;

Deno.serve(async (request) => {
  if (request.method !== "POST") {
    return answer(405, { error: "method_not_allowed" }, { allow: "POST" });
  }
  if (!(await isFromService(request))) {
    return answer(401, { error: "wrong_key" });
  }
  const url = Deno.env.get("SUPABASE_DB_URL");
  return url
    ? answer(200, { database_url: url })
    : answer(500, { error: "no_database_url" });
});

/** Whether the request carries one of the project's secret keys. Takes as long whichever it is, and whether any. */
async function isFromService(request: Request): Promise<boolean> {
  const bearer = /^Bearer +(\S+) *$/i.exec(
    request.headers.get("authorization") ?? "",
  );
  const given = [request.headers.get("apikey"), bearer?.[1]];
  const keys = serviceKeys();
  let matches = 0;
  for (const candidate of given) {
    const digest = await digestOf(candidate ?? "");
    for (const key of keys) {
      matches |= Number(isSame(digest, await digestOf(key)));
    }
  }
  return matches === 1;
}

function serviceKeys(): string[] {
  const legacy = Deno.env.get("SUPABASE_SERVICE_ROLE_KEY") ?? "";
  return [legacy, ...secretKeys()].filter(
    ({ length }) => length >= shortestKey,
  );
}

/** The new keys: a JSON object, name → key. */
function secretKeys(): string[] {
  try {
    const parsed: unknown = JSON.parse(
      Deno.env.get("SUPABASE_SECRET_KEYS") ?? "{}",
    );
    return Object.values(parsed as Record<string, unknown>).filter(
      (key) => typeof key === "string",
    );
  } catch {
    return []; // not JSON: there are none
  }
}

async function digestOf(text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Digests have one length, and every byte is looked at: the time tells nothing of the key. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let difference = 0;
  for (let index = 0; index < one.length; index += 1) {
    difference |= (one[index] ?? 0) ^ (other[index] ?? 0);
  }
  return difference === 0;
}

function answer(
  status: number,
  body: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...headers,
    },
  });
}
