/** The adapter to a mock PBX in a process of its own. */
import type { z } from "zod";

import {
  invalidRequest,
  notSent,
  unknownResult,
  WITHDRAWN,
} from "../calls/originate-result.ts";
import { checkOriginateRequest } from "../calls/request-check.ts";
import { noLimits } from "../port.ts";
import type {
  AdapterListener,
  ConnectionState,
  HandOverFinding,
  HangupResult,
  LastWord,
  LiveCall,
  OriginateRequest,
  OriginateResult,
  SwitchLimits,
  VoiceAdapter,
} from "../port.ts";
import { MockConnection } from "./connection.ts";
import type { MockConnectionOptions } from "./connection.ts";
import { answerSchemas } from "./protocol.ts";
import { SeenCalls } from "./seen-calls.ts";
import type { SessionRequest } from "./session.ts";

export class TcpMockAdapter implements VoiceAdapter {
  readonly name = "mock";
  readonly #connection: MockConnection;
  readonly #seen = new SeenCalls();
  #listener: AdapterListener | null = null;

  /** @throws TypeError for a URL that is none */
  constructor(options: MockConnectionOptions) {
    this.#connection = new MockConnection(options, {
      onMessage: (message) => {
        if (message.type === "channel") this.#seen.appeared(message.attemptId);
        else this.#listener?.onCallEvent(this.#seen.observe(message.event));
      },
      onState: (event) => this.#listener?.onConnection(event),
      onLost: () => {
        this.#seen.connectionLost();
      },
    });
  }

  async connect(listener: AdapterListener): Promise<void> {
    if (this.#listener !== null) throw new Error("connect() was called twice");
    this.#listener = listener;
    await this.#connection.connect();
  }

  disconnect(): Promise<void> {
    this.#connection.disconnect();
    return Promise.resolve();
  }

  connection(): ConnectionState {
    return this.#connection.state;
  }

  lastAnswerAgeMs(): number | null {
    return this.#connection.lastAnswerAgeMs;
  }

  async originate(
    request: OriginateRequest,
    onWritten: () => boolean,
  ): Promise<OriginateResult> {
    const problems = checkOriginateRequest(request);
    if (problems.length > 0) return invalidRequest(problems);
    const { session } = this.#connection;
    if (session === null) return notSent(this.#connection.notConnected);
    if (!onWritten()) return notSent(WITHDRAWN);
    try {
      const command = { type: "originate", request } as const;
      return await session.ask(command, answerSchemas.originate);
    } catch (error) {
      return unknownResult(error);
    }
  }

  hangup(attemptId: string): Promise<HangupResult> {
    return this.#ask({ type: "hangup", attemptId }, answerSchemas.hangup);
  }

  listLiveCalls(): Promise<readonly LiveCall[]> {
    return this.#ask({ type: "list" }, answerSchemas.list);
  }

  isAlive(attemptId: string): Promise<boolean> {
    return this.#ask({ type: "isAlive", attemptId }, answerSchemas.isAlive);
  }

  recallCall(attemptId: string): Promise<LastWord | null> {
    return this.#ask({ type: "recall", attemptId }, answerSchemas.recall);
  }

  limits(): SwitchLimits {
    return noLimits;
  }

  handOverExists(
    context: string | null,
    extension: string,
  ): Promise<HandOverFinding> {
    const question = { type: "handOver", context, extension } as const;
    return this.#ask(question, answerSchemas.handOver).catch(() => "unknown");
  }

  async #ask<T>(request: SessionRequest, answer: z.ZodType<T>): Promise<T> {
    return this.#connection.sessionOrThrow().ask(request, answer);
  }
}
