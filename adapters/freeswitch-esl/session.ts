/**
 * Commands and replies over one wire. Every command settles: answered, timed out, or lost with the wire.
 *
 * FreeSWITCH answers strictly in the order of the commands, one reply each, and says of no reply what it
 * answers. So there is one queue for command/reply and api/response alike: a refused `api` is answered by
 * a command/reply. A command that timed out keeps its place in it, or the next would take its reply.
 */
import { SilenceWatch } from "../connection/silence-watch.ts";
import { AdapterError } from "../port.ts";
import { apiAdvice, passwordAdvice } from "./advice.ts";
import { bytesOf } from "./command.ts";
import type { EslCommand } from "./command.ts";
import { isOfUse, readEvent } from "./event.ts";
import type { EslEvent } from "./event.ts";
import type { Frame } from "./frame-parser.ts";
import { loginCommand } from "./login-command.ts";
import { EslWire } from "./wire.ts";
import type { WireOptions } from "./wire.ts";

export interface SessionOptions extends Omit<WireOptions, "onFrame"> {
  readonly password: string;
  /** For each reply, milliseconds. */
  readonly commandTimeoutMs: number;
  readonly pingIntervalMs: number;
  onEvent(event: EslEvent): void;
  /** What `api status` said, at each ping. */
  onStatus(text: string): void;
}

/** `text` is the Reply-Text of a command/reply, the body of an api/response. */
export interface EslReply {
  readonly isApi: boolean;
  readonly text: string;
}

interface Pending {
  readonly name: string;
  /** An `api` command, which is answered by what it printed. */
  readonly isApi: boolean;
  /** Null once the time is over: the reply, when it comes, is nobody's. */
  settle: ((result: EslReply | AdapterError) => void) | null;
}

interface Awaited {
  readonly isIt: (event: EslEvent) => boolean;
  readonly settle: (heard: boolean) => void;
}

const outOfStep = "FreeSWITCH answered what was not asked; connecting anew";

/** An API command has a reply of its own kind, unless it is refused; taken for another's, it would move all later ones by one. */
function answers(reply: EslReply, { isApi }: Pending): boolean {
  return isApi === reply.isApi || (isApi && reply.text.startsWith("-ERR"));
}

export class EslSession {
  readonly #options: SessionOptions;
  /** Commands without a reply yet, oldest first. */
  #pending: Pending[] = [];
  #wire: EslWire | null = null;
  #lastAnswerMs = performance.now();
  readonly #silence = new SilenceWatch();
  #pingTimer: NodeJS.Timeout | undefined;
  #closed: string | null = null;
  /** Events that are waited for. */
  readonly #awaited = new Set<Awaited>();

  private constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** @throws AdapterError NOT_CONNECTED when nobody greets in time, REFUSED by the access list */
  static async open(options: SessionOptions): Promise<EslSession> {
    const session = new EslSession(options);
    session.#wire = await EslWire.open({
      ...options,
      onFrame: (frame) => {
        session.#receive(frame);
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

  /** Whether a command written now leaves now. */
  get canWrite(): boolean {
    return this.#closed === null && this.#wire?.canWrite === true;
  }

  /** As {@link SilenceWatch.awaySinceMs}. */
  get awaySinceMs(): number {
    return this.#silence.awaySinceMs;
  }

  /** Of the monotonic clock, milliseconds: when FreeSWITCH last answered something. */
  get lastAnswerMs(): number {
    return this.#lastAnswerMs;
  }

  /** Commands that wait for a reply, those that nobody waits for any more included. */
  get unanswered(): number {
    return this.#pending.length;
  }

  /**
   * Logs in and starts to ping.
   * @throws AdapterError REFUSED when FreeSWITCH says no, TIMEOUT, NOT_CONNECTED
   */
  async login(): Promise<void> {
    const { host, port, password } = this.#options;
    const { text } = await this.ask({ line: loginCommand(password) });
    if (!text.startsWith("+OK")) {
      throw new AdapterError("REFUSED", passwordAdvice(host, port, text));
    }
    this.#schedulePing();
  }

  /**
   * One command, one reply, whichever.
   * @throws AdapterError TIMEOUT, NOT_CONNECTED, PROTOCOL
   */
  async ask(command: EslCommand): Promise<EslReply> {
    const bytes = bytesOf(command);
    if (this.#closed !== null || this.#wire === null) {
      throw new AdapterError("NOT_CONNECTED", this.#closed ?? "Not connected");
    }
    this.#wire.send(bytes);
    this.#silence.asked();
    return this.#reply(nameOf(command.line), command.line.startsWith("api "));
  }

  /**
   * An `api` command. Only cheap ones: FreeSWITCH serves nothing else on this connection meanwhile.
   *
   * @returns what it printed, which may be an error: `-ERR …` and `-USAGE: …` are texts like any other
   * @throws AdapterError REFUSED when this user may not run it, TIMEOUT, NOT_CONNECTED, PROTOCOL
   */
  async api(line: string): Promise<string> {
    const reply = await this.ask({ line: `api ${line}` });
    if (reply.isApi) return reply.text;
    throw new AdapterError("REFUSED", apiAdvice(nameOf(line), reply.text));
  }

  /** @returns whether an event like that comes within `timeoutMs`; false too when the session ends before */
  hears(
    isIt: (event: EslEvent) => boolean,
    timeoutMs: number,
  ): Promise<boolean> {
    return new Promise((resolve) => {
      const awaited: Awaited = {
        isIt,
        settle: (heard) => {
          clearTimeout(timer);
          this.#awaited.delete(awaited);
          resolve(heard);
        },
      };
      const timer = setTimeout(awaited.settle, timeoutMs, false);
      this.#awaited.add(awaited);
    });
  }

  /** Ends the session and everything that waits for a reply. Idempotent. */
  close(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    clearTimeout(this.#pingTimer);
    this.#wire?.close(reason);
    const pending = this.#pending;
    this.#pending = [];
    for (const { settle } of pending) {
      settle?.(new AdapterError("NOT_CONNECTED", reason));
    }
    for (const { settle } of this.#awaited) settle(false);
    this.#options.onClose(reason);
  }

  #reply(name: string, isApi: boolean): Promise<EslReply> {
    const { commandTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        name,
        isApi,
        settle: (result) => {
          pending.settle = null;
          clearTimeout(timer);
          if (result instanceof AdapterError) reject(result);
          else resolve(result);
        },
      };
      const timer = setTimeout(() => {
        const message = `FreeSWITCH did not answer ${name} within ${String(commandTimeoutMs)} ms`;
        pending.settle?.(new AdapterError("TIMEOUT", message));
      }, commandTimeoutMs);
      this.#pending.push(pending);
    });
  }

  #receive(frame: Frame): void {
    if (this.#closed !== null) return;
    this.#silence.heard();
    switch (frame.contentType) {
      case "command/reply":
        this.#answered({ isApi: false, text: frame.replyText });
        break;
      case "api/response":
        this.#answered({ isApi: true, text: frame.body.toString("utf8") });
        break;
      case "text/event-json":
        this.#hear(frame.body);
        break;
    }
  }

  #answered(reply: EslReply): void {
    this.#lastAnswerMs = performance.now();
    const pending = this.#pending.shift();
    if (pending === undefined || !answers(reply, pending)) {
      this.close(outOfStep);
      pending?.settle?.(new AdapterError("NOT_CONNECTED", outOfStep));
    } else pending.settle?.(reply);
  }

  #hear(body: Buffer): void {
    if (!isOfUse(body)) return;
    const event = readEvent(body);
    if (event === null) {
      this.#options.log.error(
        { bytes: body.length },
        "An event of FreeSWITCH is not JSON; it is left out",
      );
      return;
    }
    for (const { isIt, settle } of this.#awaited) if (isIt(event)) settle(true);
    this.#options.onEvent(event);
  }

  #schedulePing(): void {
    this.#pingTimer = setTimeout(() => {
      void this.#ping();
    }, this.#options.pingIntervalMs);
  }

  async #ping(): Promise<void> {
    try {
      this.#options.onStatus(await this.api("status"));
      if (this.#closed === null) this.#schedulePing();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.close(`FreeSWITCH is silent: ${why}`);
    }
  }
}

/** The command's words without its values, which may be a phone number or the password. */
function nameOf(line: string): string {
  const [verb = "", name = ""] = line.split(" ");
  return verb === "api" || verb === "bgapi" ? `${verb} ${name}` : verb;
}
