/** Both lines are opened, or refused by name, wherever a piece of a greeting ends. */
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { AmiWire } from "../../../../adapters/asterisk-ami/wire.ts";
import { EslWire } from "../../../../adapters/freeswitch-esl/wire.ts";
import {
  piecesOf,
  startGreetingServer,
} from "../../../support/greeting-server.ts";
import type { GreetingServer } from "../../../support/greeting-server.ts";

let server: GreetingServer;
beforeEach(async () => {
  server = await startGreetingServer();
});
afterEach(() => server.close());

const options = () => ({
  host: server.host,
  port: server.port,
  connectTimeoutMs: 20_000,
  log: pino({ level: "silent" }),
  onClose: () => undefined,
});
const openAmi = () =>
  AmiWire.open({
    ...options(),
    ...{ user: "dialer", secret: "s3cret", onMessage: () => undefined },
  });
const openEsl = () => EslWire.open({ ...options(), onFrame: () => undefined });

describe.each([
  [
    "AMI",
    openAmi,
    ["5.0.4", "11.0.0"].map((v) => `Asterisk Call Manager/${v}\r\n`),
  ],
  ["the Event Socket", openEsl, ["Content-Type: auth/request\n\n"]],
] as const)("%s", (_, open, greetings) => {
  it("is open wherever a piece of its greeting ends", async () => {
    for (const greeting of greetings)
      for (const pieces of piecesOf(greeting)) {
        server.pieces = pieces;
        const wire = await open();
        expect(wire.isOpen).toBe(true);
        wire.close("The test is done");
      }
    expect(server.received()).toBe("");
  });

  it.each([
    ["SSH-2.0-OpenSSH_9.2p1\r\n", /but as an SSH server/],
    ["HTTP/1.1 400 Bad Request\r\n\r\n", /but as a web server/],
    ["Connected.\r\n", /but as something else \("Connected\."\)/],
    ["Asterisk is not here\r\n", /but as something else/],
  ])("names %j wherever a piece of it ends", async (greeting, words) => {
    for (const pieces of piecesOf(greeting)) {
      server.pieces = pieces;
      await expect(open()).rejects.toThrow(words);
    }
    expect(server.received()).toBe("");
  });

  it("names who hung up in the middle of a word", async () => {
    server.pieces = ["SSH-2.0-", "drop"];
    server.ends = true;
    await expect(open()).rejects.toThrow(/an SSH server \("SSH-2\.0-drop"\)/);
  });
});
