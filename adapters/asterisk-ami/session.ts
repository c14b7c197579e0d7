/**
 * Actions and their answers over one wire. Every action settles: answered, timed out, or lost with the wire. Answers
 * are matched by our own unique ActionIDs, and an event is never an answer: Asterisk's OriginateResponse *event*
 * carries `Response` and the ActionID of the Originate too.
 */
import { ExpectedEvents } from "../connection/expected-events.ts";
import { PendingRequests } from "../connection/pending-requests.ts";
import { PbxSession } from "../connection/session.ts";
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
  /** Asterisk has refused an action, whichever it was, because it is being shut down. */
  onShuttingDown(): void;
}

export const GOING_DOWN =
  "Asterisk makes no channels: it is being shut down (core restart gracefully, core stop gracefully), or has reached a limit of asterisk.conf";

/** What Asterisk 22 answers to every action, a ping too, once it waits for its last call to end. */
const SHUTTING_DOWN = /^Asterisk is shutting down/i;

/** @returns whether an answer, or the error made from it, says that Asterisk is being shut down */
export function saysShutdown(message: string | undefined): boolean {
  return message !== undefined && SHUTTING_DOWN.test(message);
}

/** The names of the events that a list is answered by. */
interface ListEvents {
  readonly row: string;
  readonly complete: string;
}

/** A list that is being received: its answer, then its rows. */
interface OpenList {
  readonly events: ListEvents;
  readonly messages: AmiMessage[];
}

const PBX = "Asterisk";

let lastSession = 0;

export class AmiSession extends PbxSession {
  readonly #options: SessionOptions;
  readonly #pending = new PendingRequests<string, readonly AmiMessage[]>(PBX);
  /** By the ActionIDs that asked for them. */
  readonly #lists = new Map<string, OpenList>();
  /** Events that somebody waits for; none in normal operation. */
  readonly #expected = new ExpectedEvents<AmiMessage>();
  /** Distinguishes the actions of different connections and processes. */
  readonly #id: string;
  #wire: AmiWire | null = null;
  #lastAction = 0;
  #clockOffsetMs: number | null = null;

  private constructor(options: SessionOptions) {
    super(PBX, options);
    this.#options = options;
    lastSession += 1;
    this.#id = `${process.pid.toString(36)}-${Date.now().toString(36)}-${String(lastSession)}`;
  }

  /** @throws AdapterError NOT_CONNECTED when no AMI greeting arrives in time */
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

  override get isOpen(): boolean {
    return super.isOpen && this.#wire?.isOpen === true;
  }

  /** Whether an action would leave at once. */
  get canWrite(): boolean {
    return super.isOpen && this.#wire?.canWrite === true;
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
    return `${prefix}:${this.#id}-${String(this.#lastAction)}`;
  }

  /**
   * Logs in and starts the ping.
   * @throws AdapterError REFUSED when Asterisk refuses the login, TIMEOUT, NOT_CONNECTED
   */
  async login(): Promise<void> {
    const { host, port, user, loginTimeoutMs } = this.#options;
    const where = `${host}:${String(port)}`;
    const key = this.nextActionId();
    const written = this.#openWire().login();
    const waiting = this.#wait(key, "Login", loginTimeoutMs);
    void written.then((message) => {
      this.#pending.answered(key, [message]);
    });
    const [answer] = await waiting;
    this.answered();
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
    this.startPings();
  }

  /**
   * Sends one action and returns its answer, whatever it is: Success, Error, Goodbye.
   * @throws AdapterError TIMEOUT, NOT_CONNECTED, PROTOCOL
   */
  async ask(
    action: AmiAction,
    actionId = this.nextActionId(),
  ): Promise<AmiMessage> {
    const [answer] = await this.#send(action, actionId);
    if (answer !== undefined) return answer;
    throw new AdapterError("PROTOCOL", "An answer without a message");
  }

  /**
   * Sends an action that is answered by a list of events.
   * @returns the rows; empty too when Asterisk answers with an error that `isEmpty` takes for "none"
   * @throws AdapterError REFUSED when Asterisk refuses it, TIMEOUT, NOT_CONNECTED, PROTOCOL
   */
  async list(
    action: AmiAction,
    events: ListEvents,
    isEmpty: (message: string) => boolean = () => false,
  ): Promise<readonly AmiMessage[]> {
    const actionId = this.nextActionId();
    const [answer, ...rows] = await this.#sendForList(action, actionId, events);
    if (answer?.get("response") === "Success") return rows;
    const message = answer?.get("message") ?? "no reason given";
    if (isEmpty(message)) return [];
    throw new AdapterError(
      "REFUSED",
      `Asterisk refused ${action.headers["Action"] ?? "an action"}: ${message}`,
    );
  }

  /**
   * Waits for the next event for which `isIt` is true.
   * @throws AdapterError TIMEOUT, NOT_CONNECTED
   */
  async event(
    name: string,
    isIt: (event: AmiMessage) => boolean,
    timeoutMs: number,
  ): Promise<AmiMessage> {
    this.#openWire();
    const event = await this.#expected.next(isIt, timeoutMs);
    if (event !== null) return event;
    this.#openWire();
    throw new AdapterError(
      "TIMEOUT",
      `Asterisk did not answer ${name} within ${String(timeoutMs)} ms`,
    );
  }

  /**
   * Asks whether Asterisk answers, and for its time, which is taken to be that of the moment halfway between request
   * and answer.
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

  protected override release(reason: string): void {
    this.#wire?.close(reason);
    this.#pending.close(reason);
    this.#expected.close();
  }

  #openWire(): AmiWire {
    if (this.closeReason === null && this.#wire !== null) return this.#wire;
    throw new AdapterError(
      "NOT_CONNECTED",
      this.closeReason ?? "Not connected",
    );
  }

  #send(action: AmiAction, actionId: string): Promise<readonly AmiMessage[]> {
    this.#openWire().send(action, actionId);
    this.asked();
    const name = action.headers["Action"] ?? "an action";
    return this.#wait(actionId, name, this.#options.commandTimeoutMs);
  }

  async #sendForList(
    action: AmiAction,
    actionId: string,
    events: ListEvents,
  ): Promise<readonly AmiMessage[]> {
    this.#lists.set(actionId, { events, messages: [] });
    try {
      return await this.#send(action, actionId);
    } finally {
      this.#lists.delete(actionId);
    }
  }

  #wait(
    key: string,
    name: string,
    timeoutMs: number,
  ): Promise<readonly AmiMessage[]> {
    return this.closeReason === null
      ? this.#pending.wait(key, name, timeoutMs)
      : Promise.reject(new AdapterError("NOT_CONNECTED", this.closeReason));
  }

  #receive(message: AmiMessage): void {
    if (this.closeReason !== null) return;
    this.received();
    const actionId = message.get("actionid") ?? "";
    const list = this.#lists.get(actionId);
    const event = message.get("event");
    if (event === undefined) {
      this.answered();
      if (saysShutdown(message.get("message"))) this.#options.onShuttingDown();
      this.#receiveAnswer(actionId, list, message);
    } else if (list?.events.row === event) {
      list.messages.push(message);
    } else if (list?.events.complete === event) {
      this.#pending.answered(actionId, list.messages);
    } else {
      this.#expected.received(message);
      this.#options.onEvent(message);
    }
  }

  #receiveAnswer(
    actionId: string,
    list: OpenList | undefined,
    answer: AmiMessage,
  ): void {
    list?.messages.push(answer);
    const goesOn = list !== undefined && answer.get("response") === "Success";
    if (!goesOn) this.#pending.answered(actionId, list?.messages ?? [answer]);
  }
}
