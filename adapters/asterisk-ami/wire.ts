/**
 * One TCP connection to AMI, through npm `asterisk-manager`. It is used until it closes and is then discarded.
 *
 * The package is 374 lines of 2013 with the defects that `client-defects*.test.ts` name one by one. This
 * module alone touches it, and takes from it the socket, the login, the encoder and the parser. What
 * makes that safe:
 * - Its own `rawevent` listener is replaced by ours. It re-emits a message under its event name and
 *   its ActionID, so one named `rawevent` (any AMI user may choose that ActionID) would crash or hang
 *   the process, and an OriginateResponse event would pass for the answer to an action.
 * - Its socket is private. Node announces each socket that it makes (diagnostics channel `net.client.socket`), so the
 *   socket can be destroyed, its errors caught, and an endless message cut off.
 * - Its `once(actionId)` listener, which is never removed without an answer, is removed at once.
 * - Actions are checked (`action.ts`) and written to a live socket or not at all; its queue for later
 *   is never reached.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";

import Manager from "asterisk-manager";
import type { RawMessage } from "asterisk-manager";
import type { Logger } from "pino";

import { FirstWords, isLineWhole } from "../connection/neighbour.ts";
import {
  connectAdvice,
  foreignAdvice,
  openWire,
} from "../connection/opening.ts";
import type { WireEvents } from "../connection/opening.ts";
import { AdapterError } from "../port.ts";
import { checkAction } from "./action.ts";
import type { AmiAction } from "./action.ts";
import { AMI_PORT } from "./advice.ts";
import type { AmiMessage } from "./message.ts";

export interface WireOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
  /** For the connection and Asterisk's greeting, milliseconds. */
  readonly connectTimeoutMs: number;
  readonly log: Logger;
  onMessage(message: AmiMessage): void;
  /** Called once; nothing is delivered afterwards. `reason` is for an operator. */
  onClose(reason: string): void;
}

const GREETING = "Asterisk Call Manager/";
/** The longest real one, the answer to ListCommands, has about 20 KB. */
const MAX_MESSAGE_CHARACTERS = 256 * 1_024;
/** Written but not taken by the kernel: Asterisk has stopped reading. A burst of calls is far less. */
const MAX_UNSENT_BYTES = 1_024 * 1_024;

export class AmiWire {
  readonly #manager: InstanceType<typeof Manager>;
  readonly #socket: Socket;
  readonly #options: WireOptions;
  readonly #events: WireEvents;
  /** Until the greeting is whole. */
  #greeting: FirstWords | null;
  #onLoginAnswer: ((answer: RawMessage) => void) | null = null;
  #isLoggedIn = false;
  #unfinished = 0;
  #sawMessage = false;
  #isClosed = false;
  #reason = "Asterisk closed the connection";

  private constructor(options: WireOptions, events: WireEvents) {
    this.#options = options;
    this.#events = events;
    const { host, port, user, secret } = options;
    this.#greeting = new FirstWords(GREETING, (neighbour) => {
      this.close(foreignAdvice(AMI_PORT, neighbour, host, port));
    });
    this.#manager = new Manager(undefined, host, user, secret, false);
    this.#manager.removeAllListeners("rawevent");
    this.#manager.on("rawevent", (message) => {
      this.#receive(message);
    });
    this.#socket = socketMadeBy(() => {
      this.#manager.connect({ host, port }, undefined, () => undefined);
    });
    this.#socket.on("data", (chunk: string) => {
      this.#measure(chunk);
    });
    this.#socket.on("error", (error) => {
      this.#reason = connectAdvice(AMI_PORT, error, host, port);
    });
    this.#socket.on("close", () => {
      const met = this.#greeting?.neighbour ?? null;
      this.close(
        met === null ? this.#reason : foreignAdvice(AMI_PORT, met, host, port),
      );
    });
  }

  /**
   * Connects and waits for the greeting, so that the secret is sent to no other service than AMI.
   * @throws AdapterError NOT_CONNECTED
   */
  static open(options: WireOptions): Promise<AmiWire> {
    return openWire(
      options.connectTimeoutMs,
      (reason) => {
        options.onClose(reason);
      },
      (events) => new AmiWire(options, events),
    );
  }

  /** Why there is no greeting yet, for an operator. */
  get missingGreeting(): string {
    const { host, port } = this.#options;
    const met = this.#greeting?.neighbour ?? null;
    return met === null
      ? connectAdvice(AMI_PORT, {}, host, port)
      : foreignAdvice(AMI_PORT, met, host, port);
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#socket.writable;
  }

  /** Whether a write would leave at once. */
  get canWrite(): boolean {
    return (
      this.isOpen &&
      this.#isLoggedIn &&
      this.#socket.writableLength < MAX_UNSENT_BYTES
    );
  }

  /** Writes the login. Never settles if Asterisk stays silent: close the wire after a deadline. */
  login(): Promise<AmiMessage> {
    const { user, secret } = this.#options;
    const headers = { Username: user, Secret: secret };
    this.#check({ headers }, "login");
    return new Promise((resolve) => {
      this.#onLoginAnswer = (answer) => {
        this.#onLoginAnswer = null;
        const failed = answer["response"] !== "Success";
        // The package sends other actions only after its own callback for this ActionID.
        const actionId = String(answer["actionid"]);
        this.#manager.emit(actionId, failed ? answer : undefined, answer);
        this.#isLoggedIn = !failed;
        resolve(readerOf(answer));
      };
      this.#manager.login(() => undefined);
    });
  }

  /**
   * Writes one action, at once.
   * @throws AdapterError PROTOCOL when it must not be written, NOT_CONNECTED when it cannot be
   */
  send(action: AmiAction, actionId: string): void {
    this.#check(action, actionId);
    if (!this.canWrite) throw new AdapterError("NOT_CONNECTED", this.#reason);
    const written = this.#manager.action({
      ...action.headers,
      variable: action.reads ?? action.variables,
      actionid: actionId,
    });
    this.#manager.removeAllListeners(written);
  }

  /** Ends the connection. Idempotent. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reason = reason;
    this.#greeting?.stop();
    this.#socket.destroy();
    this.#manager.removeAllListeners("rawevent");
    this.#events.onClose(reason);
  }

  #check(action: AmiAction, actionId: string): void {
    const problems = checkAction(action, actionId);
    if (problems.length === 0) return;
    throw new AdapterError(
      "PROTOCOL",
      `Refused before it was written: ${problems.join("; ")}`,
    );
  }

  /** Called for each message, before `#measure` of the chunk that completed it. */
  #receive(raw: RawMessage): void {
    this.#sawMessage = true;
    if (this.#isClosed) return;
    try {
      const isAnswer =
        Object.hasOwn(raw, "response") && !Object.hasOwn(raw, "event");
      if (this.#onLoginAnswer !== null && isAnswer) this.#onLoginAnswer(raw);
      else this.#options.onMessage(readerOf(raw));
    } catch (error) {
      this.#options.log.error(
        { err: error },
        "A message from Asterisk could not be processed",
      );
    }
  }

  #measure(chunk: string): void {
    if (this.#isClosed) return;
    this.#options.log.debug({ characters: chunk.length }, "handleData");
    if (this.#greeting !== null) this.#greet(this.#greeting, chunk);
    this.#unfinished = (this.#sawMessage ? 0 : this.#unfinished) + chunk.length;
    this.#sawMessage = false;
    if (this.#unfinished > MAX_MESSAGE_CHARACTERS) {
      this.close("Asterisk sent a message that does not end; reconnecting");
    }
  }

  #greet(words: FirstWords, chunk: string): void {
    if (words.receive(chunk) !== true || !isLineWhole(words.text)) return;
    this.#greeting = null;
    this.#events.onGreeting(null);
  }
}

function socketMadeBy(connect: () => void): Socket {
  let made: unknown;
  const note = (message: unknown): void => {
    made ??= (message as { readonly socket: unknown }).socket;
  };
  subscribe("net.client.socket", note);
  try {
    connect();
  } finally {
    unsubscribe("net.client.socket", note);
  }
  if (made instanceof Socket) return made;
  throw new Error(
    "This version of Node does not announce new sockets on the diagnostics channel net.client.socket",
  );
}

/** Reads own headers only: one named `constructor` or `__proto__` is a header like any other. */
function readerOf(raw: RawMessage): AmiMessage {
  return {
    get: (name) => {
      if (!Object.hasOwn(raw, name)) return undefined;
      const value = raw[name];
      if (typeof value === "string") return value;
      return Array.isArray(value)
        ? value.find((one): one is string => typeof one === "string")
        : undefined;
    },
  };
}
