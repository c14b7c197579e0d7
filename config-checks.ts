/** From the environment's strings and the variables' rules to values, or to problems put into words. */

import type { z } from "zod";
import { isNear } from "./config-spelling.ts";
import {
  about,
  adapterVariables,
  databaseVariables,
  engineVariables,
} from "./config-variables.ts";
import type { Shape } from "./config-variables.ts";

/** What kind of problem it is, for programs and translations. */
export type ConfigProblemCode =
  | "unset"
  | "wrong"
  | "misspelt"
  | "url-scheme"
  | "url-placeholder"
  | "url-syntax"
  | "url-pooler"
  | "url-host"
  | "url-percent"
  | "url-unset"
  | "url-not-hosted"
  | "same-schema"
  | "lease";

export interface ConfigProblem {
  readonly code: ConfigProblemCode;
  readonly variable: string;
  /** What was given, or what is meant instead; never a secret. */
  readonly value?: string;
  readonly problem: string;
  readonly expected: string;
}

/** Trimmed, empty ones left out. */
export type Environment = Readonly<Record<string, string>>;

/** One row of the README's table of variables. */
export interface ConfigVariable {
  readonly name: string;
  readonly meaning: string;
  readonly default: string;
  /** What a value has to be, in words. */
  readonly expected: string;
  /** True: its value is never printed. */
  readonly secret: boolean;
}

/** Every variable that the engine knows, in the order of the README. */
export const configVariables: readonly ConfigVariable[] = Object.entries({
  ...databaseVariables,
  ...engineVariables,
  ...adapterVariables.asterisk_ami,
  ...adapterVariables.freeswitch_esl,
  ...adapterVariables.mock,
} satisfies Shape).map(([name, schema]) => {
  const words = about.get(schema);
  if (words === undefined) throw new Error(`${name} is not described`);
  return { name, ...words, secret: words.secret === true };
});

/** The README's table of variables, Markdown. */
export function environmentTable(): string {
  const rows = configVariables.map(
    (variable) =>
      `| \`${variable.name}\` | ${variable.meaning} | ${variable.default} |`,
  );
  return ["| variable | meaning | default |", "|---|---|---|", ...rows].join(
    "\n",
  );
}

/** The environment without surrounding blanks and without empty variables. */
export function withoutEmpty(env: NodeJS.ProcessEnv): Environment {
  const set: Record<string, string> = Object.create(null) as Record<
    string,
    string
  >;
  for (const [name, value] of Object.entries(env)) {
    const trimmed = value?.trim();
    if (trimmed) set[name] = trimmed;
  }
  return set;
}

/**
 * Reads the variables of one group.
 *
 * @param problems gets every problem of the group, near misses of its unset names among them
 * @returns undefined when a value is missing or wrong
 */
export function readShape<S extends Shape>(
  schema: z.ZodObject<S>,
  set: Environment,
  problems: ConfigProblem[],
): z.output<z.ZodObject<S>> | undefined {
  problems.push(...misspelt(Object.keys(schema.shape), set));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const names = new Set(
    result.error.issues.map((issue) => String(issue.path[0])),
  );
  for (const name of names) {
    problems.push(describeProblem(name, set[name]));
  }
  return undefined;
}

function describeProblem(
  name: string,
  value: string | undefined,
): ConfigProblem {
  const variable = configVariables.find((known) => known.name === name);
  const shown =
    variable?.secret === false && value !== undefined
      ? ` (${JSON.stringify(value.slice(0, 60))})`
      : "";
  return {
    code: value === undefined ? "unset" : "wrong",
    variable: name,
    value: shown.slice(2, -1),
    problem: value === undefined ? "is not set" : `has a wrong value${shown}`,
    expected: variable?.expected ?? "another value",
  };
}

/**
 * The database's URL: `DATABASE_URL`, or built from the Supabase project's address and password.
 *
 * `sslmode=require` gets `uselibpqcompat=true`: pg would otherwise verify the certificate, which
 * Supabase signs with a CA of its own. A Supabase host without `sslmode` is given `require`.
 */
export function databaseUrl(set: Environment): { url: string } | ConfigProblem {
  const given = set["DATABASE_URL"];
  if (given === undefined) return urlFromSupabase(set);
  const problem = (
    code: ConfigProblemCode,
    text: string,
    expected: string,
  ): ConfigProblem => ({
    code,
    variable: "DATABASE_URL",
    problem: text,
    expected,
  });
  const form = "postgresql://user:password@host:5432/database";
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

function urlFromSupabase(set: Environment): { url: string } | ConfigProblem {
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
    return { url: withSslMode(url) };
  }
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
      "the connection string of the project (Supabase: Connect, direct or session pooler), or SUPABASE_DB_PASSWORD with SUPABASE_URL; an API key cannot open a database connection",
  };
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

const knownNames = new Set(configVariables.map(({ name }) => name));

/** Names this short are one slip away from too many that are not ours. */
const shortestGuessed = 8;

/**
 * Variables that nobody knows and that are at most two slips away from one that is read and not set.
 *
 * @param asked names of variables that are read
 */
function misspelt(asked: readonly string[], set: Environment): ConfigProblem[] {
  const missing = asked.filter(
    (name) => !(name in set) && name.length >= shortestGuessed,
  );
  const unknown = Object.keys(set).filter((name) => !knownNames.has(name));
  return unknown.flatMap((name) => {
    const meant = missing.find((candidate) => isNear(name, candidate));
    if (meant === undefined) return [];
    return [
      {
        code: "misspelt",
        variable: name,
        value: meant,
        problem: "is not a variable of the dialer",
        expected: `${meant}, did you mean that?`,
      },
    ];
  });
}
