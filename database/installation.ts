/**
 * Which installation this is, and whether its database is still where it was. A copy that kept the original's id would
 * take the original's calls at the PBX for its own.
 */
import { z } from "zod";

import { createStatePool } from "./pools.ts";
import type { DatabaseOptions, Queryable } from "./pools.ts";
import { statement } from "./sql.ts";

export interface Installation {
  /** Tags every channel that we make. */
  readonly id: string;
  /** The original's id when this start found that the database is a copy; else null. */
  readonly copiedFrom: string | null;
}

const installationRow = z.object({
  id: z.string(),
  copiedFrom: z.string().nullable(),
});

/**
 * To be called before anything is sent to the PBX. Engines that start at once find the same.
 *
 * @throws the database's error
 */
export async function identifyInstallation(
  options: DatabaseOptions,
): Promise<Installation> {
  const pool = createStatePool(options, 1, () => undefined);
  try {
    const description = await describeDatabase(pool, options.url);
    const { rows } = await pool.query(
      statement("leadership/identify_installation", [description]),
    );
    return installationRow.parse(rows[0]);
  } finally {
    await pool.end();
  }
}

/**
 * `key=value`, separated by blanks: what a rename, a failover to a physical replica and another way of connecting leave
 * unchanged, and a copy does not.
 */
export async function describeDatabase(
  database: Queryable,
  url: string,
): Promise<string> {
  const { rows: oids } = await database.query<{ oid: string }>(
    statement("leadership/read_database_oid"),
  );
  const parts = [`database=${oids[0]?.oid ?? ""}`];
  // An upgrade at Supabase changes the identifier, and neither project nor number.
  const project = supabaseProject(url);
  if (project !== null) return [...parts, `project=${project}`].join(" ");
  const { rows: rights } = await database.query<{ may: boolean }>(
    statement("leadership/may_read_control_data"),
  );
  if (rights[0]?.may === true) {
    const { rows } = await database.query<{ identifier: string }>(
      statement("leadership/read_system_identifier"),
    );
    parts.push(`system=${rows[0]?.identifier ?? ""}`);
  }
  return parts.join(" ");
}

/**
 * A project restored into a new one is a physical copy: only its name at Supabase shows that.
 *
 * @returns the project's reference, from the direct host or the pooler's user name; null: no Supabase address
 */
export function supabaseProject(url: string): string | null {
  const { hostname, username } = new URL(url);
  const direct = /^db\.([a-z0-9]+)\.supabase\.(?:co|com|net)$/.exec(hostname);
  if (direct?.[1] !== undefined) return direct[1];
  if (!/\.pooler\.supabase\.(?:co|com|net)$/.test(hostname)) return null;
  return /\.([a-z0-9]+)$/.exec(decodeURIComponent(username))?.[1] ?? null;
}
