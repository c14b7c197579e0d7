import { describe, expect, it } from "vitest";

import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import { installationId } from "./recordings.ts";
import { call, epochMs, failure, scene } from "./tracker-scene.ts";
import type { Headers } from "./tracker-scene.ts";

describe("whose call it is", () => {
  const row = {
    channel: "PJSIP/trunk-00000001",
    linkedid: call,
    accountcode: installationId,
  };

  it("a refused duplicate never touches the live call", () => {
    const { tell, own, kinds, pass } = scene();
    tell("Newchannel", own());
    tell("Newstate", own("6"));
    tell("OriginateResponse", {
      ...failure,
      actionid: `${installationId}:${call}:other-7`,
    });
    tell("OriginateResponse", { ...failure, actionid: "somebody" });
    pass(60_000);
    expect(kinds()).toEqual(["ANSWERED"]);
  });

  it("nor that of another engine the call that it follows", () => {
    const { tell, kinds, pass, tracker } = scene({ isSent: false });
    tell("Newchannel", { ...row, accountcode: "" });
    tell("NewAccountCode", row);
    tell("Newstate", { ...row, channelstate: "5" });
    tell("OriginateResponse", failure);
    pass(60_000);
    expect(kinds()).toEqual(["RINGING"]);
    expect(tracker.knows(call)).toBe(true);
  });

  it("follows another engine's call by our installation tag, completely if seen from its start", () => {
    const { tell, events } = scene({ isSent: false });
    tell("Newchannel", { ...row, accountcode: "" });
    tell("NewAccountCode", row);
    tell("Newstate", { ...row, channelstate: "6" });
    tell("Hangup", { ...row, channelstate: "6", cause: "16" });
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "ENDED", complete: true },
    ]);
  });

  it("follows a call from before, but not wholly", () => {
    const { tell, events } = scene({ isSent: false });
    tell("Newstate", { ...row, channelstate: "6" });
    tell("Hangup", { ...row, channelstate: "6", cause: "16" });
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "ENDED", complete: false },
    ]);
  });

  it("recognises another engine's Originate without a channel by its ActionID", () => {
    const { tell, events, pass } = scene({ isSent: false });
    tell("OriginateResponse", failure);
    pass(1_000);
    expect(events).toMatchObject([{ attemptId: call, kind: "REFUSED" }]);
  });

  it.each([
    ["another installation's", { accountcode: "another" }],
    ["a stranger's", { accountcode: "" }],
    [
      "one without the shape of an attempt",
      { uniqueid: "astlab-1795340171.57987", accountcode: installationId },
    ],
    [
      "the pseudo channel's",
      {
        uniqueid: "astlab-1.1",
        linkedid: "astlab-1.1",
        channel: "OutgoingSpoolFailed",
      },
    ],
  ])("ignores %s events", (_name, headers: Headers) => {
    const { tell, events, tracker } = scene({ isSent: false });
    for (const event of [
      "Newchannel",
      "NewAccountCode",
      "Newstate",
      "HangupRequest",
      "Hangup",
    ]) {
      tell(event, { ...row, channelstate: "6", cause: "16", ...headers });
    }
    expect(events).toEqual([]);
    expect(tracker.sizes.calls).toBe(0);
  });

  it("uses the time of arrival where Asterisk gives none, and its clock where it gave one before", () => {
    const { tracker, events, tell, own } = scene();
    tracker.handle(
      new Map(
        Object.entries({
          event: "Newstate",
          uniqueid: call,
          channelstate: "5",
        }),
      ),
      epochMs + 5,
    );
    expect(events[0]?.at).toBe("2026-11-22T09:00:00.005Z");
    tell("HangupRequest", {
      ...own(),
      timestamp: `${String(epochMs / 1_000 + 3_601)}.5`,
    });
    const rows: AmiMessage[] = [
      new Map(Object.entries({ uniqueid: call, channelstate: "6" })),
    ];
    tracker.adopt(rows, new Set(), epochMs + 2_000);
    expect(events[1]).toMatchObject({
      kind: "ANSWERED",
      at: "2026-11-22T10:00:02.500Z",
    });
  });
});
