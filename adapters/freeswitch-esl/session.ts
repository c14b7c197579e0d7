/**
 * Commands and replies over one wire. Every command settles: answered, timed out, or lost with the wire.
 *
 * FreeSWITCH answers strictly in the order of the commands, one reply each, and no reply names its command. So
 * command/reply and api/response share one queue: a refused `api` is answered by a command/reply. A command that timed
 * out keeps its place in the queue; otherwise the next command would take its reply.
 */
import { ExpectedEvents } from "../connection/expected-events.ts";
import { PendingRequest } from "../connection/pending-requests.ts";
import { PbxSession } from "../connection/session.ts";
import { AdapterError } from "../port.ts";
import { apiAdvice, passwordAdvice } from "./advice.ts";
import { bytesOf } from "./command.ts";
import type { EslCommand } from "./command.ts";
import { isOfUse, readEvent } from "./event.ts";
import type { EslEvent } from "./event.ts";
import type { Frame } from "./frame-parser.ts";
import { loginCommand } from "./command.ts";
import { EslWire } from "./wire.ts";
import type { WireOptions } from "./wire.ts";

export interface SessionOptions extends Omit<WireOptions, "onFrame"> {
  readonly password: string;
  /** For each reply, milliseconds. */
  readonly commandTimeoutMs: number;
  readonly pingIntervalMs: number;
  onEvent(event: EslEvent): void;
  /** The answer to `api status`, at each ping. */
  onStatus(text: string): void;
}

/** `text` is the Reply-Text of a command/reply, the body of an api/response. */
export interface EslReply {
  readonly isApi: boolean;
  readonly text: string;
}

interface Pending {
  /** An `api` command, whose answer is its output. */
  readonly isApi: boolean;
  readonly request: PendingRequest<EslReply>;
}

const PBX = "FreeSWITCH";
const outOfStep = "FreeSWITCH sent a reply to no command; reconnecting";

/**
 * An API command has a reply of its own kind unless it is refused. A reply matched to the wrong command would shift all
 * later ones.
 */
function answers(reply: EslReply, { isApi }: Pending): boolean {
  return isApi === reply.isApi || (isApi && reply.text.startsWith("-ERR"));
}

export class EslSession extends PbxSession {
  readonly #options: SessionOptions;
  /** Commands without a reply yet, oldest first; those that timed out are among them. */
  readonly #pending: Pending[] = [];
  readonly #expected = new ExpectedEvents<EslEvent>();
  #wire: EslWire | null = null;

  private constructor(options: SessionOptions) {
    super(PBX, options);
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

  override get isOpen(): boolean {
    return super.isOpen && this.#wire?.isOpen === true;
  }

  /** Whether a command would leave at once. */
  get canWrite(): boolean {
    return super.isOpen && this.#wire?.canWrite === true;
  }

  /** Commands without a reply, including those that timed out. */
  get unanswered(): number {
    return this.#pending.length;
  }

  /**
   * Logs in and starts the ping.
   * @throws AdapterError REFUSED when FreeSWITCH refuses the login, TIMEOUT, NOT_CONNECTED
   */
  async login(): Promise<void> {
    const { host, port, password } = this.#options;
    const { text } = await this.ask({ line: loginCommand(password) });
    if (!text.startsWith("+OK")) {
      throw new AdapterError("REFUSED", passwordAdvice(host, port, text));
    }
    this.startPings();
  }

  /**
   * Sends one command and returns its reply, whatever it says.
   * @throws AdapterError TIMEOUT, NOT_CONNECTED, PROTOCOL
   */
  async ask(command: EslCommand): Promise<EslReply> {
    const bytes = bytesOf(command);
    if (this.closeReason !== null || this.#wire === null) {
      const reason = this.closeReason ?? "Not connected";
      throw new AdapterError("NOT_CONNECTED", reason);
    }
    this.#wire.send(bytes);
    this.asked();
    return this.#reply(nameOf(command.line), command.line.startsWith("api "));
  }

  /**
   * Sends an `api` command. For cheap commands only: FreeSWITCH serves nothing else on this connection meanwhile.
   *
   * @returns what it printed, which may be an error: `-ERR …` and `-USAGE: …` are texts like any other
   * @throws AdapterError REFUSED when this user may not run it, TIMEOUT, NOT_CONNECTED, PROTOCOL
   */
  async api(line: string): Promise<string> {
    const reply = await this.ask({ line: `api ${line}` });
    if (reply.isApi) return reply.text;
    throw new AdapterError("REFUSED", apiAdvice(nameOf(line), reply.text));
  }

  /** @returns whether such an event arrives within `timeoutMs`; false, too, when the session ends before */
  async receives(
    isIt: (event: EslEvent) => boolean,
    timeoutMs: number,
  ): Promise<boolean> {
    return (await this.#expected.next(isIt, timeoutMs)) !== null;
  }

  override async ping(): Promise<void> {
    this.#options.onStatus(await this.api("status"));
  }

  protected override release(reason: string): void {
    this.#wire?.close(reason);
    for (const { request } of this.#pending.splice(0))
      request.failed(new AdapterError("NOT_CONNECTED", reason));
    this.#expected.close();
  }

  #reply(name: string, isApi: boolean): Promise<EslReply> {
    const timeoutMs = this.#options.commandTimeoutMs;
    const request = new PendingRequest<EslReply>({ pbx: PBX, name, timeoutMs });
    this.#pending.push({ isApi, request });
    return request.answer;
  }

  #receive(frame: Frame): void {
    if (this.closeReason !== null) return;
    this.received();
    switch (frame.contentType) {
      case "command/reply":
        this.#receiveReply({ isApi: false, text: frame.replyText });
        break;
      case "api/response":
        this.#receiveReply({ isApi: true, text: frame.body.toString("utf8") });
        break;
      case "text/event-json":
        this.#receiveEvent(frame.body);
        break;
    }
  }

  #receiveReply(reply: EslReply): void {
    this.answered();
    const pending = this.#pending.shift();
    if (pending !== undefined && answers(reply, pending)) {
      pending.request.answered(reply);
      return;
    }
    this.close(outOfStep);
    pending?.request.failed(new AdapterError("NOT_CONNECTED", outOfStep));
  }

  #receiveEvent(body: Buffer): void {
    if (!isOfUse(body)) return;
    const event = readEvent(body);
    if (event === null) {
      this.#options.log.error(
        { bytes: body.length },
        "An event from FreeSWITCH is not JSON; it is ignored",
      );
      return;
    }
    this.#expected.received(event);
    this.#options.onEvent(event);
  }
}

/** The command's name without its arguments, which may be a phone number or the password. */
function nameOf(line: string): string {
  const [verb = "", name = ""] = line.split(" ");
  return verb === "api" || verb === "bgapi" ? `${verb} ${name}` : verb;
}
