import { readFileSync } from "node:fs";

/** The text of `bench/queries/<name>.sql`: the baseline's statements. */
export function loadBenchSql(name: string): string {
  return readFileSync(new URL(`queries/${name}.sql`, import.meta.url), "utf8");
}
