/** The recordings once more, the whole way: an Originate of the adapter's own, Asterisk's bytes over TCP, call events. */
import { expect, it } from "vitest";

import { idOf } from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { describeAttempt, expectedAttempts } from "./expected-attempts.ts";
import { connect, request, startServer, written } from "./harness.ts";
import { loadRecording, recordingNames } from "./recordings.ts";
import { finalAttempts } from "./replay.ts";

/** One Originate, accepted, and an end that the recording shows. */
const withOneCall = recordingNames().filter((name) => {
  const [first, ...others] = expectedAttempts[name] ?? [];
  const isWhole = first !== undefined && first.state !== "ORIGINATING";
  return isWhole && others.length === 0;
});

it.each(withOneCall)("%s, over TCP into the adapter", async (name) => {
  const server = await startServer();
  const { adapter, events } = await connect(server);
  const [planned] = loadRecording(name).calls;
  const attemptId = planned?.attemptId ?? "";
  server.answer("Originate", (action) => {
    const { chunks } = loadRecording(name, () => idOf(action));
    // All but the greeting; the recorded answers to a login nobody is waiting for do no harm.
    for (const chunk of chunks.slice(1)) action.connection.write(chunk);
    return null;
  });
  const result = await adapter.originate(request({ attemptId }), written);
  expect(result).toEqual({ status: "accepted" });
  const isOver = () =>
    events.some(({ kind }) => kind === "ENDED" || kind === "REFUSED");
  await waitFor("the end of the call", isOver);
  const recording = loadRecording(name);
  expect(finalAttempts(recording, events).map(describeAttempt)).toEqual(
    expectedAttempts[name],
  );
  expect(server.connections()).toBe(1);
});

it("covers most of the calls that were recorded", () => {
  expect(withOneCall.length).toBeGreaterThan(40);
});
