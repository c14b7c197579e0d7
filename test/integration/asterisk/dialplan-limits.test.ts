/** docs/asterisk/extensions.conf on a real Asterisk: how long a call may last, and how an agent gives it away. */
import { describe, expect, it } from "vitest";

import { FAR_END } from "../../support/asterisk-lab.ts";
import type { AmiMessage } from "../../support/asterisk-lab.ts";
import { untilColleagueTalks } from "../../support/asterisk-lab/consultation.ts";
import { bridged, shareDialplan, userEvent } from "./dialplan-scene.ts";

const { client, dial } = shareDialplan();

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
        await call.event("Hangup");
        // Nobody else would end it while this waits, but the message, which has a word for its end.
        const isOver = (m: AmiMessage) =>
          m["UserEvent"] === "DialerDisposition";
        expect(call.has("UserEvent", isOver)).toBe(false);
      }),
    );
  });

  it.each([{}, { DIALER_MAX_SECONDS: "0" }, { DIALER_MAX_SECONDS: "9a" }])(
    "is half an hour for a call that brings none: %j",
    async (variables) => {
      const call = await dial("s", FAR_END.talks, { variables });
      await userEvent(call, "AgentRequest");
      const left = await client().action("Getvar", [
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
    const transfer = await client().next(
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
    await client().action("Atxfer", [
      ["Channel", channel],
      ["Exten", "1004"],
      ["Context", "from-agents"],
    ]);
    await untilColleagueTalks(client(), "1004");
    await client().action("Hangup", [["Channel", channel]]);
    const transfer = await client().next(
      "the transfer",
      (m) => m["Event"] === "AttendedTransfer",
    );
    expect(transfer["Result"]).toBe("Success");
    expect(call.has("Hangup")).toBe(false);
  });
});
