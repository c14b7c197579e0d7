/**
 * The connection to one PBX: opens sessions, one after the other, and reports its state.
 *
 * DISCONNECTED -(connect, back-off over)-> CONNECTING: greeting, login, whatever the PBX needs -> CONNECTED -(close)->
 * DISCONNECTED, and again until `disconnect()`. Every reason says what to do about it.
 */
import type { Logger } from "pino";

import { AdapterError } from "../port.ts";
import type { ConnectionEvent, ConnectionState } from "../port.ts";
import { ReconnectDelay } from "./reconnect.ts";
import type { ReconnectTimings } from "./reconnect.ts";
import type { PbxSession } from "./session.ts";

/** What was found out while a new session was set up. */
export interface Greeting {
  /** The PBX has lost every call since the last session. */
  readonly restarted: boolean;
  /** What to do right after CONNECTED was emitted. */
  ready(): void;
}

/** Receives the changes of a connection. */
export interface ConnectionListener {
  onState(event: ConnectionEvent): void;
  /** The connection was lost: events are missed from now on. */
  onLost(): void;
}

export interface PbxConnectionOptions {
  /** E.g. `Asterisk`. */
  readonly pbx: string;
  /** E.g. `Asterisk at 10.0.0.5:5038`. */
  readonly where: string;
  /** The log message for a lost connection; operators search for it. */
  readonly failureMessage: string;
  /** Null: nobody reads it (the mock PBX). */
  readonly log: Logger | null;
  readonly reconnect: ReconnectTimings | undefined;
  readonly listener: ConnectionListener;
}

const CLOSED = "The engine closed the connection";

export abstract class PbxConnection<Session extends PbxSession> {
  readonly #options: PbxConnectionOptions;
  readonly #delay: ReconnectDelay;
  #session: Session | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #lastFailure: string | null = null;
  #state: ConnectionState = {
    status: "DISCONNECTED",
    since: new Date(),
    awaySinceMs: performance.now(),
    reason: "connect() has not been called",
  };

  constructor(options: PbxConnectionOptions) {
    this.#options = options;
    this.#delay = new ReconnectDelay(options.reconnect);
  }

  /** @throws AdapterError; `onClose` may be called before it returns */
  protected abstract openSession(
    onClose: (reason: string) => void,
  ): Promise<Session>;

  /**
   * Prepares a new session for the first call.
   * @param explain receives what the preparation waits for
   * @throws AdapterError REFUSED for what somebody must change before it can work
   */
  protected abstract greet(
    session: Session,
    explain: (reason: string) => void,
  ): Promise<Greeting>;

  /** Puts what is known of the PBX in front of the reason for a loss. */
  protected reasonOf(why: string): string {
    return why;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The session that is ready for commands, or null. */
  get session(): Session | null {
    return this.#state.status === "CONNECTED" && this.#session?.isOpen === true
      ? this.#session
      : null;
  }

  /** @throws AdapterError NOT_CONNECTED */
  sessionOrThrow(): Session {
    const { session } = this;
    if (session !== null) return session;
    throw new AdapterError("NOT_CONNECTED", this.notConnected);
  }

  /** The message for a command that needs a session while there is none. */
  get notConnected(): string {
    return `${this.#options.pbx} is not connected`;
  }

  /** Milliseconds since the PBX last answered something; null when it is not connected. */
  get lastAnswerAgeMs(): number | null {
    const { session } = this;
    return session === null ? null : performance.now() - session.lastAnswerMs;
  }

  /** Resolves once the connection is up or has failed once. */
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
    this.#setDown(
      "CONNECTING",
      this.#afterFailure(`Connecting to ${this.#options.where}`),
    );
    let session: Session | null = null;
    try {
      session = await this.openSession((reason) => {
        this.#lost(reason, false);
      });
      if (this.#isClosing) {
        session.close(CLOSED);
        return;
      }
      this.#session = session;
      await this.#welcome(session);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isRefusal =
        error instanceof AdapterError && error.code === "REFUSED";
      this.#lost(reason, isRefusal);
      session?.close(reason);
    }
  }

  async #welcome(session: Session): Promise<void> {
    const { where, log } = this.#options;
    const greeting = await this.greet(session, (reason) => {
      this.#explain(reason);
    });
    if (session !== this.#session || !session.isOpen) return;
    const { restarted } = greeting;
    this.#lastFailure = null;
    this.#delay.succeeded();
    this.#state = { status: "CONNECTED", since: new Date() };
    log?.info({ restarted }, `Connected to ${where}`);
    this.#options.listener.onState({ state: this.#state, restarted });
    greeting.ready();
  }

  /** Called for every kind of loss, possibly twice for the same one. */
  #lost(why: string, isRefusal: boolean): void {
    if (this.#isClosing || this.#state.status === "DISCONNECTED") return;
    clearTimeout(this.#timer);
    const awaySinceMs = this.#session?.awaySinceMs;
    this.#session = null;
    const reason = this.reasonOf(why);
    // Further attempts that fail in the same way belong to the same outage, which the health watch reports.
    const level = reason === this.#lastFailure ? "debug" : "error";
    this.#lastFailure = reason;
    this.#options.listener.onLost();
    const delayMs = this.#delay.failed(isRefusal);
    this.#options.log?.[level](
      { reason, retryInMs: Math.round(delayMs) },
      this.#options.failureMessage,
    );
    this.#setDown("DISCONNECTED", reason, awaySinceMs);
    this.#timer = setTimeout(() => {
      void this.#open();
    }, delayMs);
  }

  /** Sets a new reason for the same state; queries see it, listeners are not notified. */
  #explain(reason: string): void {
    if (this.#state.status !== "CONNECTING") return;
    this.#state = {
      ...this.#state,
      reason: this.#afterFailure(reason),
    };
  }

  /** The failure of the last attempt probably applies to this one: until it succeeds, both reasons are given. */
  #afterFailure(reason: string): string {
    return this.#lastFailure === null
      ? reason
      : `${reason}; before: ${this.#lastFailure}`;
  }

  #setDown(
    status: "CONNECTING" | "DISCONNECTED",
    reason: string,
    awaySinceMs = performance.now(),
  ): void {
    this.#state = downState(this.#state, status, reason, awaySinceMs);
    this.#options.listener.onState({ state: this.#state, restarted: false });
  }
}

/**
 * The state of a connection that is down.
 *
 * @param before an outage begins with its first state, however many attempts it takes to end it
 * @param awaySinceMs monotonic, for a connection that was up
 */
function downState(
  before: ConnectionState,
  status: "CONNECTING" | "DISCONNECTED",
  reason: string,
  awaySinceMs: number,
): ConnectionState {
  if (before.status !== "CONNECTED") return { ...before, status, reason };
  const since = new Date(Date.now() - (performance.now() - awaySinceMs));
  return { status, since, awaySinceMs, reason };
}
