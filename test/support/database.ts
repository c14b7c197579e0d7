/** A database of one's own for each test file, cloned from the run's template in about 0.1 s. */
import pg from "pg";
import { inject } from "vitest";
import {
  cloneTemplate,
  EMPTY_TEMPLATE,
  MIGRATED_TEMPLATE,
  standIn,
  urlFor,
  withClient,
} from "./prepared-server.ts";
import { PATIENCE_MS, waitFor } from "./wait-for.ts";

export { prepareServer } from "./prepared-server.ts";

/** Who a statement comes from, as PostgREST would tell the database. */
export type ActingAs =
  | {
      readonly sub: string;
      readonly accountId?: string;
      /** False: the administrator has not made the account that this user would be. */
      readonly isAccount?: boolean;
      /** Claim `app_metadata.dialer_role`. */
      readonly dialerRole?: string;
    }
  | "anon"
  | "service_role";

export interface TestDatabase {
  readonly name: string;
  /** As role `postgres`, which owns everything and is no superuser, as on Supabase. */
  readonly url: string;
  readonly superUrl: string;
  /** As role `postgres`, at most 5 connections. */
  readonly pool: pg.Pool;
  /**
   * Runs statements in one transaction as an API role with a JWT's claims, and commits.
   * `accountId` becomes the claim `app_metadata.account_id`. An error rolls back and is thrown on.
   */
  asUser<T>(
    claims: ActingAs,
    run: (client: pg.PoolClient) => Promise<T>,
  ): Promise<T>;
  /**
   * Closes `pool` and drops the database. Throws, after dropping it, when clients of `pool` were not released or the
   * code under test left other sessions open (`sessionsMayRemain` for tests that kill engines or networks).
   */
  drop(options?: { readonly sessionsMayRemain?: boolean }): Promise<void>;
}

/** A migrated database. @param superUrl of a server prepared with `prepareServer`; default: the run's. */
export async function createTestDatabase(
  superUrl: string = inject("superUrl"),
): Promise<TestDatabase> {
  return clone(superUrl, MIGRATED_TEMPLATE);
}

/** A database with the Supabase stand-in only; `oldDefaultPrivileges` as in projects made before 2026. */
export async function createEmptyDatabase(
  options: {
    readonly oldDefaultPrivileges?: boolean;
    readonly superUrl?: string;
  } = {},
): Promise<TestDatabase> {
  const database = await clone(
    options.superUrl ?? inject("superUrl"),
    EMPTY_TEMPLATE,
  );
  if (options.oldDefaultPrivileges === true) {
    const sql = await standIn("old-default-privileges");
    await withClient(database.superUrl, (client) => client.query(sql));
  }
  return database;
}

async function clone(
  serverUrl: string,
  template: string,
): Promise<TestDatabase> {
  const name = await cloneTemplate(serverUrl, template);
  const url = urlFor(serverUrl, name, "postgres");
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  // A cut idle connection is reported here and by the next query; the test looks at the query.
  pool.on("error", () => undefined);
  return {
    name,
    url,
    superUrl: urlFor(serverUrl, name),
    pool,
    asUser: (claims, run) => actAs(pool, claims, run),
    drop: (options) =>
      drop(serverUrl, name, pool, options?.sessionsMayRemain === true),
  };
}

async function actAs<T>(
  pool: pg.Pool,
  claims: ActingAs,
  run: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const role = typeof claims === "string" ? claims : "authenticated";
  const jwt =
    typeof claims === "string"
      ? { role }
      : {
          sub: claims.sub,
          role,
          app_metadata: {
            account_id: claims.accountId,
            dialer_role: claims.dialerRole,
          },
        };
  const client = await pool.connect();
  if (typeof claims !== "string" && claims.isAccount !== false)
    await makeAccount(client, claims.accountId ?? claims.sub);
  let failure: Error | undefined;
  try {
    await client.query("begin");
    await client.query(
      "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)",
      [role, JSON.stringify(jwt)],
    );
    const result = await run(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((cause: unknown) => {
      failure = cause as Error; // the connection is gone: the pool must not reuse it
    });
    throw error;
  } finally {
    client.release(failure);
  }
}

/** As an administrator does for each customer. Ids that are none are left to the statements under test. */
async function makeAccount(client: pg.PoolClient, id: string): Promise<void> {
  const { rowCount } = await client.query(
    "select where to_regclass('accounts') is not null and $1 ~ '^[0-9a-f-]{36}$'",
    [id],
  );
  if (rowCount === 1)
    await client.query(
      "insert into accounts (id, name) values ($1, 'Test account') on conflict do nothing",
      [id],
    );
}

async function drop(
  serverUrl: string,
  name: string,
  pool: pg.Pool,
  sessionsMayRemain: boolean,
): Promise<void> {
  const unreleased = pool.totalCount - pool.idleCount;
  const closed = pool.ended ? Promise.resolve() : pool.end();
  if (unreleased === 0) await closed;
  const complaints =
    unreleased === 0
      ? []
      : [`${String(unreleased)} clients of its pool were not released`];
  await withClient(serverUrl, async (client) => {
    if (!sessionsMayRemain && unreleased === 0)
      complaints.push(...(await remainingSessions(client, name)));
    await client.query(`drop database if exists ${name} with (force)`);
  });
  if (complaints.length > 0)
    throw new Error(
      `Database ${name} was dropped, but: ${complaints.join("; ")}`,
    );
}

/** A closed socket takes the server some milliseconds to notice; what stays was leaked. */
async function remainingSessions(
  client: pg.Client,
  name: string,
): Promise<string[]> {
  let sessions: string[] = [];
  const none = async (): Promise<boolean> => {
    const { rows } = await client.query<{ session: string }>(
      `select format('session %s (%s) is still open: %s', pid, application_name, left(query, 120)) as session
       from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    sessions = rows.map((row) => row.session);
    return rows.length === 0;
  };
  return waitFor("all sessions of the test database to end", none, {
    timeoutMs: PATIENCE_MS,
    intervalMs: 20,
  }).then(
    () => [],
    () => sessions,
  );
}
