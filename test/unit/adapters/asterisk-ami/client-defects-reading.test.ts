/** The known defects of npm asterisk-manager, 9 to 14: reading and closing; each shown to be contained. */
import { describe, expect, it } from "vitest";

import { amiMessage } from "../../../support/fake-ami-server.ts";
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

  it("11: reads on for ever in a message that does not end; here the connection is closed at a limit", async () => {
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

  it("11: does not close the connection for many messages that do end", async () => {
    const server = await startServer();
    const { session, events } = await openSession(server, 5_000);
    const event = amiMessage({ Event: "Noise", X: "a".repeat(900) });
    for (let sent = 0; sent < 20; sent += 1) server.send(event.repeat(50));
    await waitFor("a thousand events", () => events.length >= 1_000);
    expect(session.isOpen).toBe(true);
  });

  it("12: swallows errors; here the reason of each lost connection is reported", async () => {
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

describe("a session that was closed", () => {
  it("waits for nothing any more: what is asked of it then fails at once", async () => {
    const server = await startServer();
    const { session } = await openSession(server);
    session.close("The engine closed the connection");
    const begun = performance.now();
    await expect(
      session.event("FullyBooted", () => true, 60_000),
    ).rejects.toMatchObject({ code: "NOT_CONNECTED" });
    await expect(session.login()).rejects.toMatchObject({
      code: "NOT_CONNECTED",
    });
    await expect(session.ask(ping)).rejects.toMatchObject({
      code: "NOT_CONNECTED",
    });
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(session.unanswered).toBe(0);
  });
});
