/** What an engine does with what its adapter tells it. */
import type { Logger } from "pino";

import { takesCalls } from "../adapters/port.ts";
import type { AdapterListener, ConnectionEvent } from "../adapters/port.ts";
import type { Metrics } from "../metrics.ts";
import type { EventInbox } from "./attempts/inbox.ts";
import type { Heartbeat } from "./leadership/heartbeat.ts";
import type { Tenure } from "./term.ts";

export interface PbxListenerDependencies {
  readonly inbox: EventInbox;
  readonly heartbeat: Heartbeat;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** The tenure under way, or null in standby. */
  readonly tenure: () => Tenure | null;
  /** The PBX takes calls, as of now. */
  readonly onReady: () => void;
  /** The line is up or down, as of now. */
  readonly onChange: (isUp: boolean) => void;
}

export function createPbxListener(
  dependencies: PbxListenerDependencies,
): AdapterListener {
  const { inbox, tenure } = dependencies;
  let wasConnected = true;
  return {
    onCallEvent: (event) => {
      tenure()?.noteCallEvent(event);
      inbox.push(event);
    },
    onConnection: (event) => {
      onConnection(dependencies, event, wasConnected);
      wasConnected = event.state.status === "CONNECTED";
    },
  };
}

function onConnection(
  {
    heartbeat,
    metrics,
    log,
    tenure,
    onReady,
    onChange,
  }: PbxListenerDependencies,
  { state, restarted }: ConnectionEvent,
  wasConnected: boolean,
): void {
  const connected = state.status === "CONNECTED";
  onChange(connected);
  metrics.pbxConnected.set(connected ? 1 : 0);
  const paused = connected ? state.paused : undefined;
  if (paused !== undefined)
    log.warn({ reason: paused.message }, "The PBX takes no calls");
  else if (connected) log.info({ restarted }, "Connected to the PBX");
  else if (heartbeat.isStopped) log.info("Disconnected from the PBX");
  // Once an outage: each try to reconnect is two changes more, and the health watch tells how it goes on.
  else
    log[wasConnected ? "warn" : "debug"](
      { reason: state.reason },
      "Not connected to the PBX",
    );
  if (takesCalls(state)) onReady();
  // The node's row says whether its PBX can be used; passes read it, so it comes first.
  const begun = restarted
    ? (tenure()?.notePbxRestarted() ?? Promise.resolve())
    : Promise.resolve();
  begun
    .then(() => heartbeat.soon())
    .then(async () => {
      if (!takesCalls(state)) return;
      tenure()?.notePbxConnected();
      await tenure()?.wakeAll();
    })
    .catch((error: unknown) => {
      log.warn({ err: error }, "Campaigns could not be woken");
    });
}
