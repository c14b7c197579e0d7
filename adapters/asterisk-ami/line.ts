/**
 * The line to one Asterisk: opens sessions, one after the other, and says how it is.
 *
 * DISCONNECTED -(connect, back-off over)-> CONNECTING: greeting, login, FullyBooted, permissions,
 * events with Asterisk's own time -> CONNECTED -(close, unanswered ping)-> DISCONNECTED, and again
 * until `disconnect()`. Every reason is told in words that say what to do.
 */
import type { Logger } from "pino";

import { AdapterError } from "../port.ts";
import type { ConnectionEvent, ConnectionState } from "../port.ts";
import { fullyBooted, shakeHands } from "./handshake.ts";
import { timestampOf } from "./message.ts";
import type { AmiMessage } from "./message.ts";
import { ReconnectDelay } from "../reconnect.ts";
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
const CLOSED = "The engine closed the connection";

export class AmiLine {
  readonly #options: LineOptions;
  readonly #timings: Required<Omit<LineTimings, "reconnect">>;
  readonly #delay: ReconnectDelay;
  readonly #where: string;
  #session: AmiSession | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #lastStartup: string | null = null;
  #sawShutdown = false;
  #lastFailure: string | null = null;
  #warnedOfTime = false;
  #state: ConnectionState = {
    status: "DISCONNECTED",
    since: new Date(),
    reason: "connect() has not been called",
  };

  constructor(options: LineOptions) {
    this.#options = options;
    const { reconnect, ...timings } = options.timings;
    this.#delay = new ReconnectDelay(reconnect);
    this.#timings = { ...defaults, ...timings };
    this.#where = `Asterisk at ${options.host}:${String(options.port)}`;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The session over which may be dialled and asked, or null. */
  get session(): AmiSession | null {
    return this.#state.status === "CONNECTED" && this.#session?.isOpen === true
      ? this.#session
      : null;
  }

  /** Resolves once the line is up or has failed once. */
  connect(): Promise<void> {
    return this.#open();
  }

  disconnect(): void {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    const session = this.#session;
    this.#session = null;
    session?.close(CLOSED);
    if (this.#state.status !== "DISCONNECTED") {
      this.#setDown("DISCONNECTED", CLOSED);
    }
  }

  async #open(): Promise<void> {
    const before =
      this.#lastFailure === null ? "" : `; before: ${this.#lastFailure}`;
    this.#setDown("CONNECTING", `Connecting to ${this.#where}${before}`);
    let session: AmiSession | null = null;
    try {
      session = await AmiSession.open(this.#sessionOptions());
      if (this.#isClosing) {
        session.close(CLOSED);
        return;
      }
      this.#session = session;
      await this.#greet(session);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isRefusal =
        error instanceof AdapterError && error.code === "REFUSED";
      this.#lost(reason, isRefusal);
      session?.close(reason);
    }
  }

  #sessionOptions() {
    const { host, port, user, secret, log } = this.#options;
    return {
      ...this.#timings,
      host,
      port,
      user,
      secret,
      log,
      onEvent: (message: AmiMessage) => {
        this.#hear(message);
      },
      onClose: (reason: string) => {
        this.#lost(reason, false);
      },
    };
  }

  async #greet(session: AmiSession): Promise<void> {
    const { bootTimeoutMs, commandTimeoutMs } = this.#timings;
    const booted = fullyBooted(session, bootTimeoutMs);
    // Whoever waits for it hears of its failure; until then it is nobody's.
    booted.catch(() => undefined);
    this.#explain(
      `${this.#where} greeted; logging in as ${this.#options.user}`,
    );
    await session.login();
    this.#explain(`Logged in to ${this.#where}, which is still starting`);
    const startup = await shakeHands(session, booted, commandTimeoutMs);
    const restarted =
      this.#lastStartup !== null &&
      (this.#lastStartup !== startup || this.#sawShutdown);
    const ready = await this.#options.prepare(session, restarted);
    if (session !== this.#session || !session.isOpen) return;
    this.#lastStartup = startup;
    this.#sawShutdown = false;
    this.#lastFailure = null;
    this.#delay.succeeded();
    this.#state = { status: "CONNECTED", since: new Date() };
    this.#options.log.info({ restarted }, `Connected to ${this.#where}`);
    this.#options.onState({ state: this.#state, restarted });
    ready();
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

  /** Called for every way to lose a line, possibly twice for the same one. */
  #lost(why: string, isRefusal: boolean): void {
    if (this.#isClosing || this.#state.status === "DISCONNECTED") return;
    clearTimeout(this.#timer);
    this.#session = null;
    const reason = this.#sawShutdown ? `Asterisk was shut down (${why})` : why;
    this.#lastFailure = reason;
    this.#options.onLost();
    const delayMs = this.#delay.failed(isRefusal);
    this.#options.log.error(
      { reason, retryInMs: Math.round(delayMs) },
      "AMI connection failed",
    );
    this.#setDown("DISCONNECTED", reason);
    this.#timer = setTimeout(() => {
      void this.#open();
    }, delayMs);
  }

  /** A new reason for the same state; whoever asks sees it, nobody is woken. */
  #explain(reason: string): void {
    this.#state = { status: "CONNECTING", since: this.#state.since, reason };
  }

  #setDown(status: "CONNECTING" | "DISCONNECTED", reason: string): void {
    this.#state = { status, since: new Date(), reason };
    this.#options.onState({ state: this.#state, restarted: false });
  }
}
