/** Who the doctor meets on the PBX's port, in whatever pieces it greets. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  meetAsterisk,
  meetFreeswitch,
} from "../../../../cli/doctor/checks/pbx-greeting.ts";
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

const place = () => ({
  host: server.host,
  port: server.port,
  signal: new AbortController().signal,
});

const pbxs = {
  asterisk: {
    meet: () => meetAsterisk(place()),
    // As 16, 18, 20, 22 and 23 greet.
    greetings: ["5.0.4", "7.0.3", "9.0.0", "11.0.0", "12.0.0"].map(
      (version) => `Asterisk Call Manager/${version}\r\n`,
    ),
    stranger: "asterisk.tcp.not-ami",
  },
  freeswitch: {
    meet: () => meetFreeswitch(place()),
    // Recorded: let in, and turned away by the access list.
    greetings: [
      "Content-Type: auth/request\n\n",
      "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n",
    ],
    stranger: "freeswitch.tcp.not-esl",
  },
};

describe.each(["asterisk", "freeswitch"] as const)("%s", (name) => {
  const { meet, greetings, stranger } = pbxs[name];

  it("is met wherever a piece of its greeting ends", async () => {
    for (const greeting of greetings)
      for (const pieces of piecesOf(greeting)) {
        server.pieces = pieces;
        const { finding, greeting: line } = await meet();
        expect([pieces, finding]).toEqual([pieces, null]);
        expect(greeting.startsWith(line ?? "?")).toBe(true);
      }
    expect(server.received()).toBe("");
  });

  it.each([
    ["SSH-2.0-OpenSSH_9.2p1\r\n", /SSH server .*OpenSSH_9\.2p1/],
    ["HTTP/1.1 400 Bad Request\r\n\r\n", /web server \(HTTP\)/],
    ["220 mail.example ESMTP\r\n", /mail server/],
    ["welcome\r\n", /something else \("welcome"\)/],
  ])(
    "is distinguished from %j wherever a piece ends, and asks it nothing",
    async (greeting, what) => {
      for (const pieces of piecesOf(greeting)) {
        server.pieces = pieces;
        const { finding } = await meet();
        expect(finding?.code).toBe(stranger);
        expect(finding?.parameters["what"]).toMatchObject({
          en: expect.stringMatching(what),
          "pt-BR": expect.any(String),
        });
      }
      expect(server.received()).toBe("");
    },
  );

  it("is distinguished from the other PBX", async () => {
    const other = name === "asterisk" ? "freeswitch" : "asterisk";
    server.pieces = [pbxs[other].greetings[0] ?? ""];
    expect((await meet()).finding?.code).toBe(stranger);
  });

  it("is distinguished from one that is closed in the middle of its greeting", async () => {
    server.ends = true;
    server.pieces = ["SSH-2.0-drop", "bear"];
    expect((await meet()).finding?.parameters["what"]).toMatchObject({
      en: 'an SSH server ("SSH-2.0-dropbear")',
    });
    server.pieces = [(greetings[0] ?? "").trimEnd()];
    expect((await meet()).finding?.code).toBe(`${name}.tcp.unfinished`);
  });

  it("is distinguished from a web server that waits for a request, and from one that never sends anything", async () => {
    server.answer = "HTTP/1.0 200 OK\r\n\r\n";
    expect((await meet()).finding?.code).toBe(stranger);
    server.answer = null;
    expect((await meet()).finding?.code).toBe(`${name}.tcp.silent`);
  }, 30_000);
});
