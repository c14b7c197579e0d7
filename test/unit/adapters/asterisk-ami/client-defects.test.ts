/** Every defect of npm asterisk-manager that is known, shown to be contained (numbers: the list in the docs). */
import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";

import { AmiSession } from "../../../../adapters/asterisk-ami/session.ts";
import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import {
  amiMessage,
  idOf,
  listResponse,
  response,
} from "../../../support/fake-ami-server.ts";
import type { FakeAmiServer } from "../../../support/fake-ami-server.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  closeLater,
  connect,
  fastTimings,
  request,
  startAdapter,
  startServer,
  written,
} from "./harness.ts";
import { silent } from "./replay.ts";

async function openSession(server: FakeAmiServer, timeoutMs = 300) {
  const events: AmiMessage[] = [];
  const closed: string[] = [];
  const session = await AmiSession.open({
    ...fastTimings,
    commandTimeoutMs: timeoutMs,
    pingIntervalMs: 60_000,
    host: "127.0.0.1",
    port: server.port,
    user: "dialer",
    secret: "s3cret",
    log: silent,
    onEvent: (event) => events.push(event),
    onClose: (reason) => closed.push(reason),
  });
  closeLater(() => {
    session.close("The test is over");
    return Promise.resolve();
  });
  await session.login();
  return { session, events, closed };
}

const ping = { headers: { Action: "Ping" } } as const;

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

  it("7: reconnects only if asked at the right moment, and prints; here always, and without a word", async () => {
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

  it("8: tells nobody of a wrong secret and piles actions up; here it is said, and nothing is kept", async () => {
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

  it("9: asks for no events with a header that Asterisk does not know; here an action sets the mask", async () => {
    const server = await startServer();
    await connect(server);
    const [events] = server.actions("Events");
    expect(events?.headers.get("eventmask")).toBe("system,call,user,agent");
  });

  it("10: joins arrays and breaks on null; here every variable is a header of its own", async () => {
    const server = await startServer();
    const { adapter } = await connect(server);
    await adapter.originate(
      request({ variables: { A: "1", B: "x=y" } }),
      written,
    );
    const [originate] = server.actions("Originate");
    expect(originate?.variables.get("__DIALER_VAR_A")).toBe("1");
    expect(originate?.variables.get("__DIALER_VAR_B")).toBe("x=y");
    const { session } = await openSession(server);
    const broken = { Action: "Ping", X: null as unknown as string };
    await expect(session.ask({ headers: broken })).rejects.toMatchObject({
      code: "PROTOCOL",
    });
  });

  it("11: collides with Object.prototype; here such headers are headers like any other", async () => {
    const server = await startServer();
    const { session, events } = await openSession(server);
    const keys = Object.getOwnPropertyNames(Object.prototype).sort();
    server.send(
      amiMessage({
        Event: "UserEvent",
        constructor: "a",
        "__proto__ ": "b",
        ["__proto__"]: ["c", "d"],
        toString: "e",
        hasOwnProperty: "f",
        length: "g",
        Variable: ["__proto__=h", "constructor=i"],
        Repeated: ["first", "second", "third"],
        Empty: "",
      }) + "Event: Odd\r\na line without a colon\r\nNoSpace:x\r\n\r\n",
    );
    await waitFor("both events", () =>
      events.some((event) => event.get("event") === "Odd"),
    );
    const odd = events.find((event) => event.get("event") === "UserEvent");
    expect(
      [
        "constructor",
        "tostring",
        "hasownproperty",
        "length",
        "repeated",
        "empty",
      ].map((name) => odd?.get(name)),
    ).toEqual(["a", "e", "f", "g", "first", ""]);
    expect(odd?.get("valueof")).toBeUndefined();
    expect(odd?.get("push")).toBeUndefined();
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(keys);
    expect((await session.ask(ping)).get("response")).toBe("Success");
  });

  it("11: reads on for ever in a message that does not end; here the line is given up at a limit", async () => {
    const server = await startServer();
    const { session, closed } = await openSession(server, 5_000);
    const line = `X: ${"a".repeat(997)}\r\n`;
    for (let sent = 0; sent < 400 && session.isOpen; sent += 8) {
      server.send(line.repeat(8));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await waitFor("the line to be given up", () => closed.length > 0);
    expect(closed[0]).toMatch(/does not end/);
  });

  it("11: does not end the line for many messages that do end", async () => {
    const server = await startServer();
    const { session, events } = await openSession(server, 5_000);
    const event = amiMessage({ Event: "Noise", X: "a".repeat(900) });
    for (let sent = 0; sent < 20; sent += 1) server.send(event.repeat(50));
    await waitFor("a thousand events", () => events.length >= 1_000);
    expect(session.isOpen).toBe(true);
  });

  it("12: swallows errors; here the reason of each lost connection is told", async () => {
    const server = await startServer();
    const { reasons, untilConnected } = await connect(server);
    server.cut();
    await untilConnected(2);
    expect(reasons()[0]).toMatch(/reset|closed/);
    await server.close();
    await waitFor("the refusal", () =>
      reasons().some((reason) => reason.includes("nothing listens")),
    );
  });

  it("13: re-emits messages by ActionID and name, which lets a stranger's ActionID end the process", async () => {
    const server = await startServer();
    const { session, events } = await openSession(server);
    for (const name of [
      "rawevent",
      "error",
      "close",
      "newListener",
      "managerevent",
      "__proto__",
    ]) {
      server.send(
        amiMessage({
          Event: "OriginateResponse",
          Response: "Failure",
          ActionID: name,
        }) +
          amiMessage({ Event: name, X: "y" }) +
          amiMessage({ Response: "Error", ActionID: name, Message: "x" }),
      );
    }
    await waitFor("all of them", () => events.length >= 12);
    expect((await session.ask(ping)).get("response")).toBe("Success");
  });

  it("14: keeps a socket that is still connecting; here a connection given up is destroyed", async () => {
    const server = await startServer();
    server.greet(null);
    const { adapter, reasons } = startAdapter(server);
    await waitFor("the silence to be told", () =>
      reasons().find((reason) => reason.includes("no greeting in time")),
    );
    await adapter.disconnect();
    await waitFor("the sockets to be gone", () => server.connections() === 0);
  });
});
