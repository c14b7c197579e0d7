import { expect, it } from "vitest";

import type { Database } from "../../../../database/pools.ts";
import { PbxHearing } from "../../../../engine/originating/unheard-calls.ts";
import { createLogger } from "../../../../logging.ts";

/** No database: what is to be written fails, and only the memory decides. */
function scene(lineUpMs: number | null = 60_000) {
  const heard = { room: 0 };
  const clock = { ms: 1_000_000 };
  const hearing = new PbxHearing({
    database: {
      connect: () => Promise.reject(new Error("away")),
    } as unknown as Database,
    node: "default",
    log: createLogger({ level: "silent", phoneNumbers: false }),
    lineUpMs: () => lineUpMs,
    nowMs: () => clock.ms,
    onRoom: () => {
      heard.room += 1;
    },
    onHeard: () => undefined,
  });
  const send = (count: number, first = 0) => {
    for (let n = first; n < first + count; n++) hearing.noteSent(String(n));
  };
  return { hearing, heard, send, clock };
}

it("sends ten calls before the PBX has said anything, and goes on with its first word", () => {
  const { hearing, heard, send } = scene();
  expect(hearing.room).toBe(10);
  send(10);
  expect(hearing.room).toBe(0);
  hearing.noteWord();
  expect(heard.room).toBe(1);
  expect(hearing.room).toBe(25);
});

it("sends twenty-five calls between two words of the PBX", () => {
  const { hearing, send } = scene();
  hearing.noteWord();
  send(25);
  expect(hearing.room).toBe(0);
});

it("gives a place back for a call that was not sent, or is over", () => {
  const { hearing, send } = scene();
  send(10);
  hearing.noteOver("3");
  expect(hearing.room).toBe(1);
});

it("knows nothing of a new line", () => {
  const { hearing } = scene();
  hearing.noteWord();
  hearing.noteLine();
  expect(hearing.room).toBe(10);
});

it("after three calls in a row without a word sends one at a time, until a word comes", () => {
  const { hearing, send, clock } = scene();
  for (const _ of [1, 2]) hearing.noteUnheard(30_000);
  expect(hearing.room).toBe(10);
  hearing.noteUnheard(30_000);
  // What was queued before is not sent.
  expect(hearing.room).toBe(0);
  clock.ms += 20_000;
  expect(hearing.room).toBe(1);
  send(1);
  expect(hearing.room).toBe(0);
  hearing.noteWord();
  expect(hearing.room).toBe(25);
});

it("a call that is lost while others are spoken of stops nothing, however many there are", () => {
  const { hearing, clock } = scene();
  hearing.noteWord();
  clock.ms += 10_000;
  for (let call = 0; call < 100; call++) hearing.noteUnheard(10_001);
  expect(hearing.room).toBe(25);
  for (let call = 0; call < 3; call++) hearing.noteUnheard(9_999);
  expect(hearing.room).toBe(0);
});

it.each([
  ["was sent before the line was up", 5_000],
  ["ends while there is no line", null],
])("a call that %s proves nothing", (_what, lineUpMs) => {
  const { hearing } = scene(lineUpMs);
  for (let call = 0; call < 100; call++) hearing.noteUnheard(5_001);
  expect(hearing.room).toBe(10);
});
