/**
 * Questions and answers over one wire. Every action settles: answered, timed out, or lost with the
 * wire. Answers are matched by our own unique ActionIDs, and only messages that are no events answer:
 * Asterisk's OriginateResponse *event* carries `Response` and the ActionID of the Originate too.
 */
import { SilenceWatch } from "../connection/silence-watch.ts";
import { AdapterError } from "../port.ts";
import type { AmiAction } from "./action.ts";
import { timestampOf } from "./message.ts";
import type { AmiMessage } from "./message.ts";
import { AmiWire } from "./wire.ts";
import type { WireOptions } from "./wire.ts";

export interface SessionOptions extends Omit<WireOptions, "onMessage"> {
  /** For each answer, milliseconds. */
  readonly commandTimeoutMs: number;
  /** Asterisk waits one second before it refuses a login. */
  readonly loginTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** Every event that is not part of the answer to a list. */
  onEvent(message: AmiMessage): void;
  /** Asterisk has refused an action, whichever, because it is being shut down. */
  onShuttingDown(): void;
}

export const GOING_DOWN =
  "Asterisk makes no channels: it is being shut down (core restart gracefully, core stop gracefully), or has reached a limit of asterisk.conf";

/** What Asterisk 22 answers to every action, a ping too, once it waits for its last call to end. */
const SHUTTING_DOWN = /^Asterisk is shutting down/i;

/** @returns whether an answer, or what was made of it, says that Asterisk is being shut down */
export function saysShutdown(message: string | undefined): boolean {
  return message !== undefined && SHUTTING_DOWN.test(message);
}

interface Pending {
  /** Names of the events that make up the rest of the answer; null when it is one message. */
  readonly list: ListEvents | null;
  /** What is waited for is an event, not an answer. */
  readonly isIt: ((event: AmiMessage) => boolean) | null;
  readonly messages: AmiMessage[];
  readonly timer: NodeJS.Timeout;
  resolve(messages: readonly AmiMessage[]): void;
  reject(error: AdapterError): void;
}

interface ListEvents {
  readonly row: string;
  readonly complete: string;
}

let lastSession = 0;

export class AmiSession {
  readonly #options: SessionOptions;
  readonly #pending = new Map<string, Pending>();
  /** Tells the actions of two connections and two processes apart. */
  readonly #mark: string;
  #wire: AmiWire | null = null;
  /** Keys of `#pending` that wait for an event; none in normal life. */
  readonly #watching = new Set<string>();
  #lastAction = 0;
  #lastAnswerMs = performance.now();
  readonly #silence = new SilenceWatch();
  #clockOffsetMs: number | null = null;
  #pingTimer: NodeJS.Timeout | undefined;
  #closed: string | null = null;

  private constructor(options: SessionOptions) {
    this.#options = options;
    lastSession += 1;
    this.#mark = `${process.pid.toString(36)}-${Date.now().toString(36)}-${String(lastSession)}`;
  }

  /** @throws AdapterError NOT_CONNECTED when nobody greets as AMI in time */
  static async open(options: SessionOptions): Promise<AmiSession> {
    const session = new AmiSession(options);
    session.#wire = await AmiWire.open({
      ...options,
      onMessage: (message) => {
        session.#receive(message);
      },
      onClose: (reason) => {
        session.close(reason);
      },
    });
    return session;
  }

  get isOpen(): boolean {
    return this.#closed === null && this.#wire?.isOpen === true;
  }

  /** Whether an action written now leaves now. */
  get canWrite(): boolean {
    return this.#closed === null && this.#wire?.canWrite === true;
  }

  /** As {@link SilenceWatch.awaySinceMs}. */
  get awaySinceMs(): number {
    return this.#silence.awaySinceMs;
  }

  /** Of the monotonic clock, milliseconds: when Asterisk last answered something. */
  get lastAnswerMs(): number {
    return this.#lastAnswerMs;
  }

  /** Asterisk's clock less ours, milliseconds, by its last Pong that said its time; null: none did. */
  get clockOffsetMs(): number | null {
    return this.#clockOffsetMs;
  }

  /** Actions that wait for an answer. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /** A new ActionID. @param prefix characters an ActionID may have */
  nextActionId(prefix = "dialer"): string {
    this.#lastAction += 1;
    return `${prefix}:${this.#mark}-${String(this.#lastAction)}`;
  }

  /**
   * Logs in and starts to ping.
   * @throws AdapterError REFUSED when Asterisk says no, TIMEOUT, NOT_CONNECTED
   */
  async login(): Promise<void> {
    const { host, port, user, loginTimeoutMs } = this.#options;
    const where = `${host}:${String(port)}`;
    const key = this.nextActionId();
    const heard = this.#openWire().login();
    const waiting = this.#await(key, "Login", loginTimeoutMs, {});
    void heard.then((message) => {
      this.#settle(key, [message]);
    });
    const [answer] = await waiting;
    this.#lastAnswerMs = performance.now();
    const refusal = answer?.get("message") ?? "no reason given";
    if (saysShutdown(refusal))
      throw new AdapterError("NOT_CONNECTED", GOING_DOWN);
    if (/already in use/i.test(refusal)) {
      throw new AdapterError(
        "REFUSED",
        `Asterisk at ${where} lets AMI user ${user} log in only once, and somebody is logged in as that user (${refusal}). ` +
          "Set allowmultiplelogin = yes in [general] of manager.conf and restart Asterisk (asterisk -rx 'core restart gracefully'): a reload changes only what 'manager show settings' prints. A standby, an update and npm run doctor log in beside the engine",
      );
    }
    if (answer?.get("response") !== "Success") {
      throw new AdapterError(
        "REFUSED",
        `Asterisk at ${where} refused the login of AMI user ${user} (${refusal}). ` +
          "It gives the same answer to a wrong ASTERISK_AMI_SECRET, an unknown ASTERISK_AMI_USER and an address that the user's permit lines in manager.conf leave out; its own log says which",
      );
    }
    this.#schedulePing();
  }

  /**
   * One action, one answer, whichever: Success, Error, Goodbye.
   * @throws AdapterError TIMEOUT, NOT_CONNECTED, PROTOCOL
   */
  async ask(
    action: AmiAction,
    actionId = this.nextActionId(),
  ): Promise<AmiMessage> {
    const [answer] = await this.#send(action, actionId, {});
    if (answer !== undefined) return answer;
    throw new AdapterError("PROTOCOL", "An answer without a message");
  }

  /**
   * An action that is answered by a list of events.
   * @returns the rows; empty too when Asterisk answers with an error that `isEmpty` takes for "none"
   * @throws AdapterError REFUSED when Asterisk says no, TIMEOUT, NOT_CONNECTED, PROTOCOL
   */
  async list(
    action: AmiAction,
    list: ListEvents,
    isEmpty: (message: string) => boolean = () => false,
  ): Promise<readonly AmiMessage[]> {
    const [answer, ...rows] = await this.#send(action, this.nextActionId(), {
      list,
    });
    if (answer?.get("response") === "Success") return rows;
    const message = answer?.get("message") ?? "no reason given";
    if (isEmpty(message)) return [];
    throw new AdapterError(
      "REFUSED",
      `Asterisk refused ${action.headers["Action"] ?? "an action"}: ${message}`,
    );
  }

  /**
   * The next event like that.
   * @throws AdapterError TIMEOUT, NOT_CONNECTED
   */
  async event(
    name: string,
    isIt: (event: AmiMessage) => boolean,
    timeoutMs: number,
  ): Promise<AmiMessage | undefined> {
    const key = this.nextActionId();
    this.#watching.add(key);
    try {
      const [message] = await this.#await(key, name, timeoutMs, { isIt });
      return message;
    } finally {
      this.#watching.delete(key);
    }
  }

  /**
   * Asks whether Asterisk answers, and what time it has: halfway between question and answer it was that.
   * @throws AdapterError TIMEOUT, NOT_CONNECTED
   */
  async ping(): Promise<void> {
    const askedMs = Date.now();
    const answer = await this.ask({ headers: { Action: "Ping" } });
    const givenMs = timestampOf(answer);
    if (givenMs === null) return;
    const halfwayMs = (askedMs + Date.now()) / 2;
    this.#clockOffsetMs = Math.round(givenMs - halfwayMs);
  }

  /** Ends the session and everything that waits for an answer. Idempotent. */
  close(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    clearTimeout(this.#pingTimer);
    this.#wire?.close(reason);
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(new AdapterError("NOT_CONNECTED", reason));
    }
    this.#pending.clear();
    this.#options.onClose(reason);
  }

  #openWire(): AmiWire {
    if (this.#closed === null && this.#wire !== null) return this.#wire;
    throw new AdapterError("NOT_CONNECTED", this.#closed ?? "Not connected");
  }

  async #send(
    action: AmiAction,
    actionId: string,
    what: Partial<Pick<Pending, "list">>,
  ): Promise<readonly AmiMessage[]> {
    this.#openWire().send(action, actionId);
    this.#silence.asked();
    const name = action.headers["Action"] ?? "an action";
    const { commandTimeoutMs } = this.#options;
    return this.#await(actionId, name, commandTimeoutMs, what);
  }

  #await(
    key: string,
    name: string,
    timeoutMs: number,
    { list = null, isIt = null }: Partial<Pick<Pending, "list" | "isIt">>,
  ): Promise<readonly AmiMessage[]> {
    if (this.#closed !== null)
      return Promise.reject(new AdapterError("NOT_CONNECTED", this.#closed));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(key);
        reject(
          new AdapterError(
            "TIMEOUT",
            `Asterisk did not answer ${name} within ${String(timeoutMs)} ms`,
          ),
        );
      }, timeoutMs);
      const messages: AmiMessage[] = [];
      this.#pending.set(key, { list, isIt, messages, timer, resolve, reject });
    });
  }

  #receive(message: AmiMessage): void {
    if (this.#closed !== null) return;
    this.#silence.heard();
    const actionId = message.get("actionid") ?? "";
    const pending = this.#pending.get(actionId);
    const event = message.get("event");
    if (event === undefined) {
      this.#lastAnswerMs = performance.now();
      if (saysShutdown(message.get("message"))) this.#options.onShuttingDown();
      if (pending !== undefined) this.#answered(actionId, pending, message);
    } else if (pending?.list?.row === event) {
      pending.messages.push(message);
    } else if (pending?.list?.complete === event) {
      this.#settle(actionId, pending.messages);
    } else {
      for (const key of this.#watching) {
        const isIt = this.#pending.get(key)?.isIt;
        if (isIt?.(message) === true) this.#settle(key, [message]);
      }
      this.#options.onEvent(message);
    }
  }

  #answered(actionId: string, pending: Pending, answer: AmiMessage): void {
    pending.messages.push(answer);
    const goesOn =
      pending.list !== null && answer.get("response") === "Success";
    if (!goesOn) this.#settle(actionId, pending.messages);
  }

  #settle(key: string, messages: readonly AmiMessage[]): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    this.#pending.delete(key);
    clearTimeout(pending.timer);
    pending.resolve(messages);
  }

  #schedulePing(): void {
    this.#pingTimer = setTimeout(() => {
      void this.#keepAlive();
    }, this.#options.pingIntervalMs);
  }

  async #keepAlive(): Promise<void> {
    try {
      await this.ping();
      if (this.#closed === null) this.#schedulePing();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.close(`Asterisk is silent: ${why}`);
    }
  }
}
