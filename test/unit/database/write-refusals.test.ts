/** Which errors say that the database is there and does not write, and until when they count. */
import { beforeEach, expect, test } from "vitest";

import {
  isServersAnswer,
  WriteRefusals,
} from "../../../database/write-refusals.ts";

let nowMs = 0;
let refusals: WriteRefusals;

beforeEach(() => {
  nowMs = 1_000;
  refusals = new WriteRefusals(() => nowMs);
});

const sqlError = (code: string) =>
  Object.assign(new Error(`said ${code}`), { code, severity: "ERROR" });

test.each(["25006", "42501", "53100", "53200", "53400", "58030"])(
  "%s is a refusal, since the first and in the database's words",
  (code) => {
    refusals.failed("apply_call_events:default", sqlError(code));
    nowMs += 5_000;
    refusals.failed("apply_call_events:default", sqlError(code));
    expect(refusals.current).toMatchObject({
      operation: "apply_call_events",
      code,
      message: `said ${code}`,
      sinceMs: 1_000,
    });
    refusals.succeeded("apply_call_events");
    expect(refusals.current).toBeNull();
  },
);

test.each(["53300", "40001", "57P01", "23505", "ECONNREFUSED"])(
  "%s is none",
  (code) => {
    refusals.failed("heartbeat", sqlError(code));
    expect(refusals.current).toBeNull();
  },
);

test("what no call depends on is none, and another operation's success ends no refusal", () => {
  refusals.failed("purge_history", sqlError("42501"));
  expect(refusals.current).toBeNull();
  refusals.failed("originate_call:a", sqlError("42501"));
  refusals.succeeded("heartbeat");
  refusals.succeeded("schedule_campaign:a");
  expect(refusals.current?.operation).toBe("originate_call");
});

test("a heartbeat that is taken again ends all, and what nobody comes back to is forgotten", () => {
  refusals.failed("heartbeat", sqlError("25006"));
  refusals.failed("originate_call", sqlError("25006"));
  refusals.succeeded("heartbeat");
  expect(refusals.current).toBeNull();
  refusals.failed("originate_call", sqlError("42501"));
  nowMs += 90_001;
  expect(refusals.current).toBeNull();
});

test("an error of the server is an answer; one of the connection, or its last word, is not", () => {
  expect(isServersAnswer(sqlError("25006"))).toBe(true);
  expect(
    isServersAnswer(Object.assign(new Error("x"), { code: "ECONNRESET" })),
  ).toBe(false);
  expect(
    isServersAnswer(
      Object.assign(new Error("x"), { code: "57P01", severity: "FATAL" }),
    ),
  ).toBe(false);
  expect(isServersAnswer(new Error("Query read timeout"))).toBe(false);
});
