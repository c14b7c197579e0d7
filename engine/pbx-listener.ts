/** What an engine does with the events of its adapter. */
import type { Logger } from "pino";

import { takesCalls } from "../adapters/port.ts";
import type { AdapterListener, ConnectionEvent } from "../adapters/port.ts";
import type { Metrics } from "../metrics.ts";
import type { EventInbox } from "./attempts/inbox.ts";
import type { Elector } from "./leadership/elector.ts";
import type { Heartbeat } from "./leadership/heartbeat.ts";
import type { LeaderTerm } from "./term.ts";

export interface PbxListenerDependencies {
  readonly inbox: EventInbox;
  readonly heartbeat: Heartbeat;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly elector: Pick<Elector<LeaderTerm>, "term" | "notePbxReady">;
  /** The connection is up or down from now on. */
  readonly onChange: (isUp: boolean) => void;
}

export function createPbxListener(
  dependencies: PbxListenerDependencies,
): AdapterListener {
  const { inbox, elector } = dependencies;
  let wasConnected = true;
  return {
    onCallEvent: (event) => {
      elector.term?.noteCallEvent(event);
      inbox.push(event);
    },
    onConnection: (event) => {
      onConnection(dependencies, event, wasConnected);
      wasConnected = event.state.status === "CONNECTED";
    },
  };
}

function onConnection(
  { heartbeat, metrics, log, elector, onChange }: PbxListenerDependencies,
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
  // Logged once per outage: each attempt to reconnect makes two more changes, and the health watch logs how it goes on.
  else
    log[wasConnected ? "warn" : "debug"](
      { reason: state.reason },
      "Not connected to the PBX",
    );
  if (takesCalls(state)) elector.notePbxReady();
  // First, because the node's row says whether its PBX can be used, and passes read it.
  const begun = restarted
    ? (elector.term?.notePbxRestarted() ?? Promise.resolve())
    : Promise.resolve();
  begun
    .then(() => heartbeat.soon())
    .then(async () => {
      if (!takesCalls(state)) return;
      elector.term?.notePbxConnected();
      await elector.term?.wakeAll();
    })
    .catch((error: unknown) => {
      log.warn({ err: error }, "Campaigns could not be woken");
    });
}
