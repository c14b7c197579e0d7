import { describe, expect, it } from "vitest";

import {
  amiMessage,
  idOf,
  response,
} from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  connect,
  fastTimings,
  request,
  startServer,
  written,
} from "./harness.ts";
import { installationId } from "./recordings.ts";

describe("an Originate", () => {
  it("says all that Asterisk needs, asynchronously, and never EarlyMedia", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const call = request({
      variables: { ORDER_ID: "A-42", GREETING: "Olá D'Ávila" },
    });
    expect(await adapter.originate(call, written)).toEqual({
      status: "accepted",
    });
    const [sent] = server.actions("Originate");
    const {
      actionid,
      variable: _,
      ...headers
    } = Object.fromEntries(sent?.headers ?? []);
    expect(headers).toEqual({
      action: "Originate",
      async: "true",
      channel: "PJSIP/15550000200@trunk",
      channelid: call.attemptId,
      context: "from-dialer",
      exten: "s",
      priority: "1",
      timeout: "45000",
      account: installationId,
      callerid: "+15551230000",
    });
    expect(actionid).toContain(`${installationId}:${call.attemptId}:`);
    expect(Object.fromEntries(sent?.variables ?? [])).toEqual({
      __CORRELATION_ID: call.attemptId,
      __CAMPAIGN_ID: call.campaignId,
      __LEAD_ID: call.leadId,
      __DIALER_VAR_ORDER_ID: "A-42",
      __DIALER_VAR_GREETING: "Olá D'Ávila",
      DIALER_MAX_SECONDS: "600",
    });
  });

  it("names both halves of a Local channel, and takes no caller id that it was not given", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const call = request({
      dialString: "Local/15550000200@from-internal/n",
      callerId: null,
      context: "sales",
      extension: "200",
    });
    await adapter.originate(call, written);
    const headers = server.actions("Originate")[0]?.headers;
    expect(headers?.get("otherchannelid")).toBe(`${call.attemptId};2`);
    expect(headers?.get("context")).toBe("sales");
    expect(headers?.has("callerid")).toBe(false);
  });

  it("counts as acknowledged when Asterisk has dialled, not when it has promised to", async () => {
    const server = await startServer();
    server.answer("Originate", (action) => response(action, "Success"));
    const { adapter } = await connect(server);
    const call = request();
    let settled = false;
    const result = adapter
      .originate(call, written)
      .finally(() => (settled = true));
    await waitFor("the Originate", () => server.actions("Originate")[0]);
    // An answer to something that was asked later: the one to the Originate has been read.
    await adapter.isAlive(call.attemptId);
    expect(settled).toBe(false);
    server.send(
      amiMessage({
        Event: "DialBegin",
        DestUniqueid: call.attemptId,
        DestChannel: "PJSIP/trunk-00000001",
      }),
    );
    const before = performance.now();
    expect(await result).toEqual({ status: "accepted" });
    expect(performance.now() - before).toBeLessThan(500);
  });

  it("is announced right before its bytes leave, and only then", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const order: string[] = [];
    server.answer("Originate", (action) => {
      order.push("received");
      return response(action, "Success");
    });
    const onWritten = () => {
      order.push("announced");
      return true;
    };
    const result = adapter.originate(request(), onWritten);
    expect(order).toEqual(["announced"]);
    await result;
    expect(order).toEqual(["announced", "received"]);
  });

  it.each([
    ["Extension does not exist.", "NO_SUCH_EXTENSION"],
    ["Invalid channel", "INVALID_REQUEST"],
    ["Invalid timeout", "INVALID_REQUEST"],
    ["Permission denied", "SWITCH_REFUSED"],
    ["Originate Access Forbidden: app or data blacklisted", "SWITCH_REFUSED"],
    ["something new", "SWITCH_REFUSED"],
  ])(
    "refused with %s is reported as %s, and no event follows",
    async (message, reason) => {
      const server = await startServer();
      server.answer("Originate", (action) =>
        response(action, "Error", { Message: message }),
      );
      const { adapter, events } = await connect(server);
      expect(await adapter.originate(request(), written)).toEqual({
        status: "refused",
        reason,
        message,
      });
      expect(events).toEqual([]);
    },
  );

  it("without an answer in time is unknown, and its later events are emitted", async () => {
    const server = await startServer();
    server.answer("Originate", () => null);
    const { adapter, events } = await connect(server);
    const call = request();
    expect(await adapter.originate(call, written)).toMatchObject({
      status: "unknown",
    });
    server.send(
      amiMessage({
        Event: "Newstate",
        ChannelState: "5",
        Uniqueid: call.attemptId,
      }),
    );
    await waitFor("the ringing", () =>
      events.find(({ kind }) => kind === "RINGING"),
    );
  });

  it("cut off after it was written is unknown", async () => {
    const server = await startServer();
    server.answer("Originate", (action) => {
      action.connection.end(false);
      return null;
    });
    const { adapter } = await connect(server);
    expect(await adapter.originate(request(), written)).toMatchObject({
      status: "unknown",
    });
    expect(server.actions("Originate")).toHaveLength(1);
  });

  it("is sent once for an attempt, even when asked again", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const call = request();
    const results = await Promise.all(
      [1, 2, 3].map(() => adapter.originate(call, written)),
    );
    expect(results.map(({ status }) => status)).toEqual([
      "accepted",
      "refused",
      "refused",
    ]);
    expect(server.actions("Originate")).toHaveLength(1);
  });

  it("withdrawn at the last moment may be tried again", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    const call = request();
    expect(await adapter.originate(call, () => false)).toMatchObject({
      status: "not_sent",
    });
    expect(await adapter.originate(call, written)).toEqual({
      status: "accepted",
    });
    expect(server.actions("Originate")).toHaveLength(1);
  });

  it("to a trunk that Asterisk has no channel for is refused after a grace, by its ActionID", async () => {
    const server = await startServer();
    server.answer(
      "Originate",
      (action) =>
        response(action, "Success") +
        amiMessage({
          Event: "OriginateResponse",
          ActionID: idOf(action),
          Response: "Failure",
          Reason: "0",
          Uniqueid: "<null>",
        }),
    );
    const { adapter, events } = await connect(server);
    const call = request();
    await adapter.originate(call, written);
    await waitFor("the refusal", () => events.length > 0);
    expect(events).toMatchObject([
      { attemptId: call.attemptId, kind: "REFUSED", reason: "TRUNK_FAULT" },
    ]);
  });

  it("is not written to an Asterisk that has stopped reading", async () => {
    const server = await startServer();
    const { adapter } = await connect(server, {
      timings: { ...fastTimings, pingIntervalMs: 60_000 },
    });
    server.stall(true);
    const big = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `V${String(index)}`,
        "x".repeat(255),
      ]),
    );
    const results: Promise<{ status: string }>[] = [];
    await waitFor(
      "the kernel to take no more",
      async () => {
        const result = adapter.originate(request({ variables: big }), written);
        results.push(result);
        const soon = await Promise.race([
          result,
          new Promise<null>((resolve) => {
            setImmediate(resolve, null);
          }),
        ]);
        return (
          soon?.status === "not_sent" &&
          soon.message.includes("stopped reading")
        );
      },
      { intervalMs: 0 },
    );
    const statuses = new Set(
      (await Promise.all(results)).map(({ status }) => status),
    );
    expect(statuses).toEqual(new Set(["unknown", "not_sent"]));
  });
});
