/** The Postgres server of a run, durable as in production, and a fresh database for each contestant. */
import { startLocalPostgres } from "../local-postgres/local-postgres.ts";
import type { LocalPostgres } from "../local-postgres/local-postgres.ts";
import { migrate } from "../database/migrations/migrate.ts";
import pg from "pg";
import { readFamilyCpuMs } from "./contestant.ts";
import { median } from "./measurement.ts";

const template = "bench_template";
const user = "postgres";

export interface BenchServer {
  readonly host: string;
  readonly port: number;
  /** CPU time of all of the server's processes so far, ms; null where there is no /proc. */
  cpuMs(): number | null;
  /** Lines for the head of the report. */
  readonly description: readonly string[];
  /** @returns its connection string */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** The statements that took most time since the last call, costliest first; empty without statistics. */
  takeStatements(): Promise<readonly StatementCost[]>;
  stop(): Promise<void>;
}

export interface StatementCost {
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
  /** Statements of functions are listed beside those that called them. */
  readonly isTop: boolean;
  readonly query: string;
}

/**
 * The server's own defaults, fsync included; nothing is tuned.
 *
 * @param withStatements with pg_stat_statements, which slows it down a little
 */
export async function startBenchServer(
  withStatements: boolean,
): Promise<BenchServer> {
  const postgres = await startLocalPostgres({
    superuser: user,
    binaries: "any",
    durable: true,
    settings: withStatements
      ? {
          shared_preload_libraries: "pg_stat_statements",
          "pg_stat_statements.track": "all",
        }
      : {},
  });
  const admin = new pg.Pool({
    connectionString: postgres.url("postgres", user),
    max: 1,
  });
  // A socket that is closing may still receive the notice that the server stops.
  admin.on("error", () => undefined);
  try {
    await admin.query(`create database ${template}`);
    if (withStatements)
      await admin.query("create extension pg_stat_statements");
    await migrate({
      databaseUrl: postgres.url(template, user),
      dialerSchema: "public",
      workerSchema: "graphile_worker",
    });
    return {
      host: postgres.host,
      port: postgres.port,
      cpuMs: () => readFamilyCpuMs(postgres.pid),
      description: await describe(postgres, admin),
      createDatabase: async (name) => {
        await admin.query(`create database ${name} template ${template}`);
        return postgres.url(name, user);
      },
      dropDatabase: async (name) => {
        await admin.query(`drop database if exists ${name} with (force)`);
      },
      takeStatements: () =>
        withStatements ? takeStatements(admin) : Promise.resolve([]),
      stop: async () => {
        await admin.end();
        await postgres.stop();
      },
    };
  } catch (error) {
    await admin.end();
    await postgres.stop();
    throw error;
  }
}

async function describe(
  postgres: LocalPostgres,
  admin: pg.Pool,
): Promise<string[]> {
  const { rows } = await admin.query<{ settings: string }>(
    `select string_agg(name || '=' || current_setting(name), ', ' order by name) as settings from pg_settings
     where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers', 'max_wal_size')`,
  );
  const commitMs = await commitTime(admin);
  return [
    `PostgreSQL ${postgres.version} (${postgres.source}), defaults: ${rows[0]?.settings ?? ""}`,
    `One durable commit on this disk: median ${(commitMs ?? 0).toFixed(2)} ms`,
  ];
}

/** What every durable transaction costs here at least. */
async function commitTime(admin: pg.Pool): Promise<number | null> {
  await admin.query("create table commit_time (n int)");
  const times: number[] = [];
  for (let n = 0; n < 100; n++) {
    const startedMs = performance.now();
    await admin.query("insert into commit_time values ($1)", [n]);
    times.push(performance.now() - startedMs);
  }
  await admin.query("drop table commit_time");
  return median(times);
}

async function takeStatements(admin: pg.Pool): Promise<StatementCost[]> {
  const { rows } = await admin.query<StatementCost>(
    `select calls::int, total_exec_time::float8 as "totalMs", rows::int, toplevel as "isTop",
       left(regexp_replace(query, '\\s+', ' ', 'g'), 160) as query
     from pg_stat_statements order by total_exec_time desc limit 40`,
  );
  await admin.query("select pg_stat_statements_reset()");
  return rows;
}
