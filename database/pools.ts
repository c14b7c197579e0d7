/**
 * Connections to the call centre's Postgres.
 *
 * Three kinds per engine, together at most `DATABASE_MAX_CONNECTIONS`: one control connection (lease, notices;
 * `control-connection.ts`), the state pool (everything we decide, always durable), and Graphile Worker's own pool while
 * this engine is the leader. A standby opens no worker pool.
 */
import type { Socket } from "node:net";

import pg from "pg";

import type { DatabaseAddress } from "./address.ts";
import { ConnectionBudget } from "./connection-budget.ts";

/** The engine was frozen inside a transaction: its locks must not outlive its lease (5 s). */
const idleInTransactionMs = 2_000;
const statementTimeoutMs = 10_000;
/** A black-holed socket answers nothing and reports nothing; only a clock on our side notices. */
const queryTimeoutMs = 12_000;

export interface DatabaseOptions {
  readonly url: string;
  /** Used instead of `url` for each new connection, if the address may change. */
  readonly address?: DatabaseAddress | undefined;
  readonly schema: string;
  readonly workerSchema: string;
  readonly applicationName: string;
  /** How long a statement of the state pool waits for a lock; absent: for `statement_timeout`. */
  readonly lockTimeoutMs?: number;
}

export type Database = pg.Pool;
export type Transaction = pg.PoolClient;
export type Queryable = pg.Pool | pg.PoolClient | pg.Client;

/**
 * Connections of one engine: one for control, two for each of the two job runners (one of them listens), the rest for
 * state.
 */
export function shareConnections(max: number): {
  runner: number;
  state: number;
} {
  return { runner: 2, state: Math.max(2, max - 5) };
}

/** How every connection of the engine is opened. */
export function connectionSettings(options: DatabaseOptions): pg.ClientConfig {
  return {
    connectionString: options.address?.current() ?? options.url,
    application_name: options.applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    connectionTimeoutMillis: 5_000,
    query_timeout: queryTimeoutMs,
  };
}

/**
 * The first statement on every connection. Start-up `options` would not do: poolers in session mode do not pass them
 * on.
 */
export function sessionSettings(options: DatabaseOptions): string {
  return [
    `set search_path = "${options.schema}", "${options.workerSchema}", pg_temp`,
    // Our own changes wake the scheduler directly; the triggers are for everybody else's.
    "set dialer.engine = 'on'",
    "set timezone = 'UTC'",
    // Small statements run many times: planning each anew costs more than running it.
    "set plan_cache_mode = force_generic_plan",
    "set jit = off",
    `set statement_timeout = ${statementTimeoutMs}`,
    `set idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
    `set lock_timeout = ${options.lockTimeoutMs ?? 0}`,
  ].join("; ");
}

/**
 * The pool through which the engine writes its state.
 *
 * @param onError called for idle connections that break; they are replaced by themselves
 */
export function createStatePool(
  options: DatabaseOptions,
  max: number,
  onError: (error: Error) => void,
): Database {
  return createPool(options, new ConnectionBudget(max), onError, "on");
}

/**
 * Graphile Worker's pool. Its commits are asynchronous: a job lost that way is fetched again after a crash, and finds
 * its attempt past QUEUED.
 *
 * @param budget shared with the pools that this one replaces; or a number of connections of its own
 */
export function createWorkerPool(
  options: DatabaseOptions,
  budget: ConnectionBudget | number,
  onError: (error: Error) => void,
): Database {
  const own =
    typeof budget === "number" ? new ConnectionBudget(budget) : budget;
  return createPool(options, own, onError, "off");
}

function createPool(
  options: DatabaseOptions,
  budget: ConnectionBudget,
  onError: (error: Error) => void,
  synchronousCommit: "on" | "off",
): Database {
  const connections: PoolConnections = {
    budget,
    sockets: new Set(),
    clients: new Set(),
    isCut: false,
  };
  const pool = new ForgivingPool({
    ...connectionSettings(options),
    stream: () => {
      const socket = budget.socket();
      connections.sockets.add(socket);
      socket.once("close", () => connections.sockets.delete(socket));
      // A caller that still holds the pool may ask for more.
      if (connections.isCut) socket.destroy();
      return socket;
    },
    max: budget.size,
    idleTimeoutMillis: 0,
    // The pool does wait for this promise, whatever its types say: nobody gets a client without its settings.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    onConnect: async (client) => {
      await client.query(
        `${sessionSettings(options)}; set synchronous_commit = ${synchronousCommit}`,
      );
    },
  });
  const { address } = options;
  if (address !== undefined) {
    Object.defineProperty(pool.options, "connectionString", {
      get: () => address.current(),
      enumerable: true,
    });
    pool.onConnectFailed = (error) => {
      address.failed(error);
    };
  }
  pool.on("error", onError);
  // A client in use also reports to its query; without a listener the event would end the process.
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    connections.clients.add(client);
  });
  pool.on("remove", (client) => connections.clients.delete(client));
  connectionsOf.set(pool, connections);
  return pool;
}

/**
 * A pool that tolerates a second release of the same client: Graphile Worker gives its listening client back twice when
 * the connection breaks while it stops (`graphile-internals.ts`).
 */
class ForgivingPool extends pg.Pool {
  onConnectFailed: (error: unknown) => void = () => undefined;

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | void {
    if (callback === undefined)
      return super.connect().catch((error: unknown) => {
        this.onConnectFailed(error);
        throw error;
      });
    super.connect((error, client, release) => {
      if (error !== undefined) this.onConnectFailed(error);
      let released = false;
      callback(error, client, (destroy) => {
        if (released) return;
        released = true;
        release(destroy);
      });
    });
  }
}

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (destroy?: unknown) => void,
) => void;

/** What a pool has at the server. */
interface PoolConnections {
  readonly budget: ConnectionBudget;
  readonly sockets: Set<Socket>;
  readonly clients: Set<pg.PoolClient>;
  isCut: boolean;
}

const connectionsOf = new WeakMap<Database, PoolConnections>();

/** Ends a pool without waiting: statements that still use its connections find them broken, and none opens any more. */
export function cutPool(pool: Database): void {
  const connections = connectionsOf.get(pool);
  if (connections !== undefined && !connections.isCut) {
    connections.isCut = true;
    connections.budget.cancelFirst(connections.clients);
    for (const socket of connections.sockets) socket.destroy();
  }
  pool.end().catch(() => undefined);
}

/** Serialization failure, deadlock, and the ways in which a connection is lost. */
const retryableCodes = new Set([
  "40001",
  "40P01",
  "57P01",
  "57P02",
  "57P03",
  "08000",
  "08003",
  "08006",
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
]);

const connectionLost =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Query read timeout/i;

/** True for an error after which the same transaction may simply be run again. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && retryableCodes.has(code)) return true;
  return connectionLost.test(error.message);
}

/** True for a lock that could not be taken in time: another transaction holds the row. */
export function isLockTimeout(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error as { code?: unknown }).code === lockNotAvailable
  );
}

const lockNotAvailable = "55P03";

export interface TransactionOptions {
  /** How often at most; absent: 4 times. */
  readonly attempts?: number;
  /** How long one of its statements waits for a lock; absent: as its connection says. */
  readonly lockTimeoutMs?: number;
  /**
   * Its statements are planned for an index that has the order they ask for. A plan made while a table was nearly empty
   * would read and sort all of a campaign for each row, until the table is analysed: after an import that takes a
   * minute.
   */
  readonly byIndex?: boolean;
}

/**
 * Runs `work` in one transaction, again at once if it lost a race or its connection: Graphile Worker's own first retry
 * comes only after 2.7 s. `work` must have no effect outside the transaction.
 *
 * @throws the last error
 */
export async function inTransaction<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T>,
  { attempts = 4, lockTimeoutMs, byIndex = false }: TransactionOptions = {},
): Promise<T> {
  // One text, so that the settings cost no round trip of their own.
  const begin = [
    "begin",
    ...(lockTimeoutMs === undefined
      ? []
      : [`set local lock_timeout = ${lockTimeoutMs}`]),
    ...(byIndex ? ["set local enable_sort = off"] : []),
  ].join("; ");
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(database, begin, work);
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error;
      await new Promise((resolve) =>
        setTimeout(resolve, 5 * 4 ** attempt * Math.random()),
      );
    }
  }
}

/** The rest of a query that timed out is not waited for a second time. */
function connectionLostError(error: unknown): Error | undefined {
  return error instanceof Error && connectionLost.test(error.message)
    ? error
    : undefined;
}

/** @returns why the connection is of no use any more, if so */
async function rollBack(client: Transaction): Promise<Error | undefined> {
  try {
    await client.query("rollback");
    return undefined;
  } catch (failure) {
    return failure instanceof Error ? failure : new Error(String(failure));
  }
}

async function once<T>(
  database: Database,
  begin: string,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    broken ??= connectionLostError(error) ?? (await rollBack(client));
    throw error;
  } finally {
    client.removeListener("error", onError);
    client.release(broken);
  }
}
