import { expect, it } from "vitest";

import type { Database } from "../../../../database/pools.ts";
import { UnheardCalls } from "../../../../engine/originating/unheard-calls.ts";
import { createLogger } from "../../../../logging.ts";

/** No database: what is to be written fails, and only the memory decides. */
function scene(connectedForMs: number | null = 60_000) {
  const noted = { room: 0 };
  const clock = { ms: 1_000_000 };
  const unheardCalls = new UnheardCalls({
    database: {
      connect: () => Promise.reject(new Error("away")),
    } as unknown as Database,
    node: "default",
    log: createLogger({ level: "silent", phoneNumbers: false }),
    connectedForMs: () => connectedForMs,
    nowMs: () => clock.ms,
    onRoom: () => {
      noted.room += 1;
    },
    onEventsResumed: () => undefined,
  });
  const send = (count: number, first = 0) => {
    for (let n = first; n < first + count; n++)
      unheardCalls.noteSent(String(n));
  };
  return { unheardCalls, noted, send, clock };
}

it("sends ten calls before the PBX has sent any event, and goes on with the first", () => {
  const { unheardCalls, noted, send } = scene();
  expect(unheardCalls.room).toBe(10);
  send(10);
  expect(unheardCalls.room).toBe(0);
  unheardCalls.noteEvent();
  expect(noted.room).toBe(1);
  expect(unheardCalls.room).toBe(25);
});

it("sends twenty-five calls between two events of the PBX", () => {
  const { unheardCalls, send } = scene();
  unheardCalls.noteEvent();
  send(25);
  expect(unheardCalls.room).toBe(0);
});

it("gives a place back for a call that was not sent, or is over", () => {
  const { unheardCalls, send } = scene();
  send(10);
  unheardCalls.noteOver("3");
  expect(unheardCalls.room).toBe(1);
});

it("knows nothing of a new connection", () => {
  const { unheardCalls } = scene();
  unheardCalls.noteEvent();
  unheardCalls.noteConnection();
  expect(unheardCalls.room).toBe(10);
});

it("after three calls in a row without a word sends one at a time, until a word comes", () => {
  const { unheardCalls, send, clock } = scene();
  for (const _ of [1, 2]) unheardCalls.noteUnheard(30_000);
  expect(unheardCalls.room).toBe(10);
  unheardCalls.noteUnheard(30_000);
  // What was queued before is not sent.
  expect(unheardCalls.room).toBe(0);
  clock.ms += 20_000;
  expect(unheardCalls.room).toBe(1);
  send(1);
  expect(unheardCalls.room).toBe(0);
  unheardCalls.noteEvent();
  expect(unheardCalls.room).toBe(25);
});

it("a call that is lost while others are spoken of stops nothing, however many there are", () => {
  const { unheardCalls, clock } = scene();
  unheardCalls.noteEvent();
  clock.ms += 10_000;
  for (let call = 0; call < 100; call++) unheardCalls.noteUnheard(10_001);
  expect(unheardCalls.room).toBe(25);
  for (let call = 0; call < 3; call++) unheardCalls.noteUnheard(9_999);
  expect(unheardCalls.room).toBe(0);
});

it.each([
  ["was sent before the connection was up", 5_000],
  ["ends while there is no connection", null],
])("a call that %s proves nothing", (_what, connectedForMs) => {
  const { unheardCalls } = scene(connectedForMs);
  for (let call = 0; call < 100; call++) unheardCalls.noteUnheard(5_001);
  expect(unheardCalls.room).toBe(10);
});
