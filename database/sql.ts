import { readFileSync } from "node:fs";

const queries = new Map<string, string>();

/**
 * The text of `database/queries/<name>.sql`, unchanged, read once per process. Synchronous, so that a
 * module can load its statements while it is imported and a missing file stops the start, not a call.
 *
 * @param name file name without `.sql`, e.g. `status_trunks`
 * @throws Error when the name is not a plain file name, or no such file exists
 */
export function loadSql(name: string): string {
  const known = queries.get(name);
  if (known !== undefined) return known;
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name)) {
    throw new Error(
      `loadSql: "${name}" is not the name of a query; expected lower-case letters, digits, _ and -`,
    );
  }
  const text = readFileSync(
    new URL(`./queries/${name}.sql`, import.meta.url),
    "utf8",
  );
  queries.set(name, text);
  return text;
}

/** A query of `queries/` under its name, so that a connection parses and plans it only once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** The statement to hand to `query`, with the values of `$1` and on. */
export function statement(
  name: string,
  values: readonly unknown[] = [],
): Statement {
  return { name, text: loadSql(name), values: [...values] };
}
