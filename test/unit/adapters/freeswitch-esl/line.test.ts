/** The line to FreeSWITCH: every way it can fail, what an operator is told, and what it does next. */
import { describe, expect, it } from "vitest";

import { waitFor } from "../../../support/wait-for.ts";
import {
  body,
  connect,
  jsonEvent,
  reply,
  startAdapter,
  startSwitch,
  status,
} from "./fake-switch.ts";
import type { FakeSwitch } from "./fake-switch.ts";

describe("the line", () => {
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

  it("follows limits that are changed while it is up: by its pings, and by HEARTBEAT", async () => {
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
        "Session-Per-Sec": "7",
      }),
    );
    await waitFor(
      "the heartbeat",
      () => adapter.limits().sessionsPerSecond === 7,
    );
    expect(adapter.limits()).toMatchObject({ maxSessions: 200, sessions: 12 });
  });

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
      /does not answer as FreeSWITCH's Event Socket/,
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
      "events that this user may not hear",
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
        fake.greeting = "x".repeat(70_000);
      },
      /headers that do not end/,
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
