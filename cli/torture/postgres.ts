/** The round's Postgres server and what is done to it from outside. */
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

import { startLocalPostgres } from "../../local-postgres/local-postgres.ts";
import type { LocalPostgres } from "../../local-postgres/local-postgres.ts";
import { prepareServer, urlFor } from "../../test/support/prepared-server.ts";
import { createSharedFault } from "./shared-fault.ts";
import { createMutex } from "./mutex.ts";
import type { Mutex } from "./mutex.ts";

const SUPERUSER = "supabase_admin";
/** While the server is frozen nothing answers, and this is not waited for long. */
const ANSWERS_WITHIN_MS = 2_000;
const TRY_AGAIN_AFTER_MS = 100;
/** Longer than any fault, and than all faults of a round in sequence. */
const INSIST_MS = 40_000;

export class TorturePostgres {
  readonly server: LocalPostgres;
  /** Faults of the server itself happen one after the other. */
  readonly mutex: Mutex = createMutex();

  /** As Supabase does when the disk is nearly full. @returns a function that undoes it */
  readonly makeReadOnly = createSharedFault((isOn) => this.#setReadOnly(isOn));

  private constructor(server: LocalPostgres) {
    this.server = server;
  }

  /** Starts a server that looks like a Supabase project, with a migrated template to clone. */
  static async start(): Promise<TorturePostgres> {
    const server = await startLocalPostgres({
      superuser: SUPERUSER,
      binaries: "any",
      durable: false,
      settings: { max_connections: "100", shared_buffers: "64MB" },
    });
    try {
      await prepareServer(server.url("postgres", SUPERUSER));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return new TorturePostgres(server);
  }

  get superUrl(): string {
    return this.server.url("postgres", SUPERUSER);
  }

  /** The database's address as its owner, no superuser, as on Supabase. */
  ownerUrl(database: string): string {
    return urlFor(this.superUrl, database, "postgres");
  }

  /** A connection of our own, past every faulty connection; it may write when nobody else may. */
  async once<T>(
    url: string,
    run: (client: pg.Client) => Promise<T>,
  ): Promise<T> {
    const client = openClient(url, ANSWERS_WITHIN_MS);
    try {
      await client.connect();
      return await run(client);
    } finally {
      await closeClient(client);
    }
  }

  /** Repeats a statement until it succeeds; an earlier attempt may already have taken effect. */
  async insist<T>(
    url: string,
    run: (client: pg.Client) => Promise<T>,
  ): Promise<T> {
    const deadline = performance.now() + INSIST_MS;
    for (;;) {
      try {
        return await this.once(url, run);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(TRY_AGAIN_AFTER_MS);
      }
    }
  }

  /** Stops the server for so long, by SIGINT (fast) or SIGQUIT (as in a crash), then starts it again. */
  async interrupt(how: "fast" | "crash", forMs: number): Promise<void> {
    if (how === "crash") await this.server.stopImmediate();
    else process.kill(this.server.pid, "SIGINT");
    await pause(forMs);
    await this.server.restart();
  }

  /** Sends SIGSTOP to the postmaster and all its children. @returns a function that continues them */
  async freeze(): Promise<() => void> {
    const { pid } = this.server;
    const stopped: number[] = [];
    const stop = (each: number): void => {
      if (signal(each, "SIGSTOP")) stopped.push(each);
    };
    stop(pid);
    for (const child of await childrenOf(pid)) stop(child);
    return () => {
      for (const each of stopped.splice(0).reverse()) signal(each, "SIGCONT");
    };
  }

  async #setReadOnly(isReadOnly: boolean): Promise<void> {
    await this.insist(this.superUrl, async (client) => {
      await client.query(
        isReadOnly
          ? "alter system set default_transaction_read_only = on"
          : "alter system reset default_transaction_read_only",
      );
      await client.query("select pg_reload_conf()");
    });
  }
}

export function openClient(url: string, answersWithinMs: number): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: answersWithinMs,
    query_timeout: answersWithinMs,
    application_name: "dialer-torture",
    options: "-c default_transaction_read_only=off",
  });
  // A cut is reported by the statement that it hits.
  client.on("error", () => undefined);
  return client;
}

/** A frozen server does not answer the end of a connection. */
export async function closeClient(client: pg.Client): Promise<void> {
  await Promise.race([
    client.end().catch(() => undefined),
    pause(500, undefined, { ref: false }),
  ]);
}

async function childrenOf(pid: number): Promise<number[]> {
  const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split(" ").filter(Boolean).map(Number);
}

/** @returns false when the process no longer exists */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
