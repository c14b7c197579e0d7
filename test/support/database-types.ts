/**
 * The schema's types for supabase-js, in the form of `supabase gen types typescript`: `docs/database.types.ts`.
 *
 * Differs from what that command makes of the same schema in three ways that help whoever writes a client: only what the
 * API's roles may use is there; a column that clients may not set is never required (triggers and the engine fill it); and
 * generated columns cannot be given.
 */
import type pg from "pg";
import { format } from "prettier";

interface Column {
  readonly relation: string;
  readonly isView: boolean;
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  readonly isGenerated: boolean;
  readonly isRequired: boolean;
}

interface Relationship {
  readonly relation: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly isOneToOne: boolean;
  readonly referenced: string;
  readonly referencedColumns: readonly string[];
}

interface Routine {
  readonly name: string;
  readonly isSet: boolean;
  readonly returns: string;
  readonly arguments:
    | readonly {
        readonly name: string;
        readonly type: string;
        readonly isOptional: boolean;
      }[]
    | null;
  /** Of `returns table`. */
  readonly columns:
    readonly { readonly name: string; readonly type: string }[] | null;
}

const roles = "array['anon', 'authenticated', 'service_role']";

const usableRelations = `
  select oid, relname, relkind from pg_class
  where relnamespace = to_regnamespace($1) and relkind in ('r', 'p', 'v') and not relispartition
    and exists (select from unnest(${roles}) as role where has_any_column_privilege(role, oid, 'SELECT, INSERT, UPDATE'))`;

const columnsQuery = `
  select relname as relation, relkind = 'v' as "isView", attname as name, typname as type,
    not (attnotnull or typnotnull) as "isNullable", attgenerated <> '' or attidentity = 'a' as "isGenerated",
    attnotnull and adbin is null and attidentity = ''
      and (exists (select from aclexplode(attacl) where privilege_type = 'INSERT')
        or not exists (select from pg_attribute as other cross join aclexplode(other.attacl)
          where other.attrelid = relation.oid and privilege_type = 'INSERT')) as "isRequired"
  from (${usableRelations}) as relation
  join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
  join pg_type on pg_type.oid = atttypid
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where exists (select from unnest(${roles}) as role
    where has_column_privilege(role, attrelid, attnum, 'SELECT') or has_column_privilege(role, attrelid, attnum, 'INSERT'))
  order by relname collate "C", attname collate "C"`;

const columnNames = (oid: string, numbers: string) => `
  (select array_agg(attname order by place) from unnest(${numbers}) with ordinality as number (attnum, place)
   join pg_attribute on attrelid = ${oid} and pg_attribute.attnum = number.attnum)::text[]`;

const relationshipsQuery = `
  select relation.relname as relation, conname as name, ${columnNames("conrelid", "conkey")} as columns,
    exists (select from pg_index where indrelid = conrelid and indisunique and indpred is null
      and indkey::smallint[] <@ conkey and conkey <@ indkey::smallint[]) as "isOneToOne",
    referenced.relname as referenced, ${columnNames("confrelid", "confkey")} as "referencedColumns"
  from pg_constraint
  join (${usableRelations}) as relation on relation.oid = conrelid
  join (${usableRelations}) as referenced on referenced.oid = confrelid
  where contype = 'f' and conparentid = 0
  order by conname collate "C"`;

const routinesQuery = `
  select proname as name, proretset as "isSet", returned.typname as returns,
    (select json_agg(json_build_object('name', proargnames[place], 'type', typname,
         'isOptional', place > pronargs - pronargdefaults) order by proargnames[place] collate "C")
     from unnest(proargtypes::oid[]) with ordinality as argument (oid, place) join pg_type using (oid)) as arguments,
    (select json_agg(json_build_object('name', proargnames[place], 'type', typname) order by proargnames[place] collate "C")
     from unnest(proallargtypes) with ordinality as argument (oid, place) join pg_type using (oid)
     where proargmodes[place] in ('t', 'o')) as columns
  from pg_proc join pg_type as returned on returned.oid = prorettype
  where pronamespace = to_regnamespace($1) and prokind = 'f' and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and exists (select from unnest(${roles}) as role where has_function_privilege(role, pg_proc.oid, 'EXECUTE'))
    and (pronargs = 0 or proargnames is not null)
  order by proname collate "C"`;

const scalars: Readonly<Record<string, string>> = {
  bool: "boolean",
  json: "Json",
  jsonb: "Json",
  void: "undefined",
  record: "Record<string, unknown>",
  ...Object.fromEntries(
    ["int2", "int4", "int8", "float4", "float8", "numeric"].map((name) => [
      name,
      "number",
    ]),
  ),
  ...Object.fromEntries(
    ["bpchar", "bytea", "date", "name", "text", "time", "timestamp"]
      .concat(["timestamptz", "timetz", "uuid", "varchar"])
      .map((name) => [name, "string"]),
  ),
};

/** As postgres-meta names a type of Postgres; what it does not know is `unknown`. */
function typeOf(name: string, relations: ReadonlySet<string>): string {
  if (name.startsWith("_")) return `${typeOf(name.slice(1), relations)}[]`;
  if (relations.has(name))
    return `Database["public"]["Tables"]["${name}"]["Row"]`;
  return scalars[name] ?? "unknown";
}

const property = (name: string, type: string, isOptional = false) =>
  `${JSON.stringify(name)}${isOptional ? "?" : ""}: ${type}`;

function rowTypes(
  columns: readonly Column[],
  relations: ReadonlySet<string>,
): string {
  const type = ({ type: name, isNullable }: Column) =>
    `${typeOf(name, relations)}${isNullable ? " | null" : ""}`;
  const row = columns.map((column) => property(column.name, type(column)));
  if (columns[0]?.isView === true) return `Row: { ${row.join("; ")} }`;
  const written = (isInsert: boolean) =>
    columns.map((column) =>
      property(
        column.name,
        column.isGenerated ? "never" : type(column),
        !(isInsert && column.isRequired),
      ),
    );
  return `Row: { ${row.join("; ")} }; Insert: { ${written(true).join("; ")} }; Update: { ${written(false).join("; ")} }`;
}

function relationshipTypes(relationships: readonly Relationship[]): string {
  const items = relationships.map(
    (item) => `{
      foreignKeyName: ${JSON.stringify(item.name)}
      columns: ${JSON.stringify(item.columns)}
      isOneToOne: ${String(item.isOneToOne)}
      referencedRelation: ${JSON.stringify(item.referenced)}
      referencedColumns: ${JSON.stringify(item.referencedColumns)}
    }`,
  );
  return `Relationships: [${items.join(", ")}]`;
}

function routineType(
  routine: Routine,
  columns: readonly Column[],
  relations: ReadonlySet<string>,
): string {
  const given = (routine.arguments ?? []).map(({ name, type, isOptional }) =>
    property(name, typeOf(type, relations), isOptional),
  );
  const own =
    routine.columns?.map(({ name, type }) =>
      property(name, typeOf(type, relations)),
    ) ??
    (relations.has(routine.returns)
      ? columns
          .filter(({ relation }) => relation === routine.returns)
          .map(({ name, type, isNullable }) =>
            property(
              name,
              `${typeOf(type, relations)}${isNullable ? " | null" : ""}`,
            ),
          )
      : null);
  const one =
    own === null ? typeOf(routine.returns, relations) : `{ ${own.join("; ")} }`;
  const args = given.length === 0 ? "never" : `{ ${given.join("; ")} }`;
  return property(
    routine.name,
    `{ Args: ${args}; Returns: ${one}${routine.isSet ? "[]" : ""} }`,
  );
}

const head = `// What \`supabase gen types typescript\` makes of the dialer's schema, made anew by \`npm run schema:dump\`. See supabase-js.md.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];
`;

/** @returns a TypeScript module that exports `Json` and `Database`, for `createClient<Database>` */
export async function databaseTypes(
  client: pg.Client | pg.PoolClient,
  schema: string,
): Promise<string> {
  const { rows: columns } = await client.query<Column>(columnsQuery, [schema]);
  const { rows: relationships } = await client.query<Relationship>(
    relationshipsQuery,
    [schema],
  );
  const { rows: routines } = await client.query<Routine>(routinesQuery, [
    schema,
  ]);
  const relations = new Set(columns.map(({ relation }) => relation));
  const block = (isView: boolean) =>
    [...relations]
      .map((relation) =>
        columns.filter((column) => column.relation === relation),
      )
      .filter(([first]) => first?.isView === isView)
      .map((own) => {
        const name = own[0]?.relation ?? "";
        const links = relationships.filter(({ relation }) => relation === name);
        return property(
          name,
          `{ ${rowTypes(own, relations)}; ${relationshipTypes(links)} }`,
        );
      });
  const functions = routines.map((routine) =>
    routineType(routine, columns, relations),
  );
  const text = `${head}
    export type Database = {
      public: {
        Tables: { ${block(false).join("; ")} }
        Views: { ${block(true).join("; ")} }
        Functions: { ${functions.join("; ")} }
        Enums: { [_ in never]: never }
        CompositeTypes: { [_ in never]: never }
      }
    };
    export type Tables<Name extends keyof (Database["public"]["Tables"] & Database["public"]["Views"])> =
      (Database["public"]["Tables"] & Database["public"]["Views"])[Name]["Row"];
    export type TablesInsert<Name extends keyof Database["public"]["Tables"]> = Database["public"]["Tables"][Name]["Insert"];
    export type TablesUpdate<Name extends keyof Database["public"]["Tables"]> = Database["public"]["Tables"][Name]["Update"];
  `;
  return format(text, { parser: "typescript" });
}
