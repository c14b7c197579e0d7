/** The adapter to a mock PBX in the same process. It behaves as over a wire. */

import {
  invalidRequest,
  notSent,
  WITHDRAWN,
} from "../calls/originate-result.ts";
import { checkOriginateRequest } from "../calls/request-check.ts";
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
import type { PbxMessage } from "./delivery.ts";
import type { MockPbx } from "./pbx.ts";
import { SeenCalls } from "./seen-calls.ts";

export interface LocalMockAdapterOptions {
  readonly installationId: string;
  readonly pbx: MockPbx;
}

const NOT_CONNECTED = "The mock PBX is not connected";

export class LocalMockAdapter implements VoiceAdapter {
  readonly name = "mock";
  readonly #installationId: string;
  readonly #pbx: MockPbx;
  readonly #seen = new SeenCalls();
  #listener: AdapterListener | null = null;
  #unsubscribe: () => void = () => undefined;
  #lastRunId: string | null = null;
  #state: ConnectionState = disconnected("connect() has not been called");

  constructor(options: LocalMockAdapterOptions) {
    this.#installationId = options.installationId;
    this.#pbx = options.pbx;
  }

  connect(listener: AdapterListener): Promise<void> {
    if (this.#listener !== null) {
      return Promise.reject(new Error("connect() was called twice"));
    }
    this.#listener = listener;
    this.#unsubscribe = this.#pbx.subscribe({
      onMessage: (message) => {
        this.#onMessage(message);
      },
      onLine: (isUp) => {
        this.#onLine(isUp);
      },
    });
    this.#onLine(this.#pbx.isUp);
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    if (this.#listener !== null) {
      this.#unsubscribe();
      this.#set(disconnected("The engine closed the connection"), false);
      this.#listener = null;
    }
    return Promise.resolve();
  }

  connection(): ConnectionState {
    return this.#state;
  }

  lastAnswerAgeMs(): number | null {
    return this.#isConnected() ? 0 : null;
  }

  async originate(
    request: OriginateRequest,
    onWritten: () => boolean,
  ): Promise<OriginateResult> {
    const problems = checkOriginateRequest(request);
    if (problems.length > 0) return invalidRequest(problems);
    if (!this.#isConnected()) return notSent(NOT_CONNECTED);
    if (!onWritten()) return notSent(WITHDRAWN);
    const answer = this.#pbx.originate(this.#installationId, request);
    // As over any wire, the answer never arrives in the tick of the request.
    await Promise.resolve();
    return answer;
  }

  async hangup(attemptId: string): Promise<HangupResult> {
    await this.#askable();
    return this.#pbx.hangup(this.#installationId, attemptId);
  }

  async listLiveCalls(): Promise<readonly LiveCall[]> {
    await this.#askable();
    return this.#pbx.listLiveCalls(this.#installationId);
  }

  async isAlive(attemptId: string): Promise<boolean> {
    await this.#askable();
    return this.#pbx.isAlive(this.#installationId, attemptId);
  }

  async recallCall(attemptId: string): Promise<LastWord | null> {
    await this.#askable();
    return this.#pbx.recall(this.#installationId, attemptId);
  }

  limits(): SwitchLimits {
    return noLimits;
  }

  handOverExists(
    context: string | null,
    extension: string,
  ): Promise<HandOverFinding> {
    return Promise.resolve(
      this.#isConnected()
        ? this.#pbx.handOverExists(context, extension)
        : "unknown",
    );
  }

  #isConnected(): boolean {
    return this.#state.status === "CONNECTED";
  }

  #askable(): Promise<void> {
    return this.#isConnected()
      ? Promise.resolve()
      : Promise.reject(new AdapterError("NOT_CONNECTED", NOT_CONNECTED));
  }

  #onMessage(message: PbxMessage): void {
    if (message.installationId !== this.#installationId) return;
    if (message.type === "channel") this.#seen.appeared(message.attemptId);
    else this.#listener?.onCallEvent(this.#seen.observe(message.event));
  }

  #onLine(isUp: boolean): void {
    if (!isUp) {
      this.#seen.connectionLost();
      this.#set(disconnected("The connection to the mock PBX was cut"), false);
      return;
    }
    const { runId } = this.#pbx;
    const restarted = this.#lastRunId !== null && this.#lastRunId !== runId;
    this.#lastRunId = runId;
    this.#set({ status: "CONNECTED", since: new Date() }, restarted);
  }

  #set(state: ConnectionState, restarted: boolean): void {
    this.#state = state;
    this.#listener?.onConnection({ state, restarted });
  }
}

function disconnected(reason: string): ConnectionState {
  return { status: "DISCONNECTED", since: new Date(), reason };
}
