/** A fault that repeats itself does not drown the log, and nothing that libraries print is left out of it. */
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";

import { captureConsole, createLogger } from "../../logging.ts";
import { LogRepeats } from "../../logging.ts";

test("of lines that differ in numbers and names only, five are written, and then ever fewer, with how many were not", () => {
  let nowMs = 0;
  const repeats = new LogRepeats(() => nowMs);
  const judge = (n: number) =>
    repeats.judge(
      `50 Worker Failed task ${String(n)} (originate_call:default, ${String(n / 7)}ms) with error 'x${String(n)}'`,
    );
  const verdicts = Array.from({ length: 500 }, (_, n) => judge(n));
  expect(verdicts.filter(({ silent }) => !silent)).toHaveLength(5);
  expect(repeats.judge("50 Worker something else").silent).toBe(false);
  nowMs = 60_000;
  expect(judge(501)).toEqual({ silent: false, leftOut: 495 });
  expect(judge(502).silent).toBe(true);
  nowMs = 120_000;
  expect(judge(503).silent).toBe(true);
  nowMs = 180_000;
  expect(judge(504)).toEqual({ silent: false, leftOut: 2 });
});

test("what comes again after two quiet minutes is new", () => {
  let nowMs = 0;
  const repeats = new LogRepeats(() => nowMs);
  for (let n = 0; n < 100; n++) repeats.judge("a");
  nowMs = 119_999;
  expect(repeats.judge("a")).toEqual({ silent: false, leftOut: 95 });
  for (let n = 0; n < 100; n++) repeats.judge("a");
  nowMs += 120_000;
  expect(repeats.judge("a")).toEqual({ silent: false, leftOut: 100 });
  expect(repeats.judge("a")).toEqual({ silent: false, leftOut: 0 });
});

test("any flood: few lines of a kind in any hour, and every line is written or counted", () => {
  const line = fc.record({
    kind: fc.constantFrom("a", "b", "c"),
    afterMs: fc.integer({ min: 0, max: 20_000 }),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 400 }), (lines) => {
      let nowMs = 0;
      const repeats = new LogRepeats(() => nowMs);
      const written = new Map<string, number[]>();
      const open = new Map<string, number>();
      for (const { kind, afterMs } of lines) {
        nowMs += afterMs;
        const { silent, leftOut } = repeats.judge(kind);
        if (silent) open.set(kind, (open.get(kind) ?? 0) + 1);
        else {
          if (leftOut > 0) {
            expect(leftOut).toBe(open.get(kind));
            open.delete(kind);
          }
          written.set(kind, [...(written.get(kind) ?? []), nowMs]);
        }
      }
      for (const times of written.values())
        for (const [n, time] of times.entries())
          // Two quiet minutes and five more of them: as dense as it can be.
          expect(
            times.slice(n).filter((other) => other < time + 60_000).length,
          ).toBeLessThanOrEqual(10);
    }),
  );
});

const kept = { ...console };
afterEach(() => {
  Object.assign(console, kept);
  vi.restoreAllMocks();
});

test("what a library prints is a line of JSON, with its error; repeats are limited there too", () => {
  const lines: string[] = [];
  const before = process.listeners("warning");
  const log = createLogger(
    { level: "debug", phoneNumbers: false },
    { write: (line: string) => void lines.push(line) },
  );
  captureConsole(log);
  console.trace(new Error("cannot execute UPDATE in a read-only transaction"));
  console.error("Retried %d times", 3, { secret: "x" });
  console.warn("odd pool");
  for (let n = 0; n < 400; n++) console.trace(new Error(`worker ${String(n)}`));
  process.removeAllListeners("warning");
  for (const listener of before) process.on("warning", listener);
  const parsed = lines.map((line) => JSON.parse(line) as { msg: string });
  expect(parsed[0]).toMatchObject({
    level: 50,
    msg: "cannot execute UPDATE in a read-only transaction",
    err: { type: "Error" },
  });
  expect(parsed[1]?.msg).toContain("Retried");
  expect(parsed[2]).toMatchObject({ level: 40, msg: "odd pool" });
  expect(lines).toHaveLength(8);
});
