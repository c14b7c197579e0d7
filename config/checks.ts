/** From the environment's strings and the variables' rules to values, or to problems put into words. */

import type { z } from "zod";
import { otherDatabaseNames, otherPbxNames } from "./other-names.ts";
import type { OtherName } from "./other-names.ts";
import { isNear } from "./other-names.ts";
import {
  about,
  adapterVariables,
  databaseVariables,
  engineVariables,
} from "./variables.ts";
import type { Shape } from "./variables.ts";

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
  | "url-other-project"
  | "public-key"
  | "other-projects-key"
  | "quoted"
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
  if (value !== undefined && isQuoted(value)) {
    return {
      code: "quoted",
      variable: name,
      problem: "has quotation marks round it",
      expected: `${variable?.expected ?? "another value"}, without them: env files and deploy pages keep them as part of the value`,
    };
  }
  return {
    code: value === undefined ? "unset" : "wrong",
    variable: name,
    value: shown.slice(2, -1),
    problem: value === undefined ? "is not set" : `has a wrong value${shown}`,
    expected: variable?.expected ?? "another value",
  };
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
  const missing = asked.filter((name) => !(name in set));
  const known = otherPbxNames(missing, set);
  const long = missing.filter((name) => name.length >= shortestGuessed);
  const unknown = Object.keys(set).filter(
    (name) =>
      !knownNames.has(name) && !known.some(({ given }) => given === name),
  );
  const guessed = unknown.flatMap((given) => {
    const meant = long.find((candidate) => isNear(given, candidate));
    return meant === undefined ? [] : [{ given, meant }];
  });
  return [...known, ...guessed].map(meantInstead);
}

function meantInstead({ given, meant }: OtherName): ConfigProblem {
  return {
    code: "misspelt",
    variable: given,
    value: meant,
    problem: "is not a variable of the dialer",
    expected: `${meant}, did you mean that?`,
  };
}

/**
 * What may have been meant where no database is to be found.
 *
 * @param known problems that are reported already
 */
export function misnamedDatabase(
  set: Environment,
  known: readonly ConfigProblem[],
): ConfigProblem[] {
  return otherDatabaseNames(set)
    .filter(({ given }) => !known.some(({ variable }) => variable === given))
    .map(meantInstead);
}

/** A value in quotation marks, which env files and deploy pages keep as part of it. */
export function isQuoted(value: string): boolean {
  return /^(?:"[^"]*"|'[^']*'|`[^`]*`|[“”][^“”]*[“”]|‘[^’]*’)$/.test(value);
}
