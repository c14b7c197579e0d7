/**
 * The connection to one Asterisk (`adapters/connection/pbx-connection.ts`): greeting, login, FullyBooted, permissions,
 * events with Asterisk's own time. An unanswered ping ends it.
 */
import type { Logger } from "pino";

import { PbxConnection } from "../connection/pbx-connection.ts";
import type {
  ConnectionListener,
  Greeting,
} from "../connection/pbx-connection.ts";
import { AdapterError } from "../port.ts";
import { fullyBooted, shakeHands } from "./handshake.ts";
import { timestampOf } from "./message.ts";
import type { AmiMessage } from "./message.ts";
import type { ReconnectTimings } from "../connection/reconnect.ts";
import { AmiSession, GOING_DOWN } from "./session.ts";

/** Milliseconds each. */
export interface ConnectionTimings {
  /** For the connection and the greeting; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** For the answer to the login, which Asterisk delays by 1 s when it refuses; default 5,000. */
  readonly loginTimeoutMs?: number;
  /** For FullyBooted; default 60,000: large installations take long. */
  readonly bootTimeoutMs?: number;
  /** For every other answer; default 5,000. */
  readonly commandTimeoutMs?: number;
  /** Default 10,000. A ping not answered within `commandTimeoutMs` ends the connection. */
  readonly pingIntervalMs?: number;
  readonly reconnect?: ReconnectTimings;
}

/** Who follows the connection to Asterisk. */
export interface AmiConnectionListener extends ConnectionListener {
  onEvent(message: AmiMessage): void;
  onShuttingDown(): void;
  /**
   * The last step before CONNECTED.
   * @returns what to do right after CONNECTED was emitted
   */
  prepare(session: AmiSession, restarted: boolean): Promise<() => void>;
}

export interface AmiConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
  readonly log: Logger;
  readonly timings: ConnectionTimings;
  readonly listener: AmiConnectionListener;
}

const defaults = {
  connectTimeoutMs: 5_000,
  loginTimeoutMs: 5_000,
  bootTimeoutMs: 60_000,
  commandTimeoutMs: 5_000,
  pingIntervalMs: 10_000,
};

export class AmiConnection extends PbxConnection<AmiSession> {
  readonly #options: AmiConnectionOptions;
  readonly #timings: Required<Omit<ConnectionTimings, "reconnect">>;
  readonly #where: string;
  #lastStartup: string | null = null;
  #sawShutdown = false;
  /** Asterisk has announced its shutdown in the answer to an action of the present session. */
  #saidGoingDown = false;
  /** The last attempt to connect was answered by an Asterisk that is shutting down. */
  #isGoingDown = false;
  #warnedOfTime = false;
  #remarks: readonly string[] = [];

  constructor(options: AmiConnectionOptions) {
    const { host, port, log, listener } = options;
    const { reconnect, ...timings } = options.timings;
    const where = `Asterisk at ${host}:${String(port)}`;
    const failureMessage = "AMI connection failed";
    super({ pbx: "Asterisk", where, failureMessage, log, reconnect, listener });
    this.#options = options;
    this.#timings = { ...defaults, ...timings };
    this.#where = where;
  }

  /** Whether Asterisk rejected the last attempt to connect because it waits for its last call before it stops. */
  get isGoingDown(): boolean {
    return this.#isGoingDown;
  }

  /** What the last handshake could not verify. */
  get remarks(): readonly string[] {
    return this.#remarks;
  }

  protected override openSession(
    onClose: (reason: string) => void,
  ): Promise<AmiSession> {
    return this.#entering(this.#open(onClose));
  }

  protected override greet(
    session: AmiSession,
    explain: (reason: string) => void,
  ): Promise<Greeting> {
    return this.#entering(this.#greet(session, explain));
  }

  protected override reasonOf(why: string): string {
    return this.#sawShutdown ? `Asterisk was shut down (${why})` : why;
  }

  /**
   * Runs a step of connecting. An Asterisk that is shutting down says so in answer to any action; that is neither a
   * missing permission nor a usable connection. The next attempt that fails for another reason shows that it is gone.
   */
  async #entering<T>(step: Promise<T>): Promise<T> {
    try {
      const done = await step;
      if (!this.#saidGoingDown) return done;
    } catch (error) {
      this.#isGoingDown =
        this.#saidGoingDown ||
        (error instanceof AdapterError && error.message === GOING_DOWN);
      if (!this.#isGoingDown) throw error;
    }
    this.#isGoingDown = true;
    throw new AdapterError("NOT_CONNECTED", GOING_DOWN);
  }

  #open(onClose: (reason: string) => void): Promise<AmiSession> {
    const { host, port, user, secret, log } = this.#options;
    this.#saidGoingDown = false;
    return AmiSession.open({
      ...this.#timings,
      host,
      port,
      user,
      secret,
      log,
      onEvent: (message: AmiMessage) => {
        this.#receive(message);
      },
      onShuttingDown: () => {
        this.#saidGoingDown = true;
        this.#options.listener.onShuttingDown();
      },
      onClose,
    });
  }

  async #greet(
    session: AmiSession,
    explain: (reason: string) => void,
  ): Promise<Greeting> {
    const { bootTimeoutMs, commandTimeoutMs } = this.#timings;
    const booted = fullyBooted(session, bootTimeoutMs);
    // The code that awaits it later handles its failure; this prevents an unhandled rejection until then.
    booted.catch(() => undefined);
    explain(`${this.#where} greeted; logging in as ${this.#options.user}`);
    await session.login();
    explain(`Logged in to ${this.#where}, which is still starting`);
    const isUp = booted.then(() => {
      explain(`Logged in to ${this.#where}; checking that its events arrive`);
    });
    // It may fail while another request is under way.
    isUp.catch(() => undefined);
    const { startup, remarks } = await shakeHands(
      session,
      isUp,
      commandTimeoutMs,
    );
    const restarted =
      this.#lastStartup !== null &&
      (this.#lastStartup !== startup || this.#sawShutdown);
    const ready = await this.#options.listener.prepare(session, restarted);
    return {
      restarted,
      ready: () => {
        this.#lastStartup = startup;
        this.#sawShutdown = false;
        this.#isGoingDown = false;
        this.#remarks = remarks;
        for (const remark of remarks) this.#options.log.warn(remark);
        ready();
      },
    };
  }

  #receive(message: AmiMessage): void {
    const event = message.get("event");
    if (event === "Shutdown") this.#sawShutdown = true;
    if (
      event === "Hangup" &&
      !this.#warnedOfTime &&
      timestampOf(message) === null
    ) {
      this.#warnedOfTime = true;
      this.#options.log.warn(
        "Asterisk's events have lost their time; the time of arrival is used. Set timestampevents = yes in manager.conf",
      );
    }
    this.#options.listener.onEvent(message);
  }
}
