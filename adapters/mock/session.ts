/**
 * One TCP connection to a mock PBX. It is used until it breaks and is then discarded; its owner opens another. Every
 * request settles: it is answered, times out, or fails with the connection.
 */

import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { z } from "zod";

import { PendingRequests } from "../connection/pending-requests.ts";
import { PbxSession } from "../connection/session.ts";
import type { SessionOptions } from "../connection/session.ts";
import { AdapterError } from "../port.ts";
import {
  answerSchemas,
  createLineSplitter,
  encodeLine,
  serverMessageSchema,
} from "./protocol.ts";
import type { CallMessage, ClientMessage } from "./protocol.ts";

/** A request without its id, which the session assigns. */
export type SessionRequest = ClientMessage extends infer Message
  ? Message extends ClientMessage
    ? Omit<Message, "requestId">
    : never
  : never;

export interface MockSessionOptions extends SessionOptions {
  readonly host: string;
  readonly port: number;
  /** For the connection and for each answer, milliseconds. */
  readonly timeoutMs: number;
  onMessage(message: CallMessage): void;
}

const PBX = "The mock PBX";

/**
 * @param url `tcp://host:port`
 * @throws TypeError that says what was expected
 */
export function parseMockUrl(url: string): { host: string; port: number } {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const port = Number(parsed?.port);
  if (parsed?.protocol !== "tcp:" || parsed.hostname === "" || !(port > 0)) {
    throw new TypeError(
      "The mock PBX's URL must look like tcp://127.0.0.1:5555 (MOCK_PBX_URL)",
    );
  }
  return { host: parsed.hostname.replace(/^\[|\]$/g, ""), port };
}

export class MockSession extends PbxSession {
  readonly #socket: Socket;
  readonly #options: MockSessionOptions;
  readonly #pending = new PendingRequests<number, unknown>(PBX);
  #lastRequestId = 0;
  #isCorked = false;
  #reason = "The mock PBX closed the connection";

  private constructor(socket: Socket, options: MockSessionOptions) {
    super(PBX, options);
    this.#socket = socket;
    this.#options = options;
    const split = createLineSplitter((line) => {
      this.#receive(line);
    });
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      try {
        split(chunk);
      } catch (error) {
        this.close(
          `The mock PBX sent a message that cannot be read: ${String(error)}`,
        );
      }
    });
    socket.on("error", (error) => {
      this.#reason = `The connection to the mock PBX broke: ${error.message}`;
    });
    socket.on("close", () => {
      this.close(this.#reason);
    });
  }

  /** @throws AdapterError NOT_CONNECTED when nobody answers at that address in time */
  static open(options: MockSessionOptions): Promise<MockSession> {
    const { host, port, timeoutMs } = options;
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host, port, noDelay: true });
      const fail = (why: string): void => {
        clearTimeout(timer);
        socket.destroy();
        const where = `${host}:${String(port)}`;
        reject(
          new AdapterError(
            "NOT_CONNECTED",
            `No mock PBX at ${where}: ${why}. Is cli/mock-pbx.ts running there?`,
          ),
        );
      };
      const onError = (error: Error): void => {
        fail(error.message);
      };
      const timer = setTimeout(() => {
        fail(`no connection within ${String(timeoutMs)} ms`);
      }, timeoutMs);
      socket.once("error", onError);
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.off("error", onError);
        resolve(new MockSession(socket, options));
      });
    });
  }

  /**
   * Writes one request, at once.
   * @returns the checked answer
   * @throws AdapterError NOT_CONNECTED, TIMEOUT, REFUSED, PROTOCOL
   */
  async ask<T>(request: SessionRequest, answer: z.ZodType<T>): Promise<T> {
    const result = await this.#send(request);
    const parsed = answer.safeParse(result);
    if (parsed.success) return parsed.data;
    throw new AdapterError(
      "PROTOCOL",
      `The mock PBX gave an unknown answer to ${request.type}`,
      parsed.error,
    );
  }

  override async ping(): Promise<void> {
    await this.ask({ type: "ping" }, z.null());
  }

  /**
   * Says hello as an engine. From then on the session ends if the PBX falls silent.
   * @returns the id of this run of the PBX
   * @throws AdapterError
   */
  async login(installationId: string): Promise<string> {
    const hello = { type: "hello", installationId, role: "engine" } as const;
    const { runId } = await this.ask(hello, answerSchemas.hello);
    this.startPings();
    return runId;
  }

  protected override release(reason: string): void {
    this.#socket.destroy();
    this.#pending.close(reason);
  }

  #send(request: SessionRequest): Promise<unknown> {
    if (this.closeReason !== null) {
      return Promise.reject(new AdapterError("NOT_CONNECTED", this.#reason));
    }
    this.#lastRequestId += 1;
    const requestId = this.#lastRequestId;
    const { timeoutMs } = this.#options;
    const answer = this.#pending.wait(requestId, request.type, timeoutMs);
    this.#write(encodeLine({ ...request, requestId }));
    this.asked();
    return answer;
  }

  /** Lines written in the same tick leave in one packet. */
  #write(line: string): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(line);
  }

  #receive(line: string): void {
    if (this.closeReason !== null) return;
    this.received();
    const message = serverMessageSchema.parse(JSON.parse(line));
    if (message.type === "channel" || message.type === "event") {
      this.#options.onMessage(message);
      return;
    }
    this.answered();
    const { requestId } = message;
    if (message.type === "answer")
      this.#pending.answered(requestId, message.result);
    else
      this.#pending.failed(
        requestId,
        new AdapterError("REFUSED", message.message),
      );
  }
}
