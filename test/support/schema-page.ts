/**
 * The schema as a page for people, `docs/schema.md`: each table and view with its columns, their types, who reads and writes them,
 * and the comments of the catalogue.
 */
import type pg from "pg";
import { format } from "prettier";

interface Relation {
  readonly name: string;
  readonly kind: "table" | "view";
  readonly comment: string;
  /** Roles that may delete its rows. */
  readonly deleted: readonly string[];
}

interface Column {
  readonly relation: string;
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly default: string | null;
  /** Table that it refers to alone; null: none, or one of several columns of a key does. */
  readonly refersTo: string | null;
  readonly comment: string;
  /** Roles by right. */
  readonly read: readonly string[];
  readonly inserted: readonly string[];
  readonly updated: readonly string[];
}

/** Roles of the API, and how the page calls them. Whoever is not named here owns the tables. */
const people = { authenticated: "clients", service_role: "administrators" };
const roles = `unnest(array['${Object.keys(people).join("', '")}']) as role`;

const relationsOf = `
  select pg_class.oid, relname, relkind, relacl from pg_class
  where relnamespace = to_regnamespace($1) and relkind in ('r', 'p', 'v') and not relispartition`;

const relationsQuery = `
  select relname as name, case relkind when 'v' then 'view' else 'table' end as kind,
    obj_description(oid, 'pg_class') as comment,
    array(select role from ${roles} where has_table_privilege(role, oid, 'DELETE') order by role) as deleted
  from (${relationsOf}) as relation order by relname collate "C"`;

/**
 * API roles may name every column of a table that they write, so that PostgREST can; what they may set is what their column grants
 * name (`dialer_guard_table`), and all columns where a role has no column grants.
 */
const settable = (privilege: string) => `
  array(
    select role from ${roles}
    where relkind <> 'v' and has_column_privilege(role, relation.oid, attnum, '${privilege}') and (
      exists (select from aclexplode(attacl) where grantee = role::regrole and privilege_type = '${privilege}')
      or not exists (
        select from pg_attribute as other cross join aclexplode(other.attacl)
        where other.attrelid = relation.oid and grantee = role::regrole and privilege_type = '${privilege}'))
    order by role)`;

const columnsQuery = `
  select relname as relation, attname as name, format_type(atttypid, atttypmod) as type,
    attnotnull and adbin is null and attidentity = '' and relkind <> 'v' as "isRequired", pg_get_expr(adbin, adrelid) as default,
    (select confrelid::regclass::text from pg_constraint
     where conrelid = relation.oid and contype = 'f' and conkey = array[attnum] limit 1) as "refersTo",
    col_description(relation.oid, attnum) as comment,
    array(select role from ${roles} where has_column_privilege(role, relation.oid, attnum, 'SELECT') order by role) as read,
    ${settable("INSERT")} as inserted, ${settable("UPDATE")} as updated
  from (${relationsOf}) as relation
  join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  order by relname collate "C", attnum`;

const head = `
# Schema

Every table and view of the dialer, as the catalogue describes them. \`npm run schema:dump\` writes this page and a test compares it: change
the migrations, not the page. Policies, triggers, indexes and functions are in \`test/schema.sql\`; the migrations themselves read as
a schema by topic.

Clients are users who are signed in (role \`authenticated\`): they see the rows of their account. Administrators use a secret key
(role \`service_role\`) and see all rows. If no writer is named, only the engine or the database itself writes. \`(insert)\` means that
the column can be set at insert and not changed afterwards, \`(update)\` the reverse.
`;

/** @param schema of the dialer's tables */
export async function schemaPage(
  client: pg.Client | pg.PoolClient,
  schema: string,
): Promise<string> {
  await client.query(`set search_path to "${schema}"`);
  const relations = await client.query<Relation>(relationsQuery, [schema]);
  const columns = await client.query<Column>(columnsQuery, [schema]);
  await client.query("reset search_path");
  const sections = (["table", "view"] as const).map((kind) =>
    relations.rows
      .filter((relation) => relation.kind === kind)
      .map((relation) =>
        section(
          relation,
          columns.rows.filter((column) => column.relation === relation.name),
        ),
      )
      .join("\n"),
  );
  return format(
    `${head}\n## Tables\n\n${sections[0] ?? ""}\n## Views\n\n${sections[1] ?? ""}`,
    { parser: "markdown" },
  );
}

function section(relation: Relation, columns: readonly Column[]): string {
  const rows = columns.map((column) => {
    const cells = [
      `\`${column.name}\``,
      typeOf(column),
      names(column.read),
      ...(relation.kind === "view" ? [] : [writers(column)]),
      column.comment,
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const titles =
    relation.kind === "view"
      ? ["column", "type", "read by", "meaning"]
      : ["column", "type", "read by", "written by", "meaning"];
  const deleters =
    relation.deleted.length === 0
      ? ""
      : ` Rows are deleted by ${names(relation.deleted)}.`;
  return `### ${relation.name}

${relation.comment}${deleters}

| ${titles.join(" | ")} |
| ${titles.map(() => "---").join(" | ")} |
${rows.join("\n")}
`;
}

function typeOf(column: Column): string {
  const parts = [
    column.type.replace("timestamp with time zone", "timestamptz"),
    column.isRequired ? "required" : "",
    column.default === null
      ? ""
      : `default \`${column.default.replaceAll("::text", "")}\``,
    column.refersTo === null ? "" : `→ ${column.refersTo}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function names(of: readonly string[]): string {
  return Object.entries(people)
    .filter(([role]) => of.includes(role))
    .map(([, name]) => name)
    .join(", ");
}

function writers({ inserted, updated }: Column): string {
  return Object.entries(people)
    .flatMap(([role, name]) => {
      const [atInsert, later] = [
        inserted.includes(role),
        updated.includes(role),
      ];
      if (!atInsert && !later) return [];
      return [
        atInsert && later
          ? name
          : `${name} (${atInsert ? "insert" : "update"})`,
      ];
    })
    .join(", ");
}
