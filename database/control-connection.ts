/**
 * The connection that an engine never shares: notices arrive on it and the lease is renewed on it, so a busy pool can
 * delay neither. It comes back by itself, with back-off; `onConnected` makes up for what was missed in between.
 */
import pg from "pg";
import type { Logger } from "pino";

import { ConnectionBudget } from "./connection-budget.ts";
import { connectionSettings, sessionSettings } from "./pools.ts";
import type { DatabaseOptions } from "./pools.ts";

export interface ControlConnectionOptions {
  readonly database: DatabaseOptions;
  readonly channels: readonly string[];
  readonly log: Logger;
  /** A statement that takes longer means that the connection is dead: half-open sockets report nothing. */
  readonly queryTimeoutMs: number;
  onNotice(channel: string, payload: string): void;
  /** The connection is up, for the first time or again: whatever was announced meanwhile was missed. */
  onConnected(): void;
}

const firstDelayMs = 100;
const longestDelayMs = 5_000;

export class ControlConnection {
  readonly #options: ControlConnectionOptions;
  readonly #budget = new ConnectionBudget(1);
  #client: pg.Client | null = null;
  #stopped = false;
  #retry: NodeJS.Timeout | null = null;
  #failures = 0;
  /** Why the database could not be reached, as logged; null: it can. */
  #loggedReason: string | null = null;

  constructor(options: ControlConnectionOptions) {
    this.#options = options;
  }

  /** The live connection, or null while there is none. */
  get client(): pg.Client | null {
    return this.#client;
  }

  /** @throws the first connection's error: a wrong password should stop the start, not be retried */
  async start(): Promise<void> {
    await this.#open();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  /** Drops a connection that no longer answers and opens another. */
  reset(reason: string): void {
    const client = this.#client;
    if (client === null) return;
    this.#client = null;
    this.#options.log.warn({ reason }, "Control connection lost, reconnecting");
    // Its server may be in the middle of the statement that took too long.
    this.#budget.cancelFirst([client]);
    // A black-holed socket would make end() wait for ever.
    client.end().catch(() => undefined);
    streamOf(client).destroy();
    this.#scheduleOpen();
  }

  async #open(): Promise<void> {
    const { database, channels, queryTimeoutMs } = this.#options;
    const client = new pg.Client({
      ...connectionSettings(database),
      query_timeout: queryTimeoutMs,
      stream: () => this.#budget.socket(),
    });
    const lost = (error?: Error) => {
      if (this.#client === client)
        this.reset(error?.message ?? "connection closed");
    };
    client.on("error", lost);
    client.on("end", lost);
    client.on("notification", (notice) => {
      this.#options.onNotice(notice.channel, notice.payload ?? "");
    });
    try {
      await client.connect();
      await client.query(sessionSettings(database));
      for (const channel of channels)
        await client.query(`listen ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      database.address?.failed(error);
      client.end().catch(() => undefined);
      streamOf(client).destroy();
      throw error;
    }
    if (this.#stopped) {
      await client.end();
      return;
    }
    this.#client = client;
    this.#failures = 0;
    if (this.#loggedReason !== null)
      this.#options.log.info("The database can be reached again");
    this.#loggedReason = null;
    this.#options.onConnected();
  }

  /** Logged once for each reason; the health watch logs how long it lasts. */
  #logUnreachable(error: unknown): void {
    const { code, message } = error as { code?: string; message?: string };
    const reason = code ?? message ?? "unknown";
    const level = reason === this.#loggedReason ? "debug" : "warn";
    this.#loggedReason = reason;
    this.#options.log[level](
      { err: error },
      "Database cannot be reached, trying again",
    );
  }

  #scheduleOpen(): void {
    if (this.#stopped || this.#retry !== null) return;
    const longest = Math.min(
      longestDelayMs,
      firstDelayMs * 2 ** this.#failures++,
    );
    this.#retry = setTimeout(
      () => {
        this.#retry = null;
        this.#open().catch((error: unknown) => {
          this.#logUnreachable(error);
          this.#scheduleOpen();
        });
      },
      longest * (0.5 + Math.random() / 2),
    );
  }
}

/** The client's own end() waits for the server; this connection has waited long enough. */
function streamOf(client: pg.Client): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } })
    .connection.stream;
}
