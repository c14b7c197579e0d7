import { readFileSync } from "node:fs";

/** A query under its name, so that a connection parses and plans it only once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

export interface Statements {
  /**
   * The text of a query, unchanged, read once per process. Synchronous, so that a module can load its statements while it
   * is imported and a missing file stops the start, not a call.
   *
   * @param name path in the folder without `.sql`, e.g. `health/trunks`
   * @throws Error when the name is no path of that form, or no such file exists
   */
  readonly loadSql: (name: string) => string;
  /** The statement to hand to `query`, with the values of `$1` and on. */
  readonly statement: (name: string, values?: readonly unknown[]) => Statement;
}

/** The queries of a folder, one statement per file. */
export function statementsIn(folder: URL): Statements {
  const queries = new Map<string, string>();
  const loadSql = (name: string): string => {
    const known = queries.get(name);
    if (known !== undefined) return known;
    if (!/^([a-z0-9-]+\/)?[a-z0-9][a-z0-9_-]*$/.test(name)) {
      throw new Error(
        `loadSql: "${name}" is not the name of a query; expected lower-case letters, digits, _ and -, behind at most one folder`,
      );
    }
    const text = readFileSync(new URL(`${name}.sql`, folder), "utf8");
    queries.set(name, text);
    return text;
  };
  return {
    loadSql,
    statement: (name, values = []) => ({
      name,
      text: loadSql(name),
      values: [...values],
    }),
  };
}

/** The engine's own queries: a folder per room. */
export const { loadSql, statement } = statementsIn(
  new URL("queries/", import.meta.url),
);
