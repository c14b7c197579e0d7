/**
 * One TCP connection to a mock PBX. It is used until it breaks and then thrown away; whoever holds it
 * opens another. Everything asked over it settles: answered, timed out, or lost with the line.
 */

import { createConnection } from "node:net";
import type { Socket } from "node:net";
import type { z } from "zod";

import { SilenceWatch } from "../connection/silence-watch.ts";
import { AdapterError } from "../port.ts";
import {
  createLineSplitter,
  encodeLine,
  serverMessageSchema,
} from "./protocol.ts";
import type { ClientMessage, ServerMessage } from "./protocol.ts";

/** A request without its id; the line gives ids. */
export type SessionRequest = ClientMessage extends infer Message
  ? Message extends ClientMessage
    ? Omit<Message, "requestId">
    : never
  : never;

export interface LineOptions {
  readonly host: string;
  readonly port: number;
  /** For the connection and for each answer, milliseconds. */
  readonly timeoutMs: number;
  onMessage(
    message: Extract<ServerMessage, { type: "channel" | "event" }>,
  ): void;
  /** Once, after which nothing is delivered any more. `reason` is for an operator. */
  onClose(reason: string): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: AdapterError): void;
  readonly timer: NodeJS.Timeout;
}

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

export class MockSession {
  readonly #socket: Socket;
  readonly #options: LineOptions;
  readonly #pending = new Map<number, Pending>();
  #lastRequestId = 0;
  #isCorked = false;
  #isClosed = false;
  #reason = "The mock PBX closed the connection";
  #lastAnswerMs = performance.now();
  readonly #silence = new SilenceWatch();

  private constructor(socket: Socket, options: LineOptions) {
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
        this.close(`The mock PBX sent what cannot be read: ${String(error)}`);
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
  static open(options: LineOptions): Promise<MockSession> {
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

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** As {@link SilenceWatch.awaySinceMs}. */
  get awaySinceMs(): number {
    return this.#silence.awaySinceMs;
  }

  /** Of the monotonic clock, milliseconds: when the PBX last answered something. */
  get lastAnswerMs(): number {
    return this.#lastAnswerMs;
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

  /** Ends the connection and everything that waits for an answer over it. Idempotent. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(new AdapterError("NOT_CONNECTED", reason));
    }
    this.#pending.clear();
    this.#options.onClose(reason);
  }

  #send(request: SessionRequest): Promise<unknown> {
    if (this.#isClosed) {
      return Promise.reject(new AdapterError("NOT_CONNECTED", this.#reason));
    }
    this.#lastRequestId += 1;
    const requestId = this.#lastRequestId;
    const { timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(requestId);
        reject(
          new AdapterError(
            "TIMEOUT",
            `The mock PBX did not answer ${request.type} within ${String(timeoutMs)} ms`,
          ),
        );
      }, timeoutMs);
      this.#pending.set(requestId, { resolve, reject, timer });
      this.#write(encodeLine({ ...request, requestId }));
      this.#silence.asked();
    });
  }

  /** Lines of the same tick leave in one packet. */
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
    if (this.#isClosed) return;
    this.#silence.heard();
    const message = serverMessageSchema.parse(JSON.parse(line));
    if (message.type === "channel" || message.type === "event") {
      this.#options.onMessage(message);
      return;
    }
    this.#lastAnswerMs = performance.now();
    const pending = this.#pending.get(message.requestId);
    if (pending === undefined) return;
    this.#pending.delete(message.requestId);
    clearTimeout(pending.timer);
    if (message.type === "answer") pending.resolve(message.result);
    else pending.reject(new AdapterError("REFUSED", message.message));
  }
}
