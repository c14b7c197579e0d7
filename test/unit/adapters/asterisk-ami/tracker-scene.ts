/** A tracker to which events are told one by one. */
import { AmiCallTracker } from "../../../../adapters/asterisk-ami/call-tracker.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import { foldEvents, settle } from "../../../../dialing/call-state.ts";
import { originating } from "../../dialing/attempt.ts";
import { installationId } from "./recordings.ts";

export const call = "3b241101-e2bb-4255-8caf-4136c566a962";
const actionId = `${installationId}:${call}:dialer-1`;
export const epochMs = Date.parse("2026-11-22T09:00:00.000Z");

export type Headers = Readonly<Record<string, string>>;

/** A tracker that has sent `call`, unless told otherwise; `tell` gives each event a time of its own, every `stepMs`. */
export function scene({ isSent = true, stepMs = 1_000 } = {}) {
  const events: CallEvent[] = [];
  const astray: string[] = [];
  const tracker = new AmiCallTracker({
    installationId,
    emit: (event) => events.push(event),
    onNoWayOut: (attemptId) => astray.push(attemptId),
  });
  if (isSent) tracker.sent(call, actionId);
  let steps = 0;
  const tell = (event: string, headers: Headers = {}): void => {
    steps += 1;
    const timestamp = ((epochMs + 250 + steps * stepMs) / 1_000).toFixed(6);
    const all = { event, timestamp, uniqueid: call, ...headers };
    tracker.handle(new Map(Object.entries(all)), epochMs + steps * stepMs);
  };
  return {
    tracker,
    events,
    /** Calls that the tracker wants ended. */
    astray,
    tell,
    own: (state = "0") => ({
      channel: "PJSIP/trunk-00000001",
      channelstate: state,
      linkedid: call,
    }),
    kinds: () => events.map(({ kind }) => kind),
    pass: (ms: number) => {
      tracker.flush(epochMs + steps * stepMs + ms);
    },
    outcome: () => settle(foldEvents(originating({ id: call }), events)),
  };
}

export const failure = {
  actionid: actionId,
  response: "Failure",
  reason: "0",
} as const;
export const success = {
  actionid: actionId,
  response: "Success",
  reason: "4",
} as const;
