/**
 * PostgREST's query string as SQL: `?select=`, `?order=` and filters, in the words that its `QueryBuilder` and `SqlFragment`
 * make of them. Embedded resources, full text search and quantifiers are not here: they are refused, not passed over.
 */

/** A statement with numbered parameters that are given as texts, as PostgREST gives them. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Adds a value and gives its place, `$1` and so on. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${String(this.values.length)}`;
  }
}

export const ident = (name: string) => `"${name.replaceAll('"', '""')}"`;

const comparisons: Readonly<Record<string, string>> = {
  eq: "=",
  neq: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  like: "like",
  ilike: "ilike",
  match: "~",
  imatch: "~*",
  cs: "@>",
  cd: "<@",
  ov: "&&",
};
const reserved = new Set([
  "select",
  "order",
  "limit",
  "offset",
  "columns",
  "on_conflict",
]);

/** Splits at commas outside of parentheses and double quotes. */
export function splitList(text: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === "(") depth += 1;
    else if (!isQuoted && character === ")") depth -= 1;
    if (character === "," && depth === 0 && !isQuoted) parts.push("");
    else parts.push(`${parts.pop() ?? ""}${character}`);
  }
  return parts.filter((part) => part !== "");
}

const unquoted = (text: string) =>
  text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('\\"', '"').replaceAll("\\\\", "\\")
    : text;

/** `metadata->address->>city` of a relation. */
function field(relation: string, path: string, parameters: Parameters): string {
  const [name = "", ...steps] = path.split(/(->>?)/);
  let sql = `${relation}.${ident(name)}`;
  if (steps.length > 0) sql = `to_jsonb(${sql})`;
  for (let at = 0; at < steps.length; at += 2)
    sql += `${steps[at] ?? ""}${parameters.add(steps[at + 1])}`;
  return sql;
}

function condition(
  relation: string,
  path: string,
  given: string,
  parameters: Parameters,
): string {
  const match = /^(not\.)?([a-z]+)\.(.*)$/s.exec(given);
  if (match === null)
    throw new Error(`PostgREST would refuse the filter ${path}=${given}`);
  const [, not, operator = "", value = ""] = match;
  const left = field(relation, path, parameters);
  const negated = not === undefined ? "" : "NOT ";
  if (operator === "is")
    return `${negated}${left} IS ${value.replace("_", " ").toUpperCase()}`;
  if (operator === "isdistinct")
    return `${negated}${left} IS DISTINCT FROM ${parameters.add(value)}`;
  if (operator === "in") {
    const items = splitList(value.slice(1, -1)).map(
      (item) =>
        `"${unquoted(item).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
    );
    return `${negated}${left} = ANY (${parameters.add(`{${items.join(",")}}`)})`;
  }
  const comparison = comparisons[operator];
  if (comparison === undefined)
    throw new Error(`the filter ${operator} is not modelled here`);
  const right = operator.endsWith("like") ? value.replaceAll("*", "%") : value;
  return `${negated}${left} ${comparison} ${parameters.add(right)}`;
}

/** One of `or=(a.eq.1,and(b.gt.2,c.is.null))`. */
function logic(
  relation: string,
  operator: string,
  list: string,
  parameters: Parameters,
): string {
  const parts = splitList(list).map((part) => {
    const nested = /^(not\.)?(and|or)\((.*)\)$/s.exec(part);
    if (nested !== null)
      return `${nested[1] === undefined ? "" : "NOT "}${logic(relation, nested[2] ?? "", nested[3] ?? "", parameters)}`;
    const at = part.indexOf(".");
    return condition(
      relation,
      part.slice(0, at),
      part.slice(at + 1),
      parameters,
    );
  });
  return `(${parts.join(operator === "or" ? " OR " : " AND ")})`;
}

/** ` WHERE …`, or nothing. */
export function where(
  relation: string,
  query: URLSearchParams,
  parameters: Parameters,
): string {
  const parts: string[] = [];
  for (const [key, value] of query) {
    if (reserved.has(key)) continue;
    const operator = /^(?:not\.)?(and|or)$/.exec(key)?.[1];
    if (operator === undefined)
      parts.push(condition(relation, key, value, parameters));
    else
      parts.push(
        `${key.startsWith("not.") ? "NOT " : ""}${logic(relation, operator, value.slice(1, -1), parameters)}`,
      );
  }
  return parts.length === 0 ? "" : ` WHERE ${parts.join(" AND ")}`;
}

export function orderAndLimit(
  relation: string,
  query: URLSearchParams,
  parameters: Parameters,
): string {
  const terms = splitList(query.get("order") ?? "").map((term) => {
    const [path = "", ...ways] = term.split(".");
    const way = ways
      .map((word) => word.replace("nullsfirst", "nulls first"))
      .map((word) => word.replace("nullslast", "nulls last"));
    return `${field(relation, path, parameters)} ${way.join(" ").toUpperCase()}`;
  });
  const limit = query.get("limit");
  const offset = query.get("offset");
  return [
    terms.length === 0 ? "" : ` ORDER BY ${terms.join(", ")}`,
    limit === null ? "" : ` LIMIT ${parameters.add(limit)}`,
    offset === null ? "" : ` OFFSET ${parameters.add(offset)}`,
  ].join("");
}

/** The columns of `?select=`: what a statement returns, and what is answered. */
export function selection(
  relation: string,
  select: string,
  parameters: Parameters,
): { readonly names: string[]; readonly items: string } {
  const names: string[] = [];
  const items = splitList(select).map((given) => {
    if (given.includes("("))
      throw new Error(`embedding ${given} is not modelled here`);
    const [, alias, path = "", cast] =
      /^(?:([^:]+):(?!:))?([^:]+)(?:::(\w+))?$/.exec(given.trim()) ?? [];
    if (path === "*") {
      names.push("*");
      return `${relation}.*`;
    }
    names.push(path.split("->")[0] ?? "");
    const value = field(relation, path, parameters);
    const last = path.split(/->>?/).at(-1) ?? path;
    const shown = alias ?? (path.includes("->") ? last : undefined);
    return `${cast === undefined ? value : `CAST(${value} AS ${cast})`}${shown === undefined ? "" : ` AS ${ident(shown)}`}`;
  });
  return { names: [...new Set(names)], items: items.join(", ") };
}
