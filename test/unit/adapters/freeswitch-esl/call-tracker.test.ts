/** What the tracker makes of orders, repeats and losses that no single recording shows. */
import { describe, expect, it } from "vitest";

import { EslCallTracker } from "../../../../adapters/freeswitch-esl/call-tracker.ts";
import { readEvent } from "../../../../adapters/freeswitch-esl/event.ts";
import type { EslEvent } from "../../../../adapters/freeswitch-esl/event.ts";
import { FrameParser } from "../../../../adapters/freeswitch-esl/frame-parser.ts";
import { jobUuidOf } from "../../../../adapters/freeswitch-esl/job.ts";
import { createRandom } from "../../../../adapters/mock/random.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import { foldEvents, settle } from "../../../../dialing/call-state.ts";
import { originating } from "../../dialing/attempt.ts";
import { describeAttempt } from "./attempt-words.ts";
import { expectedAttempts } from "./expected-attempts.ts";
import { installationId, loadRecording } from "./recordings.ts";

import {
  agentLeg,
  answered,
  cleared,
  failed,
  id,
  mine,
  scene,
} from "./tracker-scene.ts";

describe("orders and losses", () => {
  it("a call whose answer was never received is answered by the time in its end", () => {
    const { say, events } = scene();
    say("CHANNEL_CREATE");
    say("CHANNEL_HANGUP_COMPLETE", { ...answered, ...cleared });
    expect(events.at(-1)).toMatchObject({
      kind: "ENDED",
      complete: true,
      history: { answerAt: "2026-11-22T09:31:43.539Z", ringAt: null },
    });
  });

  it("a job's +OK is no answer, and its -ERR no end of a call that lives", () => {
    const { say, kinds, tracker } = scene();
    say("CHANNEL_CREATE");
    say("BACKGROUND_JOB", {
      "Job-UUID": jobUuidOf(installationId, id),
      _body: `+OK ${id}\n`,
    });
    tracker.flush(Infinity);
    expect(kinds()).toEqual([]);
    say("CHANNEL_ANSWER", answered);
    say("BACKGROUND_JOB", failed("NORMAL_CLEARING"));
    expect(kinds()).toEqual(["ANSWERED"]);
    say("CHANNEL_HANGUP_COMPLETE", { ...answered, ...cleared });
    tracker.flush(Infinity);
    expect(kinds()).toEqual(["ANSWERED", "ENDED"]);
  });

  it("a failed job is a provisional end when the channel's end does not arrive, and the end may still follow", () => {
    const { say, kinds, tracker, events } = scene();
    say("BACKGROUND_JOB", failed("USER_BUSY"));
    say("CHANNEL_CREATE");
    tracker.flush(Infinity);
    expect(events).toMatchObject([
      { kind: "ORIGINATE_FAILED", cause: 17, causeName: "USER_BUSY" },
    ]);
    say("CHANNEL_HANGUP_COMPLETE", { "Hangup-Cause": "USER_BUSY" });
    expect(kinds()).toEqual(["ORIGINATE_FAILED", "ENDED"]);
  });

  it("a failed job without a channel is no refusal when events were missed", () => {
    const { say, kinds, tracker } = scene();
    tracker.connectionLost(0);
    say("BACKGROUND_JOB", failed("DESTINATION_OUT_OF_ORDER"));
    tracker.flush(Infinity);
    expect(kinds()).toEqual(["ORIGINATE_FAILED"]);
  });

  it("CHANNEL_DESTROY ends a call whose HANGUP_COMPLETE was lost; without a channel it ends nothing", () => {
    const { say, kinds } = scene();
    say("CHANNEL_DESTROY", { "Channel-Name": "N/A", ...cleared });
    expect(kinds()).toEqual([]);
    say("CHANNEL_CREATE", { "Channel-Name": "sofia/lab/1555" });
    say("CHANNEL_DESTROY", { "Channel-Name": "sofia/lab/1555", ...cleared });
    say("CHANNEL_HANGUP_COMPLETE", cleared);
    expect(kinds()).toEqual(["ENDED"]);
  });

  it.each([
    "sip-answer-remote-hangup",
    "sip-reject-486",
    "sip-ring-timeout-CANCEL",
    "sip-callcenter-queue-agent",
    "sip-bridge-agent-customer-hangup",
    "bridge-agent-app-agent-hangup",
    "amd-machine-longgreeting",
    "limit-sessions-per-second",
  ])(
    "%s ends the same with each event late by some, or twice, or both",
    (name) => {
      const recording = loadRecording(name);
      const events = eventsOf(name);
      const random = createRandom(5);
      for (let round = 0; round < 40; round += 1) {
        const told: CallEvent[] = [];
        const tracker = new EslCallTracker({
          installationId,
          emit: (event) => told.push(event),
        });
        for (const { attemptId } of recording.calls) tracker.sent(attemptId);
        const shuffled = events
          .flatMap((event) => (random() < 0.3 ? [event, event] : [event]))
          .map((event, index) => ({ event, at: index + random() * 2.5 }))
          .sort((a, b) => a.at - b.at);
        for (const { event } of shuffled) tracker.handle(event, 0);
        tracker.flush(Infinity);
        const ids = [...new Set(recording.calls.map((c) => c.attemptId))];
        const ends = ids.map((attemptId) =>
          describeAttempt(
            settle(
              foldEvents(
                originating({ id: attemptId }),
                told.filter((event) => event.attemptId === attemptId),
              ),
            ),
          ),
        );
        expect(ends).toEqual(expectedAttempts[name]);
      }
    },
  );
});

function eventsOf(name: string): EslEvent[] {
  const { calls, connections } = loadRecording(name);
  const jobs = new Map(
    calls.map(({ jobUuid, attemptId }) => [
      jobUuid,
      jobUuidOf(installationId, attemptId),
    ]),
  );
  return new FrameParser()
    .push(Buffer.concat(connections.flat()))
    .flatMap(({ contentType, body }) => {
      const event = contentType === "text/event-json" ? readEvent(body) : null;
      if (event === null) return [];
      const job = jobs.get(event.get("Job-UUID") ?? "");
      return [
        {
          ...event,
          get: (key: string) =>
            key === "Job-UUID" && job !== undefined ? job : event.get(key),
        },
      ];
    });
}

describe("whose call it is", () => {
  it("another engine's, by our installation tag and its uuid as account code: followed from its start", () => {
    const { say, events, tracker } = scene(false);
    say("CHANNEL_CREATE", mine);
    expect(tracker.knows(id)).toBe(true);
    say("CHANNEL_HANGUP_COMPLETE", { ...mine, ...cleared });
    expect(events).toMatchObject([{ kind: "ENDED", complete: true }]);
  });

  it("ours again when its first event is from mid-life, but then not followed from its start", () => {
    const { say, events } = scene(false);
    say("CHANNEL_ANSWER", { ...mine, ...answered });
    say("CHANNEL_HANGUP_COMPLETE", { ...mine, ...cleared });
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "ENDED", complete: false },
    ]);
  });

  it("a foreign channel without the tag, with another's, and a loopback half with copies of our variables", () => {
    const { say, events, tracker } = scene(false);
    say("CHANNEL_CREATE");
    say("CHANNEL_CREATE", { ...mine, variable_presence_data: "other" });
    say("CHANNEL_CREATE", { ...mine, "Unique-ID": agentLeg });
    say("BACKGROUND_JOB", {
      "Job-UUID": jobUuidOf("other", id),
      _body: "-ERR USER_BUSY\n",
    });
    tracker.flush(Infinity);
    expect(events).toEqual([]);
    expect(tracker.sizes).toMatchObject({ calls: 0, legs: 0 });
  });
});
