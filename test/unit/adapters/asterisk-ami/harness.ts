/** An adapter on a fake AMI server, with everything received over it; closed after each test. */
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { afterEach } from "vitest";

import { AsteriskAmiAdapter } from "../../../../adapters/asterisk-ami/adapter.ts";
import type { AsteriskAmiOptions } from "../../../../adapters/asterisk-ami/adapter.ts";
import type {
  CallEvent,
  ConnectionEvent,
  OriginateRequest,
} from "../../../../adapters/port.ts";
import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import { AmiSession } from "../../../../adapters/asterisk-ami/session.ts";
import { startFakeAmiServer } from "../../../support/fake-ami-server.ts";
import type { FakeAmiServer } from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { installationId } from "./recordings.ts";
import { silent } from "./replay.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export function closeLater(close: () => Promise<unknown>): void {
  closers.push(close);
}

export async function startServer(port?: number): Promise<FakeAmiServer> {
  const server = await startFakeAmiServer(port);
  closeLater(() => server.close());
  return server;
}

export const fastTimings = {
  connectTimeoutMs: 300,
  loginTimeoutMs: 300,
  bootTimeoutMs: 300,
  commandTimeoutMs: 300,
  pingIntervalMs: 50,
  graceMs: 30,
  channelsAgainMs: 50,
  reconnect: { minMs: 10, maxMs: 40, refusedMs: 40, random: () => 0.5 },
} as const;

export interface Harness {
  readonly adapter: AsteriskAmiAdapter;
  readonly events: CallEvent[];
  readonly connections: ConnectionEvent[];
  /** The reasons told since the start, oldest first. */
  readonly reasons: () => string[];
  readonly connectedTimes: () => number;
  readonly untilConnected: (times?: number) => Promise<unknown>;
}

/** Begins to connect; does not wait. */
export function startAdapter(
  server: { readonly port: number },
  changes: Partial<AsteriskAmiOptions> = {},
  log: Logger = silent,
): Harness & { readonly opened: Promise<void> } {
  const events: CallEvent[] = [];
  const connections: ConnectionEvent[] = [];
  const adapter = new AsteriskAmiAdapter({
    host: "127.0.0.1",
    port: server.port,
    user: "dialer",
    secret: "s3cret",
    context: "from-dialer",
    installationId,
    log,
    timings: fastTimings,
    ...changes,
  });
  closeLater(() => adapter.disconnect());
  const opened = adapter.connect({
    onCallEvent: (event) => events.push(event),
    onConnection: (event) => connections.push(event),
  });
  const connectedTimes = () =>
    connections.filter(({ state }) => state.status === "CONNECTED").length;
  return {
    adapter,
    events,
    connections,
    opened,
    reasons: () =>
      connections.flatMap(({ state }) =>
        state.status === "DISCONNECTED" ? [state.reason] : [],
      ),
    connectedTimes,
    untilConnected: (times = 1) =>
      waitFor("the line to be up", () => connectedTimes() >= times),
  };
}

export async function connect(
  server: { readonly port: number },
  changes: Partial<AsteriskAmiOptions> = {},
): Promise<Harness> {
  const harness = startAdapter(server, changes);
  await harness.opened;
  await harness.untilConnected();
  return harness;
}

/** A session alone, logged in. */
export async function openSession(server: FakeAmiServer, timeoutMs = 300) {
  const events: AmiMessage[] = [];
  const closed: string[] = [];
  const session = await AmiSession.open({
    ...fastTimings,
    commandTimeoutMs: timeoutMs,
    pingIntervalMs: 60_000,
    host: "127.0.0.1",
    port: server.port,
    user: "dialer",
    secret: "s3cret",
    log: silent,
    onEvent: (event) => events.push(event),
    onShuttingDown: () => undefined,
    onClose: (reason) => closed.push(reason),
  });
  closeLater(() => {
    session.close("The test is over");
    return Promise.resolve();
  });
  await session.login();
  return { session, events, closed };
}

export const ping = { headers: { Action: "Ping" } } as const;

export function request(
  changes: Partial<OriginateRequest> = {},
): OriginateRequest {
  return {
    attemptId: randomUUID(),
    campaignId: randomUUID(),
    leadId: randomUUID(),
    dialString: "PJSIP/15550000200@trunk",
    callerId: "+15551230000",
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 25,
    maxCallDurationSeconds: 600,
    variables: {},
    ...changes,
  };
}

export const written = (): boolean => true;
