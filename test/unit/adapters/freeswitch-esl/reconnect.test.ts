/** The line to FreeSWITCH lost, and what is known when it is back. */
import { describe, expect, it } from "vitest";

import { waitFor } from "../../../support/wait-for.ts";
import {
  body,
  connect,
  jsonEvent,
  reply,
  request,
  startSwitch,
  status,
  written,
} from "./fake-switch.ts";
import type { FakeSwitch } from "./fake-switch.ts";
import { installationId } from "./recordings.ts";

describe("a connection that is lost", () => {
  const losses: readonly (readonly [
    string,
    (fake: FakeSwitch) => void,
    RegExp,
  ])[] = [
    [
      "FIN",
      (fake) => {
        fake.end();
      },
      /closed the connection/,
    ],
    [
      "RST",
      (fake) => {
        fake.reset();
      },
      /reset/,
    ],
    [
      "a disconnect notice in mid-stream",
      (fake) => {
        const notice = "The system is being shut down.\n";
        fake.say(
          `Content-Type: text/disconnect-notice\nContent-Length: ${String(notice.length)}\n\n${notice}`,
        );
        fake.end();
      },
      /The system is being shut down/,
    ],
    [
      "a Content-Length that cannot be",
      (fake) => {
        fake.say("Content-Length: -1\n\n");
      },
      /Content-Length that cannot be/,
    ],
    [
      "an answer to nothing",
      (fake) => {
        fake.say(reply("+OK a") + reply("+OK b") + reply("+OK c"));
      },
      /sent a reply to no command/,
    ],
    [
      "what an API command printed in answer to none",
      (fake) => {
        fake.say(body("false"));
      },
      /sent a reply to no command/,
    ],
    [
      "silence",
      (fake) => {
        fake.answer = () => null;
      },
      /silent: FreeSWITCH did not answer api status/,
    ],
  ];

  it("by silence is an outage since something was last received from FreeSWITCH", async () => {
    const fake = await startSwitch();
    const { adapter, reasons } = await connect(fake);
    fake.answer = () => null;
    await waitFor("the loss to be told", () => reasons().length > 0);
    const state = adapter.connection();
    expect(state).toMatchObject({ awaySinceMs: expect.any(Number) as number });
    const awaySinceMs = "awaySinceMs" in state ? state.awaySinceMs : undefined;
    // The ping alone waited for 300 ms.
    expect(performance.now() - (awaySinceMs ?? 0)).toBeGreaterThanOrEqual(299);
    expect(awaySinceMs).toBeGreaterThan(0);
  });

  it("by the reply to another command, where an API command waits for what it prints, is none that this user may not run", async () => {
    const fake = await startSwitch();
    const { adapter, reasons } = await connect(fake, {
      timings: { pingIntervalMs: 60_000, reconnect: { minMs: 5 } },
    });
    fake.answer = (command) =>
      command.startsWith("api show") ? reply("+OK a") : undefined;
    await expect(adapter.listLiveCalls()).rejects.toMatchObject({
      code: "NOT_CONNECTED",
    });
    expect(reasons()[0]).toMatch(/sent a reply to no command/);
  });

  it.each(losses)(
    "by %s settles every command and comes back",
    async (name, lose, words) => {
      const fake = await startSwitch();
      const { adapter, reasons, untilConnected } = await connect(fake, {
        timings: {
          // Only silence is found by a ping; beside the others one would be another answer that is waited for.
          commandTimeoutMs: name === "silence" ? 150 : 30_000,
          pingIntervalMs: name === "silence" ? 30 : 60_000,
          reconnect: { minMs: 5 },
        },
      });
      fake.answer = (command) =>
        command.startsWith("bgapi") || command.startsWith("api show")
          ? null
          : undefined;
      const pending =
        name === "an answer to nothing"
          ? []
          : [
              adapter.originate(request(), written),
              adapter.listLiveCalls().catch((error: unknown) => error),
            ];
      lose(fake);
      const settled = await Promise.all(pending);
      if (settled.length > 0) {
        expect(settled[0]).toMatchObject({ status: "unknown" });
        expect(settled[1]).toMatchObject({ name: "AdapterError" });
      }
      await waitFor("the loss to be told", () => reasons().length > 0);
      expect(reasons()[0]).toMatch(words);
      fake.answer = () => undefined;
      await untilConnected(2);
      expect(await adapter.listLiveCalls()).toEqual([]);
    },
  );

  it("keeps replies apart when one of them comes too late", async () => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake, {
      timings: { commandTimeoutMs: 80, pingIntervalMs: 60_000 },
    });
    const { attemptId } = request();
    fake.answer = (command) =>
      command.includes("uuid_exists") ? null : undefined;
    await expect(adapter.isAlive(attemptId)).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    fake.answer = (command) =>
      command.includes("uuid_exists") ? body("false") : undefined;
    // The late one, then the one that was asked for.
    fake.say(body("true"));
    expect(await adapter.isAlive(attemptId)).toBe(false);
  });

  it("recognises a restart by the Core-UUID, and forgets the calls that ended with it", async () => {
    const fake = await startSwitch();
    const { adapter, connections, events, untilConnected } =
      await connect(fake);
    const { attemptId } = request();
    await adapter.originate(request({ attemptId }), written);
    const last = () =>
      connections.findLast(({ state }) => state.status === "CONNECTED");
    fake.reset();
    await untilConnected(2);
    expect(last()?.restarted).toBe(false);
    fake.answer = (command) =>
      command.startsWith("api global_getvar")
        ? body("11111111-2222-4333-8444-555555555555")
        : undefined;
    fake.reset();
    await untilConnected(3);
    expect(last()?.restarted).toBe(true);
    expect(events).toEqual([]);
    expect(await adapter.isAlive(attemptId)).toBe(false);
  });

  it("recognises a restart by the up-time where this user may not ask for the Core-UUID", async () => {
    const fake = await startSwitch();
    let upSeconds = 1_000;
    fake.answer = (command) => {
      if (command === "api status") return body(status(upSeconds));
      return command.startsWith("api global_getvar")
        ? reply("-ERR permission denied")
        : undefined;
    };
    const { connections, untilConnected } = await connect(fake);
    const restarts = () =>
      connections
        .filter(({ state }) => state.status === "CONNECTED")
        .map(({ restarted }) => restarted);
    fake.reset();
    await untilConnected(2);
    upSeconds = 1;
    fake.reset();
    await untilConnected(3);
    expect(restarts()).toEqual([false, false, true]);
  });
});

describe("after a gap", () => {
  const channel = (id: string, mark = installationId): string =>
    JSON.stringify({
      "Event-Name": "CHANNEL_DATA",
      "Unique-ID": id,
      "Channel-Name": "sofia/lab/1555",
      variable_presence_data: mark,
      variable_accountcode: id,
      "Caller-Channel-Progress-Time": "1795339903259286",
      "Caller-Channel-Answered-Time": "1795339903539563",
    });
  const row = (uuid: string, mark: string, accountcode = uuid) => ({
    uuid,
    presence_data: mark,
    accountcode,
  });

  it("adopts our live calls as their channels show them, and leaves foreign ones alone", async () => {
    const [ours, strange, half] = [request(), request(), request()].map(
      ({ attemptId }) => attemptId,
    ) as [string, string, string];
    const fake = await startSwitch();
    fake.answer = (command) => {
      if (command === "api show channels as json")
        return body(
          JSON.stringify({
            row_count: 3,
            rows: [
              row(ours, installationId),
              row(strange, "someone-else"),
              row(half, installationId, ours),
            ],
          }),
        );
      if (command === `api uuid_dump ${ours} json`) return body(channel(ours));
      return undefined;
    };
    const { adapter, events } = await connect(fake);
    expect(events.map(({ kind, attemptId }) => [kind, attemptId])).toEqual([
      ["RINGING", ours],
      ["ANSWERED", ours],
    ]);
    expect(await adapter.listLiveCalls()).toMatchObject([
      { attemptId: ours, answered: true },
    ]);
    expect(await adapter.hangup(strange)).toBe("no_such_channel");
    expect(fake.received).not.toContain(`uuid_kill ${strange}`);
    fake.say(
      jsonEvent({
        "Event-Name": "CHANNEL_HANGUP_COMPLETE",
        "Unique-ID": ours,
        "Hangup-Cause": "NORMAL_CLEARING",
        variable_hangup_cause_q850: "16",
      }),
    );
    await waitFor("the end", () => events.length === 3);
    expect(events[2]).toMatchObject({ kind: "ENDED", complete: false });
  });

  it("says nothing of a call that ended meanwhile: reconciliation finds that out", async () => {
    const fake = await startSwitch();
    const { adapter, events, untilConnected } = await connect(fake);
    const { attemptId } = request();
    await adapter.originate(request({ attemptId }), written);
    fake.end();
    await untilConnected(2);
    expect(events).toEqual([]);
    expect(await adapter.isAlive(attemptId)).toBe(false);
    expect(await adapter.listLiveCalls()).toEqual([]);
  });
});
