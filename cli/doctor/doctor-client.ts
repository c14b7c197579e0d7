/** Connections of the doctor: one per question, so that a hanging one delays no other. None of them writes. */
import { Socket } from "node:net";
import pg from "pg";
import {
  connectionSettings,
  type DatabaseOptions,
} from "../../database/pools.ts";

/** Shorter than the time limits of the checks, so that the database itself reports what took too long. */
const statementTimeoutMs = 4_000;

/**
 * Runs `work` on a connection of its own and closes it.
 *
 * @param signal aborted: the connection is cut, and `work` fails
 * @throws whatever connecting or `work` throws
 */
export async function withDoctorClient<T>(
  options: DatabaseOptions,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const socket = new Socket();
  const client = new pg.Client({
    ...connectionSettings(options),
    stream: () => socket,
  });
  // A connection lost while idle is reported by the next query as well.
  client.on("error", () => undefined);
  const cut = (): void => {
    socket.destroy();
  };
  signal.addEventListener("abort", cut, { once: true });
  try {
    await client.connect();
    const result = await work(client);
    await client.end();
    return result;
  } finally {
    signal.removeEventListener("abort", cut);
    cut();
  }
}

/**
 * The same in a read-only transaction with the dialer's schemas in the search path. All settings end with the
 * transaction, because a pooler gives the connection to somebody else afterwards.
 */
export async function readAsDoctor<T>(
  options: DatabaseOptions,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withDoctorClient(options, signal, async (client) => {
    await client.query("begin read only");
    await client.query(
      `set local statement_timeout = ${statementTimeoutMs}; set local timezone = 'UTC';
       set local search_path = "${options.schema}", "${options.workerSchema}", pg_temp`,
    );
    const result = await work(client);
    await client.query("rollback");
    return result;
  });
}
