/** What an operator should do when Postgres cannot be reached at start, in words. */

const byCode: Readonly<Record<string, (url: URL) => string>> = {
  "28P01": (url) =>
    `The database refused the password of user "${decodeURIComponent(url.username)}". Check user and password in DATABASE_URL; special characters must be percent-encoded.`,
  "28000": (url) =>
    `The database does not let user "${decodeURIComponent(url.username)}" in. Check the user in DATABASE_URL and what the server allows (pg_hba.conf, SSL).`,
  "3D000": (url) =>
    `There is no database "${decodeURIComponent(url.pathname.slice(1))}" on ${url.host}. Check the name at the end of DATABASE_URL.`,
  ECONNREFUSED: nobodyAnswers,
  ETIMEDOUT: nobodyAnswers,
  EHOSTUNREACH: nobodyAnswers,
  ENETUNREACH: nobodyAnswers,
  ENOTFOUND: (url) =>
    `The host "${url.hostname}" is not known. Check DATABASE_URL, and the machine's DNS.${directHostHint(url)}`,
  EAI_AGAIN: (url) =>
    `The host "${url.hostname}" could not be looked up. Check the machine's DNS, and DATABASE_URL.${directHostHint(url)}`,
};

function nobodyAnswers(url: URL): string {
  return `No Postgres answers at ${url.host}. Check host and port in DATABASE_URL, and that the server runs and may be reached from here.${directHostHint(url)}`;
}

/** The commonest first failure: Docker hosts without IPv6, and the one Supabase address that has nothing else. */
function directHostHint(url: URL): string {
  return /^db\.[a-z0-9]+\.supabase\.co$/.test(url.hostname)
    ? " Supabase's direct host has an IPv6 address only: where there is no IPv6, take the session pooler's connection string (Supabase: Connect, Session pooler, port 5432). A paused project has no address at all."
    : "";
}

/**
 * @param error what a first connection failed with
 * @param databaseUrl the one that was used; its password is never repeated
 * @returns null when the error is not about reaching the database
 */
export function explainConnectionProblem(
  error: unknown,
  databaseUrl: string,
): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== "string" || !URL.canParse(databaseUrl)) return null;
  return byCode[code]?.(new URL(databaseUrl)) ?? null;
}
