/** What the parts of the suite share: the harness, and an adapter with everything received over it. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";

import type {
  CallEvent,
  CallEventKind,
  ConnectionEvent,
  OriginateRequest,
  VoiceAdapter,
} from "../../../adapters/port.ts";
import { waitFor } from "../wait-for.ts";

/** How the number called behaves. */
export type ConformanceBehaviour =
  /** Rings, answers, and hangs up soon. */
  | "answers"
  /** Rings, answers, and talks for longer than any test. */
  | "talks"
  /** Rings for longer than any test. */
  | "rings"
  | "busy"
  /** Rings, then rejects. */
  | "declines"
  /** 183 and no 180, then the carrier gives up. */
  | "early_media"
  | "invalid"
  /** Nothing ever comes back. */
  | "silent"
  /** The trunk does not exist. */
  | "no_such_trunk"
  /** Rings, a person says hello, and stays longer than any test. */
  | "human"
  /** Rings, a machine talks without a pause, and stays longer than any test. */
  | "machine";

/** What the PBX does with an answered call; each has an extension of its own. */
export type ConformanceHandOver =
  /** Asks for an agent and rings one, who picks up and talks for longer than any test. */
  | "agent"
  /** The same through a queue of the PBX's. */
  | "queue"
  /** Asks for an agent and rings one, who does not pick up for longer than any person here waits. */
  | "ignored"
  /** Asks for an agent and rings one, who declines; then the PBX ends the call. */
  | "declined"
  /** Answering machine detection: machines are hung up on, people go on as `agent`. */
  | "amd"
  /** Leaves a disposition, whatever the person does; then the PBX ends the call. */
  | "disposition";

export interface ConformanceHarness {
  /** A new adapter, not connected; its commands time out and its pings fail within about a second. */
  makeAdapter(installationId: string): VoiceAdapter;
  /** A dial string to a number of its own with this behaviour. */
  dialString(behaviour: ConformanceBehaviour): string;
  /** The extension that the answered call goes to where a test does not care. */
  readonly extension: string;
  /** The extension of the PBX that does this with an answered call. */
  extensionFor(handOver: ConformanceHandOver): string;
  /** How many Originates reached the PBX so far. */
  originatesReceived(): Promise<number>;
  /** Breaks every connection; a new one may be made at once. */
  cutLine(): Promise<void>;
  /**
   * Makes the connection half-open: nothing gets through and neither side notices. Called only where there is a wire.
   */
  silence(isSilent: boolean): Promise<void>;
  /** Restarts the PBX: it loses every call and comes back. */
  restartPbx(): Promise<void>;
  close(): Promise<void>;
}

export interface Line {
  readonly adapter: VoiceAdapter;
  readonly connections: readonly ConnectionEvent[];
  readonly kinds: (attemptId: string) => CallEventKind[];
  readonly events: (attemptId: string) => CallEvent[];
  readonly expectEvent: <K extends CallEventKind>(
    attemptId: string,
    kind: K,
  ) => Promise<Extract<CallEvent, { kind: K }>>;
  readonly request: (
    behaviour: ConformanceBehaviour,
    changes?: Partial<OriginateRequest>,
  ) => OriginateRequest;
}

export type OpenLine = (installationId?: string) => Promise<Line>;
export interface Context {
  readonly harness: () => ConformanceHarness;
  readonly openLine: OpenLine;
}

export const written = (): boolean => true;

export async function connectLine(
  adapter: VoiceAdapter,
  harness: ConformanceHarness,
): Promise<Line> {
  const all: CallEvent[] = [];
  const connections: ConnectionEvent[] = [];
  await adapter.connect({
    onCallEvent: (event) => all.push(event),
    onConnection: (event) => connections.push(event),
  });
  const events = (attemptId: string) =>
    all.filter((event) => event.attemptId === attemptId);
  return {
    adapter,
    connections,
    events,
    kinds: (attemptId) => events(attemptId).map(({ kind }) => kind),
    expectEvent: (attemptId, kind) =>
      waitFor(`${kind} of the call`, () =>
        events(attemptId).find(
          (event): event is Extract<CallEvent, { kind: typeof kind }> =>
            event.kind === kind,
        ),
      ),
    request: (behaviour, changes = {}) => ({
      attemptId: randomUUID(),
      campaignId: randomUUID(),
      leadId: randomUUID(),
      dialString: harness.dialString(behaviour),
      callerId: "+551130000000",
      context: null,
      extension: harness.extension,
      setupTimeoutSeconds: 20,
      ringTimeoutSeconds: 25,
      maxCallDurationSeconds: 600,
      variables: { ORDER_ID: "A-42", GREETING: "Olá D'Ávila" },
      ...changes,
    }),
  };
}

export async function place(
  line: Line,
  behaviour: ConformanceBehaviour,
  changes: Partial<OriginateRequest> = {},
): Promise<string> {
  const request = line.request(behaviour, changes);
  const result = await line.adapter.originate(request, written);
  expect(result).toEqual({ status: "accepted" });
  return request.attemptId;
}

export function commandsOf(adapter: VoiceAdapter): (() => Promise<unknown>)[] {
  const id = randomUUID();
  return [
    () => adapter.hangup(id),
    () => adapter.isAlive(id),
    () => adapter.listLiveCalls(),
  ];
}

/** The next CONNECTED after a DISCONNECTED, from the `from`-th connection event on. */
export function reconnection(
  line: Line,
  from: number,
): Promise<ConnectionEvent> {
  return waitFor("the line to come back", () => {
    const events = line.connections.slice(from);
    const lost = events.findIndex((e) => e.state.status === "DISCONNECTED");
    return lost < 0
      ? undefined
      : events.slice(lost).find((e) => e.state.status === "CONNECTED");
  });
}
