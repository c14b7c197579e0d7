/**
 * A small client of FreeSWITCH's Event Socket, for queries only. It uses one connection; replies come in the order of
 * the queries (command/reply and api/response alike), and every query has a time limit.
 */
import { connect, type Socket } from "node:net";

import {
  FrameError,
  FrameParser,
  type Frame,
} from "../../adapters/freeswitch-esl/frame-parser.ts";
import { timeOf } from "../../adapters/freeswitch-esl/event.ts";
import { loginCommand } from "../../adapters/freeswitch-esl/command.ts";

export type EslErrorCode =
  "CLOSED" | "TIMEOUT" | "NOT_ESL" | "ACL" | "PASSWORD" | "COMMAND";

export class EslError extends Error {
  override readonly name = "EslError";
  readonly code: EslErrorCode;

  constructor(code: EslErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface EslOptions {
  readonly host: string;
  readonly port: number;
  /** For the connection and the greeting. */
  readonly connectMs: number;
  /** For each answer. */
  readonly answerMs: number;
  readonly signal: AbortSignal;
}

interface Question {
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: EslError) => void;
  readonly timer: NodeJS.Timeout;
}

export class EslClient {
  readonly #options: EslOptions;
  readonly #socket: Socket;
  readonly #frames = new FrameParser();
  /** Oldest first; the first one is the greeting. */
  readonly #questions: Question[] = [];
  #closed: EslError | null = null;
  #onEvent: ((body: string) => void) | null = null;

  private constructor(options: EslOptions) {
    const { host, port, signal } = options;
    this.#options = options;
    this.#socket = connect({ host, port, signal });
    this.#socket.on("data", (bytes) => {
      this.#receive(bytes);
    });
    this.#socket.on("error", (error) => {
      this.#close(new EslError("CLOSED", error.message));
    });
    this.#socket.on("close", () => {
      this.#close(new EslError("CLOSED", "FreeSWITCH closed the connection"));
    });
  }

  /**
   * Connects and waits for the greeting.
   * @throws EslError ACL when the address is refused, NOT_ESL, CLOSED, TIMEOUT
   */
  static async open(options: EslOptions): Promise<EslClient> {
    const client = new EslClient(options);
    try {
      const greeting = await client.#answer(options.connectMs);
      const type = greeting.contentType;
      if (type === "text/rude-rejection")
        throw new EslError("ACL", textOf(greeting));
      if (type !== "auth/request")
        throw new EslError("NOT_ESL", "no auth/request came");
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** @throws EslError PASSWORD, CLOSED, TIMEOUT, COMMAND for one that cannot be sent */
  async login(password: string): Promise<void> {
    const reply = await this.#ask(loginCommand(password));
    if (!reply.startsWith("+OK")) throw new EslError("PASSWORD", reply);
  }

  /**
   * Runs one command of FreeSWITCH's API that returns at once, because `api` blocks the connection until it is done.
   *
   * @param command a question; nothing that dials or changes
   * @returns its output, which may be an error, e.g. `-ERR permission denied`
   */
  api(command: string): Promise<string> {
    return this.#ask(`api ${command}`);
  }

  /** Subscribes to these events. @returns `+OK …` or `-ERR …` */
  subscribe(names: string): Promise<string> {
    return this.#ask(`event json ${names}`);
  }

  /**
   * The switch's clock minus ours, by the time of a job's end. Any job will do: each event carries the time.
   *
   * @returns milliseconds; null when this user may not receive the events of jobs or start one, or none arrives
   */
  async clockOffsetMs(): Promise<number | null> {
    const reply = await this.#ask("event json BACKGROUND_JOB");
    if (!reply.startsWith("+OK")) return null;
    const { answerMs } = this.#options;
    const offset = new Promise<number | null>((resolve) => {
      const timer = setTimeout(() => {
        resolve(null);
      }, answerMs).unref();
      this.#onEvent = (body) => {
        const micros = /"Event-Date-Timestamp":\s*"(\d{13,17})"/.exec(
          body,
        )?.[1];
        if (!/"Event-Name":\s*"BACKGROUND_JOB"/.test(body)) return;
        clearTimeout(timer);
        const at = timeOf(micros);
        resolve(at === null ? null : Date.parse(at) - Date.now());
      };
    });
    const started = await this.#ask("bgapi status");
    const result = started.startsWith("+OK") ? await offset : null;
    this.#onEvent = null;
    return result;
  }

  close(): void {
    this.#close(new EslError("CLOSED", "closed by us"));
  }

  async #ask(command: string): Promise<string> {
    // There is no escape: a line end would begin another command.
    if (/[\r\n\0]/.test(command))
      throw new EslError("COMMAND", "a command with a line end");
    if (this.#closed !== null) throw this.#closed;
    const answer = this.#answer(this.#options.answerMs);
    this.#socket.write(`${command}\n\n`);
    const frame = await answer;
    return frame.replyText === "" ? textOf(frame) : frame.replyText;
  }

  #answer(withinMs: number): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // A late reply would be taken for the next one.
        this.#close(
          new EslError("TIMEOUT", `no answer within ${String(withinMs)} ms`),
        );
      }, withinMs);
      this.#questions.push({ resolve, reject, timer });
    });
  }

  #receive(bytes: Buffer): void {
    try {
      for (const frame of this.#frames.push(bytes)) this.#deliver(frame);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#close(new EslError("NOT_ESL", error.message));
    }
  }

  #deliver(frame: Frame): void {
    const type = frame.contentType;
    if (type.startsWith("text/event")) this.#onEvent?.(textOf(frame));
    if (type.startsWith("text/event") || type === "log/data") return;
    if (type === "text/disconnect-notice") {
      this.#close(new EslError("CLOSED", textOf(frame)));
      return;
    }
    const question = this.#questions.shift();
    if (question === undefined) return;
    clearTimeout(question.timer);
    question.resolve(frame);
  }

  #close(reason: EslError): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    this.#socket.destroy();
    for (const { timer, reject } of this.#questions.splice(0)) {
      clearTimeout(timer);
      reject(reason);
    }
  }
}

function textOf({ body }: Frame): string {
  return body.toString("utf8").trim();
}
