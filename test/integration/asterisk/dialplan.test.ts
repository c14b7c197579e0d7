/** docs/asterisk/extensions.conf and queues.conf on a real Asterisk: what happens to a person who answered. */
import { describe, expect, it } from "vitest";

import { FAR_END, MOVED_TO } from "../../support/asterisk-lab.ts";
import type { AmiMessage } from "../../support/asterisk-lab.ts";
import { bridged, shareDialplan, userEvent } from "./dialplan-scene.ts";
import type { PlacedCall } from "./place-call.ts";

const { client, dial, lab } = shareDialplan();

function hasUserEvent(call: PlacedCall, name: string): boolean {
  return call.has("UserEvent", (m) => m["UserEvent"] === name);
}

function runs(call: PlacedCall, application: string): Promise<AmiMessage> {
  return call.event("Newexten", (m) => m["Application"] === application);
}

describe("the pages", () => {
  it("load without a complaint", async () => {
    // Its SIP library warns now and then of the order in which Asterisk itself loads two of its modules.
    const complaints = (await lab().log())
      .split("\n")
      .filter((line) => /WARNING|ERROR/.test(line))
      .filter((line) => !/pjproject:.* registered during operation/.test(line));
    expect(complaints).toEqual([]);
    for (const context of [
      "from-dialer",
      "dialer-limit",
      "dialer-amd",
      "dialer-agent",
      "dialer-queue",
      "from-carrier",
    ])
      expect(await lab().cli(`dialplan show ${context}`)).toContain(
        "docs-extensions.conf",
      );
    expect(await lab().cli("queue show dialer")).toContain("PJSIP/1001");
  });

  it.each(["failed", "5511999990000", "00", "h", "t"])(
    "give a call no way to the extension %s",
    async (exten) => {
      const { response } = await dial(exten, FAR_END.talks);
      expect(response).toMatchObject({
        Response: "Error",
        Message: "Extension does not exist.",
      });
    },
  );
});

describe("a carrier's 302", () => {
  it("rings no other number than the lead's", async () => {
    const call = await dial("s", FAR_END.moved);
    expect(await call.result()).toMatchObject({ Response: "Failure" });
    await call.event("Hangup");
    const called = (await lab().carrier.calls()).map(({ number }) => number);
    expect(called.filter((number) => number.endsWith("302"))).toHaveLength(1);
    expect(called).not.toContain(MOVED_TO);
  });
});

describe("s", () => {
  it("asks for an agent in the name of the attempt, and connects the two", async () => {
    const call = await dial("s", FAR_END.talks);
    const request = await userEvent(call, "AgentRequest");
    expect(request["CORRELATION_ID"]).toBe(call.id);
    await bridged(call);
    expect((await lab().agents.calls()).at(-1)).toMatchObject({
      number: "206",
    });
  });

  it("says sorry when nobody picks up in time", async () => {
    const call = await dial("s", FAR_END.talks, {
      variables: { DIALER_AGENTS: "PJSIP/1002", DIALER_AGENT_SECONDS: "1" },
    });
    await userEvent(call, "AgentRequest");
    await runs(call, "Playback");
    expect(await call.event("Hangup")).toMatchObject({ Cause: "16" });
    expect(call.has("BridgeEnter")).toBe(false);
    expect((await lab().agents.calls()).at(-1)).toMatchObject({
      number: "180",
      end: "CANCEL received",
    });
  });

  it("hangs up on the person when the agent does", async () => {
    const call = await dial("1004", FAR_END.talks);
    await bridged(call);
    const hangup = await call.event("Hangup");
    expect(hangup["Cause"]).toBe("16");
  });
});

describe("an extension of its own", () => {
  it.each([
    ["1003", "486", [486]],
    ["1005", "186", [180, 486]],
  ])("rings agent %s, and nobody else", async (exten, number, responses) => {
    const call = await dial(exten, FAR_END.talks);
    await userEvent(call, "AgentRequest");
    await runs(call, "Playback");
    const seen = (await lab().agents.calls()).at(-1);
    expect(seen).toMatchObject({ number, responses });
  });
});

describe("amd", () => {
  it("hands a person over", async () => {
    const call = await dial("amd", FAR_END.human);
    expect((await userEvent(call, "AMDStarted"))["CORRELATION_ID"]).toBe(
      call.id,
    );
    expect(await userEvent(call, "AMDVerdict")).toMatchObject({
      CORRELATION_ID: call.id,
      Status: "HUMAN",
    });
    await userEvent(call, "AgentRequest");
    await bridged(call);
  });

  it("hangs up on a machine", async () => {
    const call = await dial("amd", FAR_END.machine);
    expect(await userEvent(call, "AMDVerdict")).toMatchObject({
      Status: "MACHINE",
    });
    await call.event("Hangup");
    expect(hasUserEvent(call, "AgentRequest")).toBe(false);
  });

  it("takes silence and a dead line for a person who says nothing", async () => {
    const calls = [
      await dial("amd", FAR_END.quiet),
      await dial("amd_queue", FAR_END.mute),
    ];
    for (const call of calls) {
      expect(await userEvent(call, "AMDVerdict")).toMatchObject({
        Status: "NOTSURE",
      });
      await userEvent(call, "AgentRequest");
    }
  });
});

describe("queue", () => {
  it("connects the person with an agent of the queue", async () => {
    const call = await dial("queue", FAR_END.talks);
    await userEvent(call, "AgentRequest");
    await call.event("QueueCallerJoin", (m) => m["Queue"] === "dialer");
    await call.event("AgentCalled", () => true, { anyLeg: true });
    await bridged(call);
  });

  it("lets nobody wait longer than it says, and says sorry", async () => {
    await dial("1001", FAR_END.talks).then(bridged);
    const call = await dial("queue", FAR_END.talks, {
      variables: { DIALER_QUEUE_SECONDS: "1" },
    });
    await call.event("QueueCallerJoin");
    await call.event("QueueCallerLeave");
    await runs(call, "Playback");
    expect(await call.event("Hangup")).toMatchObject({ Cause: "16" });
  });

  it("says sorry at once when no agent is logged in", async () => {
    await lab().cli("queue pause member PJSIP/1001");
    const call = await dial("queue", FAR_END.talks);
    await runs(call, "Playback");
    expect(call.has("QueueCallerJoin")).toBe(false);
    await lab().cli("queue unpause member PJSIP/1001");
  });

  it("notices a person who gives up waiting", async () => {
    await dial("1001", FAR_END.talks).then(bridged);
    const call = await dial("queue", FAR_END.answers);
    await call.event("QueueCallerAbandon");
    await call.event("Hangup");
  });
});

describe("message", () => {
  it("makes the key that was pressed the disposition", async () => {
    const call = await dial("message", FAR_END.talks);
    const pressed = await client().action("PlayDTMF", [
      ["Channel", (await runs(call, "Read"))["Channel"] ?? ""],
      ["Digit", "9"],
      ["Receive", "true"],
    ]);
    expect(pressed["Response"]).toBe("Success");
    expect(await userEvent(call, "DialerDisposition")).toMatchObject({
      CORRELATION_ID: call.id,
      Disposition: "KEY_9",
    });
  });

  it("says so when none was", async () => {
    const call = await dial("message", FAR_END.talks);
    const { Disposition } = await userEvent(call, "DialerDisposition");
    expect(Disposition).toBe("NO_KEY");
  });
});
