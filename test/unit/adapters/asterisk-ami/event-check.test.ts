import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  agentEvents,
  callEvents,
} from "../../../../adapters/asterisk-ami/event-check.ts";
import { takesCalls } from "../../../../adapters/port.ts";
import {
  amiMessage,
  idOf,
  response,
} from "../../../support/fake-ami-server.ts";
import type { ReceivedAction } from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  connect,
  fastTimings,
  request,
  startAdapter,
  startServer,
  written,
} from "./harness.ts";

const hasty = { timings: { ...fastTimings, commandTimeoutMs: 60 } };

async function reasonWhen(...withheld: string[]): Promise<string> {
  const server = await startServer();
  server.withhold(...withheld);
  const harness = startAdapter(server, hasty);
  await harness.opened;
  const result = await harness.adapter.originate(request(), written);
  const state = harness.adapter.connection();
  await harness.adapter.disconnect();
  expect(result.status).toBe("not_sent");
  expect(server.actions("Originate")).toEqual([]);
  if (state.status === "CONNECTED") throw new Error("Dials blind");
  return state.reason;
}

describe("before anybody is called, Asterisk shows that its events arrive", () => {
  it("and over each connection again", async () => {
    const server = await startServer();
    const harness = await connect(server);
    const before = server.checks().length;
    expect(before).toBeGreaterThan(0);
    server.cut();
    await harness.untilConnected(2);
    expect(server.checks().length).toBe(2 * before);
    expect(harness.events).toEqual([]);
    expect(harness.adapter.connection()).not.toHaveProperty("remarks");
  });

  it("or nobody is, when the read class call is missing", async () => {
    expect(await reasonWhen(...callEvents)).toMatch(
      /read = line of manager\.conf lacks call .*read = system,call,user,agent.*manager reload/s,
    );
  });

  it("or nobody is, when the read class agent is missing", async () => {
    expect(await reasonWhen(...agentEvents)).toMatch(
      /receives no queue events.*read = line of manager\.conf lacks agent/,
    );
  });

  it("or nobody is, when any event that is relied upon is filtered out: it is named", async () => {
    const events = fc.subarray([...callEvents, ...agentEvents], {
      minLength: 1,
      maxLength: callEvents.length - 1,
    });
    for (const event of [...callEvents, ...agentEvents])
      expect(await reasonWhen(event)).toMatch(`does not receive ${event}:`);
    await fc.assert(
      fc.asyncProperty(events, async (withheld) => {
        const reason = await reasonWhen(...withheld);
        expect(reason).toMatch(/eventfilter/);
        for (const event of withheld) expect(reason).toContain(event);
      }),
      { numRuns: 15 },
    );
  });

  it("and is dialled again once it is mended", async () => {
    const server = await startServer();
    server.withhold("Newstate");
    const harness = startAdapter(server, hasty);
    await harness.opened;
    server.release();
    await harness.untilConnected();
  });

  it("as far as it can without our dialplan, and says what is missing", async () => {
    const server = await startServer();
    server.setCheck({ dialplan: false });
    const { adapter } = await connect(server);
    expect(adapter.connection()).toMatchObject({
      status: "CONNECTED",
      remarks: [
        expect.stringMatching(/no context dialer-check.*dialplan reload/),
      ],
    });
  });

  it("class call at least, without our dialplan", async () => {
    const server = await startServer();
    server.setCheck({ dialplan: false });
    server.withhold(...callEvents);
    const harness = startAdapter(server, hasty);
    await harness.opened;
    expect(harness.adapter.connection()).toMatchObject({
      reason: expect.stringMatching(/lacks call/),
    });
  });

  it.each([
    [{ queue: false }, /no queue dialer-check/],
    [{ isFull: true }, /did not make the call to itself.*maxcalls/],
  ])("with a remark of what could not be tried: %o", async (has, remark) => {
    const server = await startServer();
    server.setCheck(has);
    const { adapter } = await connect(server);
    expect(adapter.connection()).toMatchObject({
      remarks: [expect.stringMatching(remark)],
    });
  });

  it("without queues there are no queue events to receive", async () => {
    const server = await startServer();
    server.setCheck({ app_queue: false });
    const { adapter } = await connect(server);
    expect(adapter.connection()).not.toHaveProperty("remarks");
  });

  it("with ids and an account that nobody takes for a call", async () => {
    const server = await startServer();
    const harness = await connect(server);
    for (const { headers } of server.checks()) {
      if (headers.get("action") !== "Originate") continue;
      expect(headers.get("channel")).toBe("Local/far@dialer-check/n");
      expect(headers.get("channelid")).toMatch(/^dialer-check-/);
      expect(headers.get("account")).toBe("dialer-check");
    }
    // Those of another engine on the same PBX.
    for (const event of callEvents)
      server.send(
        amiMessage({
          Event: event,
          Uniqueid: "dialer-check-near-1",
          DestUniqueid: "dialer-check-near-1",
          AccountCode: "dialer-check",
          Channel: "Local/far@dialer-check-00000001;1",
          ChannelState: "6",
        }),
      );
    server.answer("Ping", (action) => response(action, "Success"));
    expect(await harness.adapter.listLiveCalls()).toEqual([]);
    expect(harness.events).toEqual([]);
  });

  it("or says that Asterisk is going down when it makes no channel at all", async () => {
    const server = await startServer();
    server.setCheck({ isGoingDown: true });
    const harness = startAdapter(server, hasty);
    await harness.opened;
    expect(harness.adapter.connection()).toMatchObject({
      reason: expect.stringMatching(/being shut down/),
    });
  });
});

describe("an Asterisk that is shut down gracefully while the connection is up", () => {
  const refuse = (action: ReceivedAction) =>
    response(action, "Success") +
    amiMessage({
      Event: "OriginateResponse",
      ActionID: idOf(action),
      Response: "Failure",
      Reason: "0",
    });

  it("is to blame for the call, not the trunk; no other is sent, and the connection stays", async () => {
    const server = await startServer();
    const harness = await connect(server);
    server.setCheck({ isGoingDown: true });
    server.answer("Originate", refuse);
    await harness.adapter.originate(request(), written);
    const event = await waitFor("the refusal", () => harness.events[0]);
    // No call was made, so none is counted.
    expect(event).toMatchObject({ kind: "NOT_SENT" });
    const next = await harness.adapter.originate(request(), written);
    expect(next).toMatchObject({
      status: "not_sent",
      message: expect.stringMatching(/being shut down/),
    });
    expect(server.actions("Originate")).toHaveLength(1);
    expect(harness.adapter.connection()).toMatchObject({
      status: "CONNECTED",
      paused: {
        reason: "PBX_SHUTTING_DOWN",
        message: expect.stringMatching(/being shut down/),
      },
    });
    expect(harness.connections.at(-1)?.state).toHaveProperty("paused");
    // `core abort shutdown`, without a new line: asked for by itself.
    server.setCheck({ isGoingDown: false });
    await waitFor("calls to be taken again", () =>
      takesCalls(harness.adapter.connection()),
    );
    expect(harness.connections.at(-1)?.state).not.toHaveProperty("paused");
  });

  // As a real 22.10 does (test/integration/asterisk/graceful-restart.test.ts).
  const refuseAll = (action: ReceivedAction) =>
    response(action, "Error", { Message: "Asterisk is shutting down" });

  it("is known by what it says to a ping, before any call is sent", async () => {
    const server = await startServer();
    const harness = await connect(server);
    server.setCheck({ isGoingDown: true });
    server.answer("Ping", refuseAll);
    await waitFor("the pause", () => !takesCalls(harness.adapter.connection()));
    expect(harness.adapter.connection()).toMatchObject({
      status: "CONNECTED",
      paused: { reason: "PBX_SHUTTING_DOWN" },
    });
    server.setCheck({ isGoingDown: false });
    server.answer("Ping", (action) => response(action, "Success"));
    await waitFor("calls to be taken again", () =>
      takesCalls(harness.adapter.connection()),
    );
  });

  it("has made no call of an Originate that it refuses so", async () => {
    const server = await startServer();
    const harness = await connect(server);
    server.setCheck({ isGoingDown: true });
    server.answer("Originate", refuseAll);
    const result = await harness.adapter.originate(request(), written);
    expect(result).toMatchObject({ status: "not_sent" });
    expect(harness.adapter.connection()).toMatchObject({
      paused: { reason: "PBX_SHUTTING_DOWN" },
    });
  });

  it("is reported at a connect as a shutdown, not as missing permissions", async () => {
    const server = await startServer();
    server.answer("Events", refuseAll);
    const harness = startAdapter(server, hasty);
    await harness.opened;
    expect(harness.adapter.connection()).toMatchObject({
      reason: expect.stringMatching(/being shut down/),
    });
  });

  it("is distinguished from a trunk that does not exist", async () => {
    const server = await startServer();
    const harness = await connect(server);
    server.answer("Originate", refuse);
    await harness.adapter.originate(request(), written);
    const event = await waitFor("the refusal", () => harness.events[0]);
    expect(event).toMatchObject({ kind: "REFUSED", reason: "TRUNK_FAULT" });
    expect(harness.adapter.connection()).not.toHaveProperty("paused");
  });
});
