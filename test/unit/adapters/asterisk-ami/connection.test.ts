import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";

import type { VoiceAdapter } from "../../../../adapters/port.ts";
import {
  allCommands,
  amiMessage,
  response,
} from "../../../support/fake-ami-server.ts";
import { startTcpProxy } from "../../../support/tcp-proxy.ts";
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

function reasonOf(harness: { reasons(): string[] }): Promise<string> {
  return waitFor("a reason", () => harness.reasons()[0]);
}

/** It was last heard before the ping that it did not answer. */
function awayMs(adapter: Pick<VoiceAdapter, "connection">): number {
  const state = adapter.connection();
  if (state.status === "CONNECTED") return 0;
  return performance.now() - (state.awaySinceMs ?? Infinity);
}

describe("the connection to Asterisk says what is wrong and what to do", () => {
  it("when nothing listens", async () => {
    const server = await startServer();
    await server.close();
    const harness = startAdapter(server);
    await harness.opened;
    expect(harness.adapter.connection()).toMatchObject({
      status: "DISCONNECTED",
      reason: expect.stringMatching(/nothing listens there.*manager\.conf/),
    });
    expect(harness.adapter.lastAnswerAgeMs()).toBeNull();
  });

  it("when the name cannot be found", async () => {
    const harness = startAdapter({ port: 5038 }, { host: "asterisk.invalid" });
    expect(await reasonOf(harness)).toMatch(/name cannot be (found|looked up)/);
  });

  it("when nobody greets", async () => {
    const server = await startServer();
    server.greet(null);
    expect(await reasonOf(startAdapter(server))).toMatch(/no greeting in time/);
  });

  it("when it is another service, which then gets no secret", async () => {
    const server = await startServer();
    server.greet("SSH-2.0-OpenSSH_9.6\r\n");
    expect(await reasonOf(startAdapter(server))).toMatch(
      /does not answer as Asterisk's AMI but as an SSH server \("SSH-2.0-OpenSSH_9.6"\)/,
    );
    expect(server.received()).toBe("");
  });

  it("when its greeting does not end, and gets no secret before it does", async () => {
    const server = await startServer();
    server.greet("Asterisk Call Manager/11.0.0");
    expect(await reasonOf(startAdapter(server))).toMatch(
      /greeting does not end \(Asterisk Call Manager\/11\.0\.0\)/,
    );
    expect(server.received()).toBe("");
  });

  it("when a greeting comes in pieces it is one all the same", async () => {
    const server = await startServer();
    server.greet(null);
    const harness = startAdapter(server);
    await waitFor("the connection", () => server.connections() === 1);
    for (const piece of ["Aster", "isk Call Man", "ager/7.0.3\r", "\n"]) {
      server.send(piece);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await harness.untilConnected();
  });

  it("when the login is refused, naming all three causes that Asterisk does not distinguish", async () => {
    const server = await startServer();
    server.answer("Login", (action) =>
      response(action, "Error", { Message: "Authentication failed" }),
    );
    const reason = await reasonOf(startAdapter(server));
    expect(reason).toMatch(/wrong ASTERISK_AMI_SECRET/);
    expect(reason).toMatch(/unknown ASTERISK_AMI_USER/);
    expect(reason).toMatch(/permit/);
    expect(reason).not.toContain("s3cret");
  });

  it("when somebody is logged in as that user, who may only once", async () => {
    const server = await startServer();
    server.answer("Login", (action) =>
      response(action, "Error", { Message: "Login Already In Use" }),
    );
    const reason = await reasonOf(startAdapter(server));
    expect(reason).toMatch(/allowmultiplelogin = yes/);
    expect(reason).not.toMatch(/SECRET/);
  });

  it("when it may be AMI's TLS port, which waits for the client", async () => {
    const server = await startServer();
    server.greet(null);
    expect(await reasonOf(startAdapter(server))).toMatch(
      /TLS port \(5039\).*ASTERISK_AMI_PORT/,
    );
  });

  it("when the login gets no answer", async () => {
    const server = await startServer();
    server.answer("Login", () => null);
    expect(await reasonOf(startAdapter(server))).toMatch(
      /did not answer Login within 300 ms/,
    );
  });

  it("when Asterisk is still starting, and dials only after FullyBooted", async () => {
    const server = await startServer();
    server.answer("Login", (action) => response(action, "Success"));
    const harness = startAdapter(server, {
      timings: { ...fastTimings, bootTimeoutMs: 5_000 },
    });
    await waitFor("the login", () => server.actions("ListCommands").length > 0);
    expect(harness.adapter.connection()).toMatchObject({
      status: "CONNECTING",
      reason: expect.stringMatching(/still starting/),
    });
    expect(await harness.adapter.originate(request(), written)).toMatchObject({
      status: "not_sent",
    });
    server.send(amiMessage({ Event: "FullyBooted", Status: "Fully Booted" }));
    await harness.untilConnected();
    expect(server.actions("Originate")).toEqual([]);
  });

  it("when it neither boots nor answers, and the process lives on", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const server = await startServer();
    server.answer("Login", (action) => response(action, "Success"));
    server.answer("ListCommands", () => null);
    const harness = startAdapter(server, {
      timings: { ...fastTimings, bootTimeoutMs: 20 },
    });
    expect(await reasonOf(harness)).toMatch(/ListCommands within 300 ms/);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("when FullyBooted never comes, for which the read class system may be missing", async () => {
    const server = await startServer();
    server.answer("Login", (action) => response(action, "Success"));
    expect(await reasonOf(startAdapter(server))).toMatch(
      /still starting, or the AMI user lacks system in its read/,
    );
  });

  it.each([
    ["Originate", /lacks originate in its write/],
    ["Hangup", /lacks call in its write/],
    ["CoreShowChannels", /lacks reporting in its write/],
    ["UserEvent", /lacks user in its write/],
  ] as const)("when it may not %s", async (command, reason) => {
    const server = await startServer();
    const { [command]: _, ...commands } = allCommands;
    server.answer("ListCommands", (action) =>
      response(action, "Success", commands),
    );
    expect(await reasonOf(startAdapter(server))).toMatch(reason);
  });

  it("when UserEvents do not come through", async () => {
    const server = await startServer();
    server.answer("UserEvent", (action) => response(action, "Success"));
    expect(await reasonOf(startAdapter(server))).toMatch(
      /does not receive UserEvents.*eventfilter/s,
    );
  });

  it("when events carry no time", async () => {
    const server = await startServer();
    server.answer(
      "UserEvent",
      (action) =>
        response(action, "Success") +
        amiMessage({
          Event: "UserEvent",
          UserEvent: "DialerCheck",
          Nonce: action.headers.get("nonce") ?? "",
        }),
    );
    expect(await reasonOf(startAdapter(server))).toMatch(
      /Set timestampevents = yes/,
    );
  });

  it("when Asterisk falls silent, by its own ping", async () => {
    const server = await startServer();
    const harness = await connect(server);
    await waitFor("a ping", () => server.actions("Ping").length > 0);
    server.silence(true);
    expect(await reasonOf(harness)).toMatch(
      /silent: Asterisk did not answer Ping within 300 ms/,
    );
    expect(awayMs(harness.adapter)).toBeGreaterThanOrEqual(299);
    server.silence(false);
    await harness.untilConnected(2);
  });

  it("when the connection is half open: nothing arrives and no side notices", async () => {
    const server = await startServer();
    const proxy = await startTcpProxy({ host: "127.0.0.1", port: server.port });
    closeLater(() => proxy.close());
    const harness = await connect(proxy);
    proxy.set("blackhole");
    const result = await harness.adapter.originate(request(), written);
    expect(result.status).toBe("unknown");
    expect(await reasonOf(harness)).toMatch(/silent/);
    proxy.cut();
    proxy.set("pass");
    await harness.untilConnected(2);
    expect(server.actions("Originate")).toEqual([]);
  });

  it("when Asterisk is shut down", async () => {
    const server = await startServer();
    const harness = await connect(server);
    server.send(
      amiMessage({ Event: "Shutdown", Shutdown: "Cleanly", Restart: "True" }),
    );
    await waitFor(
      "the word to arrive",
      () => harness.adapter.lastAnswerAgeMs() !== null,
    );
    const [connection] = server.actions("Login");
    connection?.connection.end();
    expect(await reasonOf(harness)).toMatch(/Asterisk was shut down/);
  });

  it("and why it failed before, while it tries again", async () => {
    const server = await startServer();
    const harness = await connect(server);
    server.greet(null);
    server.cut();
    const again = await waitFor("another try", () =>
      harness.connections
        .slice(2)
        .map(({ state }) => state)
        .find((state) => state.status === "CONNECTING"),
    );
    expect(again).toMatchObject({
      reason: expect.stringMatching(/Connecting to .*; before: .*reset/),
    });
  });

  it("in the log, in the words of the manual, never with the secret", async () => {
    const lines: string[] = [];
    const log = pino(
      { level: "debug" },
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          lines.push(chunk.toString());
          done();
        },
      }),
    );
    const server = await startServer();
    const harness = startAdapter(server, {}, log);
    await harness.untilConnected();
    server.cut();
    await harness.untilConnected(2);
    const text = lines.join("");
    expect(text).toMatch(/"msg":"AMI connection failed"/);
    expect(text).toMatch(/"msg":"handleData"/);
    expect(text).not.toContain("s3cret");
  });
});
