import { describe, expect, it } from "vitest";

import { installationId } from "./recordings.ts";
import { call, epochMs, failure, success, scene } from "./tracker-scene.ts";

describe("the end of a call", () => {
  it.each([
    ["Hangup first", ["Hangup", "OriginateResponse"]],
    ["OriginateResponse first", ["OriginateResponse", "Hangup"]],
  ])("is told once, with %s", (_name, order) => {
    const { tell, own, events, pass } = scene();
    tell("Newchannel", own());
    for (const event of order) {
      tell(
        event,
        event === "Hangup"
          ? {
              ...own(),
              cause: "17",
              "cause-txt": "User busy",
              techcause: "SIP 486",
            }
          : failure,
      );
    }
    pass(60_000);
    expect(events).toMatchObject([
      {
        kind: "ENDED",
        dedupKey: "ENDED",
        complete: true,
        timedOut: false,
        cause: 17,
        causeName: "User busy",
        sipStatus: 486,
      },
    ]);
  });

  it("waits a second for the OriginateResponse that says whether it was our time-out", () => {
    const { tell, own, events, pass, tracker } = scene();
    tell("Newchannel", own());
    tell("Hangup", { ...own(), cause: "21" });
    expect(events).toEqual([]);
    expect(tracker.nextDueMs).toBe(epochMs + 3_000);
    pass(999);
    expect(events).toEqual([]);
    pass(1_000);
    expect(events).toMatchObject([
      {
        kind: "ENDED",
        cause: 21,
        timedOut: false,
        at: "2026-11-22T09:00:02.250Z",
      },
    ]);
    expect(tracker.nextDueMs).toBeNull();
  });

  it("distinguishes our own time-out from the carrier's 480, also when OriginateResponse is lost", () => {
    const [ours, carriers] = [scene(), scene()];
    for (const { tell, own } of [ours, carriers]) tell("Newchannel", own());
    ours.tell("Hangup", { ...ours.own(), cause: "19", techcause: "480" });
    carriers.tell("HangupRequest", {
      ...carriers.own(),
      cause: "19",
      techcause: "480",
    });
    carriers.tell("Hangup", {
      ...carriers.own(),
      cause: "19",
      techcause: "480",
    });
    for (const { pass } of [ours, carriers]) pass(2_000);
    expect(ours.events).toMatchObject([
      { kind: "ENDED", timedOut: true, sipStatus: null },
    ]);
    expect(carriers.events).toMatchObject([
      { kind: "ENDED", timedOut: false, sipStatus: 480 },
    ]);
    expect(ours.outcome().outcome).toBe("NETWORK_CONGESTION");
    expect(carriers.outcome().outcome).toBe("UNREACHABLE");
  });

  it("takes Reason 3 for our time-out whatever came before it", () => {
    const { tell, own, events } = scene();
    tell("Newchannel", own());
    tell("Newstate", own("5"));
    tell("OriginateResponse", { ...failure, reason: "3" });
    tell("Hangup", { ...own("5"), cause: "19", techcause: "480" });
    expect(events).toMatchObject([
      { kind: "RINGING" },
      { kind: "ENDED", timedOut: true, cause: 19, sipStatus: null },
    ]);
  });

  it("gives the carrier's own Q.850 cause, and its status with a reason phrase", () => {
    const { tell, own, events } = scene();
    tell("Newchannel", own());
    tell("Hangup", {
      ...own(),
      cause: "27",
      "cause-txt": "Destination out of order",
      techcause: "SIP 503 Service Unavailable",
    });
    tell("OriginateResponse", failure);
    expect(events).toMatchObject([
      {
        cause: 27,
        causeName: "Destination out of order",
        sipStatus: 503,
        sipReason: "Service Unavailable",
      },
    ]);
  });

  it.each(["0", "", "-3", "999", "x"])(
    "takes the cause %j for none",
    (cause) => {
      const { tell, own, events } = scene();
      tell("Newstate", own("6"));
      tell("Hangup", { ...own("6"), cause });
      expect(events.at(-1)).toMatchObject({
        kind: "ENDED",
        cause: null,
        causeName: null,
      });
    },
  );

  it("is a refusal by the trunk only when no channel was ever made", () => {
    const { tell, events, pass } = scene();
    tell("OriginateResponse", failure);
    pass(999);
    expect(events).toEqual([]);
    pass(1_000);
    expect(events).toMatchObject([
      {
        kind: "REFUSED",
        reason: "TRUNK_FAULT",
        at: "2026-11-22T09:00:01.250Z",
      },
    ]);
  });

  it("is none of that when the events of the channel are only late", () => {
    const { tell, own, events, pass } = scene();
    tell("OriginateResponse", failure);
    tell("Newchannel", own());
    tell("Hangup", { ...own(), cause: "1", techcause: "404" });
    pass(60_000);
    expect(events).toMatchObject([{ kind: "ENDED", cause: 1, sipStatus: 404 }]);
  });

  it("is provisional when the channel is there but its Hangup does not arrive", () => {
    const { tell, own, kinds, pass } = scene();
    tell("Newchannel", own());
    tell("OriginateResponse", { ...failure, reason: "3" });
    pass(1_000);
    expect(kinds()).toEqual(["ORIGINATE_FAILED"]);
    tell("Hangup", { ...own(), cause: "19" });
    pass(5_000);
    expect(kinds()).toEqual(["ORIGINATE_FAILED", "ENDED"]);
  });

  it("is emitted once for an answered call, and nothing after it", () => {
    const { tell, own, kinds } = scene();
    tell("Newchannel", own());
    tell("Newstate", own("6"));
    tell("DialEnd", { destuniqueid: call, dialstatus: "ANSWER", uniqueid: "" });
    tell("OriginateResponse", success);
    tell("Hangup", { ...own("6"), cause: "16" });
    tell("Hangup", { ...own("6"), cause: "16" });
    tell("Newstate", { ...own("5"), accountcode: installationId });
    tell("OriginateResponse", failure);
    expect(kinds()).toEqual(["ANSWERED", "ENDED"]);
  });

  it("has no SIP status of a refusal when it was answered: a BYE's reason is only a cause", () => {
    const { tell, own, events } = scene();
    tell("Newchannel", own());
    tell("Newstate", own("6"));
    tell("Hangup", { ...own("6"), cause: "38", techcause: "500" });
    expect(events.at(-1)).toMatchObject({
      kind: "ENDED",
      cause: 38,
      sipStatus: null,
      sipReason: null,
    });
  });

  it("shows that it was answered when only the Hangup was seen", () => {
    const { tell, own, events } = scene();
    tell("Hangup", { ...own("6"), cause: "16" });
    expect(events).toMatchObject([
      { kind: "ANSWERED" },
      { kind: "ENDED", history: { answerAt: "2026-11-22T09:00:01.250Z" } },
    ]);
  });

  it("by a shutdown before any sign of life is left to reconciliation", () => {
    const { tell, own, events, pass, tracker } = scene();
    tell("Newchannel", own());
    tell("SoftHangupRequest", { ...own(), cause: "4" });
    tell("Hangup", { ...own(), cause: "0" });
    tell("OriginateResponse", failure);
    pass(60_000);
    expect(events).toEqual([]);
    expect(tracker.knows(call)).toBe(false);
  });

  it("by a shutdown is reported as such, so that nobody takes it for a broken hand-over", () => {
    const { tell, own, events } = scene();
    tell("Newstate", own("6"));
    tell("SoftHangupRequest", { ...own("6"), cause: "4" });
    tell("Hangup", { ...own("6"), cause: "0" });
    expect(events.at(-1)).toMatchObject({
      kind: "ENDED",
      source: "SYSTEM",
      cause: null,
      causeName: "SYSTEM_SHUTDOWN",
    });
  });
});
