/**
 * The adapter to a mock PBX in a process of its own.
 *
 * DISCONNECTED -(connect, back-off over)-> CONNECTING -(hello answered)-> CONNECTED
 * -(close, unanswered ping)-> DISCONNECTED, and again until `disconnect()`.
 */

import { z } from "zod";

import { downState } from "../connection/pbx-connection.ts";
import { AdapterError, noLimits } from "../port.ts";
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
import { checkOriginateRequest } from "../calls/request-check.ts";
import { MockSession, parseMockUrl } from "./session.ts";
import type { LineOptions, SessionRequest } from "./session.ts";
import { answerSchemas } from "./protocol.ts";
import { SeenCalls } from "./seen-calls.ts";

export interface TcpMockAdapterOptions {
  readonly installationId: string;
  /** `tcp://host:port` */
  readonly url: string;
  /** Default 5,000. A ping not answered within `commandTimeoutMs` ends the line. */
  readonly pingIntervalMs?: number;
  /** For connection, ping and every command; default 5,000. */
  readonly commandTimeoutMs?: number;
  readonly reconnect?: {
    /** First delay, default 200; doubles with each failure. */
    readonly minMs?: number;
    /** Default 5,000. */
    readonly maxMs?: number;
    /** Uniform in [0, 1); takes up to half of each delay off. Default `Math.random`. */
    readonly random?: () => number;
  };
}

export class TcpMockAdapter implements VoiceAdapter {
  readonly name = "mock";
  readonly #options: TcpMockAdapterOptions;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #commandTimeoutMs: number;
  readonly #seen = new SeenCalls();
  #listener: AdapterListener | null = null;
  #line: MockSession | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isClosing = false;
  #lastRunId: string | null = null;
  #state: ConnectionState = {
    status: "DISCONNECTED",
    since: new Date(),
    awaySinceMs: performance.now(),
    reason: "connect() has not been called",
  };

  /** @throws TypeError for a URL that is none */
  constructor(options: TcpMockAdapterOptions) {
    this.#options = options;
    this.#address = parseMockUrl(options.url);
    this.#commandTimeoutMs = options.commandTimeoutMs ?? 5_000;
  }

  async connect(listener: AdapterListener): Promise<void> {
    if (this.#listener !== null) throw new Error("connect() was called twice");
    this.#listener = listener;
    await this.#open();
  }

  disconnect(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    const line = this.#line;
    this.#line = null;
    line?.close("The engine closed the connection");
    if (this.#state.status !== "DISCONNECTED") {
      this.#setDown("DISCONNECTED", "The engine closed the connection");
    }
    return Promise.resolve();
  }

  connection(): ConnectionState {
    return this.#state;
  }

  lastAnswerAgeMs(): number | null {
    const line = this.#connectedLine();
    return line === null ? null : performance.now() - line.lastAnswerMs;
  }

  async originate(
    request: OriginateRequest,
    onWritten: () => boolean,
  ): Promise<OriginateResult> {
    const problems = checkOriginateRequest(request);
    if (problems.length > 0) {
      const message = problems.join("; ");
      return { status: "refused", reason: "INVALID_REQUEST", message };
    }
    const line = this.#connectedLine();
    if (line === null) {
      return { status: "not_sent", message: "The mock PBX is not connected" };
    }
    if (!onWritten()) {
      return { status: "not_sent", message: "Withdrawn before it was written" };
    }
    try {
      const command = { type: "originate", request } as const;
      return await line.ask(command, answerSchemas.originate);
    } catch (error) {
      // Written is written: whatever went wrong afterwards, the call may exist.
      return { status: "unknown", message: messageOf(error) };
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

  #connectedLine(): MockSession | null {
    const line = this.#line;
    return line?.isOpen === true && this.#state.status === "CONNECTED"
      ? line
      : null;
  }

  #ask<T>(request: SessionRequest, answer: z.ZodType<T>): Promise<T> {
    const line = this.#connectedLine();
    return line === null
      ? Promise.reject(
          new AdapterError("NOT_CONNECTED", "The mock PBX is not connected"),
        )
      : line.ask(request, answer);
  }

  async #open(): Promise<void> {
    this.#setDown("CONNECTING", "Connecting to the mock PBX");
    try {
      const line = await MockSession.open(this.#lineOptions());
      if (this.#isClosing) {
        line.close("The engine closed the connection");
        return;
      }
      this.#line = line;
      const { installationId } = this.#options;
      const hello = { type: "hello", installationId, role: "engine" } as const;
      const { runId } = await line.ask(hello, answerSchemas.hello);
      if (line === this.#line && line.isOpen) this.#greeted(runId);
    } catch (error) {
      this.#lost(messageOf(error));
    }
  }

  #lineOptions(): LineOptions {
    const { installationId } = this.#options;
    return {
      ...this.#address,
      timeoutMs: this.#commandTimeoutMs,
      onMessage: (message) => {
        if (message.installationId !== installationId) return;
        if (message.type === "channel") this.#seen.appeared(message.attemptId);
        else this.#listener?.onCallEvent(this.#seen.observe(message.event));
      },
      onClose: (reason) => {
        this.#lost(reason);
      },
    };
  }

  #greeted(runId: string): void {
    const restarted = this.#lastRunId !== null && this.#lastRunId !== runId;
    this.#lastRunId = runId;
    this.#failures = 0;
    this.#state = { status: "CONNECTED", since: new Date() };
    this.#schedulePing();
    this.#listener?.onConnection({ state: this.#state, restarted });
  }

  #schedulePing(): void {
    this.#timer = setTimeout(() => {
      void this.#ping();
    }, this.#options.pingIntervalMs ?? 5_000);
  }

  async #ping(): Promise<void> {
    const line = this.#line;
    if (line === null) return;
    try {
      await line.ask({ type: "ping" }, z.null());
      if (line === this.#line && line.isOpen) this.#schedulePing();
    } catch (error) {
      line.close(`The mock PBX is silent: ${messageOf(error)}`);
    }
  }

  /** Called for every way to lose a line, possibly twice for the same one. */
  #lost(reason: string): void {
    if (this.#isClosing || this.#state.status === "DISCONNECTED") return;
    clearTimeout(this.#timer);
    const line = this.#line;
    this.#line = null;
    this.#seen.lineBroke();
    this.#setDown("DISCONNECTED", reason, line?.awaySinceMs);
    line?.close(reason);
    const {
      minMs = 200,
      maxMs = 5_000,
      random = Math.random,
    } = this.#options.reconnect ?? {};
    const fullMs = Math.min(maxMs, minMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    this.#timer = setTimeout(
      () => {
        void this.#open();
      },
      fullMs * (1 - random() / 2),
    );
  }

  #setDown(
    status: "CONNECTING" | "DISCONNECTED",
    reason: string,
    awaySinceMs = performance.now(),
  ): void {
    this.#state = downState(this.#state, status, reason, awaySinceMs);
    this.#listener?.onConnection({ state: this.#state, restarted: false });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
