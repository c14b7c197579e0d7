/**
 * The line to one Asterisk (`adapters/pbx-line.ts`): greeting, login, FullyBooted, permissions, events with
 * Asterisk's own time. A ping that is not answered ends it.
 */
import type { Logger } from "pino";

import { PbxLine } from "../pbx-line.ts";
import type { Greeting } from "../pbx-line.ts";
import type { ConnectionEvent, ConnectionState } from "../port.ts";
import { fullyBooted, shakeHands } from "./handshake.ts";
import { timestampOf } from "./message.ts";
import type { AmiMessage } from "./message.ts";
import type { ReconnectTimings } from "../reconnect.ts";
import { AmiSession } from "./session.ts";

/** Milliseconds each. */
export interface LineTimings {
  /** For the connection and the greeting; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** For the answer to the login, which Asterisk delays by 1 s when it refuses; default 5,000. */
  readonly loginTimeoutMs?: number;
  /** For FullyBooted; default 60,000: large installations take long. */
  readonly bootTimeoutMs?: number;
  /** For every other answer; default 5,000. */
  readonly commandTimeoutMs?: number;
  /** Default 10,000. A ping not answered within `commandTimeoutMs` ends the line. */
  readonly pingIntervalMs?: number;
  readonly reconnect?: ReconnectTimings;
}

export interface LineOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
  readonly log: Logger;
  readonly timings: LineTimings;
  onEvent(message: AmiMessage): void;
  onState(event: ConnectionEvent): void;
  /**
   * The last step before CONNECTED.
   * @returns what to do right after it was told
   */
  prepare(session: AmiSession, restarted: boolean): Promise<() => void>;
  /** Events are missed from now on. */
  onLost(): void;
}

const defaults = {
  connectTimeoutMs: 5_000,
  loginTimeoutMs: 5_000,
  bootTimeoutMs: 60_000,
  commandTimeoutMs: 5_000,
  pingIntervalMs: 10_000,
};

export class AmiLine {
  readonly #options: LineOptions;
  readonly #timings: Required<Omit<LineTimings, "reconnect">>;
  readonly #where: string;
  readonly #line: PbxLine<AmiSession>;
  #lastStartup: string | null = null;
  #sawShutdown = false;
  #warnedOfTime = false;

  constructor(options: LineOptions) {
    this.#options = options;
    const { reconnect, ...timings } = options.timings;
    this.#timings = { ...defaults, ...timings };
    this.#where = `Asterisk at ${options.host}:${String(options.port)}`;
    this.#line = new PbxLine<AmiSession>({
      where: this.#where,
      failureMessage: "AMI connection failed",
      log: options.log,
      reconnect,
      open: (onClose) => this.#open(onClose),
      greet: (session, explain) => this.#greet(session, explain),
      reasonOf: (why) =>
        this.#sawShutdown ? `Asterisk was shut down (${why})` : why,
      onState: (event) => {
        options.onState(event);
      },
      onLost: () => {
        options.onLost();
      },
    });
  }

  get state(): ConnectionState {
    return this.#line.state;
  }

  /** The session over which may be dialled and asked, or null. */
  get session(): AmiSession | null {
    return this.#line.session;
  }

  /** Resolves once the line is up or has failed once. */
  connect(): Promise<void> {
    return this.#line.connect();
  }

  disconnect(): void {
    this.#line.disconnect();
  }

  #open(onClose: (reason: string) => void): Promise<AmiSession> {
    const { host, port, user, secret, log } = this.#options;
    return AmiSession.open({
      ...this.#timings,
      host,
      port,
      user,
      secret,
      log,
      onEvent: (message: AmiMessage) => {
        this.#hear(message);
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
    // Whoever waits for it hears of its failure; until then it is nobody's.
    booted.catch(() => undefined);
    explain(`${this.#where} greeted; logging in as ${this.#options.user}`);
    await session.login();
    explain(`Logged in to ${this.#where}, which is still starting`);
    const startup = await shakeHands(session, booted, commandTimeoutMs);
    const restarted =
      this.#lastStartup !== null &&
      (this.#lastStartup !== startup || this.#sawShutdown);
    const ready = await this.#options.prepare(session, restarted);
    return {
      restarted,
      ready: () => {
        this.#lastStartup = startup;
        this.#sawShutdown = false;
        ready();
      },
    };
  }

  #hear(message: AmiMessage): void {
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
    this.#options.onEvent(message);
  }
}
