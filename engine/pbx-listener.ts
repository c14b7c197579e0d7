/** What an engine does with what its adapter tells it. */
import type { Logger } from "pino";

import type { AdapterListener, ConnectionEvent } from "../adapters/port.ts";
import type { Metrics } from "../health/metrics.ts";
import type { EventInbox } from "./event-inbox.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Tenure } from "./tenure.ts";

export interface PbxListenerDependencies {
  readonly inbox: EventInbox;
  readonly heartbeat: Heartbeat;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** The tenure under way, or null in standby. */
  readonly tenure: () => Tenure | null;
}

export function createPbxListener(
  dependencies: PbxListenerDependencies,
): AdapterListener {
  const { inbox, tenure } = dependencies;
  return {
    onCallEvent: (event) => {
      tenure()?.noteCallEvent(event);
      inbox.push(event);
    },
    onConnection: (event) => {
      onConnection(dependencies, event);
    },
  };
}

function onConnection(
  { heartbeat, metrics, log, tenure }: PbxListenerDependencies,
  { state, restarted }: ConnectionEvent,
): void {
  const connected = state.status === "CONNECTED";
  metrics.pbxConnected.set(connected ? 1 : 0);
  if (connected) log.info({ restarted }, "Connected to the PBX");
  else if (heartbeat.isStopped) log.info("Disconnected from the PBX");
  else log.warn({ reason: state.reason }, "Not connected to the PBX");
  // The node's row says whether its PBX can be used; passes read it, so it comes first.
  heartbeat
    .soon()
    .then(async () => {
      if (!connected) return;
      tenure()?.notePbxConnected();
      await tenure()?.wakeAll();
    })
    .catch((error: unknown) => {
      log.warn({ err: error }, "Campaigns could not be woken");
    });
}
