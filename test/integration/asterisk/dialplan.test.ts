/** docs/asterisk/extensions.conf and queues.conf on a real Asterisk: what happens to a person who answered. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import type {
  AmiClient,
  AmiMessage,
  AsteriskLab,
} from "../../support/asterisk-lab.ts";
import { waitFor } from "../../support/wait-for.ts";
import { numberFor, placeCall } from "./place-call.ts";
import type { CallPlan, PlacedCall } from "./place-call.ts";

let lab: AsteriskLab;
let client: AmiClient;
const placed: PlacedCall[] = [];

beforeAll(async () => {
  lab = await startAsterisk();
  client = await lab.connect();
}, 300_000);
afterEach(async () => {
  for (const { id } of placed.splice(0))
    await client.action("Hangup", [["Channel", id]]);
  await waitFor("all channels to be gone", async () =>
    (await lab.cli("core show channels count")).includes("0 active channels"),
  );
});
afterAll(async () => {
  await client.close();
  await lab.stop();
});

const SHORT_SOUNDS = { DIALER_SORRY: "beep", DIALER_MESSAGE: "beep" };

async function dial(
  exten: string,
  suffix: string,
  plan: CallPlan = {},
): Promise<PlacedCall> {
  const channel = `PJSIP/${numberFor(suffix)}@carrier`;
  // Short sounds: what is played is not what these tests are about.
  const variables = { ...SHORT_SOUNDS, ...plan.variables };
  const call = await placeCall(client, channel, { ...plan, exten, variables });
  placed.push(call);
  return call;
}

function userEvent(call: PlacedCall, name: string): Promise<AmiMessage> {
  return call.event("UserEvent", (m) => m["UserEvent"] === name);
}

function hasUserEvent(call: PlacedCall, name: string): boolean {
  return call.has("UserEvent", (m) => m["UserEvent"] === name);
}

/** Two legs in one bridge, the customer's own among them. */
async function bridged(call: PlacedCall): Promise<AmiMessage> {
  const own = await call.event("BridgeEnter");
  return call.event(
    "BridgeEnter",
    (m) =>
      m["BridgeUniqueid"] === own["BridgeUniqueid"] &&
      m["BridgeNumChannels"] === "2",
    { anyLeg: true },
  );
}

function runs(call: PlacedCall, application: string): Promise<AmiMessage> {
  return call.event("Newexten", (m) => m["Application"] === application);
}

describe("the pages", () => {
  it("load without a complaint", async () => {
    // Its SIP library warns now and then of the order in which Asterisk itself loads two of its modules.
    const complaints = (await lab.log())
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
      expect(await lab.cli(`dialplan show ${context}`)).toContain(
        "docs-extensions.conf",
      );
    expect(await lab.cli("queue show dialer")).toContain("PJSIP/1001");
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

describe("s", () => {
  it("asks for an agent in the name of the attempt, and connects the two", async () => {
    const call = await dial("s", FAR_END.talks);
    const request = await userEvent(call, "AgentRequest");
    expect(request["CORRELATION_ID"]).toBe(call.id);
    await bridged(call);
    expect((await lab.agents.calls()).at(-1)).toMatchObject({ number: "206" });
  });

  it("says sorry when nobody picks up in time", async () => {
    const call = await dial("s", FAR_END.talks, {
      variables: { DIALER_AGENTS: "PJSIP/1002", DIALER_AGENT_SECONDS: "1" },
    });
    await userEvent(call, "AgentRequest");
    await runs(call, "Playback");
    expect(await call.event("Hangup")).toMatchObject({ Cause: "16" });
    expect(call.has("BridgeEnter")).toBe(false);
    expect((await lab.agents.calls()).at(-1)).toMatchObject({
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
    const seen = (await lab.agents.calls()).at(-1);
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
    await lab.cli("queue pause member PJSIP/1001");
    const call = await dial("queue", FAR_END.talks);
    await runs(call, "Playback");
    expect(call.has("QueueCallerJoin")).toBe(false);
    await lab.cli("queue unpause member PJSIP/1001");
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
    const pressed = await client.action("PlayDTMF", [
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

describe("the dead-man limit", () => {
  it("ends a call to any extension, whoever talks", async () => {
    const variables = { DIALER_MAX_SECONDS: "1" };
    const extensions = ["s", "1001", "amd", "queue", "amd_queue", "message"];
    const calls = await Promise.all(
      extensions.map((exten) => dial(exten, FAR_END.talks, { variables })),
    );
    await Promise.all(
      calls.map(async (call) => {
        expect((await call.result())["Response"]).toBe("Success");
        await call.event("Hangup", () => true, { timeoutMs: 3_000 });
      }),
    );
  });

  it.each([{}, { DIALER_MAX_SECONDS: "0" }, { DIALER_MAX_SECONDS: "9a" }])(
    "is half an hour for a call that brings none: %j",
    async (variables) => {
      const call = await dial("s", FAR_END.talks, { variables });
      await userEvent(call, "AgentRequest");
      const left = await client.action("Getvar", [
        ["Channel", call.id],
        ["Variable", "TIMEOUT(absolute)"],
      ]);
      expect(Number(left["Value"])).toBeGreaterThan(1_700);
      expect(Number(left["Value"])).toBeLessThanOrEqual(1_800);
    },
  );
});

describe("a transfer by the agent", () => {
  it("may be blind", async () => {
    const call = await dial("1009", FAR_END.talks);
    await bridged(call);
    const transfer = await client.next(
      "the transfer",
      (m) =>
        m["Event"] === "BlindTransfer" && m["TransfereeUniqueid"] === call.id,
    );
    expect(transfer).toMatchObject({ Extension: "1001", Result: "Success" });
    await call.event("DialEnd", (m) => m["DialStatus"] === "ANSWER", {
      anyLeg: true,
    });
    expect(call.has("Hangup")).toBe(false);
  });

  it("may be attended", async () => {
    const call = await dial("1001", FAR_END.talks);
    await bridged(call);
    const agent = await call.event(
      "BridgeEnter",
      (m) => m["Uniqueid"] !== call.id,
      { anyLeg: true },
    );
    const channel = agent["Channel"] ?? "";
    await client.action("Atxfer", [
      ["Channel", channel],
      ["Exten", "1004"],
      ["Context", "from-agents"],
    ]);
    await waitFor("the second agent to answer", async () => {
      const second = (await lab.agents.calls()).at(-1);
      return second?.number === "200" && second.responses.includes(200);
    });
    await client.action("Hangup", [["Channel", channel]]);
    const transfer = await client.next(
      "the transfer",
      (m) => m["Event"] === "AttendedTransfer",
    );
    expect(transfer["Result"]).toBe("Success");
    expect(call.has("Hangup")).toBe(false);
  });
});
