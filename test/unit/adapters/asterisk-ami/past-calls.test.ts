/** What [dialer-past] of the shipped dialplan wrote, read back as a call's last word. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AmiAction } from "../../../../adapters/asterisk-ami/action.ts";
import {
  lastWordOf,
  recallPastCall,
} from "../../../../adapters/asterisk-ami/past-calls.ts";
import { AdapterError } from "../../../../adapters/port.ts";

const id = "5b0f7b5e-6f0e-4c8e-9a53-0a4f7cf7a001";
const answered = "2026-03-01T12:00:00.250Z";
const ended = "2026-03-01T12:01:00.500Z";
const nowMs = Date.parse("2026-03-01T12:05:00.000Z");

test("an answer and an end", () => {
  expect(lastWordOf(id, `${answered} ${ended} 16`, nowMs)).toMatchObject({
    kind: "ENDED",
    attemptId: id,
    at: ended,
    cause: 16,
    complete: false,
    history: { answerAt: answered },
  });
});

test.each([
  ["no cause", `${answered} ${ended} `, ended],
  ["cause 0", `${answered} ${ended} 0`, ended],
  ["no end: Asterisk went down", answered, "2026-03-01T12:05:00.000Z"],
  ["a clock set back", `${answered} 2026-03-01T11:00:00.000Z 0`, answered],
])("%s", (_what, entry, at) => {
  expect(lastWordOf(id, entry, nowMs)).toMatchObject({
    at,
    cause: null,
    history: { answerAt: answered },
  });
});

test("whatever else stands there is nothing", () => {
  fc.assert(
    fc.property(fc.string(), (entry) => {
      expect(lastWordOf(id, entry, nowMs)).toBeNull();
    }),
  );
  expect(lastWordOf(id, "2026-13-41T12:00:00.000Z", nowMs)).toBeNull();
});

function asks(
  values: Readonly<Record<string, string>>,
  refusal = new AdapterError("REFUSED", "Permission denied"),
) {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    list: ({ headers }: AmiAction) => {
      asked.push(headers["Family"]);
      const value =
        values[`${headers["Family"] ?? ""}/${headers["Key"] ?? ""}`];
      return value === undefined
        ? Promise.reject(refusal)
        : Promise.resolve(value === "" ? [] : [new Map([["val", value]])]);
    },
  };
}

test("yesterday's family is asked as well", async () => {
  const session = asks({
    [`dialer-0/${id}`]: "",
    [`dialer-1/${id}`]: answered,
  });
  expect(await recallPastCall(session, id, nowMs)).not.toBeNull();
  expect(session.asked).toEqual(["dialer-0", "dialer-1"]);
});

test("a user who may not ask knows nothing; a lost connection is another thing", async () => {
  expect(await recallPastCall(asks({}), id, nowMs)).toBeNull();
  const broken = new AdapterError("NOT_CONNECTED", "gone");
  await expect(recallPastCall(asks({}, broken), id, nowMs)).rejects.toBe(
    broken,
  );
});
