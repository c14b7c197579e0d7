/** The known defects of npm asterisk-manager, 1 to 8: writing, answers and connections; each shown to be contained. */
import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";

import {
  amiMessage,
  idOf,
  listResponse,
  response,
} from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  connect,
  openSession,
  ping,
  request,
  startAdapter,
  startServer,
  written,
} from "./harness.ts";

describe("asterisk-manager 0.2.0, contained", () => {
  it("1: does not escape, so nothing with a line end, or too long, is handed to it", async () => {
    const server = await startServer();
    const { session } = await openSession(server);
    const before = server.received();
    const hostile = [
      { headers: { Action: "Ping", X: "a\r\n\r\nAction: Logoff" } },
      { headers: { Action: "Ping\nX: y" } },
      { headers: { Action: "Ping", "X\r\nY": "z" } },
      { headers: { Action: "Ping", X: "\u2028" } },
      { headers: { Action: "Ping", X: "\ud800" } },
      { headers: { Action: "Ping", X: "a".repeat(1_000) } },
      { headers: { Action: "Ping", X: "é".repeat(500) } },
      { headers: { Action: "Ping", ActionID: "mine" } },
      { headers: { Action: "Ping" }, variables: { A: "1,B=2" } },
      { headers: { Action: "Ping" }, variables: { "FILE(x)": "1" } },
      { headers: { Action: "Ping" }, variables: { A: 'say "x"' } },
    ];
    for (const action of hostile) {
      await expect(session.ask(action)).rejects.toMatchObject({
        code: "PROTOCOL",
      });
    }
    await expect(session.ask(ping, "a\r\nb")).rejects.toMatchObject({
      code: "PROTOCOL",
    });
    await session.ask(ping);
    const [last, ...others] = server
      .received()
      .slice(before.length)
      .split("\r\n\r\n")
      .filter(Boolean);
    expect(others).toEqual([]);
    expect(last).toMatch(/^Action: Ping\r\nActionID: dialer:\S+$/);
  });

  it("2: never calls back after a disconnect, or when the server is silent: every action settles", async () => {
    const server = await startServer();
    const { session, closed } = await openSession(server);
    server.silence(true);
    const silentErrors = await Promise.allSettled(
      [1, 2, 3].map(() => session.ask(ping)),
    );
    expect(
      silentErrors.map(
        (result) =>
          result.status === "rejected" &&
          (result.reason as { code: string }).code,
      ),
    ).toEqual(["TIMEOUT", "TIMEOUT", "TIMEOUT"]);
    expect(session.unanswered).toBe(0);
    const asked = Array.from({ length: 500 }, () =>
      session.ask(ping).catch((error: unknown) => error),
    );
    expect(session.unanswered).toBe(500);
    server.cut();
    for (const error of await Promise.all(asked))
      expect(error).toMatchObject({ code: "NOT_CONNECTED" });
    expect(session.unanswered).toBe(0);
    expect(closed).toHaveLength(1);
  });

  it("2: keeps no listener of an action, answered or not", async () => {
    const server = await startServer();
    const { session } = await openSession(server);
    const warned = vi.fn();
    process.on("warning", warned);
    server.answer("Ping", () => null);
    const asked = Array.from({ length: 2_000 }, () =>
      session.ask(ping).catch(() => null),
    );
    server.answer("Ping", (action) => response(action, "Success"));
    await Promise.all(asked);
    // A hundred rounds over one id would pile up a hundred `once` listeners.
    for (let round = 0; round < 100; round += 1)
      await session.ask(ping, "dialer:same-id");
    process.off("warning", warned);
    expect(warned).not.toHaveBeenCalled();
    expect(session.unanswered).toBe(0);
  });

  it("3: writes to a dead socket; here nothing is written, and nothing sent again later", async () => {
    const server = await startServer();
    const { adapter, untilConnected } = await connect(server);
    server.cut();
    await waitFor(
      "the cut to be noticed",
      () => adapter.connection().status !== "CONNECTED",
    );
    const asked = vi.fn(() => true);
    expect(await adapter.originate(request(), asked)).toMatchObject({
      status: "not_sent",
    });
    await expect(adapter.hangup(randomUUID())).rejects.toMatchObject({
      code: "NOT_CONNECTED",
    });
    expect(asked).not.toHaveBeenCalled();
    await untilConnected(2);
    expect(server.actions("Originate")).toEqual([]);
    expect(server.actions("Hangup")).toEqual([]);
  });

  it("4: gives two actions of one millisecond the same id; ours differ, and are the ones on the wire", async () => {
    const server = await startServer();
    const { session } = await openSession(server);
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => session.ask(ping)),
    );
    const ids = answers.map((answer) => answer.get("actionid"));
    expect(new Set(ids).size).toBe(1_000);
    expect(server.actions("Ping").map(idOf)).toEqual(ids);
  });

  it("5: takes an OriginateResponse event for the answer; here it never settles an action", async () => {
    const server = await startServer();
    const { session, events } = await openSession(server);
    server.answer(
      "Ping",
      (action) =>
        amiMessage({
          Event: "OriginateResponse",
          ActionID: idOf(action),
          Response: "Failure",
          Reason: "0",
        }) + response(action, "Success", { Message: "the answer" }),
    );
    const answer = await session.ask(ping);
    expect(answer.get("message")).toBe("the answer");
    expect(events.map((event) => event.get("event"))).toContain(
      "OriginateResponse",
    );
  });

  it("6: glues half an event to the next connection's first; here each connection starts clean", async () => {
    const server = await startServer();
    const { adapter, events, untilConnected } = await connect(server);
    const call = request();
    const { attemptId } = call;
    await adapter.originate(call, written);
    server.answer("CoreShowChannels", (action) =>
      listResponse(action, "CoreShowChannel", [
        { ChannelState: "0", Uniqueid: attemptId, Linkedid: attemptId },
      ]),
    );
    server.send(`Event: Newstate\r\nChannelState: 5\r\nUniqueid: ${attemptId}`);
    await waitFor("the half event to arrive", () => server.connections() === 1);
    server.cut();
    await untilConnected(2);
    server.send(
      amiMessage({ Event: "Newstate", ChannelState: "6", Uniqueid: attemptId }),
    );
    await waitFor("the whole event", () => events.length > 0);
    expect(events.map(({ kind }) => kind)).toEqual(["ANSWERED"]);
  });

  it("7: reconnects only if asked at the right moment, and prints; here always, and without printing", async () => {
    const printed = vi
      .spyOn(console, "log")
      .mockImplementation(() => undefined);
    const server = await startServer();
    const { untilConnected } = await connect(server);
    for (let round = 2; round < 6; round += 1) {
      server.cut();
      await untilConnected(round);
    }
    expect(printed).not.toHaveBeenCalled();
    expect(server.connections()).toBe(1);
    printed.mockRestore();
  });

  it("8: reports no wrong secret and piles actions up; here it is reported, and nothing is kept", async () => {
    const server = await startServer();
    server.answer("Login", (action) => {
      setImmediate(() => {
        action.connection.end();
      });
      return response(action, "Error", { Message: "Authentication failed" });
    });
    const { adapter, reasons } = startAdapter(server);
    await waitFor("three refusals", () => reasons().length >= 3);
    expect(reasons()[0]).toMatch(/ASTERISK_AMI_SECRET.*unknown.*permit/);
    const results = await Promise.all(
      Array.from({ length: 100 }, () => adapter.originate(request(), written)),
    );
    expect(new Set(results.map(({ status }) => status))).toEqual(
      new Set(["not_sent"]),
    );
    expect(server.actions("Originate")).toEqual([]);
  });
});
