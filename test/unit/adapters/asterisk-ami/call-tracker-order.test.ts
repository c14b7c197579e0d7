import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import { describeAttempt, expectedAttempts } from "./expected-attempts.ts";
import { loadRecording, plainMessages, recordingNames } from "./recordings.ts";
import { finalAttempts, trackRecording } from "./replay.ts";
import { epochMs } from "./tracker-scene.ts";

describe("the order of events", () => {
  /** Stasis keeps the order of channel events; OriginateResponse goes round it and may come anywhere. */
  it.each(
    recordingNames().filter((name) =>
      expectedAttempts[name]?.some(({ outcome }) => outcome !== null),
    ),
  )("%s ends the same wherever OriginateResponse comes in", (name) => {
    const recording = loadRecording(name);
    const messages = plainMessages(recording.bytes).map(
      (headers) => new Map([...headers].reverse()),
    );
    const isResponse = (message: AmiMessage) =>
      message.get("event") === "OriginateResponse";
    const rest = messages.filter((message) => !isResponse(message));
    const responses = messages.filter(isResponse);
    fc.assert(
      fc.property(
        fc.array(fc.nat(rest.length), {
          minLength: responses.length,
          maxLength: responses.length,
        }),
        (places) => {
          const { tracker, events } = trackRecording(recording);
          rest.forEach((message, index) => {
            places.forEach((place, which) => {
              const response = responses[which];
              if (place === index && response !== undefined)
                tracker.handle(response, epochMs);
            });
            tracker.handle(message, epochMs);
          });
          places.forEach((place, which) => {
            const response = responses[which];
            if (place === rest.length && response !== undefined)
              tracker.handle(response, epochMs);
          });
          tracker.flush(Infinity);
          expect(finalAttempts(recording, events).map(describeAttempt)).toEqual(
            expectedAttempts[name],
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  it("of the same events, told twice each, changes nothing", () => {
    for (const name of recordingNames()) {
      const recording = loadRecording(name);
      const once = trackRecording(recording);
      const twice = trackRecording(recording);
      for (const headers of plainMessages(recording.bytes)) {
        const message = new Map([...headers].reverse());
        once.tracker.handle(message, epochMs);
        twice.tracker.handle(message, epochMs);
        twice.tracker.handle(message, epochMs);
      }
      once.tracker.flush(Infinity);
      twice.tracker.flush(Infinity);
      expect(finalAttempts(recording, twice.events), name).toEqual(
        finalAttempts(recording, once.events),
      );
    }
  });
});
