import { describe, expect, it } from "vitest";

import {
  amiMessage,
  idOf,
  listResponse,
  response,
} from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  connect,
  fastTimings,
  request,
  startAdapter,
  startServer,
  written,
} from "./harness.ts";
import { installationId } from "./recordings.ts";

describe("the connection to Asterisk comes back", () => {
  it("and distinguishes a cut from a restart, however the start time is written", async () => {
    const server = await startServer();
    const harness = await connect(server);
    server.cut();
    await harness.untilConnected(2);
    server.setStartup("05/01/26", "08:00:01 -03");
    server.cut();
    await harness.untilConnected(3);
    server.cut();
    await harness.untilConnected(4);
    const ups = harness.connections.filter(
      ({ state }) => state.status === "CONNECTED",
    );
    expect(ups.map(({ restarted }) => restarted)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it("and knows a restart within one second by the Shutdown event", async () => {
    const server = await startServer();
    const harness = await connect(server);
    server.send(
      amiMessage({ Event: "Shutdown", Shutdown: "Cleanly", Restart: "True" }),
    );
    for (const { connection } of server.actions("Login")) connection.end();
    await harness.untilConnected(2);
    expect(harness.connections.at(-1)?.restarted).toBe(true);
  });

  const actionsOfConnecting = [
    ...["Login", "Events", "ListCommands", "UserEvent", "Ping", "CoreStatus"],
    "CoreShowChannels",
  ];

  it.each(actionsOfConnecting)(
    "and says of an Asterisk that goes down, as it says to %s, why it lets nobody in; one that is gone is only not there",
    async (action) => {
      const server = await startServer();
      const healthy = server.answerOf(action);
      server.answer(action, (received) =>
        response(received, "Error", { Message: "Asterisk is shutting down" }),
      );
      const harness = startAdapter(server);
      await harness.opened;
      await waitFor("a second try", () => server.accepted() > 1);
      const { paused, status } = harness.adapter.connection();
      expect(status).not.toBe("CONNECTED");
      expect(paused).toMatchObject({ reason: "PBX_SHUTTING_DOWN" });
      // As while it restarts: nobody is there.
      server.greet("Nobody is here\r\n");
      await waitFor(
        "the reason to be gone",
        () => harness.adapter.connection().paused === undefined,
      );
      server.greet("Asterisk Call Manager/11.0.0\r\n");
      server.answer(action, healthy);
      await harness.untilConnected(1);
      expect(harness.adapter.connection().paused).toBeUndefined();
      await harness.adapter.disconnect();
    },
  );

  it("with delays that grow, and stops when told to", async () => {
    const server = await startServer();
    const harness = await connect(server);
    await harness.adapter.disconnect();
    await harness.adapter.disconnect();
    const accepted = server.accepted();
    expect(harness.adapter.connection()).toMatchObject({
      status: "DISCONNECTED",
    });
    await waitFor("the server to see it", () => server.connections() === 0);
    expect(server.accepted()).toBe(accepted);
  });

  it("also when it is stopped in the middle of a login", async () => {
    const server = await startServer();
    server.answer("Login", () => null);
    const harness = startAdapter(server);
    await waitFor("the login", () => server.actions("Login").length > 0);
    await harness.adapter.disconnect();
    await waitFor("the server to see it", () => server.connections() === 0);
    await harness.opened;
    expect(harness.adapter.connection().status).toBe("DISCONNECTED");
  });
});

describe("a call that Asterisk says is gone before it has sent its end", () => {
  const gone = async () => {
    const server = await startServer();
    const harness = await connect(server);
    const call = request();
    await harness.adapter.originate(call, written);
    const own = { Uniqueid: call.attemptId, ChannelState: "6" };
    server.send(amiMessage({ Event: "Newstate", ...own }));
    await waitFor("the answer", () => harness.events.length > 0);
    let told: readonly string[] | null = null;
    const alive = harness.adapter.isAlive(call.attemptId).finally(() => {
      told = harness.events.map(({ kind }) => kind);
    });
    await waitFor("the question", () => server.actions("Status").length > 0);
    // Asked later, so the answer to the first has been read.
    await harness.adapter.listLiveCalls();
    expect(told).toBeNull();
    return { server, own, alive, told: () => told };
  };

  it("is not given up before that", async () => {
    const { server, own, alive, told } = await gone();
    server.send(amiMessage({ Event: "Hangup", ...own, Cause: "16" }));
    expect(await alive).toBe(false);
    expect(told()).toEqual(["ANSWERED", "ENDED"]);
  });

  it("cannot be asked about when the connection breaks meanwhile", async () => {
    const { server, alive } = await gone();
    const failed = expect(alive).rejects.toMatchObject({
      code: "NOT_CONNECTED",
    });
    server.cut();
    await failed;
  });
});

describe("calls across a gap", () => {
  const rows = (ids: Readonly<Record<string, string>>) =>
    Object.entries(ids).map(([Uniqueid, ChannelState]) => ({
      Channel: "PJSIP/trunk-00000001",
      ChannelState,
      AccountCode: installationId,
      Uniqueid,
      Linkedid: Uniqueid,
      Duration: "00:01:05",
      BridgeId: "",
    }));

  it("are found again in the state they are in, and end as not wholly followed", async () => {
    const server = await startServer();
    const harness = await connect(server);
    const call = request();
    await harness.adapter.originate(call, written);
    server.answer("CoreShowChannels", (action) =>
      listResponse(action, "CoreShowChannel", rows({ [call.attemptId]: "6" })),
    );
    server.cut();
    await harness.untilConnected(2);
    await waitFor("the answer that was missed", () =>
      harness.events.find(({ kind }) => kind === "ANSWERED"),
    );
    server.send(
      amiMessage({
        Event: "Hangup",
        Uniqueid: call.attemptId,
        ChannelState: "6",
        Cause: "16",
        "Cause-txt": "Normal Clearing",
      }),
    );
    const ended = await waitFor("the end", () =>
      harness.events.find(({ kind }) => kind === "ENDED"),
    );
    expect(ended).toMatchObject({
      complete: false,
      cause: 16,
      history: { answerAt: expect.any(String) },
    });
  });

  it("are listed and asked about only if they carry our installation tag", async () => {
    const server = await startServer();
    const ours = request().attemptId;
    const theirs = request().attemptId;
    const all = [
      ...rows({ [ours]: "6" }),
      ...rows({ [theirs]: "5" }).map((row) => ({
        ...row,
        AccountCode: "another",
      })),
      { ...rows({ x: "6" })[0], Uniqueid: `${ours};2` },
    ];
    server.answer("CoreShowChannels", (action) =>
      listResponse(action, "CoreShowChannel", all),
    );
    server.answer("Status", (action) => {
      const found = all.filter(
        (row) => row.Uniqueid === action.headers.get("channel"),
      );
      return found.length === 0
        ? response(action, "Error", { Message: "No such channel" })
        : listResponse(action, "Status", found);
    });
    server.answer("Hangup", (action) =>
      response(action, "Success", { Message: "Channel Hungup" }),
    );
    const { adapter } = await connect(server);
    const calls = await adapter.listLiveCalls();
    expect(
      calls.map(({ attemptId, answered }) => [attemptId, answered]),
    ).toEqual([[ours, true]]);
    expect(
      Date.now() - Date.parse(calls[0]?.createdAt ?? ""),
    ).toBeGreaterThanOrEqual(65_000);
    expect(await adapter.isAlive(ours)).toBe(true);
    expect(await adapter.isAlive(theirs)).toBe(false);
    expect(await adapter.hangup(theirs)).toBe("no_such_channel");
    expect(await adapter.hangup(ours)).toBe("requested");
    expect(
      server
        .actions("Hangup")
        .map(({ headers }) => [headers.get("channel"), headers.get("cause")]),
    ).toEqual([[ours, "16"]]);
    for (const command of [
      adapter.hangup("/.*/"),
      adapter.isAlive("PJSIP/x"),
    ]) {
      await expect(command).rejects.toMatchObject({ code: "PROTOCOL" });
    }
  });

  it("are all forgotten after a restart, and nothing is emitted of them", async () => {
    const server = await startServer();
    const harness = await connect(server);
    const call = request();
    await harness.adapter.originate(call, written);
    server.setStartup("2026-01-05", "09:30:00");
    server.cut();
    await harness.untilConnected(2);
    server.send(
      amiMessage({
        Event: "Hangup",
        Uniqueid: call.attemptId,
        ChannelState: "0",
        Cause: "19",
      }),
    );
    await waitFor("pings to go on", () => server.actions("Ping").length > 2);
    expect(harness.events).toEqual([]);
  });

  it("settle in time what Asterisk had begun to say", async () => {
    const server = await startServer();
    const harness = await connect(server, {
      timings: { ...fastTimings, graceMs: 60_000 },
    });
    const [busy, lost] = [request(), request()];
    await harness.adapter.originate(busy, written);
    await harness.adapter.originate(lost, written);
    const [, second] = server.actions("Originate");
    server.send(
      amiMessage({
        Event: "Newchannel",
        Uniqueid: busy.attemptId,
        Linkedid: busy.attemptId,
        Channel: "PJSIP/trunk-00000001",
      }) +
        amiMessage({
          Event: "Hangup",
          Uniqueid: busy.attemptId,
          ChannelState: "0",
          Cause: "17",
          TechCause: "486",
        }) +
        amiMessage({
          Event: "OriginateResponse",
          ActionID: second === undefined ? "" : idOf(second),
          Response: "Failure",
          Reason: "0",
        }),
    );
    await waitFor("pings to go on", () => server.actions("Ping").length > 1);
    expect(harness.events).toEqual([]);
    server.cut();
    await waitFor("both", () => harness.events.length === 2);
    expect(harness.events).toMatchObject([
      {
        attemptId: busy.attemptId,
        kind: "ENDED",
        complete: true,
        cause: 17,
        sipStatus: 486,
      },
      { attemptId: lost.attemptId, kind: "ORIGINATE_FAILED" },
    ]);
  });
});
