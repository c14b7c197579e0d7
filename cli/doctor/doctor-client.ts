/** Connections of the doctor: one per question, so that a hanging one holds up no other, and none writes. */
import { Socket } from "node:net";
import pg from "pg";
import {
  connectionSettings,
  type DatabaseOptions,
} from "../../database/pools.ts";

/** Shorter than the time limits of the checks, so that the database says itself what took too long. */
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
 * The same in one transaction that may not write, with the dialer's schemas in the search path. All its settings end
 * with it: behind a pooler the connection is somebody else's afterwards.
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
