/** The database's URL: given, built from a Supabase project, or handed out by it; and what is wrong with one. */

import { isQuoted } from "./checks.ts";
import type { ConfigProblem, ConfigProblemCode } from "./checks.ts";
import { keyKindOf, projectOf } from "./remarks.ts";

/** The project is to be asked for the address of its database. */
export interface DatabaseQuestion {
  /** Of the Supabase project, without a slash at the end. */
  readonly url: string;
  readonly secretKey: string;
}

type Environment = Readonly<Record<string, string>>;
export type FoundUrl =
  { readonly url: string } | { readonly ask: DatabaseQuestion } | ConfigProblem;

const form = "postgresql://user:password@host:5432/database";
/** Where an address came from, as messages name it. */
const handedOut = "DATABASE_URL (from the Edge Function dialer-database-url)";

/**
 * `DATABASE_URL`; else built from the Supabase project's address and database password; else to be asked of the project.
 *
 * `sslmode=require` gets `uselibpqcompat=true`: pg would otherwise verify the certificate, which
 * Supabase signs with a CA of its own. A Supabase host without `sslmode` is given `require`.
 */
export function findDatabaseUrl(set: Environment): FoundUrl {
  const given = set["DATABASE_URL"];
  return given === undefined
    ? fromSupabase(set)
    : checkDatabaseUrl(given, "DATABASE_URL");
}

/**
 * What the project handed out is checked as what an operator gives, and must be of this very project.
 *
 * @param set the environment: the project's address, and the pooler that is to be gone through
 */
export function acceptHandedOut(
  url: string,
  set: Environment,
): { readonly url: string } | ConfigProblem {
  const pooler = set["SUPABASE_POOLER_HOST"];
  const checked = checkDatabaseUrl(
    pooler === undefined ? url : viaPooler(url, pooler),
    handedOut,
  );
  if (!("url" in checked)) return { ...checked, ...poolerAdvice(url, checked) };
  const wanted = projectOf(set["SUPABASE_URL"] ?? "");
  const got = databaseProject(checked.url);
  if (wanted === null || got === null || wanted === got) return checked;
  return {
    code: "url-other-project",
    variable: handedOut,
    value: got,
    problem: `is of project ${got}, and SUPABASE_URL of project ${wanted}`,
    expected: "the function deployed to the project that SUPABASE_URL names",
  };
}

/** Who is handed a transaction pooler cannot change the address itself. */
function poolerAdvice(
  url: string,
  { code }: ConfigProblem,
): Partial<ConfigProblem> {
  if (code !== "url-pooler" || !URL.canParse(url)) return {};
  if (!/\.pooler\.supabase\.(?:com?|net)$/.test(new URL(url).hostname))
    return {};
  return {
    expected: `SUPABASE_POOLER_HOST=${new URL(url).hostname}, the session pooler at the same host (port 5432), or a DATABASE_URL of your own`,
  };
}

/** @param source names the address in problems; no problem repeats any of it */
function checkDatabaseUrl(
  given: string,
  source: string,
): { readonly url: string } | ConfigProblem {
  const problem = (
    code: ConfigProblemCode,
    text: string,
    expected: string,
  ): ConfigProblem => ({ code, variable: source, problem: text, expected });
  if (isQuoted(given)) {
    return problem(
      "quoted",
      "has quotation marks round it",
      "the same without them: env files and deploy pages keep them as part of the value",
    );
  }
  if (!/^postgres(ql)?:\/\//.test(given)) {
    return problem(
      "url-scheme",
      "does not start with postgresql:// or postgres://",
      form,
    );
  }
  if (/YOUR[-_]PASSWORD/i.test(given)) {
    return problem(
      "url-placeholder",
      "still has the placeholder of the password",
      "the real password in its place, percent-encoded",
    );
  }
  if (!URL.canParse(given)) {
    return problem(
      "url-syntax",
      "is not a URL",
      `${form}; in the password write @ as %40, # as %23, / as %2F, : as %3A, % as %25`,
    );
  }
  const url = new URL(given);
  if (url.port === "6543" || url.searchParams.get("port") === "6543") {
    return problem(
      "url-pooler",
      "points to the transaction pooler (port 6543), where LISTEN, which the engine needs, is silently lost",
      "port 5432: the direct connection or the session pooler",
    );
  }
  if (!url.hostname && !url.searchParams.has("host")) {
    return problem("url-host", "names no host", form);
  }
  if (!isDecodable(url)) {
    return problem(
      "url-percent",
      "has a % that encodes nothing",
      `${form}, with % as %25`,
    );
  }
  return { url: withSslMode(url) };
}

/** pg decodes these parts and throws at what the URL standard lets pass. */
function isDecodable(url: URL): boolean {
  try {
    for (const part of [
      url.username,
      url.password,
      url.hostname,
      url.pathname,
    ]) {
      decodeURIComponent(part);
    }
    return true;
  } catch {
    return false;
  }
}

function fromSupabase(set: Environment): FoundUrl {
  const address = set["SUPABASE_URL"];
  const password = set["SUPABASE_DB_PASSWORD"];
  const project = /^https:\/\/([a-z0-9]+)\.supabase\.(co|in|red)\/*$/.exec(
    address ?? "",
  );
  if (password !== undefined && project) {
    const host = `db.${String(project[1])}.supabase.${String(project[2])}`;
    const url = new URL(`postgresql://${host}:5432/postgres`);
    url.username = "postgres";
    url.password = encodeURIComponent(password.toWellFormed());
    const pooler = set["SUPABASE_POOLER_HOST"];
    const through =
      pooler === undefined ? url : new URL(viaPooler(url.href, pooler));
    return { url: withSslMode(through) };
  }
  return questionOf(set) ?? noUrl(address, password);
}

/** @returns null where nothing can be asked */
function questionOf(
  set: Environment,
): { readonly ask: DatabaseQuestion } | ConfigProblem | null {
  const address = set["SUPABASE_URL"];
  const variable =
    set["SUPABASE_SECRET_KEY"] === undefined
      ? "SUPABASE_SERVICE_ROLE_KEY"
      : "SUPABASE_SECRET_KEY";
  const secretKey = set[variable];
  if (secretKey === undefined) return null;
  if (address === undefined) {
    return {
      code: "unset",
      variable: "SUPABASE_URL",
      problem: "is not set, and neither is DATABASE_URL",
      expected:
        "the address of the project, https://<project>.supabase.co, so that it can be asked for its database with the key, or DATABASE_URL",
    };
  }
  if (isQuoted(secretKey)) {
    return {
      code: "quoted",
      variable,
      problem: "has quotation marks round it",
      expected: "the key without them",
    };
  }
  if (!/^[\x21-\x7e]+$/.test(secretKey)) {
    return {
      code: "wrong",
      variable,
      problem: "has a wrong value: a blank or another letter that no key has",
      expected: "the key as Supabase shows it, whole and in one line",
    };
  }
  const kind = keyKindOf(secretKey);
  if (kind.kind === "public") {
    return {
      code: "public-key",
      variable,
      value: kind.name,
      problem: `is a public key (${kind.name}), which nobody is told the database with`,
      expected:
        "the service_role key or a secret key (sb_secret_…) of the project (Supabase: Project Settings, API Keys), or DATABASE_URL instead",
    };
  }
  const project = projectOf(address);
  if (kind.project !== null && project !== null && kind.project !== project) {
    return {
      code: "other-projects-key",
      variable,
      value: kind.project,
      problem: `is of project ${kind.project}, and SUPABASE_URL of project ${project}`,
      expected: "address and key of the same project",
    };
  }
  return { ask: { url: address.replace(/\/+$/, ""), secretKey } };
}

function noUrl(
  address: string | undefined,
  password: string | undefined,
): ConfigProblem {
  return {
    code:
      address === undefined
        ? "unset"
        : password === undefined
          ? "url-unset"
          : "url-not-hosted",
    variable: "DATABASE_URL",
    problem:
      password !== undefined && address !== undefined
        ? "is not set, and SUPABASE_URL is no https://<project>.supabase.co to build it from"
        : "is not set",
    expected:
      "the connection string of the project (Supabase: Connect, direct or session pooler), or SUPABASE_DB_PASSWORD with SUPABASE_URL, or SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY with the Edge Function dialer-database-url in the project; an API key cannot open a database connection by itself",
  };
}

/** The same database through the session pooler; what is no Supabase address stays as it is. */
function viaPooler(given: string, pooler: string): string {
  if (!URL.canParse(given)) return given;
  const url = new URL(given);
  const project = databaseProject(given);
  if (project === null) return given;
  if (!decodeURIComponent(url.username).endsWith(`.${project}`))
    url.username = `${url.username || "postgres"}.${project}`;
  url.hostname = pooler;
  url.port = "5432";
  return url.href;
}

/** A Supabase project's reference out of a database URL; null: no Supabase address. */
function databaseProject(given: string): string | null {
  const { hostname, username } = new URL(given);
  const direct = /^db\.([a-z0-9]+)\.supabase\.(?:co|in|red)$/.exec(hostname);
  if (direct?.[1] !== undefined) return direct[1];
  if (!/\.pooler\.supabase\.(?:com?|net)$/.test(hostname)) return null;
  return /\.([a-z0-9]+)$/.exec(username)?.[1] ?? null;
}

function withSslMode(url: URL): string {
  const parameters = url.searchParams;
  if (/\.supabase\.(com?|in|red)$/.test(url.hostname)) {
    if (!parameters.has("sslmode")) parameters.set("sslmode", "require");
  }
  const libpqMeaning =
    parameters.get("sslmode") === "require" &&
    !parameters.has("uselibpqcompat");
  if (libpqMeaning) parameters.set("uselibpqcompat", "true");
  return url.href;
}
