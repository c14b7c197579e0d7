/**
 * The one connection an engine never shares: notices come in on it and the lease is renewed on it, so
 * neither can be held up by a busy pool. It comes back by itself, with back-off; what was missed in
 * between is the business of `onConnected`.
 */
import pg from "pg";
import type { Logger } from "pino";

import { connectionSettings, sessionSettings } from "./pools.ts";
import type { DatabaseOptions } from "./pools.ts";

export interface ControlLineOptions {
  readonly database: DatabaseOptions;
  readonly channels: readonly string[];
  readonly log: Logger;
  /** A statement that takes longer means the line is dead: half-open sockets tell nobody. */
  readonly queryTimeoutMs: number;
  onNotice(channel: string, payload: string): void;
  /** The line is up, for the first time or again: whatever was announced meanwhile was missed. */
  onConnected(): void;
}

const firstDelayMs = 100;
const longestDelayMs = 5_000;

export class ControlLine {
  readonly #options: ControlLineOptions;
  #client: pg.Client | null = null;
  #stopped = false;
  #retry: NodeJS.Timeout | null = null;
  #failures = 0;

  constructor(options: ControlLineOptions) {
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
    // A black-holed socket would make end() wait for ever.
    client.end().catch(() => undefined);
    this.#scheduleOpen();
  }

  async #open(): Promise<void> {
    const { database, channels, queryTimeoutMs } = this.#options;
    const client = new pg.Client({
      ...connectionSettings(database),
      query_timeout: queryTimeoutMs,
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
      client.end().catch(() => undefined);
      throw error;
    }
    if (this.#stopped) {
      await client.end();
      return;
    }
    this.#client = client;
    this.#failures = 0;
    this.#options.onConnected();
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
          this.#options.log.warn(
            { err: error },
            "Database cannot be reached, trying again",
          );
          this.#scheduleOpen();
        });
      },
      longest * (0.5 + Math.random() / 2),
    );
  }
}
