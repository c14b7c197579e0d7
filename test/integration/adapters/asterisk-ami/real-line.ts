/** An adapter on a real Asterisk, with everything received over it. */
import { randomUUID } from "node:crypto";
import { pino } from "pino";

import { AsteriskAmiAdapter } from "../../../../adapters/asterisk-ami/adapter.ts";
import type {
  CallEvent,
  CallEventKind,
  ConnectionEvent,
  OriginateRequest,
  OriginateResult,
} from "../../../../adapters/port.ts";
import { waitFor } from "../../../support/wait-for.ts";

/** Slow enough for a boot of Asterisk, quick enough for the conformance suite's own bounds. */
const TIMINGS = {
  connectTimeoutMs: 2_000,
  loginTimeoutMs: 3_000,
  bootTimeoutMs: 3_000,
  commandTimeoutMs: 2_500,
  pingIntervalMs: 300,
  reconnect: { minMs: 50, maxMs: 200, refusedMs: 200, random: () => 0.5 },
};

/** Where to log in, and as whom. */
export interface Account {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}

export function adapterFor(
  account: Account,
  installationId: string,
): AsteriskAmiAdapter {
  return new AsteriskAmiAdapter({
    ...account,
    context: "from-dialer",
    installationId,
    log: pino({ level: "silent" }),
    timings: TIMINGS,
  });
}

type EventOf<K extends CallEventKind> = Extract<CallEvent, { kind: K }>;

export interface RealCall {
  readonly id: string;
  readonly result: OriginateResult;
  kinds(): CallEventKind[];
  event<K extends CallEventKind>(
    kind: K,
    matches?: (event: EventOf<K>) => boolean,
  ): Promise<EventOf<K>>;
}

export interface RealLine {
  readonly adapter: AsteriskAmiAdapter;
  readonly connections: readonly ConnectionEvent[];
  dial(
    dialString: string,
    changes?: Partial<OriginateRequest>,
  ): Promise<RealCall>;
}

export async function openLine(account: Account): Promise<RealLine> {
  const adapter = adapterFor(account, randomUUID());
  const all: CallEvent[] = [];
  const connections: ConnectionEvent[] = [];
  await adapter.connect({
    onCallEvent: (event) => all.push(event),
    onConnection: (event) => connections.push(event),
  });
  const dial: RealLine["dial"] = async (dialString, changes = {}) => {
    const request = { ...requestFor(dialString), ...changes };
    const result = await adapter.originate(request, () => true);
    const mine = (): CallEvent[] =>
      all.filter(({ attemptId }) => attemptId === request.attemptId);
    return {
      id: request.attemptId,
      result,
      kinds: () => mine().map(({ kind }) => kind),
      event: (kind, matches = () => true) =>
        waitFor(`${kind} of the call to ${dialString}`, () =>
          mine().find(
            (event): event is EventOf<typeof kind> =>
              event.kind === kind && matches(event as EventOf<typeof kind>),
          ),
        ),
    };
  };
  return { adapter, connections, dial };
}

function requestFor(dialString: string): OriginateRequest {
  return {
    attemptId: randomUUID(),
    campaignId: randomUUID(),
    leadId: randomUUID(),
    dialString,
    callerId: "+551130000000",
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 25,
    maxCallDurationSeconds: 600,
    variables: {},
  };
}
