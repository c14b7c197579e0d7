/** The doctor and an AMI that behaves as no healthy Asterisk does. */
import net from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { examineEnvironment } from "../../../support/doctor-run.ts";
import {
  amiMessage,
  type FakeAmiServer,
  idOf,
  listResponse,
  response,
  startFakeAmiServer,
  timestamp,
} from "../../../support/fake-ami-server.ts";

let server: FakeAmiServer;

beforeEach(async () => {
  server = await startFakeAmiServer();
  server.answer("coresettings", (action) =>
    response(action, "Success", { AsteriskVersion: "22.10.1" }),
  );
  server.answer("showdialplan", (action) =>
    listResponse(action, "ListDialplan", []).replace(
      "ListDialplanComplete",
      "ShowDialPlanComplete",
    ),
  );
});

afterEach(async () => {
  await server.close();
});

function examine(env: Readonly<Record<string, string>> = {}) {
  return examineEnvironment({
    VOICE_ADAPTER: "asterisk_ami",
    ASTERISK_HOST: "127.0.0.1",
    ASTERISK_AMI_PORT: String(server.port),
    ASTERISK_AMI_USER: "dialer",
    ASTERISK_AMI_SECRET: "secret-of-the-test",
    ...env,
  });
}

test("nobody there: one line says so, and what builds on it is skipped", async () => {
  const { port } = server;
  await server.close();
  const found = await examine();
  expect(found.text("asterisk.tcp.refused")).toContain(
    `127.0.0.1:${String(port)}`,
  );
  expect(found.codes("asterisk.login")).toEqual(["skipped.after"]);
});

test("another service on the port is not given the secret", async () => {
  server.greet("HTTP/1.1 400 Bad Request\r\n");
  const found = await examine();
  expect(found.codes("asterisk.tcp")).toEqual(["asterisk.tcp.not-ami"]);
  expect(found.text("asterisk.tcp.not-ami")).toContain(
    'not AMI but a web server (HTTP) ("HTTP/1.1 400 Bad Request")',
  );
  expect(server.received()).not.toContain("secret-of-the-test");
});

test("one that accepts and says nothing ends by its time limit", async () => {
  server.greet(null);
  const found = await examine();
  expect(found.codes("asterisk.tcp")).toEqual(["asterisk.tcp.silent"]);
});

test("a port that waits for TLS is distinguished from a silent one", async () => {
  const tls = net.createServer((socket) => {
    socket.on("error", () => undefined);
    // A fatal alert: handshake_failure. What a TLS server without a fitting certificate answers.
    socket.once("data", () => socket.end(Buffer.from("15030300020228", "hex")));
  });
  await new Promise<void>((resolve) => {
    tls.listen(0, "127.0.0.1", resolve);
  });
  const { port } = tls.address() as net.AddressInfo;
  const found = await examine({ ASTERISK_AMI_PORT: String(port) });
  tls.close();
  expect(found.codes("asterisk.tcp")).toEqual(["asterisk.tcp.tls"]);
  expect(found.text("asterisk.tcp.tls")).toMatch(/ASTERISK_AMI_PORT.*5038/);
});

test("a user that may log in once only, and is", async () => {
  server.answer("login", (action) =>
    response(action, "Error", { Message: "Login Already In Use" }),
  );
  const found = await examine();
  expect(found.text("asterisk.login.in-use")).toMatch(/allowmultiplelogin/);
});

test("events without their time are a problem", async () => {
  server.answer("userevent", (action) =>
    [
      response(action, "Success", { Message: "Event Sent" }),
      amiMessage({
        Event: "UserEvent",
        UserEvent: "DialerCheck",
        ActionID: idOf(action),
        Nonce: action.headers.get("nonce") ?? "",
      }),
    ].join(""),
  );
  const found = await examine();
  expect(found.codes("asterisk.timestamps")).toEqual([
    "asterisk.timestamps.missing",
  ]);
});

test("a UserEvent that does not come back means that read lacks user", async () => {
  server.answer("userevent", (action) => response(action, "Success"));
  const found = await examine();
  expect(found.codes("asterisk.read")).toContain("asterisk.read.no-user");
});

test("an Asterisk of another time is a warning", async () => {
  server.answer("coresettings", (action) =>
    response(action, "Success", { AsteriskVersion: "13.38.3" }),
  );
  const found = await examine();
  expect(found.text("asterisk.version.untested")).toContain("13.38.3");
});

test("a question without an answer holds up only itself", async () => {
  server.answer("coresettings", () => null);
  const found = await examine();
  expect(found.text("failed.error")).toContain("CoreSettings");
  expect(found.codes("asterisk.write")).toContain("asterisk.write.ok");
  expect(found.codes("asterisk.timestamps")).toEqual([
    "asterisk.timestamps.ok",
  ]);
});

test.each([
  [{ dialplan: false }, "asterisk.read.no-dialplan"],
  [{ queue: false }, "asterisk.read.no-queue"],
  [{ isFull: true }, "asterisk.read.not-made"],
] as const)("what could not be proved is a warning: %o", async (has, code) => {
  server.setCheck(has);
  const found = await examine();
  expect(found.codes("asterisk.read")).toContain(code);
  expect(found.lines.find((line) => line.code === code)?.status).toBe(
    "warning",
  );
});

test.each([
  // To the second, less or more what this machine is late.
  [-7_000, /\b[78] s behind/],
  [3_600_000, /\b3(600|599) s ahead/],
])("a clock that differs by %d ms is a warning", async (aheadMs, text) => {
  server.answer("ping", (action) =>
    response(action, "Success", { Timestamp: timestamp(aheadMs) }),
  );
  const found = await examine();
  const line = found.lines.find(({ check }) => check === "asterisk.clock");
  expect(line).toMatchObject({
    status: "warning",
    found: expect.stringMatching(text),
  });
});

test("it orders no call but that of Asterisk to itself, and no action that changes anything", async () => {
  await examine();
  const names = server.actions().map(({ headers }) => headers.get("action"));
  expect(new Set(names.map((name) => name?.toLowerCase()))).toEqual(
    new Set([
      "login",
      "coresettings",
      "listcommands",
      "events",
      "userevent",
      "ping",
      "showdialplan",
      "coreshowchannels",
    ]),
  );
});
