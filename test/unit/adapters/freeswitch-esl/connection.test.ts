/** The line to FreeSWITCH: every way it can fail, what an operator is told, and what it does next. */
import { describe, expect, it } from "vitest";

import { EVENTS } from "../../../../adapters/freeswitch-esl/handshake.ts";
import { readEvent } from "../../../../adapters/freeswitch-esl/event.ts";
import { SwitchState } from "../../../../adapters/freeswitch-esl/switch-state.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  body,
  connect,
  jsonEvent,
  reply,
  request,
  startAdapter,
  startSwitch,
  status,
  written,
} from "./fake-switch.ts";
import type { FakeSwitch } from "./fake-switch.ts";
import { loadRecording, plainFrames } from "./recordings.ts";

describe("the connection", () => {
  it("subscribes before it asks for anything, and knows the switch's limits when it is up", async () => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake);
    const [auth, events, ...rest] = fake.received.split("\n\n");
    expect(auth).toBe("auth ClueCon");
    expect(events).toMatch(
      /^event json .* CUSTOM callcenter::info dialer::info$/,
    );
    expect(rest).toContain("api show channels as json");
    expect(adapter.limits()).toMatchObject({
      maxSessions: 1_000,
      sessionsPerSecond: 30,
      sessions: 7,
    });
    expect(adapter.lastAnswerAgeMs()).toBeLessThan(1_000);
  });

  it("logs in as a directory user when the password names one", async () => {
    const fake = await startSwitch();
    await connect(fake, { password: "dialer@pbx.example:s3:cret" });
    expect(fake.received).toMatch(/^userauth dialer@pbx\.example:s3:cret\n\n/);
  });

  it("follows limits that are changed while it is up: all by its pings, sessions by HEARTBEAT too", async () => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake);
    fake.answer = (command) =>
      command === "api status" ? body(status(11, 5)) : undefined;
    await waitFor("a ping", () => adapter.limits().sessionsPerSecond === 5);
    fake.answer = (command) =>
      command === "api status" ? body("?") : undefined;
    fake.say(
      jsonEvent({
        "Event-Name": "HEARTBEAT",
        "Session-Count": "12",
        "Max-Sessions": "200",
        "Session-Per-Sec": "2",
      }),
    );
    await waitFor("the heartbeat", () => adapter.limits().sessions === 12);
    expect(adapter.limits()).toMatchObject({
      maxSessions: 200,
      sessionsPerSecond: 5,
    });
  });

  it("sessions of other programs in a second do not reduce the limit: as recorded", () => {
    const [reads = []] = loadRecording("heartbeat-foreign-traffic").connections;
    const states = new SwitchState();
    const left: string[] = [];
    const seen: (number | null)[] = [];
    for (const { headers, body: text } of plainFrames(Buffer.concat(reads))) {
      const type = headers.get("Content-Type");
      if (type === "api/response") states.noteStatus(text.toString());
      const event = type === "text/event-json" ? readEvent(text) : null;
      if (event !== null) {
        left.push(event.get("Session-Per-Sec") ?? "");
        states.noteHeartbeat(event);
        seen.push(states.limits.sessionsPerSecond);
      }
    }
    expect(left).toEqual(["24", "24", "30"]);
    // The first came before any status.
    expect(seen).toEqual([null, 30, 30]);
  });

  const names = EVENTS.filter((name) => name !== "CUSTOM");
  it.each(names)(
    "refuses to dial without %s, and says which to add, at each connection",
    async (name) => {
      const fake = await startSwitch();
      const isAsked = (command: string) => command.split(" ").includes(name);
      fake.answer = (command) =>
        command.startsWith("event ") && isAsked(command)
          ? reply("-ERR permission denied")
          : undefined;
      const { adapter, reasons, opened } = startAdapter(fake);
      await opened;
      await waitFor("the second refusal", () => reasons().length >= 2);
      for (const reason of reasons()) {
        expect(reason).toContain(
          `receive ${name.includes("::") ? "CUSTOM " : ""}${name} (`,
        );
        expect(reason).toContain("esl-allowed-events");
      }
      expect(await adapter.originate(request(), written)).toMatchObject({
        status: "not_sent",
      });
    },
  );

  it.each([
    ["a job's end", /^bgapi status/, "BACKGROUND_JOB"],
    ["an event of the dialplan", /^sendevent /, "CUSTOM dialer::info"],
  ])(
    "refuses to dial when %s is accepted and never sent, also at a reconnect",
    async (_what, command, event) => {
      const fake = await startSwitch();
      const { reasons } = await connect(fake);
      fake.answer = (given) =>
        command.test(given) ? reply("+OK 1") : undefined;
      fake.reset();
      await waitFor("the refusal", () =>
        reasons().some((reason) => reason.includes(`its event ${event} never`)),
      );
    },
  );

  const refusals: readonly (readonly [
    string,
    (fake: FakeSwitch) => void,
    RegExp,
  ])[] = [
    [
      "an address that the access list leaves out",
      (fake) => {
        fake.greeting =
          "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n";
      },
      /apply-inbound-acl/,
    ],
    [
      "another service",
      (fake) => {
        fake.greeting = "SSH-2.0-OpenSSH_9.2\n\n";
      },
      /does not answer as FreeSWITCH's Event Socket but as an SSH server \("SSH-2.0-OpenSSH_9.2"\)/,
    ],
    [
      "a wrong password",
      (fake) => {
        fake.answer = (command) =>
          command.startsWith("auth ") ? reply("-ERR invalid") : undefined;
      },
      /FREESWITCH_ESL_PASSWORD/,
    ],
    [
      "events that this user may not receive",
      (fake) => {
        fake.answer = (command) =>
          command.startsWith("event ")
            ? reply("-ERR permission denied")
            : undefined;
      },
      /esl-allowed-events/,
    ],
    [
      "a command that this user may not run",
      (fake) => {
        fake.answer = (command) =>
          command.startsWith("api uuid_kill")
            ? reply("-ERR permission denied")
            : undefined;
      },
      /esl-allowed-api.*uuid_kill/s,
    ],
    [
      "a switch without mod_commands",
      (fake) => {
        fake.answer = (command) =>
          command.startsWith("api uuid_exists")
            ? body("-ERR uuid_exists Command not found!\n")
            : undefined;
      },
      /uuid_exists/,
    ],
    [
      "a switch that is still starting",
      (fake) => {
        fake.answer = (command) =>
          command === "api status"
            ? body(status().replace("is ready", "is not ready"))
            : undefined;
      },
      /still starting/,
    ],
    [
      "one that never answers the password",
      (fake) => {
        fake.answer = () => null;
      },
      /did not answer auth within 300 ms/,
    ],
    [
      "one that never greets",
      (fake) => {
        fake.greeting = "";
      },
      /no greeting in time/,
    ],
    [
      "headers that do not end",
      (fake) => {
        fake.greeting = `Content-Type: ${"x".repeat(70_000)}`;
      },
      /headers that do not end/,
    ],
    [
      "a flood of something else",
      (fake) => {
        fake.greeting = "x".repeat(70_000);
      },
      /not answer as FreeSWITCH's Event Socket but as something else \("x{60}"\)/,
    ],
    [
      "a greeting that does not end",
      (fake) => {
        fake.greeting = "Content-Type: auth/requ";
      },
      /greeting does not end \(Content-Type: auth\/requ\)/,
    ],
  ];

  it.each(refusals)(
    "says what is wrong with %s, and tries again",
    async (_name, spoil, words) => {
      const fake = await startSwitch();
      spoil(fake);
      const { adapter, opened, reasons } = startAdapter(fake);
      await opened;
      expect(reasons()[0]).toMatch(words);
      expect(reasons()[0]).not.toContain("ClueCon");
      expect(adapter.connection().status).not.toBe("CONNECTED");
      const before = fake.accepted;
      await waitFor("another try", () => fake.accepted > before);
    },
  );

  it("says that nothing listens, and is up when something does", async () => {
    const first = await startSwitch();
    const { port } = first;
    await first.close();
    const { opened, reasons, untilConnected } = startAdapter({ port });
    await opened;
    expect(reasons()[0]).toMatch(/nothing listens there.*FREESWITCH_HOST/s);
    await startSwitch(port);
    await untilConnected();
  });
});
