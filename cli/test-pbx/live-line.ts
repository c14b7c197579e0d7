/** The engine's own adapter on a real switch, with everything received over it. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { FreeswitchEslAdapter } from "../../adapters/freeswitch-esl/adapter.ts";
import type {
  CallEvent,
  CallEventKind,
  OriginateRequest,
  VoiceAdapter,
} from "../../adapters/port.ts";
import { createLogger } from "../../logging.ts";
import type { TestPbxOptions } from "./options.ts";

/** What was expected of the switch and did not happen. */
export class CaseFailure extends Error {
  override readonly name = "CaseFailure";
}

type EventOf<K extends CallEventKind> = Extract<CallEvent, { kind: K }>;

const LOOK_AGAIN_MS = 20;
const LATE_EVENT_MS = 1_000;

export class LiveLine {
  readonly adapter: VoiceAdapter;
  readonly installationId: string;
  readonly #options: TestPbxOptions;
  readonly #events: CallEvent[] = [];
  readonly #made = new Set<string>();

  readonly #signal: AbortSignal;

  private constructor(
    options: TestPbxOptions,
    signal: AbortSignal,
    installationId: string,
  ) {
    this.#options = options;
    this.#signal = signal;
    this.installationId = installationId;
    this.adapter = new FreeswitchEslAdapter({
      ...options,
      installationId,
      log: createLogger({ level: "silent", phoneNumbers: false }),
    });
  }

  /** @throws CaseFailure with the adapter's own advice when the switch cannot be used */
  static async open(
    options: TestPbxOptions,
    signal: AbortSignal,
    installationId: string = randomUUID(),
  ): Promise<LiveLine> {
    const line = new LiveLine(options, signal, installationId);
    await line.adapter.connect({
      onCallEvent: (event) => line.#events.push(event),
      onConnection: () => undefined,
    });
    const state = line.adapter.connection();
    if (state.status === "CONNECTED") return line;
    await line.adapter.disconnect();
    throw new CaseFailure(state.reason);
  }

  /** Another connection to the same switch, of another installation unless it is named. */
  beside(installationId?: string): Promise<LiveLine> {
    return LiveLine.open(this.#options, this.#signal, installationId);
  }

  /** Hangs up the calls of this connection and closes it. */
  async close(): Promise<void> {
    if (this.adapter.connection().status === "CONNECTED") {
      for (const id of this.#made) {
        await this.adapter.hangup(id).catch(() => undefined);
      }
    }
    await this.adapter.disconnect();
  }

  /** Calls `loopback/<person>/<test context>`. @returns the call's id */
  async call(
    person: string,
    changes: Partial<OriginateRequest> = {},
  ): Promise<string> {
    const { testContext } = this.#options;
    const request: OriginateRequest = {
      attemptId: randomUUID(),
      campaignId: randomUUID(),
      leadId: randomUUID(),
      dialString: `loopback/${person}/${testContext}`,
      callerId: null,
      context: testContext,
      extension: "stays",
      setupTimeoutSeconds: 10,
      ringTimeoutSeconds: 10,
      maxCallDurationSeconds: 60,
      variables: {},
      ...changes,
    };
    this.#made.add(request.attemptId);
    const result = await this.adapter.originate(request, () => true);
    if (result.status === "accepted") return request.attemptId;
    throw new CaseFailure(
      `the switch did not take the originate: ${result.message}`,
    );
  }

  kinds(id: string): CallEventKind[] {
    return this.#of(id).map(({ kind }) => kind);
  }

  /** @throws CaseFailure when it does not come within so many seconds */
  async event<K extends CallEventKind>(
    id: string,
    kind: K,
    withinSeconds = 10,
  ): Promise<EventOf<K>> {
    let overMs: number | null = null;
    let deadline = performance.now() + withinSeconds * 1_000;
    for (;;) {
      if (this.#signal.aborted) throw new CaseFailure("stopped");
      const found = this.#of(id).find(
        (event): event is EventOf<K> => event.kind === kind,
      );
      if (found !== undefined) return found;
      // Events overtake each other: what happened before the end may be emitted shortly after it.
      if (this.#isOver(id)) {
        overMs ??= performance.now();
        deadline = Math.min(deadline, overMs + LATE_EVENT_MS);
      }
      if (performance.now() > deadline) {
        throw new CaseFailure(
          overMs === null
            ? `no ${kind} within ${String(withinSeconds)} s; events of the call: ${this.#story(id)}`
            : `no ${kind}; events of the call: ${this.#story(id)}`,
        );
      }
      await pause(LOOK_AGAIN_MS);
    }
  }

  #isOver(id: string): boolean {
    return this.#of(id).some(
      ({ kind }) => kind === "ENDED" || kind === "REFUSED",
    );
  }

  #of(id: string): CallEvent[] {
    return this.#events.filter(({ attemptId }) => attemptId === id);
  }

  #story(id: string): string {
    const words = this.#of(id).map((event) =>
      event.kind === "ENDED"
        ? `ENDED (${event.causeName ?? "no cause"})`
        : event.kind === "REFUSED"
          ? `REFUSED (${event.message})`
          : event.kind,
    );
    return words.length === 0 ? "nothing" : words.join(", ");
  }
}
