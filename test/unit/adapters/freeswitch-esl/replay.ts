/** Feeds bytes of a FreeSWITCH in any pieces, and what comes of them to the tracker and the reducer. */
import { EslCallTracker } from "../../../../adapters/freeswitch-esl/call-tracker.ts";
import {
  isOfUse,
  readEvent,
} from "../../../../adapters/freeswitch-esl/event.ts";
import type { EslEvent } from "../../../../adapters/freeswitch-esl/event.ts";
import { FrameParser } from "../../../../adapters/freeswitch-esl/frame-parser.ts";
import type { Frame } from "../../../../adapters/freeswitch-esl/frame-parser.ts";
import { jobUuidOf } from "../../../../adapters/freeswitch-esl/job.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import type { AttemptFacts } from "../../../../dialing/call-facts.ts";
import { foldEvents, settle } from "../../../../dialing/call-state.ts";
import { originating } from "../../dialing/attempt.ts";
import { installationId } from "./recordings.ts";
import type { Recording } from "./recordings.ts";

const startMs = Date.parse("2026-11-22T09:00:00Z");

export interface Replayed {
  readonly frames: readonly Frame[];
  readonly events: readonly CallEvent[];
  readonly attempts: readonly AttemptFacts[];
}

/**
 * The recording's calls, sent and followed, through parser, tracker and reducer.
 *
 * @param cut the pieces that a connection's bytes are read in; default as recorded
 */
export function replay(
  recording: Recording,
  cut: (reads: readonly Buffer[]) => Iterable<Buffer> = (reads) => reads,
): Replayed {
  const events: CallEvent[] = [];
  const frames: Frame[] = [];
  const tracker = trackerOf(recording, events);
  const renamed = renamedJobs(recording);
  for (const [index, reads] of recording.connections.entries()) {
    if (index > 0) tracker.connectionLost(startMs);
    const parser = new FrameParser();
    for (const read of cut(reads)) {
      for (const frame of parser.push(read)) {
        frames.push(frame);
        const event = eventIn(frame);
        if (event !== null) tracker.handle(renamed(event), startMs);
      }
    }
  }
  tracker.flush(Infinity);
  return { frames, events, attempts: finalAttempts(recording, events) };
}

function trackerOf(recording: Recording, events: CallEvent[]): EslCallTracker {
  const tracker = new EslCallTracker({
    installationId,
    emit: (event) => events.push(event),
  });
  for (const { attemptId } of recording.calls) tracker.sent(attemptId);
  return tracker;
}

function eventIn(frame: Frame): EslEvent | null {
  return frame.contentType === "text/event-json" && isOfUse(frame.body)
    ? readEvent(frame.body)
    : null;
}

/** Jobs have ids of the recording's client; they are given those that the adapter makes. */
function renamedJobs({ calls }: Recording): (event: EslEvent) => EslEvent {
  const names = new Map(
    calls.map(({ attemptId, jobUuid }) => [
      jobUuid,
      jobUuidOf(installationId, attemptId),
    ]),
  );
  return (event) => {
    const name = names.get(event.get("Job-UUID") ?? "");
    return name === undefined
      ? event
      : {
          ...event,
          get: (key) => (key === "Job-UUID" ? name : event.get(key)),
        };
  };
}

/** What the database would hold of each call, once every grace and SETTLE has passed. */
function finalAttempts(
  { calls }: Recording,
  events: readonly CallEvent[],
): AttemptFacts[] {
  const ids = [...new Set(calls.map(({ attemptId }) => attemptId))];
  return ids.map((id) =>
    settle(
      foldEvents(
        originating({ id }),
        events.filter((event) => event.attemptId === id),
      ),
    ),
  );
}
