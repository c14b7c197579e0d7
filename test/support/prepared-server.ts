/**
 * Makes any Postgres server look like a Supabase project to tests: roles, schemas, and a migrated template to clone.
 * Free of vitest, so that command line tools may use it too.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { migrate } from "../../database/migrations/migrate.ts";

/** Clone source with the Supabase stand-in only. */
export const EMPTY_TEMPLATE = "dialer_empty";
/** Clone source with the stand-in, Graphile Worker's tables and ours. */
export const MIGRATED_TEMPLATE = "dialer_template";

const STAND_IN = new URL("supabase-stand-in/", import.meta.url);

/** The text of one of the stand-in's files. */
export async function standIn(
  name: "cluster" | "database" | "old-default-privileges",
): Promise<string> {
  return readFile(new URL(`${name}.sql`, STAND_IN), "utf8");
}

/** The same server and password, another database or role. */
export function urlFor(
  superUrl: string,
  database: string,
  user?: string,
): string {
  const url = new URL(superUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  if (user !== undefined) url.username = encodeURIComponent(user);
  return url.href;
}

/** Runs something on one connection of its own, which is closed afterwards. */
export async function withClient<T>(
  url: string,
  run: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/**
 * Applies the stand-in to a server and makes both templates, anew where they exist. Role `postgres` gets the
 * superuser's password, so that one connection string serves for both: never point this at a server that matters.
 *
 * @param superUrl connection string of a superuser; its database is used for maintenance only.
 * @param options.withTemplate false leaves the migrated template out (tests of the migrations themselves).
 */
export async function prepareServer(
  superUrl: string,
  options: { readonly withTemplate?: boolean } = {},
): Promise<void> {
  await withClient(superUrl, async (client) => {
    const { rows } = await client.query<{ is_super: boolean }>(
      "select rolsuper as is_super from pg_roles where rolname = current_user",
    );
    if (rows[0]?.is_super !== true) {
      throw new Error(
        `The test server's role ${client.user ?? "?"} is not a superuser; the tests create roles and need one. ` +
          "Give TEST_DATABASE_URL the superuser of a throwaway server.",
      );
    }
    await client.query(await standIn("cluster"));
    if (client.user !== "postgres") {
      await client.query(
        `alter role postgres password ${pg.escapeLiteral(client.password ?? "")}`,
      );
    }
    await recreate(client, EMPTY_TEMPLATE, "template0");
  });
  await withClient(urlFor(superUrl, EMPTY_TEMPLATE), async (client) => {
    await client.query(await standIn("database"));
  });
  await withClient(superUrl, (client) => seal(client, EMPTY_TEMPLATE));
  if (options.withTemplate === false) return;
  await withClient(superUrl, (client) =>
    recreate(client, MIGRATED_TEMPLATE, EMPTY_TEMPLATE),
  );
  await migrate({
    databaseUrl: urlFor(superUrl, MIGRATED_TEMPLATE, "postgres"),
    dialerSchema: "public",
    workerSchema: "graphile_worker",
  });
  await withClient(superUrl, (client) => seal(client, MIGRATED_TEMPLATE));
}

/** A new database for one use, owned by `postgres`, cloned from a template in about 0.1 s. @returns its name */
export async function cloneTemplate(
  superUrl: string,
  template: string,
): Promise<string> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await withClient(superUrl, (client) =>
    client.query(`create database ${name} owner postgres template ${template}`),
  );
  return name;
}

async function recreate(
  client: pg.Client,
  name: string,
  template: string,
): Promise<void> {
  await client.query(`drop database if exists ${name} with (force)`);
  await client.query(
    `create database ${name} owner postgres template ${template}`,
  );
}

/** Nobody may be connected to a database that is being cloned. */
async function seal(client: pg.Client, name: string): Promise<void> {
  await client.query(`alter database ${name} allow_connections false`);
}
